import type { Node } from "../tensor.ts";
import { broadcastOffsets, type Kernel, type NdArray, sizeOf } from "./nd_array.ts";

/** Reductions along axes. */
export const REDUCE_KERNELS: Readonly<Record<string, Kernel>> = {
  ReduceSum: ([x], node) => [dropped(x!, node, reduced(x!, axesOf(node), 0, (a, b) => a + b))],
  ReduceMean: ([x], node) => {
    const axes = axesOf(node);
    const count = elementCount(x!, axes);
    const sums = reduced(x!, axes, 0, (a, b) => a + b);
    return [dropped(x!, node, { shape: sums.shape, data: sums.data.map((sum) => sum / count) })];
  },
  ReduceMax: ([x], node) => [dropped(x!, node, reduced(x!, axesOf(node), -Infinity, Math.max))],
  ElementCount: ([x], node) => [{ shape: [], data: Float64Array.of(elementCount(x!, axesOf(node))) }],
};

function axesOf(node: Node): readonly number[] {
  return node.attributes.axes as readonly number[];
}

function elementCount(x: NdArray, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => x.shape[axis]!));
}

/** Combines the elements along axes, which stay as dimensions of size 1. */
export function reduced(
  x: NdArray,
  axes: readonly number[],
  initial: number,
  combine: (a: number, b: number) => number,
): NdArray {
  const shape = x.shape.map((dim, axis) => axes.includes(axis) ? 1 : dim);
  const data = new Float64Array(sizeOf(shape)).fill(initial);
  broadcastOffsets(shape, x.shape).forEach((group, i) => data[group] = combine(data[group]!, x.data[i]!));
  return { shape, data };
}

function dropped(x: NdArray, node: Node, { data, shape }: NdArray): NdArray {
  if (node.attributes.keepdims) return { shape, data };
  return { shape: x.shape.filter((_, axis) => !axesOf(node).includes(axis)), data };
}
