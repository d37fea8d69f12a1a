import type { Interval } from "../../metrics/mod.ts";

/**
 * A share as a percentage with one decimal.
 *
 * @param share A number, 1 for 100 %.
 * @returns Such as `12.5 %`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { percent } from "./format.ts";
 *
 * assertEquals(percent(0.125), "12.5 %");
 * ```
 */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`.replace("-", "−");
}

/**
 * A number with fixed decimals and a true minus sign; scientific where all decimals would be 0.
 *
 * @param value A finite number.
 * @param digits Decimals, 3 if absent.
 * @returns Such as `−0.250`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { number } from "./format.ts";
 *
 * assertEquals([number(-0.25), number(0.00001), number(0)], ["−0.250", "1.0e−5", "0.000"]);
 * ```
 */
export function number(value: number, digits = 3): string {
  const tiny = value !== 0 && Math.abs(value) < 0.5 * 10 ** -digits;
  return (tiny ? value.toExponential(1) : value.toFixed(digits)).replaceAll("-", "−");
}

/**
 * How many decimals a score needs so that differences within its range can be read: three for scores in [0, 1].
 *
 * @param range The lowest and the highest score.
 * @returns 0 to 6.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreDigits } from "./format.ts";
 *
 * assertEquals(scoreDigits({ lowest: 0, highest: 0.98 }), 3);
 * assertEquals(scoreDigits({ lowest: 0.671, highest: 0.7 }), 5);
 * assertEquals(scoreDigits({ lowest: 11, highest: 48 }), 2);
 * ```
 */
export function scoreDigits({ lowest, highest }: { readonly lowest: number; readonly highest: number }): number {
  if (highest === lowest) return 3;
  return Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(2 * (highest - lowest)))));
}

/**
 * A count with thousands separated.
 *
 * @param value A whole number.
 * @returns Such as `1,234`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { count } from "./format.ts";
 *
 * assertEquals(count(1234), "1,234");
 * ```
 */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/**
 * An interval in brackets.
 *
 * @param interval The interval, or `null`.
 * @param format How its ends are written.
 * @returns Such as `[0.100, 0.300]`; empty for none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { intervalText, number } from "./format.ts";
 *
 * assertEquals(intervalText(null, number), "");
 * ```
 */
export function intervalText(interval: Interval | null, format: (value: number) => string): string {
  if (interval === null || interval.low === null || interval.high === null) return "";
  return `[${format(interval.low)}, ${format(interval.high)}]`;
}

/**
 * A p-value for a sentence.
 *
 * @param value In (0, 1].
 * @returns Such as `p = 0.03` or `p ≤ 0.001`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { pValueText } from "./format.ts";
 *
 * assertEquals([pValueText(0.0004), pValueText(0.0312)], ["p ≤ 0.001", "p = 0.031"]);
 * ```
 */
export function pValueText(value: number): string {
  return value <= 0.001 ? "p ≤ 0.001" : `p = ${value.toFixed(3)}`;
}
