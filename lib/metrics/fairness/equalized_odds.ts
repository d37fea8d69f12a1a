import type { ConfusionTable } from "../classification/confusion.ts";
import { groupDifference, groupRatio } from "./derived.ts";
import type { DisparityOptions } from "./disparities.ts";
import { metricByGroup } from "./group_values.ts";
import { joinDisparities } from "./joined.ts";
import type { Disparity } from "../value.ts";

/** How equalized odds joins the gaps of the true and the false positive rate. */
export interface EqualizedOddsOptions extends DisparityOptions {
  /** The larger gap (`worstCase`, fairlearn's default and ours) or the `mean` of both. */
  readonly aggregate?: "worstCase" | "mean";
}

/**
 * Equalized odds difference: the gaps of true and of false positive rates (Hardt, Price & Srebro 2016), the larger of the
 * two or their mean. fairlearn's `equalized_odds_difference`.
 *
 * It needs both gaps. fairlearn takes Python's `max` of the two, in which a NaN counts or is passed over depending on its
 * position, and a group without positives counts as a true positive rate of 0.
 *
 * @param table The counts of every group, with labels.
 * @param options Whom to compare with and how to join the two gaps.
 * @returns A number in [0, 1]; undefined if either gap is.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { equalizedOddsDifference } from "./equalized_odds.ts";
 *
 * const table = confusionTable({
 *   labels: [1, 1, 0, 0, 1, 0],
 *   predictions: [1, 0, 0, 0, 1, 1],
 *   groups: ["BA", "BA", "BA", "BA", "PhD", "PhD"],
 * });
 * assertEquals(equalizedOddsDifference(table).value, 1);
 * assertEquals(equalizedOddsDifference(table, { aggregate: "mean" }).value, 0.75);
 * ```
 */
export function equalizedOddsDifference(table: ConfusionTable, options: EqualizedOddsOptions = {}): Disparity {
  return joinDisparities({
    "true positive rate": groupDifference(metricByGroup(table, "tpr"), options.comparison),
    "false positive rate": groupDifference(metricByGroup(table, "fpr"), options.comparison),
  }, options.aggregate === "mean" ? meanOfTwo : Math.max);
}

/**
 * Equalized odds ratio: the ratios of true and of false positive rates, the smaller of the two or their mean. fairlearn's
 * `equalized_odds_ratio`.
 *
 * @param table The counts of every group, with labels.
 * @param options Whom to compare with and how to join the two ratios.
 * @returns A number in [0, 1]; undefined if either ratio is.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { equalizedOddsRatio } from "./equalized_odds.ts";
 *
 * const table = confusionTable({
 *   labels: [1, 1, 0, 0, 1, 0],
 *   predictions: [1, 0, 0, 1, 1, 1],
 *   groups: ["BA", "BA", "BA", "BA", "PhD", "PhD"],
 * });
 * assertEquals(equalizedOddsRatio(table).value, 0.5);
 * ```
 */
export function equalizedOddsRatio(table: ConfusionTable, options: EqualizedOddsOptions = {}): Disparity {
  return joinDisparities({
    "true positive rate": groupRatio(metricByGroup(table, "tpr"), options.comparison),
    "false positive rate": groupRatio(metricByGroup(table, "fpr"), options.comparison),
  }, options.aggregate === "mean" ? meanOfTwo : Math.min);
}

function meanOfTwo(a: number, b: number): number {
  return (a + b) / 2;
}
