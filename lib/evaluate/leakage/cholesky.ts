/** Linear equations with a symmetric positive definite matrix. */

/**
 * The Cholesky factor `L` of a symmetric positive definite matrix, `A = L·Lᵀ`, in place.
 *
 * @param a `[n · n]` row by row; its lower triangle is read and overwritten with `L`, the rest is left alone.
 * @param n Its size.
 * @returns `a`.
 * @throws {RangeError} If the matrix is not positive definite.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { choleskyFactor } from "./cholesky.ts";
 *
 * const [a, , b, c] = choleskyFactor(Float64Array.of(4, 0, 2, 5), 2);
 * assertEquals([a, b, c], [2, 1, 2]);
 * ```
 */
export function choleskyFactor(a: Float64Array, n: number): Float64Array {
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let j = 0; j <= i; j++) {
      const other = j * n;
      let even = a[row + j]!, odd = 0, k = 0;
      // Two sums, because each addition waits for the one before.
      for (; k + 1 < j; k += 2) {
        even -= a[row + k]! * a[other + k]!;
        odd += a[row + k + 1]! * a[other + k + 1]!;
      }
      if (k < j) even -= a[row + k]! * a[other + k]!;
      const left = even - odd;
      if (j < i) a[row + j] = left / a[other + j]!;
      else if (left > 0) a[row + j] = Math.sqrt(left);
      else throw new RangeError(`Expected a positive definite matrix, found pivot ${left} in row ${i}`);
    }
  }
  return a;
}

/**
 * Solves `L·Lᵀ·x = b` for several right-hand sides, in place.
 *
 * @param factor `[n · n]` from {@linkcode choleskyFactor}.
 * @param n Its size.
 * @param b `[k · n]` right-hand sides, one after the other; overwritten with the solutions.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { choleskyFactor, choleskySolve } from "./cholesky.ts";
 *
 * const b = Float64Array.of(8, 14);
 * choleskySolve(choleskyFactor(Float64Array.of(4, 0, 2, 5), 2), 2, b);
 * assertEquals(b, Float64Array.of(0.75, 2.5));
 * ```
 */
export function choleskySolve(factor: Float64Array, n: number, b: Float64Array): void {
  for (let from = 0; from < b.length; from += n) {
    for (let i = 0; i < n; i++) {
      let sum = b[from + i]!;
      for (let k = 0, row = i * n; k < i; k++) sum -= factor[row + k]! * b[from + k]!;
      b[from + i] = sum / factor[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      const value = b[from + i]! / factor[i * n + i]!;
      b[from + i] = value;
      for (let k = 0, row = i * n; k < i; k++) b[from + k]! -= value * factor[row + k]!;
    }
  }
}
