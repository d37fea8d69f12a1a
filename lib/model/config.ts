/** What the files of a model's folder say: the encoder's shape, and how a text's vector is made. */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { exists, readJson } from "../files.ts";
import type { Pooling } from "./bert.ts";
import type { ModelUse } from "./registry.ts";

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

/** What a sentence-transformers folder says about embeddings; null where it says nothing. */
export type SentenceModules = { readonly [Key in "pooling" | "normalize" | "maxLength"]: ModelUse[Key] | null };

const Modules = z.array(z.object({ path: z.string(), type: z.string() }));
const PoolingFile = z.record(z.string(), z.unknown());
const SentenceConfig = z.object({ max_seq_length: z.int().positive().nullish() });

/**
 * Reads how a model folder of sentence-transformers makes a text's vector from its tokens' vectors: `modules.json`, the
 * pooling module's `config.json` (usually `1_Pooling/`), and `sentence_bert_config.json`. All may be missing.
 * @throws {InputError} If they ask for a module or a pooling that is not supported, or are malformed.
 */
export async function readSentenceModules(dir: string): Promise<SentenceModules> {
  const list = await exists(`${dir}/modules.json`) ? await readJson(`${dir}/modules.json`, Modules) : null;
  const kinds = (list ?? []).map(({ type }) => type.split(".").at(-1)!);
  const other = kinds.find((kind) => !["Transformer", "Pooling", "Normalize"].includes(kind));
  if (other !== undefined) {
    throw new InputError(`${dir}/modules.json: expected Transformer, Pooling and Normalize only, found ${other}`);
  }
  const poolingFile = `${dir}/${list?.[kinds.indexOf("Pooling")]?.path || "1_Pooling"}/config.json`;
  const sentenceFile = `${dir}/sentence_bert_config.json`;
  return {
    pooling: await exists(poolingFile) ? poolingMode(await readJson(poolingFile, PoolingFile), poolingFile) : null,
    normalize: list && kinds.includes("Normalize"),
    maxLength: await exists(sentenceFile)
      ? (await readJson(sentenceFile, SentenceConfig)).max_seq_length ?? null
      : null,
  };
}

/** Older files have one boolean per mode, newer ones may name the mode. */
function poolingMode(file: Record<string, unknown>, path: string): Pooling {
  const flags = Object.keys(file).filter((key) => key.startsWith("pooling_mode_") && file[key] === true);
  const modes = typeof file.pooling_mode === "string" ? [file.pooling_mode] : flags.map((key) => key.slice(13));
  if (modes.length === 1 && (modes[0] === "cls" || modes[0] === "cls_token")) return "cls";
  if (modes.length === 1 && (modes[0] === "mean" || modes[0] === "mean_tokens")) return "mean";
  throw new InputError(`${path}: expected pooling by cls or mean, found ${modes.join(" and ") || "none"}`);
}
