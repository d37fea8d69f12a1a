/** The encoder's shape, as a model folder's `config.json` says it. */
import { z } from "zod";
import { readJson } from "../files.ts";

/** The shape of a BERT encoder, after the names of Hugging Face's `config.json`. */
export interface BertConfig {
  /** Word pieces that it knows. */
  readonly vocabSize: number;
  /** Numbers per token between layers. */
  readonly hiddenSize: number;
  /** Transformer layers. */
  readonly numLayers: number;
  /** Attention heads; divides `hiddenSize`. */
  readonly numHeads: number;
  /** Numbers per token inside a layer's feed-forward part. */
  readonly intermediateSize: number;
  /** The most tokens of a text, special tokens included. */
  readonly maxPositions: number;
  /** Kinds of segments. */
  readonly typeVocabSize: number;
  /** What is added to a variance before its root is taken. */
  readonly layerNormEps: number;
  /** The activation, the exact gelu. */
  readonly hiddenAct: "gelu";
}

const size = z.int("expected a whole number").positive("expected a positive number");
const only = <T extends string | boolean>(value: T, meaning: string) =>
  z.literal(value, `expected ${value}: ${meaning}`);

/** A `config.json`. Missing keys take the defaults of transformers' BertConfig: older files leave them out. */
export const BertConfigFile = z.object({
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
}).transform((file): BertConfig => ({
  vocabSize: file.vocab_size,
  hiddenSize: file.hidden_size,
  numLayers: file.num_hidden_layers,
  numHeads: file.num_attention_heads,
  intermediateSize: file.intermediate_size,
  maxPositions: file.max_position_embeddings,
  typeVocabSize: file.type_vocab_size,
  layerNormEps: file.layer_norm_eps,
  hiddenAct: "gelu",
}));

/**
 * Reads a model's `config.json`.
 * @throws {InputError} If the file cannot be read, or it describes a model that is not a BERT encoder with absolute
 * positions and gelu; the message names file and key.
 */
export function readBertConfig(path: string): Promise<BertConfig> {
  return readJson(path, BertConfigFile);
}
