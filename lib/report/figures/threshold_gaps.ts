import type { Data } from "plotly.js-dist-min";
import { intervalNote, number, theModel } from "../format.ts";
import type { ThresholdCurveName, ThresholdCurves } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { legendHeight } from "./marks.ts";
import { BLUE, faded, GROUP_COLORS, INK, MUTED, VERMILLION } from "./palette.ts";
import { axisName, panelHeading, stackPanels } from "./panels.ts";

/** What {@linkcode thresholdGaps} reads. */
export interface ThresholdGapsInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** The model, such as `tuned`. */
  readonly model: string;
  /** Over rising thresholds, the chosen one among them. */
  readonly curves: ThresholdCurves;
  /** The threshold in use. */
  readonly chosen: number;
  readonly confidence: number;
  /** Candidates that were resampled; `null` if rows were. */
  readonly candidates: number | null;
}

const PANELS: readonly {
  readonly heading: string;
  readonly lines: readonly {
    readonly curve: ThresholdCurveName;
    readonly title: string;
    readonly color: string;
    readonly dash: "solid" | "dash" | "dot" | "dashdot";
  }[];
}[] = [
  {
    heading: "<b>Gaps between groups</b>",
    lines: [
      { curve: "demographicParityDifference", title: "demographic parity", color: BLUE, dash: "solid" },
      { curve: "equalizedOddsDifference", title: "equalized odds", color: VERMILLION, dash: "dash" },
    ],
  },
  {
    heading: "<b>Everybody</b>",
    lines: [
      { curve: "f1", title: "F1", color: GROUP_COLORS[2], dash: "dot" },
      { curve: "selectionRate", title: "selected", color: MUTED, dash: "dashdot" },
    ],
  },
];

/** Thresholds with so little less F1 count as alternatives. */
const F1_LOSS = 0.02;

/**
 * Gaps, F1 and selection rate over the decision threshold, with the one in use marked: how much of a gap is the threshold's doing.
 *
 * @param input The curves of one model.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { thresholdCurves } from "../../metrics/mod.ts";
 * import { Rng } from "../../random.ts";
 * import { thresholdGaps } from "./threshold_gaps.ts";
 *
 * const rows = Array.from({ length: 80 }, (_, i) => i);
 * const curves = thresholdCurves({
 *   labels: rows.map((i) => Number(i > 40)),
 *   scores: rows.map((i) => i / 80),
 *   groups: rows.map((i) => i % 3 ? "none" : "degree"),
 * }, [0.25, 0.5, 0.75], { rng: new Rng(1), resamples: 50 });
 * const { name } = thresholdGaps({
 *   attribute: "education",
 *   model: "base",
 *   curves,
 *   chosen: 0.5,
 *   confidence: 0.95,
 *   candidates: null,
 * });
 * assertEquals(name, "threshold-gaps-base-education");
 * ```
 */
export function thresholdGaps(input: ThresholdGapsInput): Figure {
  const { attribute, model, curves: { thresholds, curves }, chosen, confidence, candidates } = input;
  const { domains, height } = stackPanels([190, 150], 30);
  const x = thresholds.map((threshold) => Number(threshold.toFixed(4)));
  const data: Data[] = PANELS.flatMap(({ lines }, p) =>
    lines.flatMap(({ curve, title, color, dash }): Data[] => {
      const own = curves[curve];
      const yaxis = axisName("y", p);
      const known = own.flatMap(({ interval: { low, high } }, i) =>
        low === null || high === null ? [] : [{ i, low, high }]
      );
      return [{
        type: "scatter",
        mode: "lines",
        x: [...known, ...known.toReversed()].map(({ i }) => x[i]!),
        y: [...known.map(({ high }) => rounded(high)), ...known.toReversed().map(({ low }) => rounded(low))],
        fill: "toself",
        fillcolor: faded(color, 0.13),
        line: { width: 0 },
        hoverinfo: "skip",
        showlegend: false,
        yaxis,
      }, {
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
  const ends = PANELS[0]!.lines.flatMap(({ curve }) =>
    curves[curve].flatMap(({ estimate, interval }) => [estimate.value ?? 0, interval.high ?? 0])
  );
  const at = thresholds.indexOf(chosen);
  const own = (curve: ThresholdCurveName) =>
    curves[curve][at]?.estimate ?? { value: null, reason: "not among the thresholds" };
  return makeFigure({
    name: figureName("threshold-gaps", model, attribute),
    title: findingOf(input),
    subtitle:
      `Largest differences between ${attribute} groups, and what the threshold does for everybody. Dotted line: the ` +
      `threshold in use, ${number(chosen)}. Bands: ${
        intervalNote(confidence, candidates)
      } Gaps are above 0 by chance alone.`,
    alt: `At the threshold ${number(chosen)}: ${
      PANELS.flatMap(({ lines }) => lines).map(({ curve, title }) => {
        const estimate = own(curve);
        return `${title} ${estimate.value === null ? `undefined, ${estimate.reason}` : number(estimate.value)}`;
      }).join("; ")
    }.`,
    data,
    layout: {
      xaxis: { title: { text: "Threshold of the score" }, anchor: "y2", nticks: 7 },
      yaxis: {
        title: { text: "Difference" },
        domain: [...domains[0]!],
        range: [0, Math.min(1, 1.03 * Math.max(0.05, ...ends))],
      },
      yaxis2: { title: { text: "Value" }, domain: [...domains[1]!], range: [0, 1.02] },
      shapes: [{
        type: "line",
        x0: chosen,
        x1: chosen,
        y0: 0,
        y1: 1,
        yref: "paper",
        line: { color: INK, width: 1.3, dash: "dot" },
      }],
      annotations: PANELS.map(({ heading }, p) => panelHeading(heading, domains[p]!)),
    },
    height: height + 64 + legendHeight(PANELS.flatMap(({ lines }) => lines.map(({ title }) => title))),
  });
}

function rounded(value: number): number {
  return Number(value.toFixed(4));
}

/** Compares the gap in use with those of thresholds that are nearly as good for F1; no claim about chance is made. */
function findingOf({ attribute, model, curves: { groups, thresholds, curves }, chosen }: ThresholdGapsInput): string {
  if (groups.length < 2) return `${attribute}: only one group, so there is nothing to compare`;
  const { demographicParityDifference: gaps, f1 } = curves;
  const at = thresholds.indexOf(chosen);
  const [gap, best] = [gaps[at]?.estimate.value, f1[at]?.estimate.value];
  const name = theModel(model).replace("The", "the");
  if (gap === undefined || gap === null || best === undefined || best === null) {
    return `Demographic parity difference of ${name} by threshold`;
  }
  const near = gaps.flatMap(({ estimate }, i) =>
    estimate.value !== null && (f1[i]!.estimate.value ?? -1) >= best - F1_LOSS ? [estimate.value] : []
  );
  return `Selection rates of ${name} differ by ${number(gap, 2)}; thresholds that cost at most ${F1_LOSS} of F1 give ${
    number(Math.min(...near), 2)
  } to ${number(Math.max(...near), 2)}`;
}
