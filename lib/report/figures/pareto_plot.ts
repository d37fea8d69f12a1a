import type { Data } from "plotly.js-dist-min";
import { intervalText, number, quoted } from "../format.ts";
import { type Interval, paretoFront } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { intervalBars, legendHeight, type MarkStyle } from "./marks.ts";
import { faded, GROUP_COLORS, MUTED, RULE } from "./palette.ts";
import { plotText, wrapText } from "./plot_text.ts";

/** One way to train, or the base model, with what it reaches. */
export interface ParetoPoint {
  /** Such as `plain`. */
  readonly name: string;
  /** `null` where it is undefined: such a point has no place. */
  readonly rocAuc: number | null;
  readonly gap: number | null;
  readonly rocAucInterval?: Ends | null | undefined;
  readonly gapInterval?: Ends | null | undefined;
  /** Whether it has a mark and a line in the legend of its own; yes if absent. Others are grey dots, named by the pointer. */
  readonly named?: boolean | undefined;
}

type Ends = Pick<Interval, "low" | "high">;

/** What {@linkcode paretoPlot} shows. */
export interface ParetoPlotInput {
  /** What was compared, for the figure's name, such as `demo-sweep`. */
  readonly name: string;
  /** Whose groups the gap is between, such as `education`. */
  readonly attribute: string;
  /** The gap, such as `demographic parity difference`. */
  readonly gap: string;
  readonly points: readonly ParetoPoint[];
  /** What a point is and what its intervals are, in a sentence, such as `Means of 5 seeds with 95 % intervals.` */
  readonly note: string;
}

/**
 * ROC-AUC against a gap between groups, for every way to train that was tried, with the front of those that no other beats in
 * both.
 *
 * @param input The points.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { paretoPlot } from "./pareto_plot.ts";
 *
 * const points = [
 *   { name: "plain", rocAuc: 0.89, gap: 0.35 },
 *   { name: "fair", rocAuc: 0.88, gap: 0.12 },
 *   { name: "base", rocAuc: 0.8, gap: 0.2 },
 * ];
 * const { title } = paretoPlot({ name: "demo", attribute: "education", gap: "demographic parity difference", points, note: "" });
 * assertEquals(
 *   title,
 *   "From “plain” to “fair” the demographic parity difference falls from 0.350 to 0.120, ROC-AUC from 0.890 to 0.880",
 * );
 * ```
 */
export function paretoPlot({ name, attribute, gap, points, note }: ParetoPlotInput): Figure {
  const { front, excluded } = paretoFront(
    points.map(({ rocAuc, gap }) => ({ rocAuc, gap })),
    [{ key: "rocAuc", direction: "max" }, { key: "gap", direction: "min" }],
  );
  const placed = points.flatMap((point, i) =>
    point.rocAuc === null || point.gap === null
      ? []
      : [{ ...point, rocAuc: point.rocAuc, gap: point.gap, best: front.includes(i) }]
  );
  const best = placed.filter((point) => point.best).sort((a, b) => a.gap - b.gap);
  const say = ({ rocAuc, gap: own, rocAucInterval = null, gapInterval = null }: typeof placed[number]) =>
    `ROC-AUC ${number(rocAuc)} ${ends(rocAucInterval)}`.trimEnd() +
    `, ${gap} ${number(own)} ${ends(gapInterval)}`.trimEnd();
  const marks = (own: typeof placed, style: Pick<MarkStyle, "color" | "symbol">, size: number): Data => ({
    type: "scatter",
    mode: "markers",
    x: own.map(({ gap }) => gap),
    y: own.map(({ rocAuc }) => rocAuc),
    error_x: intervalBars(
      own.map(({ gap }) => gap),
      own.map(({ gapInterval = null }) => gapInterval),
      faded(style.color, 0.5),
    ),
    error_y: intervalBars(
      own.map(({ rocAuc }) => rocAuc),
      own.map(({ rocAucInterval = null }) => rocAucInterval),
      faded(style.color, 0.5),
    ),
    marker: {
      color: style.color,
      symbol: own.map(({ best }) => best ? style.symbol : `${style.symbol}-open` as MarkStyle["symbol"]),
      size,
      opacity: 1,
      line: { color: style.color, width: 1.8 },
    },
    hovertext: own.map((point) => `${plotText(point.name)}<br>${say(point)}`),
    hoverinfo: "text",
  });
  const named = placed.filter((point) => point.named !== false);
  const others = placed.filter((point) => point.named === false);
  const line: Data = {
    type: "scatter",
    mode: "lines",
    name: "front",
    x: best.map(({ gap }) => gap),
    y: best.map(({ rocAuc }) => rocAuc),
    // What lies between two points is reached by neither: the front is a flight of steps.
    line: { color: MUTED, width: 1.8, dash: "dot", shape: "hv" },
    hoverinfo: "skip",
  };
  const data: Data[] = [
    ...(best.length > 1 ? [line] : []),
    ...(others.length === 0 ? [] : [
      {
        ...marks(others, { color: RULE, symbol: "circle" }, 7),
        name: `${others.length} other ${others.length === 1 ? "setting" : "settings"}`,
      } as Data,
    ]),
    ...named.map((point, i) => ({ ...marks([point], styleOf(i), 12), name: wrapText(point.name, 24, 2) }) as Data),
  ];
  const missing = excluded.map(({ point, reason }) => `${quoted(points[point]!.name)} has no place (${reason}).`);
  return makeFigure({
    name: figureName("pareto", name, attribute, gap),
    title: findingOf(best, gap),
    subtitle: `Up and left is better. Filled: on the front, beaten by no other point in both. ${note} ${
      missing.join(" ")
    }`
      .trimEnd(),
    alt: [
      ...placed.map((point) => `${point.name}${point.best ? " (on the front)" : ""}: ${say(point)}.`),
      ...missing,
    ].join(" "),
    data,
    layout: {
      xaxis: { title: { text: wrapText(`${capitalised(gap)} between ${attribute} groups`, 34) }, rangemode: "tozero" },
      yaxis: { title: { text: "ROC-AUC" } },
    },
    height: 380 + legendHeight(["front", ...named.map(({ name }) => wrapText(name, 24, 2))]),
  });
}

function findingOf(best: readonly { name: string; rocAuc: number; gap: number }[], gap: string): string {
  const [fairest, ...rest] = best;
  if (fairest === undefined) return "No point has both a ROC-AUC and a gap";
  const sharpest = rest.at(-1);
  if (sharpest === undefined) {
    return `${quoted(fairest.name)} has the highest ROC-AUC, ${number(fairest.rocAuc)}, and the smallest ${gap}, ${
      number(fairest.gap)
    }`;
  }
  return `From ${quoted(sharpest.name)} to ${quoted(fairest.name)} the ${gap} falls from ${number(sharpest.gap)} to ${
    number(fairest.gap)
  }, ROC-AUC from ${number(sharpest.rocAuc)} to ${number(fairest.rocAuc)}`;
}

const SYMBOLS = ["square", "circle", "diamond", "triangle-up", "cross", "star", "x"] as const;

/** The style of the i-th point; the first, where others start from, in grey. Pairs of colour and symbol repeat after 49. */
function styleOf(i: number): Pick<MarkStyle, "color" | "symbol"> {
  const colors = [MUTED, ...GROUP_COLORS.filter((color) => color !== "#323d45")];
  return {
    color: colors[i % colors.length]!,
    symbol: SYMBOLS[(i + Math.floor(i / colors.length)) % SYMBOLS.length]!,
  };
}

function ends(interval: Ends | null): string {
  return intervalText(interval as Interval | null, number);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
