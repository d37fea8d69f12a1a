import type { ScatterData } from "plotly.js-dist-min";
import type { GroupCount, Interval } from "../../metrics/mod.ts";
import { count } from "../format.ts";
import stringWidth from "string-width";
import { wrapLines, wrapText } from "./plot_text.ts";
import { DEGREE_LEVELS } from "../../data/mod.ts";
import { BLUE, GROUP_COLORS, MUTED, VERMILLION } from "./palette.ts";

/** A symbol that a mark may have. */
export type MarkSymbol = "circle" | "diamond" | "square" | "triangle-up" | "cross" | "x" | "star";
/** Dashes that a line may have. */
export type MarkDash = "solid" | "dash" | "dot" | "dashdot" | "longdash" | "longdashdot";

const SYMBOLS = ["circle", "diamond", "square", "triangle-up", "cross", "x", "star"] as const;
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"] as const;

/** What tells a group apart: in colour, and without it by symbol and dashes. */
export interface MarkStyle {
  /** Of the palette. */
  readonly color: string;
  /** Plotly's name of a symbol. */
  readonly symbol: MarkSymbol | `${MarkSymbol}-open`;
  /** Plotly's name of a line's dashes. */
  readonly dash: MarkDash;
}

/** A mark of small groups, explained wherever one is shown. */
export const SMALL_MARK = "†";

/** The style of the i-th group. Give a group the same index in every figure. */
export function markStyle(index: number): MarkStyle {
  return {
    color: GROUP_COLORS[index % GROUP_COLORS.length]!,
    symbol: SYMBOLS[(index + Math.floor(index / GROUP_COLORS.length)) % SYMBOLS.length]!,
    dash: DASHES[index % DASHES.length]!,
  };
}

/** The symbol of a group that may be small: hollow if so. */
export function symbolOf(symbol: MarkStyle["symbol"], small: boolean): MarkStyle["symbol"] {
  return small ? `${symbol}-open` as MarkStyle["symbol"] : symbol;
}

/** A group's name with its number of rows, for an axis or a legend: broken into at most three lines, `†` if small. */
export function groupLabel({ group, count: rows, small }: GroupCount, width = 18): string {
  const size = `(n = ${count(rows)})${small ? SMALL_MARK : ""}`;
  const fits = stringWidth(`${wrapLines(group, width, 2).at(-1)} ${size}`) <= width;
  return `${wrapText(group, width, 2)}${fits ? " " : "<br>"}${size}`;
}

/**
 * The names of an axis's groups with their numbers of rows, all laid out alike: on lines of their own if one of them
 * needs it.
 */
export function groupLabels(groups: readonly GroupCount[], width = 18): string[] {
  const labels = groups.map((group) => groupLabel(group, width));
  if (!labels.some((label) => label.includes("<br>"))) return labels;
  return labels.map((label) => label.replace(/(?:<br>| )(?=\(n = [\d,]+\)†?$)/, "<br>"));
}

/** What to add to a subtitle where small groups are marked. */
export function smallNote(groups: readonly GroupCount[], below: number, look = "hollow"): string {
  return groups.some(({ small }) => small)
    ? ` ${SMALL_MARK}${look === "" ? "" : ` and ${look}`}: fewer than ${below} rows.`
    : "";
}

/** How high rows must be for their labels not to touch. */
export function rowsHeight(labels: readonly string[]): number {
  // Rows of one plot are equally high.
  const lines = Math.max(1, ...labels.map((label) => label.split("<br>").length));
  return labels.length * (lines * 16 + 10) + 80;
}

/** How much room a legend below a plot takes on a narrow page. */
export function legendHeight(names: readonly string[]): number {
  const letters = Math.max(...names.flatMap((name) => name.split("<br>").map((line) => stringWidth(line))));
  const perRow = Math.max(1, Math.floor(336 / (45 + 7.2 * letters)));
  const lines = Math.max(...names.map((name) => name.split("<br>").length));
  return Math.ceil(names.length / perRow) * (3 + 16 * lines) + 16;
}

/** Error bars of Plotly from a low and a high end of each value. */
export interface IntervalBars {
  readonly type: "data";
  readonly symmetric: false;
  readonly array: number[];
  readonly arrayminus: number[];
  readonly thickness: number;
  readonly width: number;
  readonly color?: string;
}

/** Error bars from intervals; where an interval or its value is undefined, none is drawn. */
export function intervalBars(
  values: readonly (number | null)[],
  intervals: readonly (Pick<Interval, "low" | "high"> | null)[],
  color?: string,
): IntervalBars {
  // Rounding keeps 0.8 − 0.7 from showing as 0.10000000000000009 in the JSON; a bootstrap end may lie past the value.
  const length = (end: number | null | undefined, value: number | null | undefined, sign: 1 | -1) =>
    end === null || end === undefined || value === null || value === undefined
      ? 0
      : Math.max(0, Number((sign * (end - value)).toPrecision(12)));
  return {
    type: "data",
    symmetric: false,
    array: values.map((value, i) => length(intervals[i]?.high, value, 1)),
    arrayminus: values.map((value, i) => length(intervals[i]?.low, value, -1)),
    thickness: 1.6,
    width: 0,
    ...(color === undefined ? {} : { color }),
  };
}

/** The area between two lines, of a colour that lets what lies behind it through. */
export function band(
  x: readonly number[],
  { low, high }: { readonly low: readonly (number | null)[]; readonly high: readonly (number | null)[] },
  fillcolor: string,
): Partial<ScatterData> {
  return {
    type: "scatter",
    mode: "lines",
    x: [...x, ...x.toReversed()],
    y: [...high, ...low.toReversed()],
    fill: "toself",
    fillcolor,
    line: { width: 0 },
    hoverinfo: "skip",
    showlegend: false,
  };
}

const MODEL_COLORS = [MUTED, BLUE, GROUP_COLORS[2], VERMILLION, GROUP_COLORS[3], GROUP_COLORS[6]] as const;
const MODEL_SYMBOLS = ["square", "circle", "diamond", "triangle-up", "cross", "star"] as const;
const MODEL_DASHES = ["dot", "solid", "dash", "dashdot", "longdash", "longdashdot"] as const;

/** The style of the i-th model of a comparison: the first, from which the others start, in grey. */
export function modelStyle(index: number): MarkStyle {
  return {
    color: MODEL_COLORS[index % MODEL_COLORS.length]!,
    symbol: MODEL_SYMBOLS[index % MODEL_SYMBOLS.length]!,
    dash: MODEL_DASHES[index % MODEL_DASHES.length]!,
  };
}

const RANKS: ReadonlyMap<string, number> = new Map(DEGREE_LEVELS.map((level, rank) => [level, rank]));
const collator = new Intl.Collator("en", { numeric: true });

/**
 * Groups in the order in which people read them: degrees by their level, others after them by name, numbers by size.
 */
export function orderGroups(names: readonly string[]): string[] {
  const rank = (name: string) => RANKS.get(name.toLowerCase()) ?? RANKS.size;
  return [...names].sort((a, b) => rank(a) - rank(b) || collator.compare(a, b));
}

/** Things that belong to groups, in the order of {@linkcode orderGroups}. */
export function byGroup<T extends { readonly group: string }>(items: readonly T[]): T[] {
  const order = orderGroups(items.map(({ group }) => group));
  return [...items].sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
}
