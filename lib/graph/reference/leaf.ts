import type { DataType, Leaf } from "../tensor.ts";
import type { NdArray } from "./nd_array.ts";
import { sizeOf } from "./nd_array.ts";

/** Values given for an input, or in place of a weight. */
export interface ReferenceFeed {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** The value of a leaf: a feed if there is one of its name, else what the constant or the weight's file holds. */
export function leafValue(leaf: Leaf, feeds: Readonly<Record<string, ReferenceFeed>>): NdArray {
  if (leaf.kind === "constant") {
    const { shape, data } = leaf.value;
    return { shape, data: leaf.exact ?? Float64Array.from(data as ArrayLike<number | bigint>, Number) };
  }
  const feed = feeds[leaf.name];
  if (feed) {
    if (feed.data.length !== sizeOf(feed.shape)) {
      const found = `${feed.data.length} for shape [${feed.shape.join(", ")}]`;
      throw new RangeError(`Input "${leaf.name}": expected ${sizeOf(feed.shape)} values, was given ${found}`);
    }
    return { shape: feed.shape, data: Float64Array.from(feed.data) };
  }
  if (leaf.kind === "input") throw new RangeError(`Input "${leaf.name}" of the graph was not given a value`);
  return { shape: leaf.shape, data: DECODERS[leaf.dtype](readBytes(leaf)) };
}

function readBytes({ name, source }: Extract<Leaf, { kind: "weight" }>): ArrayBuffer {
  const bytes = new Uint8Array(source.byteLength);
  using file = Deno.openSync(source.path);
  file.seekSync(source.byteOffset, Deno.SeekMode.Start);
  for (let read = 0; read < bytes.length;) {
    const count = file.readSync(bytes.subarray(read));
    if (count === null) throw new RangeError(`${source.path} ends within weight "${name}"`);
    read += count;
  }
  return bytes.buffer;
}

const DECODERS: Readonly<Record<DataType, (bytes: ArrayBuffer) => Float64Array>> = {
  float32: (bytes) => Float64Array.from(new Float32Array(bytes)),
  float16: (bytes) => Float64Array.from(new Float16Array(bytes)),
  // A bfloat16 is the upper half of a float32.
  bfloat16: (bytes) =>
    Float64Array.from(new Float32Array(Uint32Array.from(new Uint16Array(bytes), (x) => x << 16).buffer)),
  int32: (bytes) => Float64Array.from(new Int32Array(bytes)),
  int64: (bytes) => Float64Array.from(new BigInt64Array(bytes), Number),
  bool: (bytes) => Float64Array.from(new Uint8Array(bytes)),
};
