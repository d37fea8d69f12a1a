/** What a training did, step by step and epoch by epoch. */
import type { Data, LayoutAxis, Shape } from "plotly.js-dist-min";
import { metricTitle } from "../../evaluate/mod.ts";
import type { EpochGap, EpochInterval, EpochRecord, StepRecord } from "../../train/mod.ts";
import { count, number } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { intervalBars, legendHeight, type MarkStyle, markStyle } from "./marks.ts";
import { BLUE, faded, INK, MUTED, RULE } from "./palette.ts";
import { axisKey, axisName, NO_TOP, panelHeading, remark, stackPanels, upright } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { numbersOf } from "./rates.ts";

/** More steps are drawn as means of as many of them as it takes: a page is a thousand pixels wide. */
const MOST_POINTS = 500;
/** The mean that a smooth curve shows is of a tenth of all steps. */
const SMOOTHED_SHARE = 0.1;

/** What {@linkcode lossCurves} shows. */
export interface LossCurvesInput {
  /** The run. */
  readonly name: string;
  /** Its steps, in order; at least one. */
  readonly steps: readonly LossStep[];
  /** By which factor a fairness term counts in the loss, by its name; 1 where absent. */
  readonly weights?: ((term: string, step: number) => number) | undefined;
}

/** What is read of a step. */
export type LossStep = Pick<StepRecord, "step" | "epoch" | "loss" | "learningRate" | "terms">;

/**
 * The training loss of each step and its moving mean, the losses of fairness terms if there are any, and the learning
 * rate.
 *
 * @throws {RangeError} If there are no steps.
 */
export function lossCurves({ name, steps: recorded, weights }: LossCurvesInput): Figure {
  const steps = weights === undefined ? recorded : recorded.map((own) => ({ ...own, terms: weighted(own, weights) }));
  if (steps.length === 0) throw new RangeError("Expected at least one step, found none");
  const window = 1 + 2 * Math.round(steps.length * SMOOTHED_SHARE / 2);
  const terms = [...new Set(steps.flatMap(({ terms = {} }) => Object.keys(terms)))];
  const panels = terms.length > 0 ? ["loss", "terms", "rate"] : ["loss", "rate"];
  const { domains, height } = stackPanels(panels.map((panel) => panel === "rate" ? 70 : 170), 34);
  const data = lossLines(steps, { window, terms, panels });
  const headings: Record<string, string> = {
    loss: "<b>Training loss</b>",
    terms: `<b>Fairness terms</b>${weights === undefined ? "" : " times their weights"}, mean of ${window} steps`,
    rate: "<b>Learning rate</b>",
  };
  const losses = steps.map(({ loss }) => loss);
  const starts = steps.filter(({ epoch }, i) => i > 0 && epoch !== steps[i - 1]!.epoch);
  return makeFigure({
    name: figureName("loss", name),
    title: lossFinding(losses),
    subtitle: `Run “${name}”: ${plural(steps.length, "step")} in ${plural(starts.length + 1, "epoch")}${
      starts.length > 0 ? "; dotted lines, where an epoch begins" : ""
    }.`,
    alt: `${lossFinding(losses)}, lowest mean of ${window} steps ${number(Math.min(...movingMeans(losses, window)))}.` +
      terms.map((term) => ` ${termText(term, steps)}`).join("") +
      ` Learning rate at most ${Math.max(...steps.map(({ learningRate }) => learningRate)).toPrecision(3)}.`,
    rows: steps.map(({ step, epoch, loss, learningRate, terms: own }) => ({
      step,
      epoch,
      loss,
      learningRate,
      ...Object.fromEntries(terms.map((term) => [term, own?.[term] ?? null])),
    })),
    data,
    layout: {
      ...Object.fromEntries(panels.map((panel, p): [string, Partial<LayoutAxis>] => [axisKey(axisName("y", p)), {
        domain: [...domains[p]!],
        ...(panel === "rate" ? { rangemode: "tozero", nticks: 3, exponentformat: "power" } : { nticks: 6 }),
      }])),
      margin: NO_TOP,
      xaxis: {
        title: { text: "Optimiser step" },
        anchor: axisName("y", panels.length - 1),
        showgrid: false,
        tickformat: ",d",
      },
      annotations: panels.map((panel, p) => panelHeading(headings[panel]!, domains[p]!)),
      shapes: starts.map(({ step }) => acrossPanels(step - 0.5, domains, { color: RULE, width: 1, dash: "dot" })),
    },
    height: height + 64 + legendHeight(data.slice(0, -1).map(({ name }) => name!)),
  });
}

