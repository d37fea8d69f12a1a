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
export * from "./fairness/abroca.ts";
export * from "./argsort.ts";
export * from "./inference/bootstrap.ts";
export * from "./calibration/calibration.ts";
export * from "./calibration/calibration_bins.ts";
export * from "./calibration/calibration_groups.ts";
export * from "./calibration/calibration_intervals.ts";
export * from "./calibration/calibration_temperature.ts";
export * from "./classification/classification.ts";
export * from "./inference/clusters.ts";
export * from "./fairness/composite.ts";
export * from "./classification/confusion.ts";
export * from "./classification/confusion_bootstrap.ts";
export * from "./fairness/confusion_gaps.ts";
export * from "./classification/confusion_metrics.ts";
export * from "./fairness/consistency.ts";
export * from "./counterfactual/counterfactual.ts";
export * from "./counterfactual/counterfactual_intervals.ts";
export * from "./fairness/density.ts";
export * from "./inference/crossed_bootstrap.ts";
export * from "./fairness/derived.ts";
export * from "./fairness/differential_fairness.ts";
export * from "./inference/discrete.ts";
export * from "./fairness/disparate_impact.ts";
export * from "./fairness/disparities.ts";
export * from "./fairness/distribution.ts";
export * from "./fairness/distribution_groups.ts";
export * from "./fairness/entropy.ts";
export * from "./fairness/equalized_odds.ts";
export * from "./ranking/fair_reranking.ts";
export * from "./fairness/frame_intervals.ts";
export * from "./inference/gap_interval.ts";
export * from "./fairness/group_rates.ts";
export * from "./fairness/group_thresholds.ts";
export * from "./fairness/group_values.ts";
export * from "./groups.ts";
export * from "./inference/intervals.ts";
export * from "./fairness/joined.ts";
export * from "./inference/mean_interval.ts";
export * from "./fairness/metric_frame.ts";
export * from "./fairness/noise_floor.ts";
export * from "./inference/normal.ts";
export * from "./fairness/pair_disparities.ts";
export * from "./fairness/paired_gaps.ts";
export * from "./fairness/paired_groups.ts";
export * from "./pca.ts";
export * from "./inference/permutation.ts";
export * from "./classification/precision_recall.ts";
export * from "./inference/quantile.ts";
export * from "./fairness/randomised_decisions.ts";
export * from "./ranking/ranking_exposure.ts";
export * from "./ranking/ranking_fairness.ts";
export * from "./ranking/ranking_intervals.ts";
export * from "./ranking/ranking_means.ts";
export * from "./ranking/ranking_pairwise.ts";
export * from "./ranking/ranking_quality.ts";
export * from "./ranking/ranking_queries.ts";
export * from "./ranking/ranking_shares.ts";
export * from "./ranking/ranking_topk.ts";
export * from "./calibration/reliability_intervals.ts";
export * from "./inference/resampling.ts";
export * from "./rows.ts";
export * from "./classification/score_bootstrap.ts";
export * from "./classification/score_curves.ts";
export * from "./fairness/score_densities.ts";
export * from "./fairness/score_grid.ts";
export * from "./classification/score_metrics.ts";
export * from "./classification/score_table.ts";
export * from "./classification/scores.ts";
export * from "./inference/shuffle_scores.ts";
export * from "./inference/shuffle_tables.ts";
export * from "./classification/threshold_curves.ts";
export * from "./classification/thresholds.ts";
export * from "./classification/tradeoff_curve.ts";
export * from "./value.ts";
export * from "./inference/wilson.ts";
export { type ParetoFront, paretoFront } from "./pareto.ts";
