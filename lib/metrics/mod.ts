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
export * from "./argsort.ts";
export * from "./calibration/calibration.ts";
export * from "./calibration/calibration_intervals.ts";
export * from "./calibration/temperature.ts";
export * from "./classification/confusion.ts";
export * from "./classification/curves.ts";
export * from "./classification/scores.ts";
export * from "./classification/thresholds.ts";
export * from "./counterfactual/counterfactual.ts";
export * from "./fairness/by_group.ts";
export * from "./fairness/disparities.ts";
export * from "./fairness/disparity_estimates.ts";
export * from "./fairness/frame_intervals.ts";
export * from "./fairness/group_rates.ts";
export * from "./fairness/group_thresholds.ts";
export * from "./fairness/metric_frame.ts";
export * from "./fairness/paired_models.ts";
export * from "./fairness/score_curves.ts";
export * from "./fairness/score_densities.ts";
export * from "./fairness/score_distances.ts";
export * from "./inference/bootstrap.ts";
export * from "./inference/crossed_bootstrap.ts";
export * from "./inference/discrete.ts";
export * from "./inference/intervals.ts";
export * from "./inference/normal.ts";
export * from "./inference/permutation.ts";
export * from "./inference/shuffles.ts";
export * from "./inference/unique_rows.ts";
export * from "./pareto.ts";
export * from "./pca.ts";
export * from "./ranking/exposure.ts";
export * from "./ranking/fair_reranking.ts";
export * from "./ranking/fairness.ts";
export * from "./ranking/pairwise.ts";
export * from "./ranking/quality.ts";
export * from "./ranking/shares.ts";
export * from "./rows.ts";
export * from "./value.ts";
