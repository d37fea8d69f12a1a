/** The identity of a model's weights, and whether they are numbers. */
import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";
import { fileError } from "../files.ts";
import type { StoredTensor } from "./safetensors.ts";

/**
 * The SHA-256 of the file that holds a model's weights, as `sha256sum` gives it; of weights in parts, the SHA-256 of
 * one line per part, as `sha256sum model-*.safetensors | sha256sum` gives it. Every byte is read, about a second for
 * the 1.3 GB of bge-large, and nothing is remembered: what was hashed is what is loaded. On the way every number is
 * looked at.
 * @throws {InputError} If a file cannot be read, or a tensor holds NaN or an infinity; the message names both.
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
        for (let filled = 0; filled < bytes.length;) {
          const count = await file.read(bytes.subarray(filled));
          if (count === null) throw new InputError(`${path}: the file became shorter while it was read`);
          filled += count;
        }
        check(bytes);
        hash.update(bytes);
        at += bytes.length;
      }
    };
    for (const tensor of tensors) {
      await read(tensor.byteOffset);
      await read(tensor.byteOffset + tensor.byteLength, (bytes) => checkFinite(bytes, tensor));
    }
    await read(size);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  return hash.digest("hex");
}

/** NaN and the infinities are the numbers whose exponent has every bit set. */
function checkFinite(bytes: Uint8Array<ArrayBuffer>, { path, name, dtype }: StoredTensor): void {
  const words = dtype === "F32"
    ? new Uint32Array(bytes.buffer, 0, bytes.length / 4)
    : new Uint16Array(bytes.buffer, 0, bytes.length / 2);
  const exponent = { F32: 0x7f800000, F16: 0x7c00, BF16: 0x7f80 }[dtype]!;
  for (let i = 0; i < words.length; i++) {
    if ((words[i]! & exponent) === exponent) {
      throw new InputError(
        `${path}: tensor "${name}" holds numbers that are not finite: the file is damaged, or the training that made ` +
          "the model diverged; download or save the model again",
      );
    }
  }
}
