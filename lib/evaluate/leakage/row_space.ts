import type { Matrix } from "./matrix.ts";

/** Rows in coordinates of the space that they span. */
export interface RowSpace {
  /** `[n, n]` the rows; lengths and angles are those of the originals. */
  readonly coordinates: Matrix;
  /**
   * Turns vectors back.
   *
   * @param v `[k · n]` vectors in coordinates of the space.
   * @returns `[k · d]` the same vectors in the original coordinates.
   */
  readonly lift: (v: Float64Array) => Float64Array;
}

/**
 * Rotates rows that are fewer than their columns into as many columns as there are rows: `xᵀ = Q·R` by Householder reflections
 * (Golub & Van Loan, *Matrix Computations*, §5.2), and the rows of `Rᵀ` are the coordinates.
 *
 * A linear model with a penalty on the length of its coefficients gains nothing from a component that no row has, so its
 * coefficients lie in the span of the rows; fitting it to the coordinates and lifting the result is exact. No rank has to be
 * decided on: rows that depend on others have coordinates like any other.
 *
 * @param x `[n, d]` with `n ≤ d`.
 * @returns Coordinates, and the way back.
 * @throws {RangeError} If there are more rows than columns.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { rowSpace } from "./row_space.ts";
 *
 * const { coordinates, lift } = rowSpace({ rows: 1, columns: 3, data: Float64Array.of(2, 3, 6) });
 * assertAlmostEquals(Math.abs(coordinates.data[0]!), 7);
 * lift(coordinates.data).forEach((value, j) => assertAlmostEquals(value, [2, 3, 6][j]!));
 * ```
 */
export function rowSpace({ rows: n, columns: d, data }: Matrix): RowSpace {
  if (n > d) throw new RangeError(`Expected at most ${d} rows, as many as columns, found ${n}`);
  // Row j is turned into the reflection that takes it to the first j + 1 axes; what it had on these is kept aside.
  const work = data.slice();
  const coordinates = new Float64Array(n * n);
  const factors = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    const at = j * d;
    coordinates.set(work.subarray(at, at + j), j * n);
    let squares = 0;
    for (let k = j; k < d; k++) squares += work[at + k]! * work[at + k]!;
    const head = work[at + j]!;
    const length = Math.sqrt(squares);
    const image = head > 0 ? -length : length;
    coordinates[j * n + j] = image;
    work[at + j] = head - image;
    // 2 / vᵀv for v = row − image · e; nothing to reflect where nothing is left of the row.
    factors[j] = length > 0 ? 1 / (squares - head * image) : 0;
    reflect(work, j, at + j, factors[j]!, (j + 1) * d, n - j - 1, d);
  }
  return {
    coordinates: { rows: n, columns: n, data: coordinates },
    lift: (v) => {
      const k = v.length / n;
      const out = new Float64Array(k * d);
      for (let c = 0; c < k; c++) out.set(v.subarray(c * n, (c + 1) * n), c * d);
      const both = new Float64Array((n + k) * d);
      both.set(work);
      both.set(out, n * d);
      for (let j = n - 1; j >= 0; j--) reflect(both, j, j * d + j, factors[j]!, n * d, k, d);
      return both.slice(n * d);
    },
  };
}

/**
 * Reflects rows of an array: subtracts `factor · (row · v)` of `v` from the columns from `axis` on.
 *
 * @param data Rows of `width` numbers; `v` is among them.
 * @param axis The first column that is changed.
 * @param v Where `v` starts, at this column.
 * @param factor `2 / vᵀv`
 * @param from Where the rows to be reflected start.
 * @param count How many rows.
 * @param width Length of a row.
 */
function reflect(
  data: Float64Array,
  axis: number,
  v: number,
  factor: number,
  from: number,
  count: number,
  width: number,
): void {
  const length = width - axis;
  // Two rows at a time, and for the last of an odd number the row alone: its partner is itself and gets nothing.
  for (let i = 0; i < count; i += 2) {
    const a = from + i * width + axis;
    const b = i + 1 < count ? a + width : a;
    let sa = 0, sb = 0;
    for (let k = 0; k < length; k++) {
      const w = data[v + k]!;
      sa += data[a + k]! * w;
      sb += data[b + k]! * w;
    }
    sa *= factor;
    sb *= factor;
    if (b === a) {
      for (let k = 0; k < length; k++) data[a + k]! -= sa * data[v + k]!;
    } else {
      for (let k = 0; k < length; k++) {
        const w = data[v + k]!;
        data[a + k]! -= sa * w;
        data[b + k]! -= sb * w;
      }
    }
  }
}
