/**
 * What a notebook or another program works with, from a table of pairs to a fair model and a report about it. More
 * metrics, tensors and presenters are in the modules `./metrics`, `./graph` and `./report`.
 *
 * Importing it loads no native library: ONNX Runtime, tokenizers, TensorFlow.js and danfo load when they are used.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Encoder, loadModelTokenizer, resolveModel } from "@fair-embeddings/lib";
 *
 * const model = await resolveModel("embedded:minilm");
 * const tokenizer = await loadModelTokenizer(model);
 * const encoder = await Encoder.compile({ ...model, lora: [], dropout: 0 });
 * const [embedding] = await encoder.embed([tokenizer.encode("a nurse on nights", { maxLength: 32 })]);
 * assertEquals(embedding?.length, 384);
 * await encoder.release();
 * ```
 *
 * @module
 */

// Configuration, errors, randomness
export { type Config, loadConfig, parseConfig, type PartialConfig } from "./train/mod.ts";
export { InputError } from "./errors.ts";
export { Rng, type RngState } from "./random.ts";

// Tables, examples, splits
export { type CellValue, readTable, type TableRow, writeTable } from "./data/mod.ts";
export { type Dataset, type Example, openDataset, type PrepareReport, prepareTable, readExamples } from "./data/mod.ts";
export { type SplitCount, splitDistribution, SPLITS } from "./data/mod.ts";

// Balancing label × group
export { exampleCells, inverseFrequencyWeights, labelGroupCells, reweighing } from "./data/mod.ts";
export { balancedBatches, oversample, undersample } from "./data/mod.ts";

// Education: what a résumé states, neutral words for it, another one in its place
export { compareGroups, DEGREE_LEVELS, type DegreeLevel, type Education, extractEducation } from "./data/mod.ts";
export { MASK_KINDS, type Masked, maskEducation, type MaskKind } from "./data/mod.ts";
export { type Counterfactual, educationCounterfactuals, SCHOOL_TIERS, type SchoolTier } from "./data/mod.ts";
export { type DemoOptions, generateDemo } from "./data/mod.ts";

// Models, tokenizers, adapters
export { findKnownModel, type KnownModel, type ModelFiles, resolveModel } from "./model/mod.ts";
export { loadModelTokenizer, type Tokenizer } from "./model/mod.ts";
export { Encoder, type EncoderOptions, type EncoderSpec, FrozenPrefixes } from "./model/mod.ts";
export { type Adapter, type AdapterConfig, readAdapter, writeAdapter } from "./model/mod.ts";
export { openSafetensors, readTensor, writeSafetensors } from "./model/mod.ts";
export { chooseDevice, type ChosenDevice, type Device, DEVICES } from "./graph/mod.ts";

// Training, and what a run leaves behind
export { fineTune, type FineTuned, type FineTuneOptions, type TrainingEvent } from "./train/mod.ts";
export { type EvaluatedRun, evaluateRun, type EvaluateRunOptions } from "./train/mod.ts";
export { type EvaluatedRuns, evaluateRuns, type EvaluateRunsOptions } from "./train/mod.ts";
export { embed, type EmbeddedTexts, type EmbedTextsOptions, type InferOptions, inferRun } from "./train/mod.ts";
export { type FinishedRun, openRun, readRunFile, type RunFile, type RunPaths, runPaths } from "./train/mod.ts";
export { type EpochRecord, readHistory, type StepRecord, TokenCache } from "./train/mod.ts";

// Fairness objectives of one's own
export { type GroupMeans, groupMeans, maxDifference, movingMeans, toOverall } from "./train/mod.ts";
export { type FairnessTerm, type OwnTerms, type TermInputs, type TermsContext } from "./train/mod.ts";

// Evaluation: how good and how fair scores are
export { evaluate, type EvaluateOptions, type EvaluationInput, type ModelColumns } from "./evaluate/mod.ts";
export { evaluateSeeds, type EvaluateSeedsOptions, type SeedModel, type SeedRun } from "./evaluate/mod.ts";
export { type AttributeEvaluation, type Evaluation, type GroupEvaluation } from "./evaluate/mod.ts";
export { type ModelComparison, type ModelEvaluation } from "./evaluate/mod.ts";
export { type DisparityEstimate, type Estimate, type Estimates } from "./evaluate/mod.ts";
export { evaluationCsv, evaluationJson, readEvaluation, writeEvaluation } from "./evaluate/mod.ts";
export { type Predictions, predictionsInput, readPredictions } from "./evaluate/mod.ts";
export { conclude, concludeChange, type Conclusion, isBetter, type Metric, METRICS } from "./evaluate/mod.ts";
export { compareLeakage, type LeakageComparison } from "./evaluate/mod.ts";

// The metrics used most; all are in `./metrics`
export { averagePrecision, rocAuc } from "./metrics/mod.ts";
export { demographicParityDifference, DISPARITIES, equalizedOddsDifference, metricFrame } from "./metrics/mod.ts";
export { estimateDisparities, fairRerank, groupRates, groupThresholds, paretoFront, pca } from "./metrics/mod.ts";

// Tables, figures and texts for people; more of them are in `./report`
export { evaluationHtml, evaluationText, type Finding, findingsOf } from "./report/mod.ts";
export { liveLoss, openNotebook, show, type Table, toDataFrame } from "./report/mod.ts";
/** Every figure: plain data to a Plotly figure and its records. */
export * as figures from "./report/figures/mod.ts";
