/**
 * Everything that a notebook or another program works with: configurations, data, the graph and its devices, models and
 * adapters, training, metrics, the audit, and the commands as functions.
 *
 * Importing it loads ONNX Runtime and no other large package: tokenizers, TensorFlow.js and danfo load when they are used.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Encoder, loadModelTokenizer, resolveModel } from "./mod.ts";
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
export { type Config, loadConfig, parseConfig, type PartialConfig } from "./train/config.ts";
export { InputError } from "./errors.ts";
export { projectFolder } from "./project_folder.ts";
export { Rng, type RngState } from "./random.ts";

export * from "./data/mod.ts";

export {
  constant,
  customVjp,
  type DataType,
  type Dim,
  input,
  scalar,
  type Shape,
  type Tensor,
  type TensorData,
} from "./graph/tensor.ts";
export * from "./graph/elementwise.ts";
export { concat, expandLike, gather, reshape, reshapeLike, slice, squeeze, unsqueeze } from "./graph/layout.ts";
export * from "./graph/linear_algebra.ts";
export { gelu, layerNorm, logSoftmax, softmax } from "./graph/neural.ts";
export * from "./graph/reduce.ts";
export { gradients, vjp } from "./graph/gradients.ts";
export { ShapeError } from "./graph/shape.ts";
export type { Executable } from "./graph/executable.ts";

export { chooseDevice, type ChosenDevice } from "./graph/device/choose.ts";
export { compile, type CompileOptions } from "./graph/device/compile.ts";
export { type Device, DEVICES } from "./graph/device/compile.ts";

export { buildEncoder, type EncoderGraph, type EncoderSpec, type Pooling, unitLength } from "./model/bert.ts";
export { type BertConfig, readBertConfig } from "./model/config.ts";
export { Encoder, type EncoderOptions } from "./model/encoder.ts";
export { type FrozenPrefix, FrozenPrefixes } from "./model/frozen_prefix.ts";
export { initLora, type LoraModule, type Parameters, rowNorms } from "./model/lora.ts";
export { packBatch } from "./model/packed_batch.ts";
export { type Adapter, type AdapterConfig, adapterModules, readAdapter, writeAdapter } from "./model/peft.ts";
export { findKnownModel, KNOWN_MODELS, type KnownModel } from "./model/registry.ts";
export { loadModelTokenizer, type ModelFiles, type ModelOptions, resolveModel } from "./model/source.ts";
export {
  openSafetensors,
  readTensor,
  type SafetensorsFile,
  type StoredTensor,
  writeSafetensors,
} from "./model/safetensors.ts";
export { loadTokenizer, type Tokenizer } from "./model/tokenizer.ts";

export { adapterConfig } from "./train/adapter_config.ts";
export { loadCheckpoint, saveCheckpoint } from "./train/checkpoint.ts";
export * from "./train/fairness/distances.ts";
export * from "./train/fairness/heads.ts";
export {
  type GroupMeans,
  groupMeans,
  maxDifference,
  movingMeans,
  toOverall,
  variance,
  weightedMean,
} from "./train/fairness/rates.ts";
export type { FairnessTerm, TermBatch, TermInputs, TermLoss, TermOptimizer } from "./train/fairness/term.ts";
export * from "./train/objective_graph.ts";
export * from "./train/objectives.ts";
export { fitPlatt } from "./train/platt.ts";
export { learningRateFactor, type LearningRates } from "./graph/adamw.ts";
export * from "./train/selection.ts";
export * from "./train/trainer.ts";
export { compileTrainingStep, type StepResult, type TrainingStep } from "./train/training_step.ts";

export * from "./metrics/mod.ts";

export {
  compareLeakage,
  type Leakage,
  LEAKAGE_METRICS,
  type LeakageComparison,
  type LeakageComparisonInput,
  type LeakageInput,
  type LeakageOptions,
  leakageProbe,
  type ProbeModel,
} from "./evaluate/leakage/leakage.ts";

export { type Dataset, openDataset } from "./train/dataset.ts";
export { type EvaluateOptions, evaluateRun } from "./train/evaluate_run.ts";
export { type OwnTerms, type TermsContext } from "./train/fairness/configured_terms.ts";
export { type InferOptions, inferRun } from "./train/infer.ts";
export { type FinishedRun, openRun } from "./train/open_run.ts";
export { type RunPaths, runPaths } from "./train/paths.ts";
export { type EpochRecord, readHistory, type StepRecord } from "./train/read_history.ts";
export { formatQuality } from "./report/quality_text.ts";
export { openModel, type RunModel } from "./train/setup.ts";
export { TextTable } from "./train/texts.ts";
export { trainRun, type TrainRunOptions } from "./train/train.ts";

export * from "./report/mod.ts";
export { conclude, type Conclusion, evaluate, type Evaluation, type EvaluationInput, METRICS } from "./evaluate/mod.ts";