function lossLines(
  steps: readonly LossStep[],
  { window, terms, panels }: {
    readonly window: number;
    readonly terms: readonly string[];
    readonly panels: readonly string[];
  },
): Data[] {
  const bins = binsOf(steps.length);
  const x = bins.map(([from, to]) => meanOf(steps.map(({ step }) => step).slice(from, to)));
  const drawn = (values: readonly number[]) => bins.map(([from, to]) => short(meanOf(values.slice(from, to))));
  const losses = steps.map(({ loss }) => loss);
  const each = bins.length === steps.length ? "each step" : `mean of ${bins[0]![1]} steps`;
  const line = (name: string, values: (number | null)[], panel: string): Data => ({
    type: "scatter",
    mode: "lines",
    name,
    x,
    y: values,
    yaxis: axisName("y", panels.indexOf(panel)),
    hovertemplate: `step %{x:,d}: %{y:.4~g}<extra>${name}</extra>`,
  });
  return [
    { ...line(each, drawn(losses), "loss"), line: { color: faded(BLUE, 0.35), width: 1 } } as Data,
    {
      ...line(`mean of ${window} steps`, drawn(movingMeans(losses, window)), "loss"),
      line: { color: BLUE, width: 2.2 },
    } as Data,
    ...terms.map((term, t): Data => {
      const { color, dash } = markStyle(t + 1);
      const shown = binnedMeans(steps.map(({ terms }) => terms?.[term] ?? null), window, bins);
      return { ...line(plotText(termTitle(term)), shown, "terms"), line: { color, dash, width: 2 } } as Data;
    }),
    {
      ...line("learning rate", drawn(steps.map(({ learningRate }) => learningRate)), "rate"),
      line: { color: MUTED, width: 1.6 },
      showlegend: false,
    } as Data,
  ];
}

function weighted({ step, terms = {} }: LossStep, weights: NonNullable<LossCurvesInput["weights"]>) {
  return Object.fromEntries(Object.entries(terms).map(([term, loss]) => [term, loss * weights(term, step)]));
}

