/** What a model on the disk is, so that a change of it is noticed by those who trained on it. */
import { exists, fileSha256, sha256 } from "../files.ts";
import type { ModelFiles } from "./source.ts";
import { hashWeights } from "./weights_hash.ts";

/** SHA-256 of all that decides what a model makes of a text. */
export interface ModelFingerprint {
  /** Of the files of its weights; see {@linkcode hashWeights}. */
  readonly weights: string;
  /** Of the tokenizer's files. */
  readonly tokenizer: string;
  /** Of the architecture, and of how the model is used: pooling, instructions, length. */
  readonly settings: string;
}

/**
 * Reads a model whole, a second per gigabyte or so, and says what it is.
 * @throws {InputError} If a file cannot be read, or a weight is no finite number.
 */
export async function fingerprintModel(model: ModelFiles): Promise<ModelFingerprint> {
  const { config, pooling, normalize, queryInstruction, passageInstruction, maxLength, dir } = model;
  const cased = model.lowercase ? { lowercase: true } : {};
  const used = { config, pooling, normalize, queryInstruction, passageInstruction, maxLength, ...cased };
  const files = ["tokenizer.json", "tokenizer_config.json"].map((name) => `${dir}/${name}`);
  const digests = await Promise.all(files.map(async (file) => await exists(file) ? await fileSha256(file) : ""));
  return {
    weights: await hashWeights(model.weights),
    tokenizer: await sha256(digests.join("\n")),
    settings: await sha256(JSON.stringify(used)),
  };
}
