/** Numbers in sentences and tables, as reports write them. */
import { number, wholePercent } from "../format.ts";
import type { Estimate } from "../../metrics/mod.ts";
import type { Cell } from "../table.ts";
import { isBeyondChance, type Judged } from "../figures/wording.ts";
import type { ShownColumn } from "../show_table.ts";

/** How a number is written: with three decimals, as a change with its sign, or in whole percent. */
export type Written = "number" | "signed" | "percent";

const WRITERS: Readonly<Record<Written, (value: number) => string>> = {
  number: (value) => number(value),
  signed: (value) => (value > 0 ? "+" : "") + number(value),
  percent: wholePercent,
};

/**
 * An estimate for a sentence.
 *
 * @param estimate A value with its interval.
 * @param written How its numbers are written.
 * @returns Such as `0.877 [0.814, 0.923]`, or `undefined (no rows)`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { estimateText } from "./words.ts";
 *
 * const interval = { low: 0.07, high: 0.29, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * assertEquals(estimateText({ estimate: { value: 0.16 }, interval }, "signed"), "+0.160 [+0.070, +0.290]");
 * assertEquals(estimateText({ estimate: { value: null, reason: "no rows" }, interval }), "undefined (no rows)");
 * ```
 */
export function estimateText({ estimate, interval: { low, high } }: Estimate, written: Written = "number"): string {
  if (estimate.value === null) return `undefined (${estimate.reason})`;
  const write = WRITERS[written];
  return low === null || high === null
    ? write(estimate.value)
    : `${write(estimate.value)} [${write(low)}, ${write(high)}]`;
}

/**
 * What a change says, with due caution.
 *
 * @param what What may have changed, such as `its ROC-AUC`.
 * @param change The change with its interval.
 * @returns The end of a sentence, without a full stop.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { changeText } from "./words.ts";
 *
 * const rest = { level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * const change = (low: number) => ({ estimate: { value: 0.09 }, interval: { low, high: 0.14, ...rest } });
 * assertEquals(changeText("its AUC", change(0.05)), "a change of +0.090 [+0.050, +0.140], beyond chance");
 * assertEquals(
 *   changeText("its AUC", change(-0.05)),
 *   "the change, +0.090 [−0.050, +0.140], may be none: the data do not show that its AUC changed",
 * );
 * ```
 */
export function changeText(what: string, change: Estimate): string {
  const { estimate, interval: { low, high } } = change;
  if (estimate.value === null) return `whether ${what} changed cannot be said: ${estimate.reason}`;
  const text = estimateText(change, "signed");
  if (low === null || high === null) return `the change, ${text}, has no interval, so nothing is shown`;
  return isBeyondChance(change)
    ? `a change of ${text}, beyond chance`
    : `the change, ${text}, may be none: the data do not show that ${what} changed`;
}

/** Whether a change is for the better, for the worse, or not shown. */
export type Verdict = "better" | "worse" | "not shown" | "–";

/**
 * Judges a change.
 *
 * @param change The change with its interval.
 * @param better What is better: more (1) or less (−1).
 * @returns The verdict; – where there is nothing to judge.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { verdictOf } from "./words.ts";
 *
 * const change = { estimate: { value: 0.09 }, interval: { low: 0.05, high: 0.14 } };
 * assertEquals([verdictOf(change, 1), verdictOf(change, -1)], ["better", "worse"]);
 * ```
 */
export function verdictOf(change: Pick<Judged, "estimate" | "interval"> | undefined, better: 1 | -1): Verdict {
  if (change === undefined || change.estimate.value === null) return "–";
  if (!isBeyondChance(change)) return "not shown";
  return change.estimate.value * better > 0 ? "better" : "worse";
}

/**
 * A column of estimates.
 *
 * @param key Its key in the rows, filled by {@linkcode estimateCells}.
 * @param title Its heading.
 * @param format How numbers are written.
 * @returns The column.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { estimateColumn } from "./words.ts";
 *
 * assertEquals(estimateColumn("a", "AUC").interval, ["a low", "a high"]);
 * ```
 */
export function estimateColumn(key: string, title: string, format: "number" | "signed" = "number"): ShownColumn {
  return { key, title, format, interval: [`${key} low`, `${key} high`] };
}

/**
 * The cells of an estimate in a row.
 *
 * @param key The column's.
 * @param estimate The estimate; cells are empty if absent.
 * @returns Its value and the ends of its interval.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { estimateCells } from "./words.ts";
 *
 * assertEquals(estimateCells("a", undefined), { a: null, "a low": null, "a high": null });
 * ```
 */
export function estimateCells(key: string, estimate: Estimate | undefined): Record<string, Cell> {
  return {
    [key]: estimate?.estimate.value ?? null,
    [`${key} low`]: estimate?.interval.low ?? null,
    [`${key} high`]: estimate?.interval.high ?? null,
  };
}

/**
 * Why some cells of a table are empty.
 *
 * @param estimates What the table shows.
 * @returns A sentence for its note; empty if all are defined.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { undefinedNote } from "./words.ts";
 *
 * const interval = { low: null, high: null, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 9, bias: null } as const;
 * assertEquals(undefinedNote([{ estimate: { value: null, reason: "no rows" }, interval }]), "–: undefined (no rows).");
 * ```
 */
export function undefinedNote(estimates: readonly Estimate[]): string {
  const reasons = new Set(
    estimates.flatMap(({ estimate }) => estimate.value === null ? [`undefined (${estimate.reason})`] : []),
  );
  return reasons.size === 0 ? "" : `–: ${[...reasons].join("; ")}.`;
}

/**
 * A confidence level for a sentence.
 *
 * @param confidence In (0, 1).
 * @returns Such as `95 %`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { levelText } from "./words.ts";
 *
 * assertEquals(levelText(0.95), "95\u00a0%");
 * ```
 */
export function levelText(confidence: number): string {
  return `${Number((100 * confidence).toPrecision(6))}\u00a0%`;
}
