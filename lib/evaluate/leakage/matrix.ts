/** The products that fitting a classifier consists of, on row-major float64 arrays. */

/** Numbers in rows. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** `[rows · columns]`, row by row. */
  readonly data: Float64Array;
}

/**
 * `x · wᵀ`: the inner product of every row of `x` with every row of `w`.
 *
 * Four rows are multiplied at a time, so that a number of `w` is read once for four products; that doubles the speed of
 * the plain loop. In the last block the last row stands in for rows that do not exist.
 *
 * @param x `[n, d]`
 * @param w `[k · d]`
 * @param out `[n · k]`, overwritten.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { timesTransposed } from "./matrix.ts";
 *
 * const x = { rows: 2, columns: 2, data: Float64Array.of(1, 2, 3, 4) };
 * const out = new Float64Array(2);
 * timesTransposed(x, Float64Array.of(10, 1), out);
 * assertEquals(out, Float64Array.of(12, 34));
 * ```
 */
export function timesTransposed({ rows, columns, data }: Matrix, w: Float64Array, out: Float64Array): void {
  const k = out.length / rows;
  for (let i = 0; i < rows; i += 4) {
    const i1 = Math.min(i + 1, rows - 1), i2 = Math.min(i + 2, rows - 1), i3 = Math.min(i + 3, rows - 1);
    const x0 = i * columns, x1 = i1 * columns, x2 = i2 * columns, x3 = i3 * columns;
    for (let c = 0; c < k; c++) {
      const from = c * columns;
      let s0 = 0, s1 = 0, s2 = 0, s3 = 0;
      for (let j = 0; j < columns; j++) {
        const v = w[from + j]!;
        s0 += data[x0 + j]! * v;
        s1 += data[x1 + j]! * v;
        s2 += data[x2 + j]! * v;
        s3 += data[x3 + j]! * v;
      }
      out[i * k + c] = s0;
      out[i1 * k + c] = s1;
      out[i2 * k + c] = s2;
      out[i3 * k + c] = s3;
    }
  }
}

/**
 * Adds `rᵀ · x` to `out`: for every column of `r` the sum of the rows of `x`, weighted by it.
 *
 * @param r `[n · k]`
 * @param x `[n, d]`
 * @param out `[k · d]`, added to.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { addTransposedTimes } from "./matrix.ts";
 *
 * const x = { rows: 2, columns: 2, data: Float64Array.of(1, 2, 3, 4) };
 * const out = Float64Array.of(0.5, 0);
 * addTransposedTimes(Float64Array.of(10, 1), x, out);
 * assertEquals(out, Float64Array.of(13.5, 24));
 * ```
 */
export function addTransposedTimes(r: Float64Array, { rows, columns, data }: Matrix, out: Float64Array): void {
  const k = r.length / rows;
  for (let i = 0; i < rows; i += 4) {
    const i1 = Math.min(i + 1, rows - 1), i2 = Math.min(i + 2, rows - 1), i3 = Math.min(i + 3, rows - 1);
    const x0 = i * columns, x1 = i1 * columns, x2 = i2 * columns, x3 = i3 * columns;
    for (let c = 0; c < k; c++) {
      const to = c * columns;
      const r0 = r[i * k + c]!;
      const r1 = i + 1 < rows ? r[i1 * k + c]! : 0;
      const r2 = i + 2 < rows ? r[i2 * k + c]! : 0;
      const r3 = i + 3 < rows ? r[i3 * k + c]! : 0;
      for (let j = 0; j < columns; j++) {
        out[to + j]! += r0 * data[x0 + j]! + r1 * data[x1 + j]! + r2 * data[x2 + j]! + r3 * data[x3 + j]!;
      }
    }
  }
}

/**
 * `xᵀ · diag(weights) · x`, lower triangle.
 *
 * @param x `[n, d]`
 * @param weights `[n]`
 * @returns `[d · d]`, row by row; above the diagonal there are zeros.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { weightedGram } from "./matrix.ts";
 *
 * const x = { rows: 2, columns: 2, data: Float64Array.of(1, 2, 3, 4) };
 * assertEquals(weightedGram(x, Float64Array.of(1, 10)), Float64Array.of(91, 0, 122, 164));
 * ```
 */
export function weightedGram({ rows, columns, data }: Matrix, weights: Float64Array): Float64Array {
  const out = new Float64Array(columns * columns);
  for (let i = 0; i < rows; i += 4) {
    const i1 = Math.min(i + 1, rows - 1), i2 = Math.min(i + 2, rows - 1), i3 = Math.min(i + 3, rows - 1);
    const x0 = i * columns, x1 = i1 * columns, x2 = i2 * columns, x3 = i3 * columns;
    const w0 = weights[i]!;
    const w1 = i + 1 < rows ? weights[i1]! : 0;
    const w2 = i + 2 < rows ? weights[i2]! : 0;
    const w3 = i + 3 < rows ? weights[i3]! : 0;
    for (let a = 0; a < columns; a++) {
      const to = a * columns;
      const v0 = w0 * data[x0 + a]!, v1 = w1 * data[x1 + a]!, v2 = w2 * data[x2 + a]!, v3 = w3 * data[x3 + a]!;
      for (let b = 0; b <= a; b++) {
        out[to + b]! += v0 * data[x0 + b]! + v1 * data[x1 + b]! + v2 * data[x2 + b]! + v3 * data[x3 + b]!;
      }
    }
  }
  return out;
}
