import { defined, undefinedBecause, type Value } from "../value.ts";

/** A mean with Student's interval. */
export interface MeanInterval {
  readonly mean: Value;
  /** Lower end; `null` with fewer than two numbers. */
  readonly low: number | null;
  /** Upper end; `null` with fewer than two numbers. */
  readonly high: number | null;
  readonly count: number;
}

/**
 * The mean of a few independent numbers, such as one metric over seeds, with Student's t interval
 * `m ± t_{n−1} s/√n`. A bootstrap of five numbers is far too narrow.
 *
 * @param values `[n]` finite numbers.
 * @param level Confidence level in (0, 1).
 * @returns The mean and its interval; one number has no interval, none has no mean.
 * @throws {RangeError} If the level is out of range.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { meanInterval } from "./mean_interval.ts";
 *
 * const { mean, low, high } = meanInterval([1, 2, 3, 4, 5]);
 * assertEquals(mean, { value: 3 });
 * // scipy.stats.t.interval(0.95, 4, loc=3, scale=sem)
 * assertAlmostEquals(low!, 1.036756838522439, 1e-9);
 * assertAlmostEquals(high!, 4.9632431614775605, 1e-9);
 * assertEquals(meanInterval([7]), { mean: { value: 7 }, low: null, high: null, count: 1 });
 * ```
 */
export function meanInterval(values: readonly number[], level = 0.95): MeanInterval {
  const count = values.length;
  if (!(level > 0 && level < 1)) throw new RangeError(`Expected a level inside (0, 1), found ${level}`);
  if (count === 0) return { mean: undefinedBecause("no numbers"), low: null, high: null, count };
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  if (count === 1) return { mean: defined(mean), low: null, high: null, count };
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1));
  const half = studentQuantile((1 + level) / 2, count - 1) * deviation / Math.sqrt(count);
  return { mean: defined(mean), low: mean - half, high: mean + half, count };
}

/**
 * The quantile of Student's t distribution for whole degrees of freedom, by bisection of its distribution function, which is
 * a finite sum (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4).
 *
 * @param p A probability in (0, 1).
 * @param freedom Degrees of freedom, a whole number ≥ 1.
 * @returns t with P(T ≤ t) = p, to about 1e-12 of its size.
 * @throws {RangeError} If an argument is out of range.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { studentQuantile } from "./mean_interval.ts";
 *
 * // scipy.stats.t.ppf(0.975, 4)
 * assertAlmostEquals(studentQuantile(0.975, 4), 2.7764451051977934, 1e-10);
 * ```
 */
export function studentQuantile(p: number, freedom: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`Expected a probability inside (0, 1), found ${p}`);
  if (!Number.isInteger(freedom) || freedom < 1) {
    throw new RangeError(`Expected whole degrees of freedom ≥ 1, found ${freedom}`);
  }
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  // The angle θ = atan(t/√ν) is bounded, so that bisection needs no search for an upper end.
  let low = 0, high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (0.5 + withinAngle(middle, freedom) / 2 < p) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/** P(|T| ≤ √ν tan θ). */
function withinAngle(angle: number, freedom: number): number {
  const cosine = Math.cos(angle);
  const odd = freedom % 2 === 1;
  let term = odd ? cosine : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= (k - 1) / k * cosine * cosine;
    sum += term;
  }
  return odd ? 2 / Math.PI * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}
