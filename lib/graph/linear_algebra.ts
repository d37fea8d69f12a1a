/** Matrix products and transposition. */
import { broadcastShapes, sameShape, ShapeError } from "./shape.ts";
import { operation, type Tensor } from "./tensor.ts";

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
