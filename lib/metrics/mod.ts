/**
 * Quality and fairness of scores and decisions: pure functions on arrays.
 *
 * Undefined is `null` with a reason, never 0 or NaN; every disparity names its groups, their sizes and those left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { metricFrame } from "./mod.ts";
 *
 * const frame = metricFrame({
 *   labels: [1, 0, 1, 0],
 *   predictions: [1, 0, 0, 0],
 *   attributes: { education: ["PhD", "PhD", "none", "none"] },
 * });
 * assertEquals(frame.derived.tpr.difference.betweenGroups.value, 1);
 * ```
 *
 * @module
 */
export * from "./abroca.ts";
export * from "./bootstrap.ts";
export * from "./classification.ts";
export * from "./composite.ts";
export * from "./confusion.ts";
export * from "./confusion_bootstrap.ts";
export * from "./confusion_metrics.ts";
export * from "./derived.ts";
export * from "./differential_fairness.ts";
export * from "./disparate_impact.ts";
export * from "./disparities.ts";
export * from "./entropy.ts";
export * from "./equalized_odds.ts";
export * from "./fair_reranking.ts";
export * from "./frame_intervals.ts";
export * from "./group_thresholds.ts";
export * from "./group_values.ts";
export * from "./groups.ts";
export * from "./intervals.ts";
export * from "./metric_frame.ts";
export * from "./pair_disparities.ts";
export * from "./permutation.ts";
export * from "./quantile.ts";
export * from "./randomised_decisions.ts";
export * from "./resampling.ts";
export * from "./rows.ts";
export * from "./score_bootstrap.ts";
export * from "./score_metrics.ts";
export * from "./score_table.ts";
export * from "./scores.ts";
export * from "./thresholds.ts";
export * from "./tradeoff_curve.ts";
export * from "./value.ts";
