/** How good and how fair scores are. @module */
export { decideByGroup } from "./threshold.ts";
export { compareLeakage, LEAKAGE_METRICS } from "./leakage/leakage.ts";
export type { Leakage, LeakageComparison, LeakageComparisonInput, LeakageMetric } from "./leakage/leakage.ts";
export type { LeakageOptions } from "./leakage/leakage.ts";
export { type DecidedModel, evaluate, type EvaluateOptions } from "./evaluate.ts";
export { evaluateInParallel } from "./evaluate_in_parallel.ts";
export {
  type AttributeEvaluation,
  type DisparityEstimate,
  type Estimate,
  type Estimates,
  type Evaluation,
  EVALUATION_FORMAT,
  evaluationJson,
  EvaluationSchema,
  type GroupEvaluation,
  type ModelComparison,
  type ModelEvaluation,
  type OverSeeds,
  type PairEvaluation,
} from "./evaluation.ts";
export { readEvaluation } from "./read_evaluation.ts";
export { evaluateSeeds, type EvaluateSeedsOptions, type SeedLeakage, type SeedModel, type SeedRun } from "./seeds.ts";
export { evaluateFront, type Front, type FrontMetric, type FrontNumber, type FrontPoint } from "./front.ts";
export { labelledRows, someGroups, takeColumn, takeTable } from "./some_rows.ts";
export { type EvaluationInput, type ModelColumns, type ScoredTable, scoredTable, takeGroups } from "./table.ts";
export { adverseImpact, conclude, concludeChange, concludePair, isBetter, labelSelection } from "./conclusion.ts";
export type { AdverseImpact, ConcludeOptions, Conclusion } from "./conclusion.ts";
export { METRICS, metricShort, metricTitle } from "./metrics.ts";
export type { Metric, MetricFormat, MetricKind, Need } from "./metrics.ts";
export { COMPARED_DISPARITIES } from "./comparison.ts";
export { type CsvTable, evaluationCsv, writeEvaluation } from "./evaluation_csv.ts";
export { leakageEvaluation } from "./leakage_estimates.ts";
export { inputRows, PREDICTION_COLUMNS, predictionRows, predictionsInput, readPredictions } from "./predictions.ts";
export { RUN_MODELS, seedRunOf, writePredictions } from "./predictions.ts";
export type { Predictions, RunModelName } from "./predictions.ts";
export { binMiddle, type Binning, checkBinning } from "./histogram.ts";
export { RowCounts } from "./counts.ts";
export { EvaluationSettings } from "./settings.ts";
export { type AttributeAudit, type AuditedOccupation, auditSelections, selectTop } from "./model_audit.ts";
