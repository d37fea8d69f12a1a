import { z } from "zod";
import { checkJson, readJson } from "../files.ts";

/** The shape of a BERT encoder, after the names of Hugging Face's `config.json`. */
export interface BertConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  /** Attention heads; divides `hiddenSize`. */
  readonly numHeads: number;
  readonly intermediateSize: number;
  /** The most tokens of a text, special tokens included. */
  readonly maxPositions: number;
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
  readonly hiddenAct: "gelu";
}

const size = z.int("expected a whole number").positive("expected a positive number");
const only = <T extends string | boolean>(value: T, meaning: string) =>
  z.literal(value, `expected ${value}: ${meaning}`);

// Missing keys take the defaults of transformers' BertConfig, which leaves them out of older files.
const HuggingFaceConfig = z.object({
  model_type: only("bert", "of all architectures, only BERT's is supported (bge, gte, e5, MiniLM have it)"),
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  intermediate_size: size,
  max_position_embeddings: size,
  type_vocab_size: size.default(2),
  layer_norm_eps: z.number().positive().default(1e-12),
  // Both names mean the exact gelu, with erf.
  hidden_act: z.enum(["gelu", "gelu_python"], "expected gelu, the only activation supported").default("gelu"),
  position_embedding_type: only("absolute", "relative positions are not supported").default("absolute"),
  is_decoder: only(false, "decoders are not supported").default(false),
  add_cross_attention: only(false, "cross-attention is not supported").default(false),
}).refine((config) => config.hidden_size % config.num_attention_heads === 0, {
  path: ["num_attention_heads"],
  error: "expected a divisor of hidden_size",
});

/**
 * Reads a model's `config.json`.
 *
 * @param path The file.
 * @returns The encoder's shape.
 * @throws {InputError} If the file cannot be read, or it describes a model that is not a BERT encoder with absolute
 * positions and gelu; the message names file and key.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readBertConfig } from "./config.ts";
 *
 * const config = await readBertConfig(`${import.meta.dirname}/../testdata/bert_lora_tiny/base/config.json`);
 * assertEquals([config.numLayers, config.hiddenSize], [2, 32]);
 * ```
 */
export async function readBertConfig(path: string): Promise<BertConfig> {
  return convert(await readJson(path, HuggingFaceConfig));
}

/**
 * Checks the content of a `config.json`; see {@linkcode readBertConfig}.
 *
 * @param json The parsed file.
 * @param path The file's name, for error messages.
 * @returns The encoder's shape.
 * @throws {InputError} If it describes a model that is not supported.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { parseBertConfig } from "./config.ts";
 *
 * assertThrows(() => parseBertConfig({ model_type: "t5" }, "config.json"), Error, 'config.json, "model_type": expected bert');
 * ```
 */
export function parseBertConfig(json: unknown, path: string): BertConfig {
  return convert(checkJson(json, HuggingFaceConfig, path));
}

function convert(config: z.output<typeof HuggingFaceConfig>): BertConfig {
  return {
    vocabSize: config.vocab_size,
    hiddenSize: config.hidden_size,
    numLayers: config.num_hidden_layers,
    numHeads: config.num_attention_heads,
    intermediateSize: config.intermediate_size,
    maxPositions: config.max_position_embeddings,
    typeVocabSize: config.type_vocab_size,
    layerNormEps: config.layer_norm_eps,
    hiddenAct: "gelu",
  };
}
