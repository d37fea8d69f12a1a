/** Encoders, their weights, tokenizers, LoRA adapters. @module */
export { buildEncoder, dropoutInput, type EncoderSpec, unitLength } from "./bert.ts";
export { type BertConfig, readBertConfig } from "./config.ts";
export { Encoder, type EncoderOptions } from "./encoder.ts";
export { encoderFeeds, FrozenPrefix, FrozenPrefixes } from "./frozen_prefix.ts";
export { hubOptions } from "./hub_options.ts";
export { initLora, type LoraModule, parameterFeeds, type Parameters, rowNorms } from "./lora.ts";
export { readAdapter, writeAdapter } from "./peft.ts";
export { type AdapterConfig } from "./peft_config.ts";
export { adapterModules } from "./peft_target.ts";
export { shapeConfig, type ShapeName, SHAPES, writeRandomModel } from "./random_model.ts";
export { openSafetensors, readStored, readTensor } from "./safetensors.ts";
export { writeSafetensors } from "./safetensors_write.ts";
export { loadModelTokenizer, type ModelFiles, resolveModel } from "./source.ts";
export { type Tokenizer } from "./tokenizer.ts";
export { openWeights } from "./weights.ts";
