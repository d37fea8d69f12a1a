/**
 * Frozen weights, held once per backend however many executables use them: a training holds the model it trains, the
 * one it validates with, and the base model that it compares with.
 */
import * as tf from "@tensorflow/tfjs-core";
import type { Leaf } from "../tensor.ts";
import { type TfjsBackend, withBackend } from "./backend.ts";
import { readWeight, toTensor } from "./weights.ts";

/** A frozen weight of a graph. */
export type WeightLeaf = Extract<Leaf, { kind: "weight" }>;

const held = new Map<string, { readonly tensor: Promise<tf.Tensor>; users: number }>();

function keyOf({ dtype, shape, source }: WeightLeaf, backend: TfjsBackend): string {
  return [backend, dtype, shape.join("x"), source.byteOffset, source.path].join(" ");
}

/**
 * The tensor of a weight, read from its file unless some executable holds it already.
 *
 * @param backend Must have been opened.
 * @returns Float32, to be given back with {@linkcode releaseWeight}, not to be disposed of.
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
