/** The operations that graphs are built of: elementwise with NumPy broadcasting, reductions, matrices, transformers' own. */
import { squeeze } from "./layout.ts";
import { broadcastShapes, customVjp, operation, resolveAxis, sameShape, scalar, ShapeError } from "./tensor.ts";
import type { DataType, Tensor } from "./tensor.ts";

/** A tensor, or a number that becomes a float32 constant of rank 0. */
export type Operand = Tensor | number;

function asTensor(x: Operand): Tensor {
  return typeof x === "number" ? scalar(x) : x;
}

function binary(op: string, a: Operand, b: Operand, dtype?: DataType): Tensor {
  const operands = [asTensor(a), asTensor(b)];
  if (operands[0]!.dtype !== operands[1]!.dtype) {
    throw new ShapeError(op, operands, `one element type, was given ${operands[0]!.dtype} and ${operands[1]!.dtype}`);
  }
  return operation(op, operands, broadcastShapes(op, operands), dtype ? { dtype } : {});
}

/** a + b */
export const add = (a: Operand, b: Operand): Tensor => binary("Add", a, b);
/** a − b */
export const sub = (a: Operand, b: Operand): Tensor => binary("Sub", a, b);
/** a · b, elementwise */
export const mul = (a: Operand, b: Operand): Tensor => binary("Mul", a, b);
/** a / b */
export const div = (a: Operand, b: Operand): Tensor => binary("Div", a, b);
/** The larger of a and b; where they are equal the gradient goes to a. */
export const maximum = (a: Operand, b: Operand): Tensor => binary("Max", a, b);
/** The smaller of a and b; where they are equal the gradient goes to a. */
export const minimum = (a: Operand, b: Operand): Tensor => binary("Min", a, b);
/** Whether a = b. */
export const equal = (a: Operand, b: Operand): Tensor => binary("Equal", a, b, "bool");
/** Whether a > b. */
export const greater = (a: Operand, b: Operand): Tensor => binary("Greater", a, b, "bool");
/** Whether a ≥ b. */
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => binary("GreaterOrEqual", a, b, "bool");
/** Whether a < b. */
export const less = (a: Operand, b: Operand): Tensor => binary("Less", a, b, "bool");
/** Logical and of two bool tensors. */
export const and = (a: Tensor, b: Tensor): Tensor => binary("And", logical("And", a), logical("And", b));

/** −x */
export const neg = (x: Tensor): Tensor => operation("Neg", [x], x.shape);
/** eˣ */
export const exp = (x: Tensor): Tensor => operation("Exp", [x], x.shape);
/** ln x */
export const log = (x: Tensor): Tensor => operation("Log", [x], x.shape);
/** √x */
export const sqrt = (x: Tensor): Tensor => operation("Sqrt", [x], x.shape);
/** |x|, with derivative 0 at 0. */
export const abs = (x: Tensor): Tensor => operation("Abs", [x], x.shape);
/** −1, 0 or 1. Its derivative is 0. */
export const sign = (x: Tensor): Tensor => operation("Sign", [x], x.shape);
/** The error function, 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf = (x: Tensor): Tensor => operation("Erf", [x], x.shape);
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => operation("Tanh", [x], x.shape);
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = (x: Tensor): Tensor => operation("Sigmoid", [x], x.shape);
/** max(x, 0), with derivative 0 at 0. */
export const relu = (x: Tensor): Tensor => operation("Relu", [x], x.shape);
/** Logical not of a bool tensor. */
export const not = (x: Tensor): Tensor => operation("Not", [logical("Not", x)], x.shape);

function logical(op: string, x: Tensor): Tensor {
  if (x.dtype !== "bool") throw new ShapeError(op, [x], `bool elements, was given ${x.dtype}`);
  return x;
}

/**
 * x limited to [low, high]; the gradient passes where low ≤ x ≤ high, bounds included. Infinite bounds are no bounds.
 * @throws {RangeError} When low > high.
 */
export function clip(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) throw new RangeError(`Clip: expected low ≤ high, was given ${low} and ${high}`);
  return operation("Clip", [x, scalar(low), scalar(high)], x.shape);
}

/** ln(1 + eˣ), written so that it overflows for no x. */
export function softplus(x: Tensor): Tensor {
  const value = add(relu(x), log(add(exp(neg(abs(x))), 1)));
  // The chain through relu and abs would give 0 at x = 0, where the derivative is ½: a fresh model's logits are 0.
  return customVjp(value, [x], (dy) => [mul(dy, sigmoid(x))]);
}

/** The same values in another element type. */
export function cast(x: Tensor, dtype: DataType): Tensor {
  return x.dtype === dtype ? x : operation("Cast", [x], x.shape, { dtype, attributes: { to: dtype } });
}

