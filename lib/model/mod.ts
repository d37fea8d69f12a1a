/** Encoders, their weights, tokenizers, LoRA adapters. @module */
// Models: where they come from, what they are.
export { type BertConfig, readBertConfig } from "./config.ts";
export { shapeConfig, type ShapeName, SHAPES, writeRandomModel } from "./random_model.ts";
export { EMBEDDED_SHA256, findKnownModel, type KnownModel, type ModelUse } from "./registry.ts";
export { loadModelTokenizer, type ModelFiles, type ModelOptions, resolveModel } from "./source.ts";
export { readTokenizer, type Tokenizer, type TokenizerFiles, tokenizerOf } from "./tokenizer.ts";
export { openWeights } from "./weights.ts";
export { fingerprintModel, type ModelFingerprint } from "./fingerprint.ts";

// Encoders: texts to embeddings.
export { buildEncoder, compileAs, dropoutInput, unitLength } from "./bert.ts";
export type { EncoderGraph, EncoderSpec, LayerRange, Pooling } from "./bert.ts";
export { Encoder, type EncoderOptions } from "./encoder.ts";
export { encoderFeeds, FrozenPrefix, FrozenPrefixes } from "./frozen_prefix.ts";

// Adapters and the files they are kept in.
export { initLora, type LoraModule, loraParameterNames, parameterFeeds, type Parameters, rowNorms } from "./lora.ts";
export { type Adapter, readAdapter, writeAdapter } from "./peft.ts";
export { type AdapterConfig, readAdapterConfig } from "./peft_config.ts";
export { openSafetensors, readStored, readTensor, writeSafetensors } from "./safetensors.ts";
export { adapterModules } from "./target_modules.ts";
export type { FloatTensor, SafetensorsFile, StoredTensor } from "./safetensors.ts";

// What of a text makes its score.
export { type Attribution, Attributor } from "./attribution.ts";

// A model for other programs.
export { mergedWeights, writeModelFolder, writeTokenizer } from "./export/model_folder.ts";
export { onnxEncoder, portableEmbeddings } from "./export/onnx_model.ts";
