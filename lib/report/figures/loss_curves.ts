import type { Data, LayoutAxis } from "plotly.js-dist-min";
import { count, number } from "../format.ts";
import type { StepRecord } from "../../train/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { legendHeight, markStyle } from "./marks.ts";
import { BLUE, faded, MUTED, RULE } from "./palette.ts";
import { axisKey, axisName, NO_TOP, panelHeading, stackPanels } from "./panels.ts";
import { plotText } from "./plot_text.ts";

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
}

/** What is read of a step. */
export type LossStep = Pick<StepRecord, "step" | "epoch" | "loss" | "learningRate" | "terms">;

/**
 * The training loss of each step and its moving mean, the losses of fairness terms if there are any, and the learning rate.
 *
 * @param input The steps.
 * @returns The figure.
 * @throws {RangeError} If there are no steps.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lossCurves } from "./loss_curves.ts";
 *
 * const steps = [0.8, 0.4].map((loss, i) => ({ step: i + 1, epoch: 1, loss, learningRate: 0.001 }));
 * assertEquals(lossCurves({ name: "demo", steps }).title, "The training loss fell from 0.800 to 0.400 in 2 steps");
 * ```
 */
export function lossCurves({ name, steps }: LossCurvesInput): Figure {
  if (steps.length === 0) throw new RangeError("Expected at least one step, found none");
  const window = 1 + 2 * Math.round(steps.length * SMOOTHED_SHARE / 2);
  const bins = binsOf(steps.length);
  const x = bins.map(([from, to]) => meanOf(steps.map(({ step }) => step).slice(from, to)));
  const drawn = (values: readonly number[]) => bins.map(([from, to]) => short(meanOf(values.slice(from, to))));
  const smooth = (values: readonly number[]) => drawn(movingMeans(values, window));
  const losses = steps.map(({ loss }) => loss);
  const terms = [...new Set(steps.flatMap(({ terms = {} }) => Object.keys(terms)))];
  const panels = terms.length > 0 ? ["loss", "terms", "rate"] : ["loss", "rate"];
  const { domains, height } = stackPanels(panels.map((panel) => panel === "rate" ? 70 : 170), 34);
  const y = (panel: string) => axisName("y", panels.indexOf(panel));
  const each = bins.length === steps.length ? "each step" : `mean of ${bins[0]![1]} steps`;
  const line = (name: string, values: (number | null)[], panel: string): Data => ({
    type: "scatter",
    mode: "lines",
    name,
    x,
    y: values,
    yaxis: y(panel),
    hovertemplate: `step %{x:,d}: %{y:.4~g}<extra>${name}</extra>`,
  });
  const smoothName = `mean of ${window} steps`;
  const data: Data[] = [
    { ...line(each, drawn(losses), "loss"), line: { color: faded(BLUE, 0.35), width: 1 } } as Data,
    { ...line(smoothName, smooth(losses), "loss"), line: { color: BLUE, width: 2.2 } } as Data,
    ...terms.map((term, t): Data => {
      const { color, dash } = markStyle(t + 1);
      // A term that is not there in a step (before its warm-up, say) leaves no mark.
      const values = steps.map(({ terms }) => terms?.[term] ?? null);
      const known = values.filter((value) => value !== null);
      const smoothed = movingMeans(known, window);
      let next = 0;
      const spread = values.map((value) => value === null ? null : smoothed[next++]!);
      const shown = bins.map(([from, to]) => {
        const own = spread.slice(from, to).filter((value) => value !== null);
        return own.length === 0 ? null : short(meanOf(own));
      });
      return { ...line(plotText(term), shown, "terms"), line: { color, dash, width: 2 } } as Data;
    }),
    {
      ...line("learning rate", drawn(steps.map(({ learningRate }) => learningRate)), "rate"),
      line: { color: MUTED, width: 1.6 },
      showlegend: false,
    } as Data,
  ];
  const axes: Record<string, Partial<LayoutAxis>> = {};
  panels.forEach((panel, p) => {
    axes[axisKey(axisName("y", p))] = {
      domain: [...domains[p]!],
      ...(panel === "rate" ? { rangemode: "tozero", nticks: 3, exponentformat: "power" } : { nticks: 6 }),
    };
  });
  const headings: Record<string, string> = {
    loss: "<b>Training loss</b>",
    terms: `<b>Fairness terms</b>, mean of ${window} steps`,
    rate: "<b>Learning rate</b>",
  };
  const starts = steps.filter(({ epoch }, i) => i > 0 && epoch !== steps[i - 1]!.epoch);
  const names = [each, smoothName, ...terms.map(plotText)];
  return makeFigure({
    name: figureName("loss", name),
    title: findingOf(losses),
    subtitle: `Run “${name}”: ${plural(steps.length, "step")} in ${plural(starts.length + 1, "epoch")}${
      starts.length > 0 ? "; dotted lines, where an epoch begins" : ""
    }.`,
    alt: `${findingOf(losses)}, lowest mean of ${window} steps ${number(Math.min(...movingMeans(losses, window)))}.` +
      terms.map((term) => ` ${termText(term, steps)}`).join("") +
      ` Learning rate at most ${Math.max(...steps.map(({ learningRate }) => learningRate)).toPrecision(3)}.`,
    data,
    layout: {
      ...axes,
      margin: NO_TOP,
      xaxis: {
        title: { text: "Optimiser step" },
        anchor: axisName("y", panels.length - 1),
        showgrid: false,
        tickformat: ",d",
      },
      annotations: panels.map((panel, p) => panelHeading(headings[panel]!, domains[p]!)),
      shapes: starts.map(({ step }) => ({
        type: "line" as const,
        x0: step - 0.5,
        x1: step - 0.5,
        yref: "paper" as const,
        y0: 0,
        y1: domains[0]![1],
        layer: "below" as const,
        line: { color: RULE, width: 1, dash: "dot" as const },
      })),
    },
    height: height + 64 + legendHeight(names),
  });
}

function findingOf(losses: readonly number[]): string {
  const part = Math.max(1, Math.round(losses.length * SMOOTHED_SHARE));
  const [first, last] = [meanOf(losses.slice(0, part)), meanOf(losses.slice(-part))];
  const steps = `in ${plural(losses.length, "step")}`;
  if (number(first) === number(last)) return `The training loss stayed at ${number(last)} ${steps}`;
  return `The training loss ${last < first ? "fell" : "rose"} from ${number(first)} to ${number(last)} ${steps}`;
}

function termText(term: string, steps: readonly LossStep[]): string {
  const values = steps.flatMap(({ terms }) => terms?.[term] ?? []);
  const part = Math.max(1, Math.round(values.length * SMOOTHED_SHARE));
  return `${term}: from ${number(meanOf(values.slice(0, part)))} to ${number(meanOf(values.slice(-part)))}.`;
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
