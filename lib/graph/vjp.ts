/**
 * One vector–Jacobian product per operation, written in the same operations: from the cotangent of a node's output to
 * the cotangents of its inputs. Rules return null for inputs that have no derivative (indices, conditions).
 */
import * as ops from "./operations.ts";
import { concat, expandLike, gather, oneHotRows, reshape, reshapeLike, slice, squeeze, unsqueeze } from "./layout.ts";
import { elementCount, gemm, layerNormStatistics, matMul, reduceMean, reduceSum, transpose } from "./operations.ts";
import { transposeLast } from "./operations.ts";
import { type Dim, type Node, scalar, type Shape, type Tensor } from "./tensor.ts";

/** From the cotangent `dy` of the node's output `y` to one cotangent (or null) per input. */
type VjpRule = (dy: Tensor, y: Tensor, node: Node) => readonly (Tensor | null)[];

const unary = (derivative: (x: Tensor, y: Tensor) => Tensor): VjpRule => (dy, y, { inputs: [x] }) => [
  ops.mul(dy, derivative(x!, y)),
];

/** Steps, and what depends on shapes alone: operations without a derivative. */
const PIECEWISE_CONSTANT = "Sign Equal Greater GreaterOrEqual Less And Not ElementCount OneHot".split(" ");

/** The rules by ONNX operator name. */
export const VJP_RULES: Readonly<Record<string, VjpRule>> = {
  Add: (dy, _y, { inputs: [a, b] }) => [unbroadcast(dy, a!), unbroadcast(dy, b!)],
  Sub: (dy, _y, { inputs: [a, b] }) => [unbroadcast(dy, a!), unbroadcast(ops.neg(dy), b!)],
  Mul: (dy, _y, { inputs: [a, b] }) => [unbroadcast(ops.mul(dy, b!), a!), unbroadcast(ops.mul(dy, a!), b!)],
  Div: (dy, y, { inputs: [a, b] }) => {
    const da = ops.div(dy, b!);
    return [unbroadcast(da, a!), unbroadcast(ops.neg(ops.mul(da, y)), b!)];
  },
  Max: (dy, _y, { inputs: [a, b] }) => chosen(dy, a!, b!, ops.greaterOrEqual(a!, b!)),
  Min: (dy, _y, { inputs: [a, b] }) => chosen(dy, a!, b!, ops.greaterOrEqual(b!, a!)),
  Where: (dy, _y, { inputs: [condition, a, b] }) => [null, ...chosen(dy, a!, b!, condition!)],
  Neg: (dy) => [ops.neg(dy)],
  Exp: unary((_x, y) => y),
  Log: (dy, _y, { inputs: [x] }) => [ops.div(dy, x!)],
  Sqrt: (dy, y) => [ops.div(ops.mul(dy, 0.5), y)],
  Abs: unary((x) => ops.sign(x)),
  Erf: unary((x) => ops.mul(ops.exp(ops.neg(ops.mul(x, x))), 2 / Math.sqrt(Math.PI))),
  Tanh: unary((_x, y) => ops.sub(1, ops.mul(y, y))),
  Sigmoid: unary((_x, y) => ops.mul(y, ops.sub(1, y))),
  Relu: unary((x) => ops.cast(ops.greater(x, 0), "float32")),
  Clip: (dy, _y, { inputs: [x, low, high] }) => {
    const inside = ops.and(ops.greaterOrEqual(x!, low!), ops.greaterOrEqual(high!, x!));
    return [ops.where(inside, dy, 0), null, null];
  },
  ...Object.fromEntries(PIECEWISE_CONSTANT.map((op) => [op, (_dy, _y, node) => node.inputs.map(() => null)])),
  // The way back from half precision is a cast as well; integers and conditions have no derivative.
  Cast: (dy, _y, { inputs: [x] }) => [x!.dtype.includes("float") ? ops.cast(dy, x!.dtype) : null],
  Identity: (dy, _y, { attributes }) => [attributes.stop ? null : dy],

  MatMul: (dy, _y, { inputs: [a, b] }) => [
    unbroadcast(matMul(dy, transposeLast(b!)), a!),
    unbroadcast(matMul(transposeLast(a!), dy), b!),
  ],
  Gemm: (dy, _y, { inputs: [a, b, c], attributes }) => {
    const [transA, transB] = [Boolean(attributes.transA), Boolean(attributes.transB)];
    const { alpha, beta } = attributes as { alpha: number; beta: number };
    const da = transA
      ? gemm(b!, dy, { transA: transB, transB: true, alpha })
      : gemm(dy, b!, { transB: !transB, alpha });
    const db = transB
      ? gemm(dy, a!, { transA: true, transB: transA, alpha })
      : gemm(a!, dy, { transA: !transA, alpha });
    if (!c) return [da, db];
    return [da, db, unbroadcast(beta === 1 ? dy : ops.mul(dy, beta), c)];
  },
  Transpose: (dy, _y, { attributes }) => {
    const permutation = attributes.perm as readonly number[];
    return [transpose(dy, permutation.map((_, i) => permutation.indexOf(i)))];
  },

  ReduceSum: (dy, _y, { inputs: [x], attributes }) => [expandReduced(dy, x!, attributes.axes as number[])],
  ReduceMean: (dy, _y, { inputs: [x], attributes }) => {
    const axes = attributes.axes as number[];
    return [expandReduced(ops.div(dy, elementCount(x!, axes)), x!, axes)];
  },
  ReduceMax: (dy, y, { inputs: [x], attributes }) => {
    const axes = attributes.axes as number[];
    const isMax = ops.cast(ops.equal(x!, expandReduced(y, x!, axes)), "float32");
    const ties = reduceSum(isMax, { axes, keepDims: true });
    return [ops.mul(expandReduced(dy, x!, axes), ops.div(isMax, ties))];
  },

  Reshape: (dy, _y, { inputs: [x] }) => [reshapeLike(dy, x!), null],
  Unsqueeze: (dy, _y, { attributes }) => [squeeze(dy, attributes.axes as number[])],
  Squeeze: (dy, _y, { attributes }) => [unsqueeze(dy, attributes.axes as number[])],
  Concat: (dy, _y, { inputs, attributes }) => {
    const axis = attributes.axis as number;
    let start = 0;
    return inputs.map((part) => {
      const size = part.shape[axis] as number;
      start += size;
      return inputs.length === 1 ? dy : slice(dy, axis, [start - size, start]);
    });
  },
  Slice: (dy, _y, { inputs: [x], attributes }) => {
    const { axis, start, end } = attributes as { axis: number; start: number; end: number };
    const size = x!.shape[axis] as number;
    const zeros = (from: number, to: number) => expandLike(scalar(0), slice(x!, axis, [from, to]));
    const parts = [dy];
    if (start > 0) parts.unshift(zeros(0, start));
    if (end < size) parts.push(zeros(end, size));
    return [concat(parts, axis)];
  },
  Expand: (dy, _y, { inputs: [x] }) => [unbroadcast(dy, x!), null],
  Gather: (dy, _y, { inputs: [x, indices, inverse] }) => {
    const rowShape = x!.shape.slice(1);
    const picks = merged(indices!.shape);
    if (inverse) return [gather(reshape(dy, [picks, ...rowShape]), inverse), null, null];
    const picked = oneHotRows(reshape(indices!, [picks]), x!, x!.shape[0]!); // [picks, n]
    const rows = reshape(reshape(dy, [picks, ...rowShape]), [picks, merged(rowShape)]);
    return [reshapeLike(gemm(picked, rows, { transA: true }), x!), null];
  },

  Softmax: (dy, y, { attributes }) => {
    const axes = [attributes.axis as number];
    return [ops.mul(y, ops.sub(dy, reduceSum(ops.mul(dy, y), { axes, keepDims: true })))];
  },
  LogSoftmax: (dy, y, { attributes }) => {
    const axes = [attributes.axis as number];
    return [ops.sub(dy, ops.mul(ops.exp(y), reduceSum(dy, { axes, keepDims: true })))];
  },
  // d/dx xΦ(x) = Φ(x) + xφ(x), as ½(1 + erf v) + v·exp(−v²)/√π with v = x/√2: one pass fewer over [tokens, 4h].
  Gelu: unary((x) => {
    const v = ops.mul(x, Math.SQRT1_2);
    const density = ops.mul(v, ops.exp(ops.sub(-Math.log(Math.sqrt(Math.PI)), ops.mul(v, v))));
    return ops.add(ops.mul(ops.add(ops.erf(v), 1), 0.5), density);
  }),
  // With x̂ = (x − mean)/σ and g = dy·scale: dx = (g − mean(g) − x̂·mean(g·x̂))/σ (Ba et al. 2016, by the chain rule).
  LayerNormalization: (dy, y, { inputs: [x, scale] }) => {
    const { mean, inverseDeviation } = layerNormStatistics(y);
    const normalised = ops.mul(ops.sub(x!, mean), inverseDeviation);
    const g = ops.mul(dy, scale!);
    const last = { axes: [-1], keepDims: true };
    const centred = ops.sub(
      ops.sub(g, reduceMean(g, last)),
      ops.mul(normalised, reduceMean(ops.mul(g, normalised), last)),
    );
    return [
      ops.mul(centred, inverseDeviation),
      unbroadcast(ops.mul(dy, normalised), scale!),
      unbroadcast(dy, scale!),
    ];
  },
};

