/** What a model on the disk is, so that a change of it is noticed by those who trained on it. */
import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import { exists, fileError, fileSha256, readInto, sha256 } from "../files.ts";
import type { StoredTensor } from "./safetensors.ts";
import type { ModelFiles } from "./source.ts";

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

/**
 * The SHA-256 of the file that holds a model's weights, as `sha256sum` gives it; of weights in parts, the SHA-256 of
 * one line per part, as `sha256sum model-*.safetensors | sha256sum` gives it. Every byte is read, about a second for
 * the 1.3 GB of bge-large, and nothing is remembered from one start to the next, so nothing can be out of date. On the
 * way every number is looked at.
 * @throws {InputError} If a file cannot be read, or a tensor holds NaN, an infinity, or numbers of 10¹² and more; the
 * message names both.
 */
export async function hashWeights(weights: ReadonlyMap<string, StoredTensor>): Promise<string> {
  const files = Map.groupBy(weights.values(), ({ path }) => path);
  const hashes: string[] = [];
  for (const path of [...files.keys()].sort()) {
    const hash = await hashFile(path, files.get(path)!.sort((a, b) => a.byteOffset - b.byteOffset));
    if (files.size === 1) return hash;
    hashes.push(`${hash}  ${path.split("/").at(-1)}\n`);
  }
  return createHash("sha256").update(hashes.join("")).digest("hex");
}

/** `tensors` in the order in which they lie in the file. */
async function hashFile(path: string, tensors: readonly StoredTensor[]): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(2 ** 22); // a multiple of every number's width
  try {
    using file = await Deno.open(path);
    const { size } = await file.stat();
    let at = 0;
    const read = async (to: number, check: (bytes: Uint8Array<ArrayBuffer>) => void = () => {}) => {
      while (at < to) {
        const bytes = buffer.subarray(0, Math.min(buffer.length, to - at));
        if (await readInto(file, bytes) < bytes.length) {
          throw new InputError(`${path}: the file became shorter while it was read`);
        }
        check(bytes);
        hash.update(bytes);
        at += bytes.length;
      }
    };
    for (const tensor of tensors) {
      await read(tensor.byteOffset);
      await read(tensor.byteOffset + tensor.byteLength, (bytes) => checkNumbers(bytes, tensor));
    }
    await read(size);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  return hash.digest("hex");
}

/** The bits, without the sign, of 10¹² and more, of which sums of squares overflow; NaN and the infinities come last. */
const TOO_LARGE = { F32: 0x5368d4a5, F16: 0x7c00, BF16: 0x5369 };

function checkNumbers(bytes: Uint8Array<ArrayBuffer>, { path, name, dtype }: StoredTensor): void {
  const words = dtype === "F32"
    ? new Uint32Array(bytes.buffer, 0, bytes.length / 4)
    : new Uint16Array(bytes.buffer, 0, bytes.length / 2);
  const withoutSign = dtype === "F32" ? 0x7fffffff : 0x7fff, tooLarge = TOO_LARGE[dtype as keyof typeof TOO_LARGE];
  for (let i = 0; i < words.length; i++) {
    if ((words[i]! & withoutSign) >= tooLarge) {
      throw new InputError(
        `${path}: tensor "${name}" holds numbers that are not finite, or so large that they overflow: the file is ` +
          "damaged, or the training that made the model diverged; download or save the model again",
      );
    }
  }
}
