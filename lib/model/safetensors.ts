/**
 * The safetensors format (github.com/huggingface/safetensors): eight bytes of header length, a JSON header, the data.
 * Opening a file reads its header only; tensors are read one by one when they are asked for.
 */

import { InputError } from "../errors.ts";
import { fileError } from "../files.ts";
import { type Dtype, parseHeader } from "./safetensors_header.ts";

/** Where a tensor lies, and how it is stored. */
export interface StoredTensor {
  /** The file that holds it. */
  readonly path: string;
  /** Its name in that file. */
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file; nothing promises an alignment. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** An opened safetensors file: its header, and no data. */
export interface SafetensorsFile {
  readonly path: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The limit of the reference implementation; the header of a model of a thousand tensors takes about 100 kB. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads and validates the header of a safetensors file; the data stays on the disk.
 *
 * @param path The file.
 * @returns Its metadata and where each tensor lies.
 * @throws {InputError} If the file cannot be read, is truncated, or its header is malformed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openSafetensors } from "./safetensors.ts";
 *
 * const file = await openSafetensors(`${import.meta.dirname}/../testdata/bert_lora_tiny/base/model.safetensors`);
 * assertEquals(file.tensors.get("embeddings.word_embeddings.weight")?.shape, [100, 32]);
 * ```
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  try {
    using file = await Deno.open(path);
    const { size, isDirectory } = await file.stat();
    if (isDirectory) throw new InputError(`${path} is a folder, expected a safetensors file`);
    if (size < 8) throw new InputError(`${path}: expected a safetensors file, found ${size} bytes`);
    const prefix = new DataView(new ArrayBuffer(8));
    await readFully(file, new Uint8Array(prefix.buffer), path);
    // A length above 2^53 loses its last digits here, and is refused all the same.
    const headerLength = Number(prefix.getBigUint64(0, true));
    if (headerLength > size - 8 || headerLength > MAX_HEADER_BYTES) {
      throw new InputError(
        `${path}: the header claims ${headerLength} bytes and the file has ${size}: ` +
          "it is truncated, or not a safetensors file",
      );
    }
    const bytes = new Uint8Array(headerLength);
    await readFully(file, bytes, path);
    const dataStart = 8 + headerLength;
    const { metadata, tensors } = parseHeader(decodeHeader(bytes, path), size - dataStart, path);
    return {
      path,
      metadata,
      tensors: new Map(
        [...tensors].map(([name, { dtype, shape, begin, end }]) => [
          name,
          { path, name, dtype, shape, byteOffset: dataStart + begin, byteLength: end - begin },
        ]),
      ),
    };
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}

/**
 * Reads a tensor of an opened file as 32-bit floats. F16 and BF16 convert exactly; F64 rounds to nearest.
 *
 * @param file The opened file.
 * @param name The tensor's name.
 * @returns Its numbers in row-major order; as many as the product of its shape.
 * @throws {InputError} If there is no such tensor, it does not hold floats, or the file has shrunk since it was opened.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openSafetensors, readTensor } from "./safetensors.ts";
 *
 * const file = await openSafetensors(`${import.meta.dirname}/../testdata/bert_lora_tiny/base/model.safetensors`);
 * assertEquals((await readTensor(file, "embeddings.LayerNorm.weight")).length, 32);
 * ```
 */
export function readTensor(file: SafetensorsFile, name: string): Promise<Float32Array<ArrayBuffer>> {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) {
    return Promise.reject(new InputError(`${file.path}: there is no tensor "${name}" among its ${file.tensors.size}`));
  }
  return readStored(tensor);
}

/**
 * Reads a tensor as 32-bit floats from where it lies; see {@linkcode readTensor}.
 *
 * @param tensor Where it lies.
 * @returns Its numbers in row-major order.
 * @throws {InputError} If it does not hold floats, or the file has shrunk or gone since it was opened.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openSafetensors, readStored } from "./safetensors.ts";
 *
 * const file = await openSafetensors(`${import.meta.dirname}/../testdata/bert_lora_tiny/base/model.safetensors`);
 * const bias = file.tensors.get("embeddings.LayerNorm.bias")!;
 * assertEquals((await readStored(bias)).length, 32);
 * ```
 */
export async function readStored(tensor: StoredTensor): Promise<Float32Array<ArrayBuffer>> {
  const { path, name, dtype, byteOffset, byteLength } = tensor;
  const size = { F16: 2, BF16: 2, F32: 4, F64: 8 }[dtype as string];
  if (size === undefined) throw new InputError(`${path}: tensor "${name}" holds ${dtype}, expected floats`);
  const count = byteLength / size;
  // Half-width numbers are read into the second half of their own result, and widened front to back: the write at
  // i never passes the read at i, so no second buffer is needed.
  const buffer = new ArrayBuffer(Math.max(byteLength, count * 4));
  const raw = new Uint8Array(buffer, buffer.byteLength - byteLength);
  try {
    using file = await Deno.open(path);
    await file.seek(byteOffset, Deno.SeekMode.Start);
    await readFully(file, raw, `${path}: tensor "${name}"`);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  if (dtype === "F64") return Float32Array.from(new Float64Array(buffer));
  const floats = new Float32Array(buffer);
  if (dtype === "F16") {
    const halves = new Float16Array(buffer, raw.byteOffset);
    for (let i = 0; i < count; i++) floats[i] = halves[i]!;
  } else if (dtype === "BF16") {
    const bits = new Uint32Array(buffer);
    const halves = new Uint16Array(buffer, raw.byteOffset);
    for (let i = 0; i < count; i++) bits[i] = halves[i]! << 16;
  }
  return floats;
}

async function readFully(file: Deno.FsFile, into: Uint8Array, where: string): Promise<void> {
  for (let at = 0; at < into.length;) {
    const read = await file.read(into.subarray(at));
    if (read === null) throw new InputError(`${where}: the file ended ${into.length - at} bytes early`);
    at += read;
  }
}

function decodeHeader(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError(`${path}: expected a safetensors header in JSON, found bytes that are not UTF-8`);
  }
}
