import { count, intervalText, pValueText } from "../audit/format.ts";
import { type Estimate, type Interval, normalQuantile, type Value } from "../../metrics/mod.ts";
import { isolated, wrapLines } from "./plot_text.ts";

/** A p-value above this leaves chance as an explanation. */
const SIGNIFICANT = 0.05;

/** A difference with what says whether it is one: its test, or where there is none its interval. */
export interface Judged {
  readonly estimate: Value;
  readonly interval: Pick<Interval, "low" | "high">;
  /** `null` where no test applies. */
  readonly pValue?: number | null | undefined;
}

/**
 * Whether a difference is more than chance explains: by its permutation test at 5 %, or without a test by whether its interval
 * leaves 0 out.
 *
 * @param difference The difference.
 * @returns `false` where it or its interval is undefined: nothing was shown.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isBeyondChance } from "./wording.ts";
 *
 * const interval = { low: 0.1, high: 0.3 };
 * assertEquals(isBeyondChance({ estimate: { value: 0.2 }, interval }), true);
 * assertEquals(isBeyondChance({ estimate: { value: 0.2 }, interval, pValue: 0.2 }), false);
 * ```
 */
export function isBeyondChance({ estimate, interval: { low, high }, pValue }: Judged): boolean {
  if (estimate.value === null) return false;
  if (pValue !== null && pValue !== undefined) return pValue <= SIGNIFICANT;
  return low !== null && high !== null && (low > 0 || high < 0);
}

/**
 * How a title ends that states a difference.
 *
 * @param difference The difference.
 * @returns Such as `beyond chance (p = 0.012)` or `no difference beyond chance (p = 0.310)`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { chanceText } from "./wording.ts";
 *
 * const interval = { low: 0.01, high: 0.3 };
 * assertEquals(chanceText({ estimate: { value: 0.2 }, interval, pValue: 0.31 }), "no difference beyond chance (p\u00a0=\u00a00.310)");
 * ```
 */
export function chanceText(difference: Judged): string {
  const { pValue } = difference;
  const test = pValue === null || pValue === undefined ? "" : ` (${pValueText(pValue).replaceAll(" ", "\u00a0")})`;
  return `${isBeyondChance(difference) ? "" : "no difference "}beyond chance${test}`;
}

/**
 * A share in whole percent, for a bar or a title; shares between 0 and 0.5 % keep a digit, so as not to read as none. A no-break
 * space holds it together.
 *
 * @param share In [0, 1].
 * @returns Such as `16 %`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wholePercent } from "./wording.ts";
 *
 * assertEquals([0.157, 0.004, 0].map(wholePercent), ["16\u00a0%", "0.4\u00a0%", "0\u00a0%"]);
 * ```
 */
export function wholePercent(share: number): string {
  return share > 0 && share < 0.005 ? `${(100 * share).toPrecision(1)}\u00a0%` : `${Math.round(100 * share)}\u00a0%`;
}

/**
 * How intervals came about, for a subtitle.
 *
 * @param confidence Their level.
 * @param candidates Candidates that were resampled; `null` if rows were.
 * @returns A sentence.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { intervalNote } from "./wording.ts";
 *
 * assertEquals(intervalNote(0.95, 104), "95\u00a0% bootstrap intervals that resample 104 candidates.");
 * ```
 */
export function intervalNote(confidence: number, candidates: number | null): string {
  const unit = candidates === null ? "rows" : `${count(candidates)} candidates`;
  return `${Number((100 * confidence).toPrecision(6))}\u00a0% bootstrap intervals that resample ${unit}.`;
}

/**
 * A group's name within a sentence: in quotation marks, shortened if very long.
 *
 * @param name The name.
 * @returns Plain text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { quoted } from "./wording.ts";
 *
 * assertEquals(quoted("high school"), "“high school”");
 * ```
 */
export function quoted(name: string): string {
  return `“${isolated(wrapLines(name, 40, 1)[0]!)}”`;
}

/**
 * A share with its interval, for a text alternative or the pointer.
 *
 * @param estimate The share.
 * @returns Such as `16 % [7 %, 29 %]`, or why there is none.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { shareText } from "./wording.ts";
 *
 * const interval = { low: 0.07, high: 0.29, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * assertEquals(shareText({ estimate: { value: 0.16 }, interval }), "16\u00a0% [7\u00a0%, 29\u00a0%]");
 * assertEquals(shareText({ estimate: { value: null, reason: "no rows" }, interval }), "undefined: no rows");
 * ```
 */
export function shareText({ estimate, interval }: Estimate): string {
  if (estimate.value === null) return `undefined: ${estimate.reason}`;
  return `${wholePercent(estimate.value)} ${intervalText(interval, wholePercent)}`.trim();
}

/**
 * A model's name at the start of a sentence.
 *
 * @param name Such as `tuned`.
 * @returns Plain text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { theModel } from "./wording.ts";
 *
 * assertEquals(theModel("tuned"), "The tuned model");
 * ```
 */
export function theModel(name: string): string {
  return `The ${wrapLines(name, 40, 1)[0]} model`;
}

/**
 * Things in a row, within a sentence.
 *
 * @param items At least one.
 * @returns Such as `a, b and c`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { listText } from "./wording.ts";
 *
 * assertEquals([listText(["a"]), listText(["a", "b", "c"])], ["a", "a, b and c"]);
 * ```
 */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? items.join("") : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/**
 * Whether a difference stands out of several that were looked at: its 95 % interval, widened for their number (Bonferroni, as
 * if it were normal), leaves 0 out.
 *
 * @param difference The difference.
 * @param looked How many were looked at.
 * @returns `false` where it or its interval is undefined or without width.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { standsOut } from "./wording.ts";
 *
 * const difference = { estimate: { value: 0.2 }, interval: { low: 0.02, high: 0.38 } };
 * assertEquals([standsOut(difference, 1), standsOut(difference, 5)], [true, false]);
 * ```
 */
export function standsOut({ estimate: { value }, interval: { low, high } }: Judged, looked: number): boolean {
  if (value === null || low === null || high === null || low === high) return false;
  const wider = normalQuantile(1 - 0.025 / looked) / normalQuantile(0.975);
  return value + wider * (low - value) > 0 || value + wider * (high - value) < 0;
}
