import * as tf from "@tensorflow/tfjs-core";
import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { Kernel } from "./kernel.ts";

/** Operations that move values without changing them. */
export const LAYOUT_KERNELS: Readonly<Record<string, Kernel>> = {
  Reshape: ([x, like], { attributes }) => {
    if (like) return tf.reshape(x!, like.shape);
    const target = attributes.shape as readonly number[];
    return tf.reshape(x!, target.map((dim, axis) => dim === 0 ? x!.shape[axis]! : dim));
  },
  Unsqueeze: ([x], { attributes }) => {
    const shape = [...x!.shape];
    for (const axis of attributes.axes as readonly number[]) shape.splice(axis, 0, 1);
    return tf.reshape(x!, shape);
  },
  Squeeze: ([x], { attributes }) => {
    const axes = attributes.axes as readonly number[];
    return tf.reshape(x!, x!.shape.filter((_, axis) => !axes.includes(axis)));
  },
  Concat: (inputs, { attributes }) => tf.concat([...inputs], attributes.axis as number),
  Slice: ([x], { attributes }) => {
    const { axis, start, end } = attributes as { axis: number; start: number; end: number };
    const at = <T>(value: T, others: readonly T[]) => others.map((other, i) => i === axis ? value : other);
    return tf.slice(x!, at(start, x!.shape.map(() => 0)), at(end - start, x!.shape));
  },
  Expand: ([x, like]) => tf.broadcastTo(x!, like!.shape),
  // The third input is for differentiation only.
  Gather: ([x, indices], _node, backend) => backend === "wasm" ? gatherOnHost(x!, indices!) : tf.gather(x!, indices!),
  // Asked for float32, wasm writes integers into a tensor of that type.
  OneHot: ([indices, x]) => tf.cast(tf.oneHot(indices!, x!.shape[0]!), "float32"),
};

/** The gather of wasm computes every element's place from strides, which takes ten times as long as copying rows. */
function gatherOnHost(x: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const backend = tf.backend() as BackendWasm;
  const from = backend.typedArrayFromHeap(x), rows = backend.typedArrayFromHeap(indices);
  const width = x.size / x.shape[0]!;
  const picked = new (from.constructor as Float32ArrayConstructor)(rows.length * width);
  rows.forEach((row: number, i: number) => picked.set(from.subarray(row * width, (row + 1) * width), i * width));
  return tf.tensor(picked, [...indices.shape, ...x.shape.slice(1)], x.dtype);
}
