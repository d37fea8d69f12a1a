import { confusionOf, type ConfusionTable } from "../classification/confusion.ts";
import { confusionMetric, type ConfusionMetricName } from "../classification/confusion_metrics.ts";
import type { GroupedValue } from "./derived.ts";
import type { GroupCount } from "../value.ts";

/**
 * Lists the groups of a table with their row counts and the flag of small ones.
 *
 * @param table Anything with names, rows and a threshold.
 * @returns One entry per group.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupCounts } from "./group_values.ts";
 *
 * const table = { names: ["BA"], rows: Float64Array.of(12), smallBelow: 30 };
 * assertEquals(groupCounts(table), [{ group: "BA", count: 12, small: true }]);
 * ```
 */
export function groupCounts(
  table: { readonly names: readonly string[]; readonly rows: Float64Array; readonly smallBelow: number },
): GroupCount[] {
  return table.names.map((group, g) => ({
    group,
    count: table.rows[g]!,
    small: table.rows[g]! < table.smallBelow,
  }));
}

/**
 * One metric of decisions, by group and overall.
 *
 * @param table The counts of every group.
 * @param name The metric.
 * @returns Its values.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { metricByGroup } from "./group_values.ts";
 *
 * const table = confusionTable({ predictions: [1, 0, 1], groups: ["BA", "BA", "PhD"] });
 * assertEquals(metricByGroup(table, "selectionRate").values, [{ value: 0.5 }, { value: 1 }]);
 * ```
 */
export function metricByGroup(table: ConfusionTable, name: ConfusionMetricName): GroupedValue {
  return {
    groups: groupCounts(table),
    values: table.names.map((_, g) => confusionMetric(name, confusionOf(table, g), table.labelled)),
    overall: confusionMetric(name, confusionOf(table), table.labelled),
  };
}
