/** ROC and precision–recall curves by group. */
import type { ScatterData } from "plotly.js-dist-min";
import type { Estimate, Evaluation } from "../../evaluate/mod.ts";
import { scoreCurves } from "../../metrics/mod.ts";
import type { CurvesOf, GroupCount, PrecisionRecallCurve, ScoreCurves } from "../../metrics/mod.ts";
import { type Ends, intervalText, modelText, number, quoted } from "../format.ts";
import { type Figure, figureName, type FigureRow, makeFigure } from "./figure.ts";
import { type Difference, differenceOf, disparityOf, extremesOf, findingOf } from "./titles.ts";
import { byGroup, groupLabel, smallNote } from "./marks.ts";
import { BLUE, faded, MUTED } from "./palette.ts";
import { axisName, dashed, gridAxes, gridHeadings, gridPanels, headingWidth } from "./panels.ts";
import { plotText, wrapText } from "./plot_text.ts";
import { numbersOf } from "./rates.ts";
import { amongLarge, attributeOf, chanceOf, evaluated, labelsOf, noteOf, rowsOf } from "./subject.ts";
import type { ModelOptions, ModelRows } from "./subject.ts";

/** A curve on its way from data to page: points on a line, and the area under it. */
interface CurveOf {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** Points of a curve; more than this cannot be seen. */
const POINTS = 400;

type Area = "rocAuc" | "averagePrecision";

/** What is drawn of the curves. */
interface Drawing {
  /** Of the figure. */
  readonly name: string;
  readonly curve: (curves: CurvesOf) => CurveOf | null;
  readonly area: Area;
  /** Of the area. */
  readonly title: string;
  readonly subtitle: (attribute: string) => string;
  /** How points are joined: `vh` for steps up and then right. */
  readonly shape: "linear" | "vh";
  readonly axes: readonly [x: string, y: string];
  /** From which height to which the line of chance leads. */
  readonly chance: (curves: ScoreCurves) => readonly [from: number, to: number];
  /** Of the y axis. */
  readonly top: number;
}

const ROC: Drawing = {
  name: "roc",
  curve: ({ roc }) => roc && { x: roc.fpr, y: roc.tpr },
  area: "rocAuc",
  title: "ROC-AUC",
  subtitle: (attribute) =>
    `ROC curves of each ${attribute} group, over that of everybody in grey, with the area below and its interval. Dashed: chance.`,
  shape: "linear",
  axes: ["False positive rate", "True positive rate"],
  chance: () => [0, 1],
  top: 1.01,
};

const PRECISION_RECALL: Drawing = {
  name: "precision-recall",
  curve: ({ precisionRecall }) => precisionRecall && risingOnly(precisionRecall),
  area: "averagePrecision",
  title: "Average precision",
  subtitle: (attribute) =>
    `Precision and recall of each ${attribute} group, over that of everybody in grey, with average precision and its interval, which also ` +
    "depend on a group’s share of positive labels. Dashed: chance, overall.",
  shape: "vh",
  axes: ["Recall", "Precision"],
  chance: ({ overall, count }) => [overall.positives / count, overall.positives / count],
  top: 1.03,
};

/** Both figures are of the same curves, whose resamples take seconds: they are kept as long as the table is. */
const KNOWN = new WeakMap<object, Map<string, ScoreCurves>>();

function curvesOf(evaluation: Evaluation, attribute: string, options: ModelOptions) {
  const rows = rowsOf(evaluation, attribute, { ...options, which: "labelled" });
  const { model, scores, groups, clusters, smallBelow, table: { weights } } = rows;
  const known = KNOWN.get(options.table) ?? new Map<string, ScoreCurves>();
  const key = JSON.stringify([attribute, model.name, evaluation.settings]);
  const input = { labels: labelsOf(rows), scores, groups, clusters, smallBelow, weights: weights ?? undefined };
  const curves = known.get(key) ?? scoreCurves(input, chanceOf(evaluation, `${attribute} curves`));
  KNOWN.set(options.table, known.set(key, curves));
  return { rows, curves };
}

/** The differences that titles speak of: among the groups that are not small, where some are. */
function testsOf(
  evaluation: Evaluation,
  { attribute, rows, curves }: {
    readonly attribute: string;
    readonly rows: ModelRows;
    readonly curves: ScoreCurves;
  },
): ScoreCurves["differences"] {
  const large = amongLarge(rows, curves.groups);
  if (large === null) return curves.differences;
  const chance = chanceOf(evaluation, `${attribute} curves among large groups`);
  return scoreCurves({ ...large, labels: large.labels! }, chance).differences;
}

/** ROC curves by group over that of everybody. */
export function rocCurvesByGroup(evaluation: Evaluation, options: ModelOptions): Figure {
  return curveFigure(evaluation, options, ROC);
}

/**
 * Precision–recall curves by group over that of everybody. Unlike ROC curves they depend on the share of positives,
 * which differs between groups: a difference between them is not by itself one of the model.
 */
export function precisionRecallByGroup(evaluation: Evaluation, options: ModelOptions): Figure {
  return curveFigure(evaluation, options, PRECISION_RECALL);
}

function curveFigure(evaluation: Evaluation, options: ModelOptions, drawing: Drawing): Figure {
  const attribute = attributeOf(evaluation, options);
  const { rows, curves } = curvesOf(evaluation, attribute, options);
  const { model, smallBelow } = rows;
  const { data, grid, shapes, annotations } = curvePanels(curves, drawing);
  const { area, axes: [x, y], top } = drawing;
  const metric = `${area}Difference`;
  const difference = disparityOf(model.attributes.find((own) => own.attribute === attribute)!, metric) ??
    differenceOf(metric, testsOf(evaluation, { attribute, rows, curves })[area]);
  return makeFigure({
    name: figureName(drawing.name, model.name, attribute),
    title: areaFinding(curves, drawing, { attribute, model: model.name, difference, evaluation }),
    subtitle: `${drawing.subtitle(attribute)} ${noteOf(evaluation)}${smallNote(curves.groups, smallBelow, "thin")}`,
    alt: areaTexts(curves, drawing),
    rows: areaRows(curves, drawing, model.name),
    data,
    layout: {
      ...gridAxes(
        grid,
        { title: { text: x }, range: [-0.02, 1.02], tickformat: ".0%", tickvals: [0, 0.5, 1] },
        { title: { text: y }, range: [-0.02, top], tickformat: ".0%", tickvals: [0, 0.5, 1] },
      ),
      shapes,
      annotations,
    },
    height: grid.height + 64,
  });
}

/**
 * Only the points at which recall rises. The others, at which further negatives are selected, lie straight below them:
 * they would draw a comb, and no area hangs on them.
 */
function risingOnly({ recall, precision }: PrecisionRecallCurve): CurveOf {
  const kept = Array.from(recall, (_, i) => i).filter((i) => i > 0 && recall[i]! > recall[i - 1]!);
  return { x: [0, ...kept.map((i) => recall[i]!)], y: [precision[kept[0]!]!, ...kept.map((i) => precision[i]!)] };
}

/** Everybody, then the groups, with the area under the curve of each. */
function areasOf(curves: ScoreCurves, area: Area) {
  const all: GroupCount & CurvesOf = { ...curves.overall, group: "all", count: curves.count, small: false };
  return [all, ...byGroup(curves.groups)].map((own) => ({ ...own, area: evaluated(own[area]) }));
}

/** A panel for each group with its curve over that of everybody in grey. */
function curvePanels(curves: ScoreCurves, { curve, area, shape, chance }: Drawing) {
  const [all, ...groups] = areasOf(curves, area);
  const headings = groups.map((own) => `${groupLabel(own, headingWidth(groups.length))}<br>${areaText(own.area)}`);
  const lines = Math.max(...headings.map((heading) => heading.split("<br>").length));
  const grid = gridPanels(groups.length, 150, 8 + 17 * lines);
  const [from, to] = chance(curves);
  const line = (own: typeof groups[number], style: ScatterData["line"] | object, p: number): Partial<ScatterData> => {
    const points = curve(own);
    return {
      type: "scatter",
      mode: "lines",
      name: plotText(own.group),
      ...(points === null ? { x: [null], y: [null] } : thinned(points)),
      line: { shape, ...style },
      hoverinfo: "name",
      showlegend: false,
      xaxis: axisName("x", p),
      yaxis: axisName("y", p),
    };
  };
  return {
    grid,
    data: groups.flatMap((own, p) => [
      line(all!, { color: faded(MUTED, 0.45), width: 4 }, p),
      line(own, { color: BLUE, width: own.small ? 1.4 : 2.2 }, p),
    ]),
    shapes: groups.map((_, p) => dashed([0, from], [1, to], { xref: axisName("x", p), yref: axisName("y", p) })),
    annotations: gridHeadings(headings, grid),
  };
}

function areaText({ value, interval, ...rest }: Estimate): string {
  if (value === null) return wrapText(`undefined: ${"reason" in rest ? rest.reason : ""}`, 16, 4);
  return `${number(value, 2)} ${intervalText(distinct(interval), (end) => number(end, 2))}`.trim();
}

/** Where the area is smallest and largest. */
function areaFinding(
  curves: ScoreCurves,
  { area, title }: Drawing,
  { attribute, model, difference, evaluation }: {
    readonly attribute: string;
    readonly model: string;
    readonly difference: Difference | undefined;
    readonly evaluation: Evaluation;
  },
): string {
  const extremes = extremesOf(curves.groups, (group) => group[area].estimate);
  if (extremes === null) return `${attribute}: ${title} of the groups cannot be compared`;
  const value = (group: typeof extremes.low) => `${number(group[area].estimate.value!, 2)} in ${quoted(group.group)}`;
  return `${title} of ${modelText(model)} is ${value(extremes.low)} and ${value(extremes.high)}: ${
    findingOf(difference, evaluation.settings).text
  }`;
}

/** The areas in sentences, for who cannot see the curves. */
function areaTexts(curves: ScoreCurves, { area, title }: Drawing): string {
  return `${title}: ${
    areasOf(curves, area).map(({ group, count, area }) => {
      const text = area.value === null
        ? `undefined, ${area.reason}`
        : `${number(area.value)} ${intervalText(distinct(area.interval), number)}`.trim();
      return `${group} (n = ${count}) ${text}`;
    }).join("; ")
  }.`;
}

function areaRows(curves: ScoreCurves, { curve, area }: Drawing, model: string): FigureRow[] {
  return areasOf(curves, area).flatMap((own): FigureRow[] => {
    const points = curve(own);
    const rest = { model, group: own.group, n: own.count, ...numbersOf(area, own.area) };
    if (points === null) return [{ ...rest, x: null, y: null }];
    const { x, y } = thinned(points);
    return x.map((at, i) => ({ ...rest, x: at, y: y[i]! }));
  });
}

/** An interval without width belongs to a perfect ranking of a few rows, and is not certainty. */
function distinct(interval: Ends | null): Ends | null {
  return interval === null || interval.low === interval.high ? null : interval;
}

function thinned({ x, y }: CurveOf): { x: number[]; y: number[] } {
  const every = Math.max(1, Math.ceil(x.length / POINTS));
  const kept = Array.from(x, (_, i) => i).filter((i) => i % every === 0 || i === x.length - 1);
  const rounded = (values: ArrayLike<number>) => kept.map((i) => Number(values[i]!.toFixed(4)));
  return { x: rounded(x), y: rounded(y) };
}
