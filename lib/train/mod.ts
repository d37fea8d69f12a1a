/** Fine-tuning, from a configuration to a finished run. @module */
// Configurations.
export { boundText } from "./constraints_text.ts";
export { applyOverride, configSchema, describeIssue, FolderName, loadConfig, parseConfig } from "./config.ts";
export { readConfigFile } from "./config.ts";
export type { Config } from "./config.ts";
export type { PartialConfig } from "./config.ts";

// Training, evaluation and inference.
export { fineTune, fineTuneAmong, type FineTuned, type FineTuneOptions } from "./fine_tune.ts";
export { Communicator } from "./mpi/communicator.ts";
export { launched, MPI_LIBRARIES } from "./mpi/library.ts";
export { ALONE, type Ranks } from "./ranks.ts";
export { evaluateRun, evaluateRuns, ownSplits } from "./evaluate_run.ts";
export type { EvaluatedRun, EvaluatedRuns, EvaluateRunOptions, EvaluateRunsOptions } from "./evaluate_run.ts";
export { embed, inferRun, openTextModel } from "./infer.ts";
export type { EmbeddedTexts, EmbedTextsOptions, InferOptions } from "./infer.ts";
export { auditModel, type ModelAudit, type ModelAuditOptions, type OccupationText } from "./audit_model.ts";
export type { EpochEvent, StepEvent } from "./trainer.ts";
export type { TrainingEvent } from "./training_log.ts";
export type { ValidationResult } from "./validation.ts";
export { Explainer, explainGroups, explainPair, type GroupExplanation, type PairExplanation } from "./explain_run.ts";
export type { ContributionDifference, GroupExplanationOptions } from "./explain_run.ts";
export type { WordContribution, WordDifference } from "./explain_run.ts";
export { EXPORT_FORMATS, type ExportCheck, type ExportFormat, type ExportOptions, exportPage } from "./export_run.ts";
export { exportRun, type PageExport } from "./export_run.ts";

export { hardNegatives, mineNegatives, type MiningOptions, type MiningReport, type MiningRules } from "./mine.ts";

// What a run leaves behind.
export { adapterConfig, openModel, openRun } from "./open_model.ts";
export type { FinishedRun, ModelSettings, RunModel } from "./open_model.ts";
export { readRunFile, type RunFile, type RunPaths, runPaths, runPathsAt, versions } from "./run_file.ts";
export { checkFiles } from "./run_parts.ts";
export { type Interruption } from "./interruption.ts";
export { type EpochGap, type EpochInterval, type EpochRecord, readHistory, type StepRecord } from "./history.ts";
export { loadCheckpoint } from "./checkpoint.ts";
export { type NumberedPair, type Role, TokenCache, type TokenOptions } from "./token_cache.ts";

// Fairness objectives of one's own.
export { type OwnTerms, type TermsContext, termWeight } from "./fairness/configured_terms.ts";
export { coral, hsic, mmd, squaredCorrelation, wasserstein } from "./fairness/distances.ts";
export { groupMeans, maxDifference, movingMeans, toOverall, variance } from "./fairness/rates.ts";
export type { GroupMeans, MovingSums } from "./fairness/rates.ts";
export type { FairnessTerm, TermBatch, TermInputs, TermLoss, TermOptimizer } from "./fairness/term.ts";

// Training steps, and whether devices compute them right.
export { HEAD, type ObjectiveSettings, type TrainingItem } from "./objective_graph.ts";
export { compileTrainingStep } from "./training_step.ts";
export { selfCheck } from "./self_check.ts";
export { VERIFIED_MODELS, verifyDevice } from "./verify_device.ts";
