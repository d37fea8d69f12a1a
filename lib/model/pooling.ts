import { z } from "zod";
import { InputError } from "../errors.ts";
import type { Pooling } from "./bert.ts";
import { readJson } from "../files.ts";

/** What a sentence-transformers folder says about embeddings; null where it says nothing. */
export interface SentenceModules {
  readonly pooling: Pooling | null;
  readonly normalize: boolean | null;
  /** The most tokens of a text. */
  readonly maxLength: number | null;
}

const Modules = z.array(z.object({ path: z.string(), type: z.string() }));
const PoolingFile = z.record(z.string(), z.unknown());
const SentenceConfig = z.object({ max_seq_length: z.int().positive().nullish() });

/**
 * Reads how a model folder of sentence-transformers makes a text's vector from its tokens' vectors: `modules.json`,
 * the pooling module's `config.json` (usually `1_Pooling/`), and `sentence_bert_config.json`. All may be missing.
 *
 * @param dir The model's folder.
 * @returns What the files say.
 * @throws {InputError} If they ask for a module or a pooling that is not supported, or are malformed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readSentenceModules } from "./pooling.ts";
 *
 * const plain = await readSentenceModules(`${import.meta.dirname}/../testdata/bert_lora_tiny/base`);
 * assertEquals(plain, { pooling: null, normalize: null, maxLength: null });
 * ```
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

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}
