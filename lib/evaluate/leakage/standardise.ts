import type { Matrix } from "./matrix.ts";

/** What {@linkcode standardiser} learns from training rows. */
export interface Standardiser {
  /** `[d]` */
  readonly means: Float64Array;
  /** `[d]` standard deviations, population form; 1 where a feature is constant. */
  readonly scales: Float64Array;
}

// A spread below this share of a feature's size is rounding: a constant does not become a feature by being divided by it.
const CONSTANT = 1e-12;

/**
 * Mean and standard deviation of every feature over some rows, as scikit-learn's `StandardScaler`.
 *
 * @param x `[n, d]`
 * @param rows Which rows to learn from.
 * @returns `[d]` each.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { standardiser } from "./standardise.ts";
 *
 * const x = { rows: 3, columns: 2, data: Float64Array.of(1, 7, 5, 7, 100, 100) };
 * assertEquals(standardiser(x, [0, 1]), { means: Float64Array.of(3, 7), scales: Float64Array.of(2, 1) });
 * ```
 */
export function standardiser({ columns, data }: Matrix, rows: ArrayLike<number>): Standardiser {
  const means = new Float64Array(columns);
  const scales = new Float64Array(columns);
  for (let r = 0; r < rows.length; r++) {
    for (let j = 0, at = rows[r]! * columns; j < columns; j++) means[j]! += data[at + j]! / rows.length;
  }
  for (let r = 0; r < rows.length; r++) {
    for (let j = 0, at = rows[r]! * columns; j < columns; j++) {
      const distance = data[at + j]! - means[j]!;
      scales[j]! += distance * distance / rows.length;
    }
  }
  for (let j = 0; j < columns; j++) {
    const deviation = Math.sqrt(scales[j]!);
    scales[j] = deviation > CONSTANT * Math.abs(means[j]!) ? deviation : 1;
  }
  return { means, scales };
}

/**
 * Some rows, standardised.
 *
 * @param x `[n, d]`
 * @param rows Which rows, in the order wanted.
 * @param by What training rows taught.
 * @returns `[rows.length, d]`
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { standardise } from "./standardise.ts";
 *
 * const x = { rows: 2, columns: 1, data: Float64Array.of(1, 5) };
 * const by = { means: Float64Array.of(3), scales: Float64Array.of(2) };
 * assertEquals(standardise(x, [1], by), { rows: 1, columns: 1, data: Float64Array.of(1) });
 * ```
 */
export function standardise({ columns, data }: Matrix, rows: ArrayLike<number>, by: Standardiser): Matrix {
  const out = new Float64Array(rows.length * columns);
  for (let r = 0; r < rows.length; r++) {
    for (let j = 0, from = rows[r]! * columns, to = r * columns; j < columns; j++) {
      out[to + j] = (data[from + j]! - by.means[j]!) / by.scales[j]!;
    }
  }
  return { rows: rows.length, columns, data: out };
}