/** A term in words: `demographicParity.education` is `demographic parity, education`. */
function termTitle(term: string): string {
  const [kind, ...of] = term.split(".");
  return [kind!.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`), ...of].join(", ");
}

/** Moving means of a term; where it is not there in a step (before its warm-up, say) it leaves no mark. */
function binnedMeans(values: readonly (number | null)[], window: number, bins: readonly [number, number][]) {
  const smoothed = movingMeans(values.filter((value) => value !== null), window);
  let next = 0;
  const spread = values.map((value) => value === null ? null : smoothed[next++]!);
  return bins.map(([from, to]) => {
    const own = spread.slice(from, to).filter((value) => value !== null);
    return own.length === 0 ? null : short(meanOf(own));
  });
}

function acrossPanels(x: number, [first]: readonly (readonly [number, number])[], line: NonNullable<Shape["line"]>) {
  return upright(x, line, [0, first![1]], { yref: "paper", layer: "below" });
}

function lossFinding(losses: readonly number[]): string {
  const part = Math.max(1, Math.round(losses.length * SMOOTHED_SHARE));
  const [first, last] = [meanOf(losses.slice(0, part)), meanOf(losses.slice(-part))];
  const steps = `in ${plural(losses.length, "step")}`;
  if (number(first) === number(last)) return `The training loss stayed at ${number(last)} ${steps}`;
  return `The training loss ${last < first ? "fell" : "rose"} from ${number(first)} to ${number(last)} ${steps}`;
}

function termText(term: string, steps: readonly LossStep[]): string {
  const values = steps.flatMap(({ terms }) => terms?.[term] ?? []);
  const part = Math.max(1, Math.round(values.length * SMOOTHED_SHARE));
  return `${termTitle(term)}: from ${number(meanOf(values.slice(0, part)))} to ${number(meanOf(values.slice(-part)))}.`;
}

/** `[n]` means of up to `window` values around each, of fewer near the ends. */
function movingMeans(values: readonly number[], window: number): number[] {
  const half = (window - 1) / 2;
  const sums = [0];
  for (const value of values) sums.push(sums.at(-1)! + value);
  return values.map((_, i) => {
    const from = Math.max(0, i - half), to = Math.min(values.length, i + half + 1);
    return (sums[to]! - sums[from]!) / (to - from);
  });
}

function binsOf(n: number): [from: number, to: number][] {
  const size = Math.ceil(n / MOST_POINTS);
  return Array.from({ length: Math.ceil(n / size) }, (_, b) => [b * size, Math.min(n, (b + 1) * size)]);
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function plural(n: number, noun: string): string {
  return `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
}

/** Six digits are more than a plot shows, and keep the JSON small. */
function short(value: number): number {
  return Number(value.toPrecision(6));
}

/** A step with what its bounds weighed. */
export type MultiplierStep = Pick<StepRecord, "step" | "epoch" | "multipliers">;

/**
 * What the bounds of a training came to weigh: the sum of each one's multipliers, step by step. One that rises to the end
 * has not found its weight yet, or cannot be kept; one at 0 costs nothing.
 *
 * @throws {RangeError} If no step has any.
 */
export function multiplierCurves(
  { name, steps }: { readonly name: string; readonly steps: readonly MultiplierStep[] },
): Figure {
  const bounds = [...new Set(steps.flatMap(({ multipliers = {} }) => Object.keys(multipliers)))];
  if (bounds.length === 0) throw new RangeError("Expected steps with multipliers, found none");
  const bins = binsOf(steps.length);
  const of = (bound: string) => steps.map(({ multipliers }) => multipliers?.[bound] ?? 0);
  const last = bounds.map((bound) => ({ bound, value: of(bound).at(-1)! })).sort((a, b) => b.value - a.value);
  const told = last.map(({ bound, value }) => `${termTitle(bound)} ${number(value)}`).join("; ");
  return makeFigure({
    name: figureName("multipliers", name),
    title: `${bounds.length === 1 ? "The bound" : `Of ${bounds.length} bounds`} ended with a weight of ${
      bounds.length === 1 ? number(last[0]!.value) : `${number(last.at(-1)!.value)} to ${number(last[0]!.value)}`
    }`,
    subtitle: `Run “${name}”: the multipliers of each bound, summed. They rise while decisions break it.`,
    alt: `Weights of the bounds after ${plural(steps.length, "step")}: ${told}.`,
    rows: steps.map(({ step, epoch, multipliers = {} }) => ({ step, epoch, ...multipliers })),
    data: bounds.map((bound, b): Data => {
      const { color, dash } = markStyle(b);
      return {
        type: "scatter",
        mode: "lines",
        name: plotText(termTitle(bound)),
        x: bins.map(([from, to]) => meanOf(steps.map(({ step }) => step).slice(from, to))),
        y: bins.map(([from, to]) => short(meanOf(of(bound).slice(from, to)))),
        line: { color, dash, width: 2 },
        hovertemplate: `step %{x:,d}: %{y:.3f}<extra>${plotText(termTitle(bound))}</extra>`,
      } as Data;
    }),
    layout: {
      xaxis: { title: { text: "Optimiser step" }, showgrid: false, tickformat: ",d" },
      yaxis: { title: { text: "Sum of multipliers" }, rangemode: "tozero" },
      showlegend: true,
    },
    height: 260 + legendHeight(bounds.map(termTitle)),
  });
}

/** What {@linkcode epochCurves} shows. */
export interface EpochCurvesInput {
  /** The run. */
  readonly name: string;
  /** Its epochs, in order; at least one. */
  readonly epochs: readonly EpochRecord[];
  /** Whose differences are drawn, such as `education`; none if absent. */
  readonly attribute?: string | undefined;
  /** The bound under which the kept epoch had to be found, if there was one. */
  readonly constraint?:
    | { readonly gap: "demographicParityDifference" | "equalizedOddsDifference"; readonly max: number }
    | undefined;
}

const METRICS_SHOWN: readonly EpochGap["gap"][] = ["demographicParityDifference", "equalizedOddsDifference"];

const STYLES: Readonly<Record<EpochGap["gap"], MarkStyle>> = {
  demographicParityDifference: { ...markStyle(1), dash: "solid" },
  equalizedOddsDifference: { ...markStyle(2), dash: "dash" },
};

/** Within a sentence. */
function named(metric: string): string {
  return metricTitle(metric).replace(/^[DE]/, (letter) => letter.toLowerCase());
}

/**
 * Validation AUC, differences between groups and losses after each epoch, with the epoch that was kept.
 *
 * @throws {RangeError} If there are no epochs.
 */
export function epochCurves({ name, epochs, attribute, constraint }: EpochCurvesInput): Figure {
  if (epochs.length === 0) throw new RangeError("Expected at least one epoch, found none");
  // `best` says best so far.
  const kept = epochs.findLast(({ best }) => best) ?? null;
  const valueOf = ({ gaps }: EpochRecord, metric: EpochGap["gap"]) =>
    gaps.find((own) => own.attribute === attribute && own.gap === metric)?.value ?? null;
  const hasIntervals = epochs.some(({ rocAucInterval }) => rocAucInterval !== undefined);
  const metrics = METRICS_SHOWN.filter((metric) => epochs.some((epoch) => valueOf(epoch, metric) !== null));
  const panels = metrics.length > 0 ? ["auc", "differences", "losses"] : ["auc", "losses"];
  const { domains, height } = stackPanels(panels.map((panel) => panel === "differences" ? 160 : 120), 34);
  const headings: Record<string, string> = {
    auc: "<b>Validation ROC-AUC</b>",
    differences: `<b>Differences between ${plotText(attribute ?? "")} groups</b>, validation`,
    losses: "<b>Loss</b>",
  };
  const bound = constraint !== undefined && metrics.includes(constraint.gap)
    ? boundLine(constraint.max, axisName("y", panels.indexOf("differences")))
    : { shapes: [], annotations: [] };
  const bounded = constraint && kept && { ...constraint, value: valueOf(kept, constraint.gap) };
  return makeFigure({
    name: figureName("epochs", name),
    title: epochFinding(epochs.length, kept, bounded),
    subtitle: `Run “${name}”, measured on the validation examples after each epoch. Large marks and dashed line: the ` +
      `epoch kept.${hasIntervals ? " Bars: 95% bootstrap intervals that resample candidates." : ""}`,
    alt: epochs.map((epoch) =>
      `Epoch ${epoch.epoch}: ROC-AUC ${numberOr(epoch.rocAuc)}, ` +
      metrics.map((metric) => `${named(metric)} ${numberOr(valueOf(epoch, metric))}, `).join("") +
      `training loss ${number(epoch.trainLoss)}, validation loss ${number(epoch.validationLoss)}.`
    ).join(" ") + (kept === null ? "" : ` Epoch ${kept.epoch} is kept.`),
    rows: epochs.map(({ epoch, step, trainLoss, validationLoss, rocAuc, rocAucInterval, ...own }, e) => ({
      epoch,
      step,
      trainLoss,
      validationLoss,
      ...numbersOf("rocAuc", { value: rocAuc, interval: rocAucInterval }),
      averagePrecision: own.averagePrecision,
      ...Object.fromEntries(metrics.map((metric) => [metric, valueOf(epochs[e]!, metric)])),
      kept: epochs[e] === kept,
    })),
    data: epochLines(epochs, { kept, metrics, panels, attribute }),
    layout: {
      ...Object.fromEntries(panels.map((panel, p): [string, Partial<LayoutAxis>] => [axisKey(axisName("y", p)), {
        domain: [...domains[p]!],
        nticks: 6,
        ...(panel === "auc" ? { range: aucRange(epochs) } : {}),
        ...(panel === "differences" ? { rangemode: "tozero", zeroline: true, zerolinecolor: RULE } : {}),
      }])),
      margin: NO_TOP,
      xaxis: epochAxis(epochs, axisName("y", panels.length - 1)),
      shapes: [
        ...(kept === null ? [] : [acrossPanels(kept.epoch, domains, { color: MUTED, width: 1.2, dash: "dash" })]),
        ...bound.shapes,
      ],
      annotations: [...panels.map((panel, p) => panelHeading(headings[panel]!, domains[p]!)), ...bound.annotations],
    },
    height: height + 64 + legendHeight([...metrics.map(named), "training loss", "validation loss"]),
  });
}

function epochLines(
  epochs: readonly EpochRecord[],
  { kept, metrics, panels, attribute }: {
    readonly kept: EpochRecord | null;
    readonly metrics: readonly EpochGap["gap"][];
    readonly panels: readonly string[];
    readonly attribute: string | undefined;
  },
): Data[] {
  const curve = (
    title: string,
    panel: string,
    style: MarkStyle,
    { value, interval = () => undefined }: {
      readonly value: (epoch: EpochRecord) => number | null;
      readonly interval?: (epoch: EpochRecord) => EpochInterval | undefined;
    },
  ): Data => ({
    type: "scatter",
    mode: "lines+markers",
    name: title,
    x: epochs.map(({ epoch }) => epoch),
    y: epochs.map(value),
    error_y: intervalBars(epochs.map(value), epochs.map((epoch) => interval(epoch) ?? null), faded(style.color, 0.6)),
    yaxis: axisName("y", panels.indexOf(panel)),
    line: { color: style.color, dash: style.dash, width: 2 },
    marker: {
      color: style.color,
      symbol: style.symbol,
      size: epochs.map((epoch) => epoch === kept ? 12 : 7),
      opacity: 1,
    },
    hovertemplate: `epoch %{x}: %{y:.3f}<extra>${title}</extra>`,
  });
  const quiet: MarkStyle = { color: MUTED, symbol: "square", dash: "dot" };
  return [
    {
      ...curve("validation ROC-AUC", "auc", markStyle(0), {
        value: ({ rocAuc }) => rocAuc,
        interval: ({ rocAucInterval }) => rocAucInterval,
      }),
      showlegend: false,
    },
    ...metrics.map((metric, m) => {
      // Side by side, or the intervals of one hide those of the other.
      const x = epochs.map(({ epoch }) => Number((epoch + 0.06 * (m - (metrics.length - 1) / 2)).toFixed(3)));
      const own = ({ gaps }: EpochRecord) => gaps.find(({ attribute: of, gap }) => of === attribute && gap === metric);
      const numbers = {
        value: (epoch: EpochRecord) => own(epoch)?.value ?? null,
        interval: (epoch: EpochRecord) => own(epoch)?.interval,
      };
      return { ...curve(named(metric), "differences", STYLES[metric], numbers), x };
    }),
    curve("training loss", "losses", quiet, { value: ({ trainLoss }) => trainLoss }),
    curve("validation loss", "losses", { ...markStyle(0), color: BLUE }, {
      value: ({ validationLoss }) => validationLoss,
    }),
  ] as Data[];
}

/** A span below which epochs would seem to differ that do not. */
const LEAST_SPAN = 0.1;

function aucRange(epochs: readonly EpochRecord[]): [number, number] {
  const ends = epochs.flatMap(({ rocAuc, rocAucInterval }) =>
    [rocAuc, rocAucInterval?.low, rocAucInterval?.high].filter((end) => end !== null && end !== undefined)
  );
  if (ends.length === 0) return [0, 1];
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const around = Math.max(0.55 * (high - low), LEAST_SPAN / 2);
  return [(low + high) / 2 - around, (low + high) / 2 + around];
}

function epochAxis(epochs: readonly EpochRecord[], anchor: ReturnType<typeof axisName>): Partial<LayoutAxis> {
  return {
    title: { text: "Epoch" },
    anchor,
    showgrid: false,
    range: [epochs[0]!.epoch - 0.4, epochs.at(-1)!.epoch + 0.4],
    ...(epochs.length <= 12 ? { dtick: 1 } : {}),
  };
}

function boundLine(max: number, yref: ReturnType<typeof axisName>) {
  const shapes: Partial<Shape>[] = [
    { type: "line", xref: "paper", x0: 0, x1: 1, yref, y0: max, y1: max, line: { color: INK, width: 1 } },
  ];
  const place = { xref: "paper", x: 1, xanchor: "right", yref: yref as "y", y: max } as const;
  const annotations = [remark(`bound ${max}`, { ...place, font: { size: 11.5, color: MUTED } })];
  return { shapes, annotations };
}

function epochFinding(
  epochs: number,
  kept: EpochRecord | null,
  bound: { readonly gap: string; readonly max: number; readonly value: number | null } | null | undefined,
): string {
  if (kept === null) return "No epoch is kept";
  const which = epochs === 1 ? "The only epoch" : `Epoch ${kept.epoch} of ${epochs}`;
  const auc = `${which} is kept: validation ROC-AUC ${numberOr(kept.rocAuc)}`;
  if (!bound || bound.value === null) return auc;
  return `${auc}, ${named(bound.gap)} ${number(bound.value)} ${
    bound.value <= bound.max ? "within" : "above"
  } its bound ${bound.max}`;
}

function numberOr(value: number | null): string {
  return value === null ? "undefined" : number(value);
}
