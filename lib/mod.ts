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

export {
  adapterConfig,
  type Config,
  coral,
  type EpochRecord,
  type EvaluatedRun,
  type EvaluateOptions,
  evaluateRun,
  type FairnessTerm,
  fineTune,
  type FineTuned,
  type FineTuneOptions,
  type FinishedRun,
  type GroupMeans,
  groupMeans,
  hsic,
  type InferOptions,
  inferRun,
  loadConfig,
  maxDifference,
  mmd,
  movingMeans,
  openModel,
  openRun,
  type OwnTerms,
  parseConfig,
  type PartialConfig,
  readHistory,
  type RunModel,
  type RunPaths,
  runPaths,
  squaredCorrelation,
  type StepRecord,
  type TermInputs,
  type TermsContext,
  TokenCache,
  toOverall,
  variance,
  wasserstein,
} from "./train/mod.ts";

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

export * from "./report/mod.ts";
export { conclude, type Conclusion, evaluate, type Evaluation, type EvaluationInput, METRICS } from "./evaluate/mod.ts";
