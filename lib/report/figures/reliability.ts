import type { Data, Shape, XAxisName, YAxisName } from "plotly.js-dist-min";
import { InputError } from "../../errors.ts";
import type { Estimate, Evaluation } from "../../evaluate/mod.ts";
import { biasByGroup, type GroupCount, reliabilityByGroup } from "../../metrics/mod.ts";
import { type Ends, levelText, listText, modelText, number, quoted, signed, wholePercent } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { standsOut } from "./titles.ts";
import { byGroup, groupLabel, intervalBars, smallNote, symbolOf } from "./marks.ts";
import { BLUE, INK, MUTED } from "./palette.ts";
import { axisName, dashed, gridAxes, gridHeadings, gridPanels, headingWidth } from "./panels.ts";
import { numbersOf } from "./rates.ts";
import { attributeOf, chanceOf, evaluated, labelsOf, type ModelOptions, modelsOf, rowsOf } from "./subject.ts";

/** Bins of equal width for each group. */
const BINS = 5;
/** Where the counts begin, below all shares; the room that one takes; their lines. */
const COUNTS_AT = -0.11, COUNT_WIDTH = 0.14, COUNT_LINES = 3;

/** Whose scores {@linkcode reliability} holds against labels. */
export interface ReliabilityOptions extends Omit<ModelOptions, "table"> {
  /** What was evaluated: a panel for each group. Without it there is one for everybody. */
  readonly table?: ModelOptions["table"] | undefined;
}

interface Point {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly score: number;
  readonly rate: number;
  readonly interval: Ends | null;
}

interface Panel extends GroupCount {
  readonly points: readonly Point[];
  /** Mean score minus share of positive labels. */
  readonly bias: Estimate;
}

/**
 * Reliability curves: in bins of similar scores, how many rows have a positive label. A score means the same for every group if
 * all lie on the line.
 *
 * @throws {InputError} If there are no labels, or the scores are not probabilities.
 */
export function reliability(evaluation: Evaluation, options: ReliabilityOptions = {}): Figure {
  const attribute = attributeOf(evaluation, options);
  const { confidence, smallBelow } = evaluation.settings;
  const { table, model: asked } = options;
  const [model] = modelsOf(evaluation, [asked ?? evaluation.models.at(-1)!.name]);
  const panels = table === undefined
    ? [everybody(evaluation, model!)]
    : groupPanels(evaluation, attribute, { ...options, table });
  const labels = panels.map((panel) => groupLabel(panel, headingWidth(panels.length)));
  const lines = Math.max(...labels.map((label) => label.split("<br>").length));
  const grid = gridPanels(panels.length, 170, 8 + 17 * lines);
  const drawn = panels.map((panel, p) => drawPanel(panel, { xaxis: axisName("x", p), yaxis: axisName("y", p) }));
  const unit = evaluation.data.columns.cluster ?? "rows";
  return makeFigure({
    name: figureName("reliability", model!.name, ...(table === undefined ? [] : [attribute])),
    title: biasFinding(model!.name, panels, confidence),
    subtitle: `Share of positive labels in bins of similar scores${
      table === undefined ? "" : `, by ${attribute} group`
    }; beneath each point: its rows. Dashed: calibrated scores.${
      table === undefined ? "" : ` ${levelText(confidence)} Wilson intervals of ${unit}.`
    }${smallNote(panels, smallBelow)}`,
    alt: panels.map(({ group, count, points }) =>
      `${group} (n = ${count}): ${
        points.map(({ score, rate, count }) => `score ${number(score, 2)}, positive ${wholePercent(rate)} of ${count}`)
          .join("; ")
      }.`
    ).join(" "),
    rows: panels.flatMap(({ group, bias, points }) =>
      points.map(({ count, score, rate, interval }) => ({
        model: model!.name,
        group,
        n: count,
        meanScore: score,
        ...numbersOf("positiveRate", { value: rate, interval }),
        ...numbersOf("bias", bias),
      }))
    ),
    data: drawn.flatMap(({ data }) => data),
    layout: {
      ...gridAxes(
        grid,
        { title: { text: "Mean score" }, range: [-0.03, 1.03], tickvals: [0, 0.5, 1] },
        { title: { text: "Positive labels" }, range: [-0.36, 1.05], tickvals: [0, 0.5, 1], tickformat: ".0%" },
      ),
      shapes: drawn.map(({ diagonal }) => diagonal),
      annotations: gridHeadings(labels, grid),
    },
    height: grid.height + 64,
  });
}

/** What an evaluation itself knows of its bins. */
function everybody({ data: { rows, labelled } }: Evaluation, { name, overall }: Evaluation["models"][number]): Panel {
  const { reliability, calibration } = overall;
  if (reliability === null || calibration === null) {
    throw new InputError(`${name}: expected labels, and scores that are probabilities, found none`);
  }
  const points = reliability.flatMap(({ meanScore, positiveRate, ...bin }): Point[] =>
    meanScore === null || positiveRate === null
      ? []
      : [{ ...bin, score: meanScore, rate: positiveRate, interval: null }]
  );
  return { group: "everybody", count: labelled ?? rows, small: false, points, bias: calibration.bias! };
}

