import type { GroupCount, Interval } from "../../metrics/mod.ts";
import { count } from "../format.ts";
import stringWidth from "string-width";
import { wrapLines, wrapText } from "./plot_text.ts";
import { GROUP_COLORS } from "./palette.ts";

const SYMBOLS = ["circle", "diamond", "square", "triangle-up", "cross", "x", "star"] as const;
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"] as const;

/** What tells a group apart: in colour, and without it by symbol and dashes. */
export interface MarkStyle {
  readonly color: string;
  readonly symbol: typeof SYMBOLS[number] | `${typeof SYMBOLS[number]}-open`;
  readonly dash: typeof DASHES[number];
}

/** A mark of small groups, explained wherever one is shown. */
export const SMALL_MARK = "†";

/**
 * The style of the i-th group. Give a group the same index in every figure.
 *
 * @param index From 0. Colours repeat after 7; with their symbols they repeat after 49, with their dashes after 42.
 * @returns The style.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { markStyle } from "./marks.ts";
 *
 * assertEquals(markStyle(1), { color: "#d55e00", symbol: "diamond", dash: "dash" });
 * ```
 */
export function markStyle(index: number): MarkStyle {
  return {
    color: GROUP_COLORS[index % GROUP_COLORS.length]!,
    symbol: SYMBOLS[(index + Math.floor(index / GROUP_COLORS.length)) % SYMBOLS.length]!,
    dash: DASHES[index % DASHES.length]!,
  };
}

/**
 * The symbol of a group that may be small: hollow if so.
 *
 * @param symbol A filled symbol.
 * @param small Whether the group is small.
 * @returns The symbol.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { symbolOf } from "./marks.ts";
 *
 * assertEquals([symbolOf("circle", false), symbolOf("circle", true)], ["circle", "circle-open"]);
 * ```
 */
export function symbolOf(symbol: MarkStyle["symbol"], small: boolean): MarkStyle["symbol"] {
  return small ? `${symbol}-open` as MarkStyle["symbol"] : symbol;
}

/**
 * A group's name with its number of rows, for an axis or a legend: broken into at most three lines, `†` if small.
 *
 * @param group The group.
 * @param width Letters per line; 18 if absent.
 * @returns Escaped text such as `bachelor (n = 78)`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupLabel } from "./marks.ts";
 *
 * assertEquals(groupLabel({ group: "bachelor", count: 78, small: false }), "bachelor (n = 78)");
 * assertEquals(groupLabel({ group: "Higher National Diploma", count: 9, small: true }), "Higher National<br>Diploma (n = 9)†");
 * ```
 */
export function groupLabel({ group, count: rows, small }: GroupCount, width = 18): string {
  const size = `(n = ${count(rows)})${small ? SMALL_MARK : ""}`;
  const fits = stringWidth(`${wrapLines(group, width, 2).at(-1)} ${size}`) <= width;
  return `${wrapText(group, width, 2)}${fits ? " " : "<br>"}${size}`;
}

/**
 * The names of an axis's groups with their numbers of rows, all laid out alike: on lines of their own if one of them needs it.
 *
 * @param groups The groups.
 * @param width Letters per line; 18 if absent.
 * @returns Escaped texts.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupLabels } from "./marks.ts";
 *
 * const groups = [{ group: "high school", count: 44, small: false }, { group: "master", count: 9, small: true }];
 * assertEquals(groupLabels(groups), ["high school<br>(n = 44)", "master<br>(n = 9)†"]);
 * ```
 */
export function groupLabels(groups: readonly GroupCount[], width = 18): string[] {
  const labels = groups.map((group) => groupLabel(group, width));
  if (!labels.some((label) => label.includes("<br>"))) return labels;
  return labels.map((label) => label.replace(/(?:<br>| )(?=\(n = [\d,]+\)†?$)/, "<br>"));
}

/**
 * What to add to a subtitle where small groups are marked.
 *
 * @param groups The groups shown.
 * @param below The number of rows below which a group is small.
 * @param look How their marks look; `hollow` if absent.
 * @returns A sentence beginning with a space, or nothing if no group is small.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { smallNote } from "./marks.ts";
 *
 * assertEquals(smallNote([{ group: "a", count: 9, small: true }], 30), " † and hollow: fewer than 30 rows.");
 * ```
 */
export function smallNote(groups: readonly GroupCount[], below: number, look = "hollow"): string {
  return groups.some(({ small }) => small) ? ` ${SMALL_MARK} and ${look}: fewer than ${below} rows.` : "";
}

/**
 * How high rows must be for their labels not to touch.
 *
 * @param labels What {@linkcode groupLabel} gave, a row each.
 * @returns Pixels of a plot with these rows and an axis with a title below.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rowsHeight } from "./marks.ts";
 *
 * assertEquals(rowsHeight(["bachelor (n = 78)", "Higher National<br>Diploma (n = 9)†"]), 2 * 42 + 80);
 * ```
 */
export function rowsHeight(labels: readonly string[]): number {
  // Rows of one plot are equally high.
  const lines = Math.max(1, ...labels.map((label) => label.split("<br>").length));
  return labels.length * (lines * 16 + 10) + 80;
}

/**
 * How much room a legend below a plot takes on a narrow page.
 *
 * @param names The names of its entries, escaped.
 * @returns Pixels, for a plot of 360 pixels' width.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { legendHeight } from "./marks.ts";
 *
 * assertEquals(legendHeight(["base", "tuned", "fair"]), 19 + 16);
 * ```
 */
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

/**
 * Error bars from intervals; where an interval or its value is undefined, none is drawn.
 *
 * @param values `[n]` values, `null` for undefined.
 * @param intervals `[n]` intervals.
 * @param color Their colour; that of the marks if absent.
 * @returns `error_x` or `error_y` of a trace.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { intervalBars } from "./marks.ts";
 *
 * const bars = intervalBars([0.5, 0.25], [{ low: 0.25, high: 1 }, null]);
 * assertEquals([bars.array, bars.arrayminus], [[0.5, 0], [0.25, 0]]);
 * ```
 */
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
