import type { ConfusionTable } from "../classification/confusion.ts";
import { groupDifference } from "./derived.ts";
import { metricByGroup } from "./group_values.ts";
import { joinDisparities } from "./joined.ts";
import type { Disparity } from "../value.ts";

/**
 * One number for ranking models: the mean of the demographic parity difference, the mean equalized odds difference and the
 * predictive parity difference. Those three cannot all be 0 when base rates differ (Chouldechova 2017), so read it as a
 * summary beside its parts, never instead of them.
 *
 * @param table The counts of every group, with labels.
 * @returns A number in [0, 1], 0 for parity; undefined if a part is.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compositeScore } from "./composite.ts";
 * import { confusionTable } from "../classification/confusion.ts";
 *
 * const table = confusionTable({
 *   labels: [1, 0, 1, 0],
 *   predictions: [1, 1, 1, 0],
 *   groups: ["BA", "BA", "PhD", "PhD"],
 * });
 * assertEquals(compositeScore(table).value, 0.5);
 * ```
 */
export function compositeScore(table: ConfusionTable): Disparity {
  return joinDisparities({
    "selection rate": groupDifference(metricByGroup(table, "selectionRate")),
    "true positive rate": groupDifference(metricByGroup(table, "tpr")),
    "false positive rate": groupDifference(metricByGroup(table, "fpr")),
    "precision": groupDifference(metricByGroup(table, "ppv")),
  }, (selection, tpr, fpr, precision) => (selection + (tpr + fpr) / 2 + precision) / 3);
}
