/**
 * Quality and fairness of scores and decisions: pure functions of columns, `metric({ labels, predictions, groups, … },
 * options)`.
 *
 * Undefined is `null` with a reason, never 0 or NaN; every disparity names its groups, their sizes and those left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { metricFrame } from "@fair-embeddings/lib/metrics";
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

// Values: a number, or `null` with the reason
export { defined, inRange, SMALL_GROUP, undefinedBecause } from "./value.ts";
export type { Defined, Disparity, ExcludedGroup, GroupCount, Interval, Undefined, Value } from "./value.ts";

// Rows and their groups
export { crossGroups, groupRows } from "./rows.ts";
export type { Column, GroupedRows, GroupedRowsWith, Grouping, GroupLabel, Groups, Rows, RowsWith } from "./rows.ts";

// Quality of decisions and scores
export { accuracy, balancedAccuracy, confusionMetric, confusionOf } from "./classification/confusion.ts";
export { confusionTable, f1, matthewsCorrelation, precision, recall } from "./classification/confusion.ts";
export type { Confusion, ConfusionInput, ConfusionMetricName, ConfusionTable } from "./classification/confusion.ts";
export type { DecisionMetric } from "./classification/confusion.ts";
export { averagePrecision, brierScore, logLoss, rocAuc, SCORE_METRIC_NAMES } from "./classification/scores.ts";
export { scoreStatistics, scoreTable } from "./classification/scores.ts";
export type { LabelledScores, ScoreInput, ScoreMetric, ScoreMetricName, ScoreTable } from "./classification/scores.ts";
export { rocCurves } from "./classification/curves.ts";
export type { CurveRoom, PrecisionRecallCurve, RocCurve } from "./classification/curves.ts";
export { acceptanceThreshold, decide, searchThreshold, thresholdCurves } from "./classification/thresholds.ts";
export type { Threshold, ThresholdCurveName, ThresholdCurves } from "./classification/thresholds.ts";

// By group, and what follows from it
export { groupDifference, groupMax, groupMin, groupRates, groupRatio, metricByGroup } from "./fairness/by_group.ts";
export type { Comparison, GroupedValue, GroupRate } from "./fairness/by_group.ts";
export { METRIC_NAMES, metricFrame } from "./fairness/metric_frame.ts";
export type { DerivedMetric, FrameGroup, FrameInput, MetricFrame, MetricName } from "./fairness/metric_frame.ts";
export { frameIntervals } from "./fairness/frame_intervals.ts";
export type { FrameIntervals, FrameIntervalsInput, FrameIntervalsOptions } from "./fairness/frame_intervals.ts";
export type { MetricIntervals } from "./fairness/frame_intervals.ts";

// Disparities
export { demographicParityDifference, demographicParityRatio, differentialFairness } from "./fairness/disparities.ts";
export { disparateImpact, DISPARITIES, equalizedOddsDifference, equalizedOddsRatio } from "./fairness/disparities.ts";
export { equalOpportunityDifference, equalOpportunityRatio, estimateDisparities } from "./fairness/disparities.ts";
export { expectedUnderIndependence, FOUR_FIFTHS } from "./fairness/disparities.ts";
export type { DisparateImpact, DisparityDefinition, DisparityEstimate, DisparityName } from "./fairness/disparities.ts";
export type { DisparityOptions, EqualizedOddsOptions, ImpactRatio, NamedDisparity } from "./fairness/disparities.ts";
export { groupPairs } from "./fairness/group_pairs.ts";
export type { GroupPair, GroupPairsOptions } from "./fairness/group_pairs.ts";
export { PAIRED_RATES, pairedDisparities, pairedGroups } from "./fairness/paired_models.ts";
export type { GroupChange, PairedGroups, PairedInput, PairedRate, RateChange } from "./fairness/paired_models.ts";

// Scores by group
export { abroca, abrocaOf, scoreCurves } from "./fairness/score_curves.ts";
export type { Abroca, CurvesOf, ScoreCurves } from "./fairness/score_curves.ts";
export { scoreDistances } from "./fairness/score_distances.ts";
export type { ScoreDistance } from "./fairness/score_distances.ts";
export { scoreDensities } from "./fairness/score_densities.ts";
export type { GroupDensity, ScoreDensities } from "./fairness/score_densities.ts";

// Thresholds by group
export { drawDecisions, groupThresholds, selectionChances } from "./fairness/group_thresholds.ts";
export type { GroupThresholdObjective, GroupThresholdOptions, GroupThresholds } from "./fairness/group_thresholds.ts";
export type { Mixture, ThresholdConstraint, ThresholdOperation, ThresholdRule } from "./fairness/group_thresholds.ts";

// Calibration
export { calibrationBins, calibrationByGroup, calibrationError } from "./calibration/calibration.ts";
export type { BinOptions, CalibrationBins, CalibrationByGroup, CalibrationError } from "./calibration/calibration.ts";
export type { GroupCalibration, ReliabilityBin } from "./calibration/calibration.ts";
export { biasByGroup, calibrationIntervals, reliabilityByGroup } from "./calibration/calibration_intervals.ts";
export type { CalibrationIntervals, GroupReliability } from "./calibration/calibration_intervals.ts";
export type { ReliabilityEstimate } from "./calibration/calibration_intervals.ts";
export { fitTemperature } from "./calibration/temperature.ts";
export type { Temperature } from "./calibration/temperature.ts";

// Counterfactuals
export { counterfactualFlips, counterfactualIntervals, counterfactualShift } from "./counterfactual/counterfactual.ts";
export type { CounterfactualInput, CounterfactualIntervals } from "./counterfactual/counterfactual.ts";
export type { CounterfactualResult, Flips, ScoreShift } from "./counterfactual/counterfactual.ts";

// Rankings
export { pairwiseAccuracy, rankingQuality } from "./ranking/quality.ts";
export type { PairwiseAccuracy, PairwiseInput, PairwiseReport, QualityAt, RankedList } from "./ranking/quality.ts";
export type { RankingInput, RankingQuality } from "./ranking/quality.ts";
export { sharesByRank } from "./ranking/exposure.ts";
export type { ExposureReport, GroupExposure, RankShares, SharesAtRank, TopKGroup } from "./ranking/exposure.ts";
export type { TopKReport } from "./ranking/exposure.ts";
export { rankingFairness, rankingFairnessIntervals, rankingQualityIntervals } from "./ranking/fairness.ts";
export type { GroupedRanking, GroupRanking, GroupRankingIntervals, GroupShares } from "./ranking/fairness.ts";
export type { QueryFairness, RankingFairness, RankingFairnessIntervals } from "./ranking/fairness.ts";
export { fairRerank } from "./ranking/fair_reranking.ts";
export type { Reranking, RerankInput, Shortfall } from "./ranking/fair_reranking.ts";

// Intervals and tests
export { Rng, type RngState } from "../random.ts";
export { NEAR_FROM } from "./inference/near_draws.ts";
export { bootstrapInterval, disparityInterval, hullInterval, quantileOfSorted } from "./inference/intervals.ts";
export { reachIdeal, wilsonInterval } from "./inference/intervals.ts";
export type { BootstrapDraws } from "./inference/intervals.ts";
export { bootstrap, bootstrapScores, crossedDraws } from "./inference/bootstrap.ts";
export type { BootstrapOptions, CrossedFactor, ScoreBootstrapOptions, Target } from "./inference/bootstrap.ts";
export { strataOf, tableMaker, uniqueClusters, uniqueDecisions } from "./inference/unique_rows.ts";
export type { Estimate, KindedRows, UniqueClusters, UniqueDecisions, UniqueRows } from "./inference/unique_rows.ts";
export { designEffect, detectableDifferences, fisherExact, holm } from "./inference/exact.ts";
export type { ClusteredRows, DetectableDifference, ExactPValue, Selected } from "./inference/exact.ts";
export { permutationPValues, scorePValues } from "./inference/permutation.ts";
export type { PermutationOptions, PermutationQuestion } from "./inference/permutation.ts";
export type { PermuteWithin } from "./inference/shuffles.ts";
export { normalQuantile, studentQuantile } from "./inference/distributions.ts";

// Points: the Pareto front, principal components
export { hypervolume, paretoFront } from "./pareto.ts";
export type { Objective, ParetoFront } from "./pareto.ts";
export { pca } from "./pca.ts";
export type { Pca } from "./pca.ts";
