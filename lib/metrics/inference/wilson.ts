import { normalQuantile } from "./normal.ts";

/**
 * Wilson's score interval of a share (1927): unlike a bootstrap it has width where all or none of a handful of rows are
 * positive, which is where a reader most needs it.
 *
 * @param share In [0, 1].
 * @param n Independent observations, above 0. For rows that hang together give the number of clusters: at worst each cluster
 *   says the same thing several times.
 * @param level Confidence level in (0, 1).
 * @returns The ends, within [0, 1].
 * @throws {RangeError} If an argument is out of range.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { wilsonInterval } from "./wilson.ts";
 *
 * const { low, high } = wilsonInterval(0, 10);
 * // statsmodels: proportion_confint(0, 10, method="wilson")
 * assertAlmostEquals(low, 0, 1e-12);
 * assertAlmostEquals(high, 0.27753279986288926, 1e-12);
 * ```
 */
export function wilsonInterval(share: number, n: number, level = 0.95): { low: number; high: number } {
  if (!(share >= 0 && share <= 1)) throw new RangeError(`Expected a share in [0, 1], found ${share}`);
  if (!(n > 0)) throw new RangeError(`Expected a number of observations above 0, found ${n}`);
  if (!(level > 0 && level < 1)) throw new RangeError(`Expected a level inside (0, 1), found ${level}`);
  const z = normalQuantile((1 + level) / 2);
  const scale = 1 + z * z / n;
  const centre = (share + z * z / (2 * n)) / scale;
  const half = z * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale;
  // Rounding must not put 0 of n below its own interval.
  return { low: Math.max(0, Math.min(share, centre - half)), high: Math.min(1, Math.max(share, centre + half)) };
}
