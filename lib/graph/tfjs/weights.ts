/**
 * Constants and frozen weights as tensors. Weights are held once per backend however many executables use them: a
 * training holds the model it trains, the one it validates with, and the base model that it compares with.
 */
import * as tf from "@tensorflow/tfjs-core";
import { InputError } from "../../errors.ts";
import { readInto } from "../../files.ts";
import type { DataType, TensorData, WeightLeaf } from "../tensor.ts";
import { type TfjsBackend, withBackend } from "./backend.ts";

/** The element types that TensorFlow.js has. */
const TYPES = { float32: "float32", int32: "int32", bool: "bool" } as const;

/** A host value as a tensor of the active backend. */
export function toTensor({ dtype, shape, data }: TensorData): tf.Tensor {
  if (!(dtype in TYPES)) throw new RangeError(`TensorFlow.js has no ${dtype}: expected float32, int32 or bool`);
  return tf.tensor(data as Float32Array, [...shape], TYPES[dtype as keyof typeof TYPES]);
}

/**
 * The value of a frozen weight, in float32 whatever it is stored in.
 * @throws {InputError} When the file ends before the weight does.
 */
async function readWeight({ name, dtype, shape, source }: WeightLeaf): Promise<TensorData> {
  const decode = DECODERS[dtype];
  if (!decode) throw new RangeError(`Weight "${name}" is ${dtype}: expected float32, float16 or bfloat16`);
  return { dtype: "float32", shape, data: decode(source.read?.() ?? await bytesOf(name, source)) };
}

async function bytesOf(name: string, source: WeightLeaf["source"]): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(source.byteLength);
  using file = await Deno.open(source.path);
  await file.seek(source.byteOffset, Deno.SeekMode.Start);
  if (await readInto(file, bytes) < bytes.length) {
    throw new InputError(`${source.path}: the file ends within weight "${name}"`);
  }
  return bytes.buffer;
}

const DECODERS: Readonly<Partial<Record<DataType, (bytes: ArrayBuffer) => Float32Array>>> = {
  float32: (bytes) => new Float32Array(bytes),
  float16: (bytes) => Float32Array.from(new Float16Array(bytes)),
  // A bfloat16 is the upper half of a float32.
  bfloat16: (bytes) => new Float32Array(Uint32Array.from(new Uint16Array(bytes), (x) => x << 16).buffer),
};

const held = new Map<string, { readonly tensor: Promise<tf.Tensor>; users: number }>();

function keyOf({ dtype, shape, source }: WeightLeaf, backend: TfjsBackend): string {
  return [backend, dtype, shape.join("x"), source.byteOffset, source.path].join(" ");
}

/**
 * The tensor of a weight, read from its file unless some executable holds it already, in float32; to be given back with
 * {@linkcode releaseWeight}, not to be disposed of.
 * @throws {InputError} When the file ends before the weight does; then there is nothing to give back.
 */
export async function acquireWeight(leaf: WeightLeaf, backend: TfjsBackend): Promise<tf.Tensor> {
  const key = keyOf(leaf, backend);
  let entry = held.get(key);
  if (!entry) {
    entry = { tensor: readWeight(leaf).then((value) => withBackend(backend, () => toTensor(value))), users: 0 };
    held.set(key, entry);
  }
  entry.users++;
  try {
    return await entry.tensor;
  } catch (error) {
    held.delete(key);
    throw error;
  }
}

/** Gives a weight back; the last user's frees its memory. */
export async function releaseWeight(leaf: WeightLeaf, backend: TfjsBackend): Promise<void> {
  const key = keyOf(leaf, backend);
  const entry = held.get(key)!;
  entry.users--;
  if (entry.users > 0) return;
  held.delete(key);
  tf.dispose(await entry.tensor);
}
