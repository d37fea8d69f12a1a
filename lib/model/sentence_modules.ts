/**
 * What a folder that sentence-transformers saved (versions 1 to 6) says besides the encoder's shape: `modules.json`,
 * the pooling module's `config.json`, `sentence_bert_config.json`, `config_sentence_transformers.json`.
 */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { exists, readJson } from "../files.ts";
import type { Pooling } from "./bert.ts";
import type { ModelUse } from "./registry.ts";
import { readTokenizerConfig } from "./tokenizer.ts";

/** What the files say about embeddings; null where they say nothing. */
export interface SentenceModules extends Readonly<{ [Key in keyof ModelUse]: ModelUse[Key] | null }> {
  /** The folder of the encoder and its tokenizer: that of the model, or one in it (`0_Transformer`). */
  readonly encoder: string;
  /** Whether texts are lower-cased before they are tokenized. */
  readonly lowercase: boolean;
  /** Whether the tokens of an instruction take part in pooling. */
  readonly poolsInstruction: boolean;
}

const Modules = z.array(z.object({ path: z.string(), type: z.string() }));
const PoolingFile = z.looseObject({
  pooling_mode: z.union([z.string(), z.array(z.string())]).nullish(),
  include_prompt: z.boolean().nullish(),
});
const EncoderFile = z.looseObject({
  max_seq_length: z.int().positive().nullish(),
  do_lower_case: z.boolean().nullish(),
  transformer_task: z.literal("feature-extraction", "expected feature-extraction: other tasks are not supported")
    .nullish(),
});
const ModelFile = z.looseObject({
  model_type: z.literal("SentenceTransformer", "expected SentenceTransformer, the only kind supported").nullish(),
  prompts: z.record(z.string(), z.string().nullable()).nullish(),
  default_prompt_name: z.string().nullish(),
}).refine((file) => file.default_prompt_name == null || Object.hasOwn(file.prompts ?? {}, file.default_prompt_name), {
  path: ["default_prompt_name"],
  error: "expected the name of one of the prompts",
});

/** Modules that leave the embedding as it is, or as this project makes it. */
const SUPPORTED = ["Transformer", "Pooling", "Normalize", "Dropout"];

/**
 * Reads how a model folder of sentence-transformers makes a text's vector from its tokens' vectors. All files may be
 * missing.
 * @throws {InputError} If they ask for a module or a pooling that is not supported, or are malformed.
 */
export async function readSentenceModules(dir: string): Promise<SentenceModules> {
  const list = await exists(`${dir}/modules.json`) ? await readJson(`${dir}/modules.json`, Modules) : null;
  const kinds = (list ?? []).map(({ type }) => type.split(".").at(-1)!);
  if (list !== null) checkModules(`${dir}/modules.json`, list, kinds);
  const folder = (kind: string) => list?.[kinds.indexOf(kind)]?.path.replace(/\/+$/, "");
  const encoder = folder("Transformer") ? `${dir}/${folder("Transformer")}` : dir;
  const pooling = await readOptional(`${dir}/${folder("Pooling") || "1_Pooling"}/config.json`, PoolingFile);
  const encoderFile = await readOptional(`${encoder}/sentence_bert_config.json`, EncoderFile);
  const { json: model } = await readOptional(`${dir}/config_sentence_transformers.json`, ModelFile);
  const isSentenceModel = list !== null || encoderFile.json !== null;
  return {
    encoder,
    pooling: pooling.json && poolingMode(pooling.json, pooling.path),
    poolsInstruction: pooling.json?.include_prompt ?? true,
    normalize: list && kinds.includes("Normalize"),
    maxLength: encoderFile.json?.max_seq_length ?? (isSentenceModel ? await tokenizerLimit(encoder) : null),
    lowercase: encoderFile.json?.do_lower_case ?? false,
    // encode_query() and encode_document() of sentence-transformers look for these names, in this order.
    queryInstruction: promptOf(model, ["query"]),
    passageInstruction: promptOf(model, ["document", "passage", "corpus"]),
  };
}

async function readOptional<T extends z.ZodType>(path: string, schema: T) {
  return { path, json: await exists(path) ? await readJson(path, schema) : null };
}

function checkModules(path: string, list: z.output<typeof Modules>, kinds: readonly string[]): void {
  for (const [i, { type, path: folder }] of list.entries()) {
    const kind = kinds[i]!;
    const isOwn = /^sentence_transformers\./.test(type);
    if (!isOwn || !SUPPORTED.includes(kind)) {
      const found = isOwn ? kind : `${type}, code of its own`;
      throw new InputError(
        `${path}: expected Transformer, Pooling and Normalize only, found ${found}` +
          (kind === "Dense" && isOwn ? `: the layer in ${folder} behind the pooling cannot be computed here` : ""),
      );
    }
    // A path may lead into the model's folder only.
    if (folder.split(/[\\/]/).includes("..") || /^([\\/]|\w:)/.test(folder)) {
      throw new InputError(`${path}: expected a folder within the model's, found ${JSON.stringify(folder)}`);
    }
  }
  const order = kinds.filter((kind) => kind !== "Dropout").join(", ");
  if (!/^Transformer(, Pooling)?(, Normalize)?$/.test(order)) {
    throw new InputError(`${path}: expected the order Transformer, Pooling, Normalize, found ${order || "nothing"}`);
  }
}

/** Older files have one boolean per mode, newer ones name the mode, or several. */
function poolingMode(file: z.output<typeof PoolingFile>, path: string): Pooling {
  const flags = Object.keys(file).filter((key) => key.startsWith("pooling_mode_") && file[key] === true);
  const modes = file.pooling_mode ? [file.pooling_mode].flat() : flags.map((key) => key.slice(13));
  if (modes.length === 1 && (modes[0] === "cls" || modes[0] === "cls_token")) return "cls";
  if (modes.length === 1 && (modes[0] === "mean" || modes[0] === "mean_tokens")) return "mean";
  throw new InputError(`${path}: expected pooling by cls or mean, found ${modes.join(" and ") || "none"}`);
}

/** Where no length is set, sentence-transformers takes the tokenizer's; huge numbers there stand for none. */
async function tokenizerLimit(dir: string): Promise<number | null> {
  const limit = (await readTokenizerConfig(dir))?.model_max_length ?? null;
  return limit !== null && Number.isSafeInteger(limit) ? limit : null;
}

function promptOf(file: z.output<typeof ModelFile> | null, names: readonly string[]): string | null {
  const prompts = new Map(Object.entries(file?.prompts ?? {}));
  // An empty prompt counts, as there: who saves "document": "" says that documents have none.
  return names.map((name) => prompts.get(name)).find((prompt) => prompt != null) ??
    prompts.get(file?.default_prompt_name ?? "") ?? null;
}