/** `a` where the condition holds, `b` elsewhere. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const operands = [condition, asTensor(a), asTensor(b)];
  if (condition.dtype !== "bool") {
    throw new ShapeError("Where", operands, `a bool condition, was given ${condition.dtype}`);
  }
  if (operands[1]!.dtype !== operands[2]!.dtype) {
    const found = `${operands[1]!.dtype} and ${operands[2]!.dtype}`;
    throw new ShapeError("Where", operands, `one element type in both branches, was given ${found}`);
  }
  return operation("Where", operands, broadcastShapes("Where", operands), { dtype: operands[1]!.dtype });
}

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

/** The matrix product `[…, m, k]` · `[…, k, n]` = `[…, m, n]`; the dimensions before the last two broadcast. */
export function matMul(a: Tensor, b: Tensor): Tensor {
  if (a.shape.length < 2 || b.shape.length < 2 || a.shape.at(-1) !== b.shape.at(-2)) {
    throw new ShapeError("MatMul", [a, b], "[…, m, k] and […, k, n]");
  }
  const batch = broadcastShapes("MatMul", [a, b], [a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  return operation("MatMul", [a, b], [...batch, a.shape.at(-2)!, b.shape.at(-1)!]);
}

/** ONNX's product of matrices: alpha · `[m, k]` · `[k, n]` + beta · c = `[m, n]`; with `transA`, a is `[k, m]`. */
export function gemm(
  a: Tensor,
  b: Tensor,
  options: { c?: Tensor; transA?: boolean; transB?: boolean; alpha?: number; beta?: number } = {},
): Tensor {
  const { c, transA = false, transB = false, alpha = 1, beta = 1 } = options;
  const operands = c ? [a, b, c] : [a, b];
  const [m, k] = transA ? [a.shape[1], a.shape[0]] : a.shape;
  const [k2, n] = transB ? [b.shape[1], b.shape[0]] : b.shape;
  if (a.shape.length !== 2 || b.shape.length !== 2 || k !== k2 || m === undefined || n === undefined) {
    throw new ShapeError("Gemm", operands, `two matrices that agree in k (transA ${transA}, transB ${transB})`);
  }
  if (c && !sameShape(broadcastShapes("Gemm", operands, [[m, n], c.shape]), [m, n])) {
    throw new ShapeError("Gemm", operands, `c to broadcast to [${m}, ${n}]`);
  }
  return operation("Gemm", operands, [m, n], {
    attributes: { transA: Number(transA), transB: Number(transB), alpha, beta },
  });
}

/** Reorders the dimensions: dimension i of the result is dimension `permutation[i]` of x. */
export function transpose(x: Tensor, permutation: readonly number[]): Tensor {
  if (permutation.length !== x.shape.length || new Set(permutation).size !== permutation.length) {
    throw new ShapeError("Transpose", [x], `a permutation of its ${x.shape.length} axes, was given [${permutation}]`);
  }
  const shape = permutation.map((axis) => {
    const dim = x.shape[axis];
    if (dim === undefined) throw new ShapeError("Transpose", [x], `axes within its rank, was given [${permutation}]`);
    return dim;
  });
  return operation("Transpose", [x], shape, { attributes: { perm: permutation } });
}

/** Swaps the last two dimensions. */
export function transposeLast(x: Tensor): Tensor {
  if (x.shape.length < 2) throw new ShapeError("Transpose", [x], "at least two dimensions");
  const axes = x.shape.map((_, i) => i);
  return transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
}

/** eˣ / Σ eˣ along one axis. */
export function softmax(x: Tensor, axis: number): Tensor {
  return operation("Softmax", [x], x.shape, { attributes: { axis: resolveAxis("Softmax", x, axis) } });
}

/** ln(softmax(x)) along one axis, without the underflow of taking the logarithm afterwards. */
export function logSoftmax(x: Tensor, axis: number): Tensor {
  return operation("LogSoftmax", [x], x.shape, { attributes: { axis: resolveAxis("LogSoftmax", x, axis) } });
}

/** x · Φ(x) with Φ the standard normal distribution function (Hendrycks & Gimpel 2016), the exact form. */
export function gelu(x: Tensor): Tensor {
  return operation("Gelu", [x], x.shape);
}

/** Gives the rows of x `[…, h]` mean 0 and variance 1, then scales and shifts them by `[h]` (Ba et al. 2016). */
export function layerNorm(x: Tensor, affine: { scale: Tensor; shift: Tensor; epsilon: number }): Tensor {
  const { scale, shift, epsilon } = affine;
  const width = x.shape.at(-1);
  if (width === undefined || !sameShape(scale.shape, [width]) || !sameShape(shift.shape, [width])) {
    throw new ShapeError("LayerNormalization", [x, scale, shift], "[…, h], [h] and [h]");
  }
  return operation("LayerNormalization", [x, scale, shift], x.shape, { attributes: { axis: -1, epsilon } });
}

/**
 * The mean and 1/standard deviation, each `[…, 1]`, that {@linkcode layerNorm} computed on its way to y: outputs 1 and
 * 2 of its node. No gradient flows through them.
 */
export function layerNormStatistics(y: Tensor): { mean: Tensor; inverseDeviation: Tensor } {
  if (y.node.op !== "LayerNormalization") {
    throw new ShapeError("layerNormStatistics()", [y], `the result of layerNorm(), was given that of ${y.node.op}`);
  }
  const shape = [...y.shape.slice(0, -1), 1];
  return {
    mean: { node: y.node, output: 1, dtype: "float32", shape },
    inverseDeviation: { node: y.node, output: 2, dtype: "float32", shape },
  };
}
