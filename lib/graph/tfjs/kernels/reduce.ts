import * as tf from "@tensorflow/tfjs-core";
import type { Node } from "../../tensor.ts";
import type { Kernel } from "./kernel.ts";

type Reduction = (x: tf.Tensor, axes: number[], keepDims: boolean) => tf.Tensor;

const reduction = (f: Reduction): Kernel => ([x], node) => f(x!, axesOf(node), Boolean(node.attributes.keepdims));

/** Reductions along axes. */
export const REDUCE_KERNELS: Readonly<Record<string, Kernel>> = {
  ReduceSum: reduction(tf.sum),
  ReduceMean: reduction(tf.mean),
  ReduceMax: reduction(tf.max),
  ElementCount: ([x], node) => tf.scalar(axesOf(node).reduce((n, axis) => n * x!.shape[axis]!, 1)),
};

function axesOf(node: Node): number[] {
  return [...node.attributes.axes as readonly number[]];
}
