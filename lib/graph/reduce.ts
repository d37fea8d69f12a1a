/** Reductions along axes. */
import { resolveAxis } from "./shape.ts";
import { operation, scalar, type Tensor } from "./tensor.ts";
import { add, exp, log, sub } from "./elementwise.ts";
import { squeeze } from "./layout.ts";

/** Which axes to reduce (default: all) and whether they stay as dimensions of size 1 (default: no). */
export type ReduceOptions = { axes?: readonly number[]; keepDims?: boolean };

function reduce(op: string, x: Tensor, { axes, keepDims = false }: ReduceOptions): Tensor {
  const resolved = (axes ?? x.shape.map((_, i) => i)).map((axis) => resolveAxis(op, x, axis)).sort((a, b) => a - b);
  // To ONNX no axes mean all axes.
  if (resolved.length === 0) return x;
  const shape = keepDims
    ? x.shape.map((dim, i) => resolved.includes(i) ? 1 : dim)
    : x.shape.filter((_, i) => !resolved.includes(i));
  return operation(op, [x], shape, { attributes: { axes: resolved, keepdims: Number(keepDims) } });
}

/** The sum along axes. */
export const reduceSum = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceSum", x, options);
/** The mean along axes. */
export const reduceMean = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceMean", x, options);
/** The largest value along axes; the gradient is shared equally among ties. */
export const reduceMax = (x: Tensor, options: ReduceOptions = {}): Tensor => reduce("ReduceMax", x, options);

/** How many elements of x one element of a reduction along `axes` stands for, as a float32 of rank 0. */
export function elementCount(x: Tensor, axes: readonly number[]): Tensor {
  const resolved = axes.map((axis) => resolveAxis("ElementCount", x, axis));
  const sizes = resolved.map((axis) => x.shape[axis]!);
  if (sizes.every((size) => typeof size === "number")) return scalar(sizes.reduce((n, size) => n * size, 1));
  return operation("ElementCount", [x], [], { dtype: "float32", attributes: { axes: resolved } });
}

/** ln Σ eˣ along axes, shifted by the maximum so that it overflows for no x. */
export function logSumExp(x: Tensor, axes: readonly number[], keepDims = false): Tensor {
  const shift = stopGradient(reduceMax(x, { axes, keepDims: true }));
  const total = add(log(reduceSum(exp(sub(x, shift)), { axes, keepDims: true })), shift);
  return keepDims ? total : squeeze(total, axes);
}

/** The same values, through which no gradient flows. */
export function stopGradient(x: Tensor): Tensor {
  return operation("Identity", [x], x.shape, { attributes: { stop: 1 } });
}
