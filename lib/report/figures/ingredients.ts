import type { Annotation, Data, LayoutAxis, Shape } from "plotly.js-dist-min";
import { listText, number } from "../format.ts";
import type { Interval } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { intervalBars } from "./marks.ts";
import { BLUE, faded, INK, MUTED, VERMILLION } from "./palette.ts";
import { axisKey, axisName, panelHeading, rowAxis, stackPanels } from "./panels.ts";
import { plotText, wrapText } from "./plot_text.ts";

/** One metric of one variant of a training, over seeds. */
export interface VariantValue {
  /** Over all seeds; `null` if no seed has a value. */
  readonly mean: number | null;
  readonly interval: Pick<Interval, "low" | "high">;
  /** What chance alone would give, such as the gap of decisions that have nothing to do with the group. */
  readonly chance?: number | null | undefined;
  /** The seeds' own values, drawn as dots. */
  readonly seeds?: readonly number[] | undefined;
  /** Mean difference from the reference with its interval; `null` for the reference itself. */
  readonly change: { readonly mean: number | null; readonly interval: Pick<Interval, "low" | "high"> } | null;
}

/** A metric that variants are compared by. */
export interface ComparedMetric {
  /** Such as `ROC-AUC`. */
  readonly title: string;
  readonly better: "more" | "less";
  /** `[v]` in the order of the variants. */
  readonly values: readonly VariantValue[];
}

/** What {@linkcode ingredients} reads. */
export interface IngredientsInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** `[v]` names of the variants. */
  readonly variants: readonly string[];
  /** Index of the one that the others are compared with. */
  readonly reference: number;
  readonly metrics: readonly ComparedMetric[];
  readonly seeds: number;
  readonly confidence: number;
}

const ROW = 24;

/**
 * Variants of a training under one another, a panel per metric: mean over seeds with its interval, and whether it differs from the
 * reference, whose mean is drawn through.
 *
 * @param input The variants.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { ingredients } from "./ingredients.ts";
 *
 * const { title } = ingredients({
 *   attribute: "education",
 *   variants: ["plain", "fair"],
 *   reference: 0,
 *   metrics: [{
 *     title: "Demographic parity",
 *     better: "less",
 *     values: [
 *       { mean: 0.3, interval: { low: 0.25, high: 0.35 }, change: null },
 *       { mean: 0.1, interval: { low: 0.05, high: 0.15 }, change: { mean: -0.2, interval: { low: -0.25, high: -0.15 } } },
 *     ],
 *   }],
 *   seeds: 5,
 *   confidence: 0.95,
 * });
 * assertEquals(title, "Against plain, fair is better in demographic parity");
 * ```
 */