function groupPanels(evaluation: Evaluation, attribute: string, options: ReliabilityOptions & ModelOptions): Panel[] {
  const rows = rowsOf(evaluation, attribute, { ...options, which: "labelled" });
  const { scores, groups, clusters, smallBelow, columns: { probabilities = scores } } = rows;
  if (probabilities === null) {
    throw new InputError(`${rows.model.name}: expected scores that are probabilities, found others`);
  }
  const input = { labels: labelsOf(rows), scores: probabilities, groups, clusters, smallBelow };
  const bias = biasByGroup(input, chanceOf(evaluation, `${attribute} bias`));
  const level = evaluation.settings.confidence;
  return byGroup(
    reliabilityByGroup(input, { bins: BINS, level }).map((group, g): Panel => ({
      ...group,
      points: group.points.flatMap(({ meanScore: { value: score }, positiveRate: { value: rate }, ...bin }) =>
        score === null || rate === null ? [] : [{ ...bin, score, rate }]
      ),
      bias: evaluated(bias[g]!),
    })),
  );
}

function drawPanel(
  { points, small }: Panel,
  axes: { readonly xaxis: XAxisName; readonly yaxis: YAxisName },
): { readonly data: Data[]; readonly diagonal: Partial<Shape> } {
  const rates = points.map(({ rate }) => rate);
  const data: Data[] = [{
    type: "scatter",
    mode: "lines+markers",
    x: points.map(({ score }) => Number(score.toFixed(4))),
    y: rates,
    marker: { color: BLUE, size: 8, symbol: symbolOf("circle", small) as "circle" },
    line: { color: BLUE, width: 1, dash: "dot" },
    error_y: intervalBars(rates, points.map(({ interval }) => interval), INK),
    hovertext: points.map(({ score, rate, count, interval }) =>
      `mean score ${number(score, 2)}<br>positive labels: ${wholePercent(rate)}${
        interval === null ? "" : ` [${wholePercent(interval.low!)}, ${wholePercent(interval.high!)}]`
      }<br>n = ${count}`
    ),
    hoverinfo: "text",
    showlegend: false,
    ...axes,
  }, {
    type: "scatter",
    mode: "text",
    x: points.map(({ score }) => Number(score.toFixed(4))),
    y: countLevels(points.map(({ score }) => score)).map((level) => COUNTS_AT - 0.1 * level),
    text: points.map(({ count }) => `${count}`),
    textfont: { size: 10.5, color: MUTED },
    hoverinfo: "skip",
    showlegend: false,
    cliponaxis: false,
    ...axes,
  } as Data];
  return { data, diagonal: dashed([0, 0], [1, 1], { xref: axes.xaxis, yref: axes.yaxis }) };
}

/**
 * On which line the count under each point stands: exactly beneath it, a line lower than a neighbour that it would touch.
 */
export function countLevels(places: readonly number[]): number[] {
  const ends = Array<number>(COUNT_LINES).fill(-Infinity);
  return places.map((place) => {
    const free = ends.findIndex((end) => place - end >= COUNT_WIDTH);
    const level = free < 0 ? COUNT_LINES - 1 : free;
    ends[level] = place;
    return level;
  });
}

function biasFinding(model: string, panels: readonly Panel[], confidence: number): string {
  const found = panels.filter(({ bias, small }) => !small && standsOut(bias, panels.length, confidence));
  const name = modelText(model);
  const parts = [["over-predict", 1], ["under-predict", -1]] as const;
  const said = parts.flatMap(([what, sign]) => {
    const own = found.filter(({ bias }) => bias.value! * sign > 0).map(({ group, bias }) =>
      `${group === "everybody" ? group : quoted(group)} (${signed(bias.value!, 2)})`
    );
    return own.length === 0 ? [] : [`${what} ${listText(own)}`];
  });
  const whom = panels.every(({ group }) => group === "everybody") ? "everybody" : "any group";
  // Labels that the groups fix leave a bootstrap nothing to vary: no width is no certainty, and no all-clear either.
  const untested = panels.find(({ bias: { value, interval }, small }) =>
    !small && value !== null && Math.abs(value) >= 0.005 && (interval === null || interval.low === interval.high)
  );
  if (said.length === 0 && untested !== undefined) {
    const of = untested.group === "everybody" ? untested.group : quoted(untested.group);
    return `Scores of ${name} differ from what comes true by ${signed(untested.bias.value!, 2)} for ${of}; not tested`;
  }
  return said.length === 0
    ? `Scores of ${name} neither over-predict nor under-predict ${whom} significantly`
    : `Scores of ${name} ${said.join(", ")}`;
}