/** The one dimension that several become when they are flattened. */
function merged(shape: Shape): Dim {
  return shape.every((dim) => typeof dim === "number") ? shape.reduce((n, dim) => n * dim, 1) : shape.join("·");
}

/** Sums a cotangent over the dimensions along which `to` was broadcast. */
function unbroadcast(dy: Tensor, to: Tensor): Tensor {
  const extra = dy.shape.length - to.shape.length;
  const stretched = to.shape.flatMap((dim, i) => dim === 1 && dy.shape[i + extra] !== 1 ? [i + extra] : []);
  const leading = Array.from({ length: extra }, (_, i) => i);
  if (stretched.length === 0) return reduceSum(dy, { axes: leading });
  return squeeze(reduceSum(dy, { axes: [...leading, ...stretched], keepDims: true }), leading);
}

function chosen(dy: Tensor, a: Tensor, b: Tensor, takesA: Tensor): [Tensor, Tensor] {
  return [unbroadcast(ops.where(takesA, dy, 0), a), unbroadcast(ops.where(takesA, 0, dy), b)];
}

/** Spreads the result of a reduction over `axes` back to the shape of what was reduced. */
function expandReduced(reduced: Tensor, x: Tensor, axes: readonly number[]): Tensor {
  const aligned = reduced.shape.length === 0 || reduced.shape.length === x.shape.length;
  return expandLike(aligned ? reduced : unsqueeze(reduced, axes), x);
}
