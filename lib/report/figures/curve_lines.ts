import type { ScatterData } from "plotly.js-dist-min";
import { intervalText, number, quoted, theModel } from "../format.ts";
import type { CurvesOf, Estimate, ScoreCurves } from "../../metrics/mod.ts";
import { extremesOf, gapFinding } from "./extremes.ts";
import { byGroup } from "./group_order.ts";
import { groupLabel, legendHeight, markStyle } from "./marks.ts";
import { faded, MUTED } from "./palette.ts";
import { wrapText } from "./plot_text.ts";

/** What the figures of curves by group read. */
export interface CurvesInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** The model, such as `tuned`. */
  readonly model: string;
  readonly curves: ScoreCurves;
  readonly confidence: number;
  /** Candidates that were resampled; `null` if rows were. */
  readonly candidates: number | null;
  /** Groups with fewer rows are flagged. */
  readonly smallGroup: number;
}

/** A curve on its way from data to page: points on a line, and the area under it. */
export interface CurveOf {
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** Points of a curve; more than this cannot be seen. */
const POINTS = 400;
/** Letters of a line of the legend on a narrow page. */
const WIDTH = 34;

/**
 * Curves of the groups in their styles over that of everybody in grey, with areas and counts in the legend. A group without a
 * curve is in the legend with the reason.
 *
 * @param curves The curves.
 * @param of What to draw of each.
 * @param area The area of each.
 * @param shape How points are joined: `linear`, or `vh` for steps up and then right.
 * @returns Traces, and what the legend needs of the layout.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { scoreCurves } from "../../metrics/mod.ts";
 * import { curveLines } from "./curve_lines.ts";
 *
 * const curves = scoreCurves({ labels: [1, 0], scores: [0.7, 0.2], groups: ["a", "a"] }, { rng: new Rng(1), resamples: 5 });
 * const { data } = curveLines(curves, ({ roc }) => roc && { x: roc.fpr, y: roc.tpr }, ({ rocAuc }) => rocAuc, "linear");
 * assertEquals(data.map(({ name }) => name), ["all (n = 2): 1.00", "a (n = 2)†: 1.00"]);
 * ```
 */
export function curveLines(
  curves: ScoreCurves,
  of: (curves: CurvesOf) => CurveOf | null,
  area: (curves: CurvesOf) => Estimate,
  shape: "linear" | "vh",
): { readonly data: Partial<ScatterData>[]; readonly legend: number } {
  const all = { ...curves.overall, group: "all", count: curves.count, small: false };
  const data = [all, ...byGroup(curves.groups)].map((own, i): Partial<ScatterData> => {
    const { color, dash } = markStyle(Math.max(0, i - 1));
    const points = of(own);
    const { estimate, interval } = area(own);
    const two = (x: number) => number(x, 2);
    const numbers = estimate.value === null
      ? wrapText(`undefined: ${estimate.reason}`, WIDTH)
      : `${two(estimate.value)} ${intervalText(distinct(interval), two)}`.trim();
    const line = i === 0
      ? { color: faded(MUTED, 0.55), width: 5, shape }
      : { color, dash, width: own.small ? 1.4 : 2.2, shape };
    return {
      type: "scatter",
      mode: "lines",
      name: legendText(`${groupLabel(own, WIDTH)}:`, numbers),
      ...(points === null ? { x: [null], y: [null] } : thinned(points)),
      line,
      hoverinfo: "name",
    };
  });
  return { data, legend: legendHeight(data.map(({ name }) => name!)) };
}

/**
 * What a figure of curves found: where the area is smallest and largest.
 *
 * @param input The curves.
 * @param area Which area.
 * @param title Of the area, such as `ROC-AUC`.
 * @returns A title.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { scoreCurves } from "../../metrics/mod.ts";
 * import { areaFinding } from "./curve_lines.ts";
 *
 * const curves = scoreCurves({ labels: [1, 0], scores: [0.7, 0.2], groups: ["a", "b"] }, { rng: new Rng(1), resamples: 5 });
 * const input = { attribute: "education", model: "tuned", curves, confidence: 0.95, candidates: null, smallGroup: 30 };
 * assertEquals(areaFinding(input, "rocAuc", "ROC-AUC"), "education: ROC-AUC of the groups cannot be compared");
 * ```
 */
export function areaFinding(
  { attribute, model, curves: { groups, differences } }: CurvesInput,
  area: keyof ScoreCurves["differences"],
  title: string,
): string {
  const extremes = extremesOf(groups, (group) => group[area]);
  if (extremes === null) return `${attribute}: ${title} of the groups cannot be compared`;
  const { low, high } = extremes;
  const value = (group: typeof low) => `${number(group[area].estimate.value!, 2)} in ${quoted(group.group)}`;
  const { text } = gapFinding(differences[area], low[area], high[area]);
  return `${title} of ${theModel(model).replace("The", "the")} is ${value(low)} and ${value(high)}: ${text}`;
}

/**
 * The areas in sentences, for who cannot see the curves.
 *
 * @param input The curves.
 * @param area Which area.
 * @param title Of the area.
 * @returns Plain text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { scoreCurves } from "../../metrics/mod.ts";
 * import { areaTexts } from "./curve_lines.ts";
 *
 * const curves = scoreCurves({ labels: [1, 0], scores: [0.7, 0.2], groups: ["a", "a"] }, { rng: new Rng(1), resamples: 5 });
 * const input = { attribute: "education", model: "tuned", curves, confidence: 0.95, candidates: null, smallGroup: 30 };
 * assertEquals(areaTexts(input, "rocAuc", "ROC-AUC"), "ROC-AUC: all (n = 2) 1.000; a (n = 2) 1.000.");
 * ```
 */
export function areaTexts({ curves }: CurvesInput, area: keyof ScoreCurves["differences"], title: string): string {
  const all = { ...curves.overall, group: "all", count: curves.count };
  return `${title}: ${
    [all, ...byGroup(curves.groups)].map((own) => {
      const { estimate, interval } = own[area];
      const text = estimate.value === null
        ? `undefined, ${estimate.reason}`
        : `${number(estimate.value)} ${intervalText(distinct(interval), number)}`.trim();
      return `${own.group} (n = ${own.count}) ${text}`;
    }).join("; ")
  }.`;
}

/** The numbers on the last line of the label, or on their own line if they do not fit. */
function legendText(label: string, numbers: string): string {
  const last = label.slice(label.lastIndexOf("<br>") + 1);
  return `${label}${last.length + numbers.length > WIDTH + 8 ? "<br>" : " "}${numbers}`;
}

/** An interval without width belongs to a perfect ranking of a few rows, and is not certainty. */
function distinct(interval: Estimate["interval"]): Estimate["interval"] | null {
  return interval.low === interval.high ? null : interval;
}

function thinned({ x, y }: CurveOf): { x: number[]; y: number[] } {
  const every = Math.max(1, Math.ceil(x.length / POINTS));
  const kept = Array.from(x, (_, i) => i).filter((i) => i % every === 0 || i === x.length - 1);
  const rounded = (values: ArrayLike<number>) => kept.map((i) => Number(values[i]!.toFixed(4)));
  return { x: rounded(x), y: rounded(y) };
}
