import type { Data } from "plotly.js-dist-min";
import type { Evaluation } from "../../evaluate/mod.ts";
import { type ThresholdCurveName, type ThresholdCurves, thresholdCurves } from "../../metrics/mod.ts";
import { modelText, number, WORDS } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { band, legendHeight } from "./marks.ts";
import { BLUE, faded, GROUP_COLORS, INK, MUTED, VERMILLION } from "./palette.ts";
import { axisName, panelHeading, stackPanels, upright } from "./panels.ts";
import { numbersOf } from "./rates.ts";
import { attributeOf, chanceOf, evaluated, type ModelOptions, noteOf, rowsOf, thresholdOf } from "./subject.ts";

interface CurvePanel {
  readonly heading: string;
  readonly lines: readonly {
    readonly curve: ThresholdCurveName;
    readonly title: string;
    readonly color: string;
    readonly dash: "solid" | "dash" | "dot" | "dashdot";
  }[];
}

const panelsOf = (selected: string): readonly CurvePanel[] => [
  {
    heading: "<b>Differences between groups</b>",
    lines: [
      { curve: "demographicParityDifference", title: "demographic parity", color: BLUE, dash: "solid" },
      { curve: "equalizedOddsDifference", title: "equalized odds", color: VERMILLION, dash: "dash" },
    ],
  },
  {
    heading: "<b>Everybody</b>",
    lines: [
      { curve: "f1", title: "F1", color: GROUP_COLORS[2], dash: "dot" },
      { curve: "selectionRate", title: selected, color: MUTED, dash: "dashdot" },
    ],
  },
];

/** Thresholds with so little less F1 count as alternatives. */
const F1_LOSS = 0.02;

/** Quantiles of the scores at which curves are drawn. */
const STEPS = 25;

/** What {@linkcode thresholdDisparities} draws. */
export interface ThresholdOptions extends ModelOptions {
  /** Besides the one in use; quantiles of the scores if absent. */
  readonly thresholds?: readonly number[] | undefined;
}

/**
 * Differences between groups, F1 and selection rate over the decision threshold, with the one in use marked: how much
 * of a difference is the threshold's doing.
 */
export function thresholdDisparities(evaluation: Evaluation, options: ThresholdOptions): Figure {
  const attribute = attributeOf(evaluation, options);
  const rows = rowsOf(evaluation, attribute, { ...options, which: "labelled" });
  const { model: { name }, scores, groups, clusters, smallBelow, table } = rows;
  const chosen = thresholdOf(rows);
  const panels = panelsOf(WORDS[evaluation.settings.favourable].flagged);
  const thresholds = [...new Set([...options.thresholds ?? quantilesOf(scores), chosen])].sort((a, b) => a - b);
  const found = thresholdCurves(
    { labels: table.labels ?? undefined, scores, groups, clusters, smallBelow },
    thresholds,
    chanceOf(evaluation, `${attribute} thresholds`),
  );
  const { domains, height } = stackPanels([190, 150], 30);
  const ends = panels[0]!.lines.flatMap(({ curve }) =>
    found.curves[curve].flatMap(({ estimate, interval }) => [estimate.value ?? 0, interval.high ?? 0])
  );
  const lines = panels.flatMap(({ lines }) => lines);
  return makeFigure({
    name: figureName("threshold-disparities", name, attribute),
    title: thresholdFinding({ attribute, model: name, chosen, ...found }, evaluation.settings),
    subtitle:
      `Largest differences between ${attribute} groups, and what the threshold does for everybody. Dotted line: the ` +
      `threshold in use, ${number(chosen)}. Bands: ${noteOf(evaluation)} Differences are above 0 by chance alone.`,
    alt: `At the threshold ${number(chosen)}: ${
      lines.map(({ curve, title }) => {
        const { estimate } = found.curves[curve][thresholds.indexOf(chosen)]!;
        return `${title} ${estimate.value === null ? `undefined, ${estimate.reason}` : number(estimate.value)}`;
      }).join("; ")
    }.`,
    rows: thresholds.map((threshold, i) => ({
      model: name,
      threshold,
      ...Object.assign({}, ...lines.map(({ curve }) => numbersOf(curve, evaluated(found.curves[curve][i]!)))),
    })),
    data: drawCurves(found, panels),
    layout: {
      xaxis: { title: { text: "Threshold of the score" }, anchor: "y2", nticks: 7 },
      yaxis: {
        title: { text: "Difference" },
        domain: [...domains[0]!],
        range: [0, Math.min(1, 1.03 * Math.max(0.05, ...ends))],
      },
      yaxis2: { title: { text: "Value" }, domain: [...domains[1]!], range: [0, 1.02] },
      shapes: [upright(chosen, { color: INK, width: 1.3, dash: "dot" })],
      annotations: panels.map(({ heading }, p) => panelHeading(heading, domains[p]!)),
    },
    height: height + 64 + legendHeight(lines.map(({ title }) => title)),
  });
}

function quantilesOf(scores: Float64Array): number[] {
  const sorted = scores.toSorted();
  const at = (share: number) => Math.min(sorted.length - 1, Math.floor(share * sorted.length));
  return Array.from({ length: STEPS }, (_, i) => sorted[at((i + 1) / (STEPS + 1))]!);
}

function drawCurves({ thresholds, curves }: ThresholdCurves, panels: readonly CurvePanel[]): Data[] {
  const x = thresholds.map((threshold) => Number(threshold.toFixed(4)));
  return panels.flatMap(({ lines }, p) =>
    lines.flatMap(({ curve, title, color, dash }): Data[] => {
      const own = curves[curve];
      const yaxis = axisName("y", p);
      const known = own.flatMap(({ interval: { low, high } }, i) =>
        low === null || high === null ? [] : [{ i, low, high }]
      );
      const ends = { low: known.map(({ low }) => rounded(low)), high: known.map(({ high }) => rounded(high)) };
      return [{ ...band(known.map(({ i }) => x[i]!), ends, faded(color, 0.13)), yaxis }, {
        type: "scatter",
        mode: "lines",
        name: title,
        x,
        y: own.map(({ estimate }) => estimate.value === null ? null : rounded(estimate.value)),
        line: { color, dash, width: 2.2 },
        hovertemplate: `threshold %{x:.3f}<br>${title} %{y:.3f}<extra></extra>`,
        yaxis,
      }];
    })
  );
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}

/**
 * Compares the difference in use with those of thresholds that are nearly as good for F1; no claim about chance is
 * made.
 */
function thresholdFinding(
  { attribute, model, groups, thresholds, curves, chosen }: ThresholdCurves & {
    readonly attribute: string;
    readonly model: string;
    readonly chosen: number;
  },
  { favourable }: Evaluation["settings"],
): string {
  if (groups.length < 2) return `${attribute}: only one group, so there is nothing to compare`;
  const { demographicParityDifference: differences, f1 } = curves;
  const at = thresholds.indexOf(chosen);
  const [difference, best] = [differences[at]!.estimate.value, f1[at]!.estimate.value];
  const name = modelText(model);
  if (difference === null || best === null) return `Demographic parity difference of ${name} by threshold`;
  const near = differences.flatMap(({ estimate }, i) =>
    estimate.value !== null && (f1[i]!.estimate.value ?? -1) >= best - F1_LOSS ? [estimate.value] : []
  );
  return `${WORDS[favourable].rates} of ${name} differ by ${
    number(difference, 2)
  }; thresholds that cost at most ${F1_LOSS} of F1 ` +
    `give ${number(Math.min(...near), 2)} to ${number(Math.max(...near), 2)}`;
}
