import { writeAtomic } from "../files.ts";

/** A float32 tensor in memory: its shape and its numbers in row-major order. */
export interface TensorData {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/**
 * Writes float32 tensors as a safetensors file, in the byte layout of the Python library: names sorted, header
 * padded with spaces to a multiple of eight bytes. The same tensors always give the same bytes.
 *
 * @param path The file to create or replace; it appears only when it is complete.
 * @param tensors Tensors by name.
 * @param metadata Strings for the header's `__metadata__`; `{format: "pt"}` is what transformers and PEFT ask for.
 * @throws {InputError} If the file cannot be written, for instance because the disk is full.
 * @throws {RangeError} If a shape and its data disagree.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { openSafetensors, readTensor } from "./safetensors.ts";
 * import { writeSafetensors } from "./safetensors_write.ts";
 *
 * const dir = await Deno.makeTempDir();
 * await writeSafetensors(`${dir}/w.safetensors`, { w: { shape: [1, 2], data: new Float32Array([1.5, -2]) } });
 * const file = await openSafetensors(`${dir}/w.safetensors`);
 * assertEquals([...await readTensor(file, "w")], [1.5, -2]);
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorData>>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<void> {
  const names = Object.keys(tensors).sort();
  const entries: [string, unknown][] = [["__metadata__", Object.fromEntries(Object.entries(metadata).sort(byKey))]];
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const name of names) {
    const { shape, data } = tensors[name]!;
    const count = shape.reduce((product, size) => product * size, 1);
    if (count !== data.length) {
      throw new RangeError(`Tensor "${name}" of shape [${shape}] needs ${count} numbers, got ${data.length}`);
    }
    entries.push([name, { dtype: "F32", shape, data_offsets: [at, at + data.byteLength] }]);
    chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    at += data.byteLength;
  }
  // Built by hand because an object would put names that look like numbers first.
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  const header = new TextEncoder().encode(json);
  const prefix = new Uint8Array(8 + Math.ceil(header.length / 8) * 8).fill(0x20);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(prefix.length - 8), true);
  prefix.set(header, 8);
  await writeAtomic(path, [prefix, ...chunks]);
}

function byKey([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}
