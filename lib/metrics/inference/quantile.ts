/**
 * A quantile of sorted numbers by linear interpolation between the two nearest, NumPy's default (`method="linear"`,
 * Hyndman & Fan's type 7).
 *
 * @param sorted `[n]` numbers in ascending order, at least one.
 * @param q The share below, in [0, 1].
 * @returns The quantile.
 * @throws {RangeError} If there is no number or `q` is outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { quantileOfSorted } from "./quantile.ts";
 *
 * assertEquals(quantileOfSorted([1, 2, 3, 4], 0.5), 2.5);
 * ```
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) throw new RangeError("Expected at least one number, found none");
  if (!(q >= 0 && q <= 1)) throw new RangeError(`Expected a quantile in [0, 1], found ${q}`);
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const share = position - below;
  // NumPy interpolates from the nearer end, so that the result is exact at both.
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}
