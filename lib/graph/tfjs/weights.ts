/** Constants and frozen weights as tensors of the active backend. */
import * as tf from "@tensorflow/tfjs-core";
import { InputError } from "../../errors.ts";
import type { DataType, Leaf, TensorData } from "../tensor.ts";

/** The element types that TensorFlow.js has. */
const TYPES = { float32: "float32", int32: "int32", bool: "bool" } as const;

/** A host value as a tensor of the active backend. */
export function toTensor({ dtype, shape, data }: TensorData): tf.Tensor {
  if (!(dtype in TYPES)) throw new RangeError(`TensorFlow.js has no ${dtype}: expected float32, int32 or bool`);
  return tf.tensor(data as Float32Array, [...shape], TYPES[dtype as keyof typeof TYPES]);
}

/**
 * The value of a frozen weight, in float32 whatever it is stored in.
 *
 * @throws {InputError} When the file ends before the weight does.
 */
export async function readWeight(
  { name, dtype, shape, source }: Extract<Leaf, { kind: "weight" }>,
): Promise<TensorData> {
  const decode = DECODERS[dtype];
  if (!decode) throw new RangeError(`Weight "${name}" is ${dtype}: expected float32, float16 or bfloat16`);
  const bytes = new Uint8Array(source.byteLength);
  using file = await Deno.open(source.path);
  await file.seek(source.byteOffset, Deno.SeekMode.Start);
  for (let read = 0; read < bytes.length;) {
    const count = await file.read(bytes.subarray(read));
    if (count === null) throw new InputError(`${source.path}: the file ends within weight "${name}"`);
    read += count;
  }
  return { dtype: "float32", shape, data: decode(bytes.buffer) };
}

const DECODERS: Readonly<Partial<Record<DataType, (bytes: ArrayBuffer) => Float32Array>>> = {
  float32: (bytes) => new Float32Array(bytes),
  float16: (bytes) => Float32Array.from(new Float16Array(bytes)),
  // A bfloat16 is the upper half of a float32.
  bfloat16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (x) => x << 16).buffer),
};
