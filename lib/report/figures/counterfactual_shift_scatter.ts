import type { Annotation, Data, Shape } from "plotly.js-dist-min";
import { count, intervalNote, number, theModel } from "../format.ts";
import type { Estimate } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { legendHeight } from "./marks.ts";
import { BLUE, faded, INK, MUTED, RULE, VERMILLION } from "./palette.ts";
import { axisName, gridAxes, gridPanels, panelHeading } from "./panels.ts";
import { plotText, wrapText } from "./plot_text.ts";
import { shareText } from "./wording.ts";

/** The scores of people and of their twins under one model. */
export interface TwinScores {
  /** Such as `tuned`. */
  readonly name: string;
  readonly threshold: number;
  /** `[n]` scores as they are. */
  readonly original: ArrayLike<number>;
  /** `[n]` scores of the twins; NaN where there is none. */
  readonly twin: ArrayLike<number>;
  /** Share of decisions that change, such as `flipRate` of a `CounterfactualQuality`. */
  readonly flipRate: Estimate;
}

/** What {@linkcode counterfactualShiftScatter} reads. */
export interface CounterfactualFigureInput {
  /** From the one that the others start from to the one that the title speaks of. */
  readonly models: readonly TwinScores[];
  readonly confidence: number;
  /** Candidates that were resampled; `null` if rows were. */
  readonly candidates: number | null;
}

/** Points that keep their decision; more than this cannot be told apart. All that flip are drawn. */
const POINTS = 1500;

const KINDS = [
  { name: "same decision", color: faded(MUTED, 0.45), symbol: "circle", size: 5 },
  { name: "only the twin is selected", color: BLUE, symbol: "triangle-up", size: 9 },
  { name: "only the original is selected", color: VERMILLION, symbol: "triangle-down", size: 9 },
] as const;

/**
 * Scores of people beside those of their twins, whose text states another education and is otherwise the same: a panel per model
 * with the line of equal scores, the thresholds, and every decision that flips.
 *
 * @param input The scores of each model.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { counterfactualShiftScatter } from "./counterfactual_shift_scatter.ts";
 *
 * const interval = { low: 0.1, high: 0.4, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * const { title } = counterfactualShiftScatter({
 *   models: [{
 *     name: "tuned",
 *     threshold: 0.5,
 *     original: [0.4, 0.6, 0.7, 0.8],
 *     twin: [0.6, 0.6, 0.7, 0.8],
 *     flipRate: { estimate: { value: 0.25 }, interval },
 *   }],
 *   confidence: 0.95,
 *   candidates: null,
 * });
 * assertEquals(title, "Another education flips 25\u00a0% [10\u00a0%, 40\u00a0%] of the tuned model’s decisions");
 * ```
 */
export function counterfactualShiftScatter({ models, confidence, candidates }: CounterfactualFigureInput): Figure {
  const parts = models.map((model) => ({ ...model, points: pointsOf(model) }));
  const grid = gridPanels(parts.length, 250, 42);
  const all = parts.flatMap(({ points, threshold }) => [threshold, ...points.flatMap(({ x, y }) => [x, y])]);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const edge = 0.03 * (high - low || 1);
  const data: Data[] = [], shapes: Partial<Shape>[] = [], annotations: Partial<Annotation>[] = [];
  parts.forEach(({ name, threshold, points, flipRate }, p) => {
    const [xaxis, yaxis] = [axisName("x", p), axisName("y", p)];
    const same = points.filter(({ kind }) => kind === 0).length;
    const every = Math.max(1, Math.ceil(same / POINTS));
    KINDS.forEach(({ name, color, symbol, size }, kind) => {
      const own = points.filter((point) => point.kind === kind).filter((_, i) => kind !== 0 || i % every === 0);
      data.push({
        type: "scatter",
        mode: "markers",
        x: own.map(({ x }) => Number(x.toFixed(4))),
        y: own.map(({ y }) => Number(y.toFixed(4))),
        name,
        legendgroup: name,
        showlegend: p === 0,
        marker: { color, symbol, size },
        hovertemplate: "original %{x:.3f}<br>twin %{y:.3f}<extra></extra>",
        xaxis,
        yaxis,
      });
    });
    const line = { color: INK, width: 1, dash: "dot" } as const;
    const refs = { xref: xaxis, yref: yaxis, type: "line", layer: "below" } as const;
    const [from, to] = [low - edge, high + edge];
    shapes.push(
      { ...refs, x0: from, y0: from, x1: to, y1: to, line: { color: RULE, width: 1.2, dash: "dash" } },
      { ...refs, x0: threshold, x1: threshold, y0: from, y1: to, line },
      { ...refs, x0: from, x1: to, y0: threshold, y1: threshold, line },
    );
    const rate = flipRate.estimate.value === null
      ? wrapText(shareText(flipRate), 26, 2)
      : `flips ${flipRate.estimate.value === 0 ? "none" : shareText(flipRate)}`;
    annotations.push({
      ...panelHeading(
        `<b>${plotText(name)}</b> (n = ${count(points.length)})<br>${rate}`,
        grid.cells[p]!.y,
        grid.cells[p]!.x[0],
      ),
      yshift: 2,
    });
  });
  return makeFigure({
    name: "counterfactual-shift",
    title: findingOf(models),
    subtitle:
      `Scores of pairs and of their twins, whose résumé states another education and is otherwise the same. Dashed: equal ` +
      `scores; dotted: threshold. ${intervalNote(confidence, candidates)}`,
    alt: parts.map(({ name, threshold, points, flipRate }) =>
      `${name}, threshold ${number(threshold)}: of ${points.length} pairs with a twin ${
        points.filter(({ kind }) => kind === 1).length
      } are selected only as the twin and ${
        points.filter(({ kind }) => kind === 2).length
      } only as the original; flip rate ${shareText(flipRate)}.`
    ).join(" "),
    data,
    layout: {
      ...gridAxes(
        grid,
        { title: { text: "Score of the original" }, range: [low - edge, high + edge], nticks: 5 },
        { title: { text: "Score of the twin" }, range: [low - edge, high + edge], nticks: 6 },
      ),
      shapes,
      annotations,
    },
    height: grid.height + 64 + legendHeight(KINDS.map(({ name }) => name)),
  });
}

function pointsOf({ original, twin, threshold }: TwinScores) {
  return Array.from(original, (x, i) => {
    const y = twin[i]!;
    const [before, after] = [x >= threshold, y >= threshold];
    return { x, y, kind: before === after ? 0 : after ? 1 : 2 };
  }).filter(({ y }) => !Number.isNaN(y));
}

function findingOf(models: readonly TwinScores[]): string {
  const { name, flipRate } = models.at(-1)!;
  const model = theModel(name).replace("The", "the");
  if (flipRate.estimate.value === null) return `Flips of ${model} are undefined: ${flipRate.estimate.reason}`;
  const rest = models.slice(0, -1).map((other) => `${other.name} ${shareText(other.flipRate)}`);
  const beside = rest.length === 0 ? "" : `; ${rest.join(", ")}`;
  if (flipRate.estimate.value === 0) return `Another education flips none of ${model}’s decisions${beside}`;
  return `Another education flips ${shareText(flipRate)} of ${model}’s decisions${beside}`;
}
