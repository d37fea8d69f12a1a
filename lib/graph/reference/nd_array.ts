/** Arrays of float64 in row-major order, and the one loop that every kernel is written with. */
import type { Node } from "../tensor.ts";

/** Values with a shape known at run time. Integers and booleans are stored as float64 too, which holds them exactly. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What an operation computes: from the values of its inputs to those of its outputs. */
export type Kernel = (inputs: readonly NdArray[], node: Node) => readonly NdArray[];

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((n, dim) => n * dim, 1);
}

/** How far apart neighbours along each axis lie in row-major order. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
}

/**
 * Where the elements of a view lie in an array: one offset per element of `shape`, in row-major order. A stride of 0
 * repeats; permuted strides transpose; a start other than 0 slices.
 *
 * @param shape Shape of the view.
 * @param strides One per axis of the view.
 * @param start Offset of the view's first element.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { offsets } from "./nd_array.ts";
 *
 * assertEquals([...offsets([2, 3], [1, 2])], [0, 2, 4, 1, 3, 5]); // a 3 × 2 array, transposed
 * ```
 */
export function offsets(shape: readonly number[], strides: readonly number[], start = 0): Int32Array {
  let result = Int32Array.of(start);
  shape.forEach((dim, axis) => {
    const next = new Int32Array(result.length * dim);
    for (let i = 0; i < result.length; i++) {
      for (let j = 0; j < dim; j++) next[i * dim + j] = result[i]! + j * strides[axis]!;
    }
    result = next;
  });
  return result;
}

/** For every element of `to`, the offset of the element of an array of shape `from` that is broadcast to it. */
export function broadcastOffsets(from: readonly number[], to: readonly number[]): Int32Array {
  const missing = to.length - from.length;
  const strides = stridesOf(from);
  return offsets(to, to.map((_, axis) => axis < missing || from[axis - missing] === 1 ? 0 : strides[axis - missing]!));
}

/** The shape that arrays broadcast to by NumPy's rule; they are known to fit. */
export function broadcastShape(shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const dims = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return dims.find((dim) => dim !== 1) ?? 1;
  });
}

/** The elements of x at the given offsets. */
export function pick(x: NdArray, at: Int32Array): Float64Array {
  return Float64Array.from(at, (offset) => x.data[offset]!);
}
