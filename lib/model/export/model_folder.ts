/** A model folder as others load it: transformers, sentence-transformers, Text Embeddings Inference, transformers.js. */
import { z } from "zod";
import { exists, makeFolder, readJson, writeText } from "../../files.ts";
import type { EncoderSpec } from "../bert.ts";
import { type LoraModule, loraParameterNames, type Parameters, rowNorms } from "../lora.ts";
import { type FloatTensor, readStored } from "../safetensors.ts";
import type { ModelFiles } from "../source.ts";

/** What a folder's description is made of. */
export type DescribedModel = Pick<
  ModelFiles,
  "dir" | "config" | "pooling" | "normalize" | "queryInstruction" | "passageInstruction" | "maxLength"
>;

const AnyJson = z.looseObject({});

/**
 * Writes what a model folder has besides weights: `config.json`, the tokenizer's files, and for sentence-transformers
 * `modules.json`, pooling, the length texts are cut at, and the prompts `query` and `document`.
 * @throws {InputError} If a file cannot be read or written.
 */
export async function writeModelFolder(folder: string, model: DescribedModel): Promise<void> {
  const { dir, pooling, normalize, maxLength, config: { hiddenSize } } = model;
  const json = await jsonWriter(folder);
  // Its numbers are float32 now, whatever the base model's file held; and no path of the machine it came from.
  const { torch_dtype: _, dtype: __, _name_or_path: ___, ...config } = await readJson(`${dir}/config.json`, AnyJson);
  await json("config.json", { ...config, architectures: ["BertModel"], dtype: "float32", torch_dtype: "float32" });

  await writeTokenizer(folder, model);

  const kinds = ["Transformer", "Pooling", ...(normalize ? ["Normalize"] : [])];
  const modules = kinds.map((kind, idx) => ({
    idx,
    name: String(idx),
    path: kind === "Transformer" ? "" : `${idx}_${kind}`,
    type: `sentence_transformers.models.${kind}`,
  }));
  await json("modules.json", modules);
  for (const { path } of modules.slice(1)) await makeFolder(`${folder}/${path}`);
  await json("1_Pooling/config.json", {
    word_embedding_dimension: hiddenSize,
    pooling_mode_cls_token: pooling === "cls",
    pooling_mode_mean_tokens: pooling === "mean",
    pooling_mode_max_tokens: false,
    pooling_mode_mean_sqrt_len_tokens: false,
  });
  await json("sentence_bert_config.json", { max_seq_length: maxLength, do_lower_case: false });
  await json("config_sentence_transformers.json", {
    prompts: { query: model.queryInstruction, document: model.passageInstruction },
    default_prompt_name: null,
    similarity_fn_name: "cosine",
  });
}

/** Writes a model's tokenizer. Throws an InputError if a file cannot be read or written. */
export async function writeTokenizer(folder: string, { dir, maxLength }: DescribedModel): Promise<void> {
  const json = await jsonWriter(folder);
  const tokenizer = await readJson(`${dir}/tokenizer.json`, AnyJson);
  // Whoever loads it pads and cuts as sentence_bert_config.json says; MiniLM's own file would fill up every text.
  await json("tokenizer.json", { ...tokenizer, truncation: null, padding: null });
  await json("tokenizer_config.json", await tokenizerConfig(dir, tokenizer, maxLength));
  await json("special_tokens_map.json", SPECIAL_TOKENS);
}

async function jsonWriter(folder: string): Promise<(name: string, value: unknown) => Promise<void>> {
  await makeFolder(folder);
  return (name, value) => writeText(`${folder}/${name}`, JSON.stringify(value, null, 2) + "\n");
}

const SPECIAL_TOKENS = {
  cls_token: "[CLS]",
  mask_token: "[MASK]",
  pad_token: "[PAD]",
  sep_token: "[SEP]",
  unk_token: "[UNK]",
};

/** What the base model says of its tokenizer, or what BERT's tokenizers have in common. */
async function tokenizerConfig(dir: string, { normalizer }: Record<string, unknown>, maxLength: number) {
  const path = `${dir}/tokenizer_config.json`;
  const own = await exists(path) ? await readJson(path, AnyJson) : {
    tokenizer_class: "BertTokenizer",
    do_lower_case: (normalizer as { lowercase?: boolean }).lowercase === true,
    ...SPECIAL_TOKENS,
  };
  return { ...own, model_max_length: maxLength };
}

/**
 * Every tensor of an encoder, in float32 and by the names of Hugging Face's BertModel, with the update of each adapted
 * layer in it: `W + s·B·A` (Hu et al. 2021), and with DoRA each row scaled to its magnitude (Liu et al. 2024).
 */
export async function mergedWeights(
  { weights, lora }: Pick<EncoderSpec, "weights" | "lora">,
  parameters: Parameters,
): Promise<Record<string, FloatTensor>> {
  const merged: Record<string, FloatTensor> = {};
  for (const [name, stored] of weights) merged[name] = { shape: stored.shape, data: await readStored(stored) };
  for (const module of lora) addUpdate(merged[`${module.name}.weight`]!.data, module, parameters);
  return merged;
}

/** Adds a layer's update to its weight `[out, in]`, in place; sums in float64 and rounds once. */
function addUpdate(weight: Float32Array, module: LoraModule, parameters: Parameters): void {
  const { inFeatures, outFeatures, rank, scaling, dora } = module;
  const names = loraParameterNames(module.name);
  const a = parameters[names.a]!.data, b = parameters[names.b]!.data; // [r, in], [out, r]
  const row = new Float64Array(inFeatures);
  for (let out = 0; out < outFeatures; out++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scaling * b[out * rank + k]!;
      for (let i = 0; i < inFeatures; i++) row[i]! += factor * a[k * inFeatures + i]!;
    }
    for (let i = 0, at = out * inFeatures; i < inFeatures; i++, at++) weight[at]! += row[i]!;
  }
  if (!dora) return;
  const magnitude = parameters[names.magnitude]!.data, norms = rowNorms(weight, inFeatures);
  for (let i = 0; i < weight.length; i++) {
    const out = Math.floor(i / inFeatures);
    weight[i]! *= magnitude[out]! / norms[out]!;
  }
}
