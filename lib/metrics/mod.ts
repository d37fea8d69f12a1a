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
export * from "./argsort.ts";
export * from "./bootstrap.ts";
export * from "./calibration.ts";
export * from "./calibration_bins.ts";
export * from "./calibration_groups.ts";
export * from "./calibration_intervals.ts";
export * from "./calibration_temperature.ts";
export * from "./classification.ts";
export * from "./clusters.ts";
export * from "./composite.ts";
export * from "./confusion.ts";
export * from "./confusion_bootstrap.ts";
export * from "./confusion_gaps.ts";
export * from "./confusion_metrics.ts";
export * from "./consistency.ts";
export * from "./counterfactual.ts";
export * from "./counterfactual_intervals.ts";
export * from "./density.ts";
export * from "./crossed_bootstrap.ts";
export * from "./derived.ts";
export * from "./differential_fairness.ts";
export * from "./discrete.ts";
export * from "./disparate_impact.ts";
export * from "./disparities.ts";
export * from "./distribution.ts";
export * from "./distribution_groups.ts";
export * from "./entropy.ts";
export * from "./equalized_odds.ts";
export * from "./fair_reranking.ts";
export * from "./frame_intervals.ts";
export * from "./gap_interval.ts";
export * from "./group_rates.ts";
export * from "./group_thresholds.ts";
export * from "./group_values.ts";
export * from "./groups.ts";
export * from "./intervals.ts";
export * from "./joined.ts";
export * from "./mean_interval.ts";
export * from "./metric_frame.ts";
export * from "./noise_floor.ts";
export * from "./normal.ts";
export * from "./pair_disparities.ts";
export * from "./paired_gaps.ts";
export * from "./paired_groups.ts";
export * from "./pca.ts";
export * from "./permutation.ts";
export * from "./precision_recall.ts";
export * from "./quantile.ts";
export * from "./randomised_decisions.ts";
export * from "./ranking_exposure.ts";
export * from "./ranking_fairness.ts";
export * from "./ranking_intervals.ts";
export * from "./ranking_means.ts";
export * from "./ranking_pairwise.ts";
export * from "./ranking_quality.ts";
export * from "./ranking_queries.ts";
export * from "./ranking_shares.ts";
export * from "./ranking_topk.ts";
export * from "./reliability_intervals.ts";
export * from "./resampling.ts";
export * from "./rows.ts";
export * from "./score_bootstrap.ts";
export * from "./score_curves.ts";
export * from "./score_densities.ts";
export * from "./score_grid.ts";
export * from "./score_metrics.ts";
export * from "./score_table.ts";
export * from "./scores.ts";
export * from "./shuffle_scores.ts";
export * from "./shuffle_tables.ts";
export * from "./threshold_curves.ts";
export * from "./thresholds.ts";
export * from "./tradeoff_curve.ts";
export * from "./value.ts";
export * from "./wilson.ts";
