import { type Interval, permutationPValues } from "../../metrics/mod.ts";

/**
 * How much more a cross-validated number varies than it seems to with its predictions held fixed.
 *
 * Every two people of different folds meet twice: each helps to predict the other. Where there is little to find, a number is the
 * sum of what such pairs add, each pair twice, so its variance is twice that of as many independent predictions, whatever the
 * number of folds. Where there is much to find, what a classifier has learned hardly depends on single people, and the factor is
 * too cautious. What was measured is in the folder's README; on the problem, Bates, Hastie & Tibshirani 2024, "Cross-validation:
 * what does it estimate and how well does it do it?".
 */
export const SPREAD = Math.SQRT2;

/**
 * Stretches an interval that holds predictions fixed about its value by {@linkcode SPREAD}.
 *
 * @param interval Of the bootstrap over people.
 * @param estimate The value on the data.
 * @param least The least value that is possible; the greatest is 1.
 * @returns The interval, marked as `widened`.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { widenInterval } from "./spread.ts";
 *
 * const rest = { level: 0.95, method: "bca", resamples: 1000, undefinedResamples: 0, bias: 0 } as const;
 * const { low, high } = widenInterval({ low: 0.7, high: 0.95, ...rest }, 0.8, 0);
 * assertAlmostEquals(low!, 0.8 - Math.SQRT2 / 10);
 * assertEquals(high, 1);
 * ```
 */
export function widenInterval(interval: Interval, estimate: number, least: -1 | 0): Interval {
  const { low, high } = interval;
  if (low === null || high === null) return { ...interval, method: "widened" };
  return {
    ...interval,
    method: "widened",
    low: Math.max(least, estimate - SPREAD * (estimate - low)),
    high: Math.min(1, estimate + SPREAD * (high - estimate)),
  };
}

/**
 * P-values of permutations that hold predictions fixed: the share of permutations at least as high as the data once each has been
 * moved away from their mean by {@linkcode SPREAD}.
 *
 * @param observed `[S]` values on the data.
 * @param permutations How many.
 * @param draw `[S]` values on the next permutation; may be reused by the next call.
 * @returns `[S]` p-values, at least `1 / (1 + permutations)`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { spreadPValues } from "./spread.ts";
 *
 * // 0.65 is above all permutations, but not above 0.5 + √2 · (0.62 − 0.5) = 0.67.
 * const draws = [[0.38], [0.5], [0.62]];
 * assertEquals(spreadPValues([0.65], 3, () => draws.pop()!), [0.5]);
 * ```
 */
export function spreadPValues(
  observed: ArrayLike<number>,
  permutations: number,
  draw: () => ArrayLike<number>,
): (number | null)[] {
  const draws = Array.from({ length: permutations }, () => Float64Array.from(draw()));
  const means = Float64Array.from(
    observed,
    (_, s) => draws.reduce((sum, values) => sum + values[s]!, 0) / permutations,
  );
  let next = 0;
  const ideals = Array.from(observed, () => 0 as const);
  return permutationPValues(
    observed,
    ideals,
    permutations,
    () => draws[next++]!.map((value, s) => means[s]! + SPREAD * (value - means[s]!)),
  ).pValues;
}
