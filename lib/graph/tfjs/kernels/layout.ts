import * as tf from "@tensorflow/tfjs-core";
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
  Gather: ([x, indices]) => tf.gather(x!, indices!),
  // Asked for float32, wasm writes integers into a tensor of that type.
  OneHot: ([indices, x]) => tf.cast(tf.oneHot(indices!, x!.shape[0]!), "float32"),
};
