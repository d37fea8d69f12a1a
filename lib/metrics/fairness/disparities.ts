import type { ConfusionTable } from "../classification/confusion.ts";
import { type Comparison, groupDifference, groupRatio } from "./derived.ts";
import { metricByGroup } from "./group_values.ts";
import type { Disparity } from "../value.ts";

/** How a disparity compares groups. */
export interface DisparityOptions {
  /** Whom a group is compared with; the extremes of the groups with each other if absent. */
  readonly comparison?: Comparison;
}

/**
 * Demographic parity difference: the gap of selection rates. fairlearn's `demographic_parity_difference`.
 *
 * @param table The counts of every group.
 * @param options Whom to compare with.
 * @returns A number in [0, 1], 0 for parity; undefined with fewer than two groups.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { demographicParityDifference } from "./disparities.ts";
 *
 * const table = confusionTable({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * assertEquals(demographicParityDifference(table).value, 0.5);
 * ```
 */
export function demographicParityDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "selectionRate"), options.comparison);
}

/**
 * Demographic parity ratio: the lowest selection rate over the highest. fairlearn's `demographic_parity_ratio`.
 *
 * @param table The counts of every group.
 * @param options Whom to compare with.
 * @returns A number in [0, 1], 1 for parity; undefined if nobody is selected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { demographicParityRatio } from "./disparities.ts";
 *
 * const table = confusionTable({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * assertEquals(demographicParityRatio(table).value, 0.5);
 * ```
 */
export function demographicParityRatio(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupRatio(metricByGroup(table, "selectionRate"), options.comparison);
}

/**
 * Equal opportunity difference: the gap of true positive rates (Hardt, Price & Srebro 2016). fairlearn's
 * `equal_opportunity_difference`, except that a group without positives is left out instead of counting as a rate of 0.
 *
 * @param table The counts of every group, with labels.
 * @param options Whom to compare with.
 * @returns A number in [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { equalOpportunityDifference } from "./disparities.ts";
 *
 * const table = confusionTable({
 *   labels: [1, 1, 1, 0],
 *   predictions: [1, 0, 1, 1],
 *   groups: ["BA", "BA", "PhD", "none"],
 * });
 * const gap = equalOpportunityDifference(table);
 * assertEquals(gap.value, 0.5);
 * assertEquals(gap.excluded, [{ group: "none", reason: "no row with a positive label" }]);
 * ```
 */
export function equalOpportunityDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "tpr"), options.comparison);
}

/**
 * Equal opportunity ratio: the lowest true positive rate over the highest. fairlearn's `equal_opportunity_ratio`.
 *
 * @param table The counts of every group, with labels.
 * @param options Whom to compare with.
 * @returns A number in [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { equalOpportunityRatio } from "./disparities.ts";
 *
 * const table = confusionTable({ labels: [1, 1, 1], predictions: [1, 0, 1], groups: ["BA", "BA", "PhD"] });
 * assertEquals(equalOpportunityRatio(table).value, 0.5);
 * ```
 */
export function equalOpportunityRatio(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupRatio(metricByGroup(table, "tpr"), options.comparison);
}

/**
 * Predictive parity difference: the gap of precisions (Chouldechova 2017). A group in which nobody is selected has none
 * and is left out.
 *
 * @param table The counts of every group, with labels.
 * @param options Whom to compare with.
 * @returns A number in [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { predictiveParityDifference } from "./disparities.ts";
 *
 * const table = confusionTable({ labels: [1, 0, 1], predictions: [1, 1, 1], groups: ["BA", "BA", "PhD"] });
 * assertEquals(predictiveParityDifference(table).value, 0.5);
 * ```
 */
export function predictiveParityDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "ppv"), options.comparison);
}

/**
 * Accuracy parity difference: the gap of accuracies.
 *
 * @param table The counts of every group, with labels.
 * @param options Whom to compare with.
 * @returns A number in [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { accuracyDifference } from "./disparities.ts";
 * import { confusionTable } from "../classification/confusion.ts";
 *
 * const table = confusionTable({ labels: [1, 0, 1], predictions: [1, 1, 1], groups: ["BA", "BA", "PhD"] });
 * assertEquals(accuracyDifference(table).value, 0.5);
 * ```
 */
export function accuracyDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "accuracy"), options.comparison);
}