export function ingredients(input: IngredientsInput): Figure {
  const { attribute, variants, reference, metrics, seeds, confidence } = input;
  const labels = variants.map((variant, v) => {
    const name = wrapText(variant, 20, 2);
    return v === reference ? `<b>${name}</b>` : name;
  });
  const lines = Math.max(...labels.map((label) => label.split("<br>").length));
  const { domains, height } = stackPanels(metrics.map(() => variants.length * (ROW + 14 * (lines - 1)) + 8), 52);
  const data: Data[] = [], shapes: Partial<Shape>[] = [], annotations: Partial<Annotation>[] = [];
  const axes: Record<string, Partial<LayoutAxis>> = {};
  metrics.forEach(({ title, better, values }, p) => {
    const [xaxis, yaxis] = [axisName("x", p), axisName("y", p)];
    axes[axisKey(yaxis)] = { ...rowAxis(labels, domains[p]!), anchor: xaxis };
    axes[axisKey(xaxis)] = { anchor: yaxis, nticks: 6 };
    annotations.push(panelHeading(`<b>${plotText(title)}</b> (${better === "more" ? "↑" : "↓"} better)`, domains[p]!));
    const dots = values.flatMap(({ seeds = [] }, v) => seeds.map((x) => ({ x, y: v })));
    data.push({
      type: "scatter",
      mode: "markers",
      x: dots.map(({ x }) => Number(x.toFixed(4))),
      y: dots.map(({ y }) => y + 0.24),
      marker: { size: 4.5, color: faded(MUTED, 0.6) },
      hoverinfo: "x",
      showlegend: false,
      xaxis,
      yaxis,
    });
    const lots = values.flatMap(({ chance }, v) => chance === null || chance === undefined ? [] : [{ chance, v }]);
    data.push({
      type: "scatter",
      mode: "markers",
      x: lots.map(({ chance }) => Number(chance.toFixed(4))),
      y: lots.map(({ v }) => v),
      marker: { symbol: "line-ns-open", size: 11, color: MUTED, line: { width: 1.5 } },
      hovertemplate: "by chance %{x:.3f}<extra></extra>",
      showlegend: false,
      xaxis,
      yaxis,
    });
    const drawn = values.flatMap((own, v) => own.mean === null ? [] : [{ ...own, mean: own.mean, v }]);
    data.push({
      type: "scatter",
      mode: "markers",
      x: drawn.map(({ mean }) => Number(mean.toFixed(4))),
      y: drawn.map(({ v }) => v),
      marker: {
        size: 9,
        color: drawn.map((own) => COLORS[verdictOf(own, better)]),
        symbol: drawn.map((own) => SYMBOLS[verdictOf(own, better)]),
        line: { width: 1.8, color: drawn.map((own) => COLORS[verdictOf(own, better)]) },
      },
      error_x: intervalBars(drawn.map(({ mean }) => mean), drawn.map(({ interval }) => interval), INK),
      hovertext: drawn.map((own) => `${labels[own.v]}<br>${plotText(textOf(own))}<br>${verdictOf(own, better)}`),
      hoverinfo: "text",
      showlegend: false,
      xaxis,
      yaxis,
    });
    values.forEach(({ mean }, v) => {
      if (mean !== null) return;
      annotations.push({
        text: "undefined: no seed has a value",
        x: 0.02,
        xref: `${xaxis} domain` as "x domain",
        xanchor: "left",
        y: v,
        yref: yaxis,
        showarrow: false,
        font: { size: 11, color: MUTED },
      });
    });
    const centre = values[reference]!.mean;
    if (centre === null) return;
    shapes.push({
      type: "line",
      layer: "below",
      x0: centre,
      x1: centre,
      y0: -0.5,
      y1: variants.length - 0.5,
      xref: xaxis,
      yref: yaxis,
      line: { color: INK, width: 1.1, dash: "dash" },
    });
  });
  return makeFigure({
    name: figureName("ingredients", attribute),
    title: findingOf(input),
    subtitle:
      `${seeds} seeds together, with ${Number((100 * confidence).toPrecision(6))}\u00a0% intervals${
        metrics.some(({ values }) => values.some((own) => own.seeds !== undefined)) ? "; small dots: seeds" : ""
      }${
        metrics.some(({ values }) => values.some(({ chance }) => chance !== null && chance !== undefined))
          ? "; tick: what chance alone gives"
          : ""
      }. Dashed, and square: ${
        plotText(variants[reference]!)
      }. Diamond, blue: its difference from that is clearly better; triangle, ` +
      `orange: clearly worse; hollow: unclear. Gaps are between ${attribute} groups.`,
    alt: metrics.map(({ title, better, values }) =>
      `${title}: ${
        values.map((own, v) =>
          `${variants[v]} ${own.mean === null ? "undefined" : textOf({ ...own, mean: own.mean })}, ${
            verdictOf(own, better)
          }`
        ).join("; ")
      }.`
    ).join(" "),
    data,
    layout: { ...axes, shapes, annotations },
    height: height + 34,
  });
}

type Verdict = "reference" | "better" | "worse" | "unclear";

const COLORS: Readonly<Record<Verdict, string>> = { reference: INK, better: BLUE, worse: VERMILLION, unclear: MUTED };
const SYMBOLS = {
  reference: "square",
  better: "diamond",
  worse: "triangle-up",
  unclear: "circle-open",
} as const satisfies Readonly<Record<Verdict, string>>;

function verdictOf({ change }: VariantValue, better: ComparedMetric["better"]): Verdict {
  if (change === null) return "reference";
  const { mean, interval: { low, high } } = change;
  if (mean === null || low === null || high === null || (low <= 0 && high >= 0)) return "unclear";
  return (mean > 0) === (better === "more") ? "better" : "worse";
}

function textOf({ mean, interval: { low, high } }: VariantValue & { readonly mean: number }): string {
  const range = low === null || high === null ? "" : ` [${number(low)}, ${number(high)}]`;
  return number(mean) + range;
}

/** Names the variant that is better in most metrics, then worse in fewest, then the one that closes most of the gaps. */
function findingOf({ variants, reference, metrics }: IngredientsInput): string {
  const lists = variants.map((name, v) => {
    const by = (verdict: Verdict) =>
      metrics.filter(({ values, better }) => verdictOf(values[v]!, better) === verdict).map(({ title }) =>
        title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase())
      );
    return { name, v, better: by("better"), worse: by("worse") };
  }).filter(({ v }) => v !== reference);
  const closed = (v: number) =>
    metrics.filter(({ better }) => better === "less").reduce((sum, { values }) => {
      const centre = values[reference]!.mean;
      return sum - (values[v]!.change?.mean ?? 0) / (centre || 1);
    }, 0);
  const best =
    lists.toSorted((a, b) =>
      b.better.length - a.better.length || a.worse.length - b.worse.length || closed(b.v) - closed(a.v)
    )[0];
  const from = variants[reference]!;
  if (best === undefined || best.better.length === 0) return `No variant is clearly better than ${from} in anything`;
  const price = best.worse.length === 0 ? "" : `, worse in ${listText(best.worse)}`;
  return `Against ${from}, ${best.name} is better in ${listText(best.better)}${price}`;
}
