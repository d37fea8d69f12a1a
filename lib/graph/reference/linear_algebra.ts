import { broadcastOffsets, broadcastShape, type Kernel, type NdArray, offsets, pick, stridesOf } from "./nd_array.ts";

/** Matrix products and transposition. */
export const LINEAR_ALGEBRA_KERNELS: Readonly<Record<string, Kernel>> = {
  MatMul: ([a, b]) => {
    const [m, k, n] = [a!.shape.at(-2)!, a!.shape.at(-1)!, b!.shape.at(-1)!];
    const [outerA, outerB] = [a!.shape.slice(0, -2), b!.shape.slice(0, -2)];
    const batch = broadcastShape([outerA, outerB]);
    const [atA, atB] = [broadcastOffsets(outerA, batch), broadcastOffsets(outerB, batch)];
    const data = new Float64Array(atA.length * m * n);
    for (let i = 0; i < atA.length; i++) {
      const rows = a!.data.subarray(atA[i]! * m * k, (atA[i]! + 1) * m * k);
      const columns = b!.data.subarray(atB[i]! * k * n, (atB[i]! + 1) * k * n);
      data.set(product(rows, columns, m, k, n), i * m * n);
    }
    return [{ shape: [...batch, m, n], data }];
  },
  Gemm: ([a, b, c], { attributes }) => {
    const { alpha, beta } = attributes as { alpha: number; beta: number };
    const left = attributes.transA ? transposed(a!, [1, 0]) : a!;
    const right = attributes.transB ? transposed(b!, [1, 0]) : b!;
    const [m, k, n] = [left.shape[0]!, left.shape[1]!, right.shape[1]!];
    const shape = [m, n];
    const data = product(left.data, right.data, m, k, n).map((value) => alpha * value);
    if (c) broadcastOffsets(c.shape, shape).forEach((at, i) => data[i]! += beta * c.data[at]!);
    return [{ shape, data }];
  },
  Transpose: ([x], { attributes }) => [transposed(x!, attributes.perm as readonly number[])],
};

function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  const result = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      for (let j = 0; j < n; j++) result[i * n + j]! += a[i * k + p]! * b[p * n + j]!;
    }
  }
  return result;
}

function transposed(x: NdArray, permutation: readonly number[]): NdArray {
  const shape = permutation.map((axis) => x.shape[axis]!);
  const strides = stridesOf(x.shape);
  return { shape, data: pick(x, offsets(shape, permutation.map((axis) => strides[axis]!))) };
}
