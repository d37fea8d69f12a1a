/** How sure a mean over seeds is. */
import { studentQuantile } from "../../metrics/mod.ts";

/** A mean over seeds with two intervals. */
export interface SeedMean {
  /** Seeds with a value. */
  readonly seeds: number;
  /** `null` without any. */
  readonly mean: number | null;
  /** Standard deviation over seeds, `null` with fewer than two. */
  readonly deviation: number | null;
  /** Student's interval, as if the runs were independent. */
  readonly runs: Ends;
  /** Widened for what runs on splits of one table share. */
  readonly splits: Ends;
}

/** The ends of an interval; `null` with fewer than two seeds. */
export interface Ends {
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * The mean of a number over runs that differ in their seed, with its interval.
 *
 * Runs on new splits of one table share most of their training and some of their test pairs. Student's interval
 * `x̄ ± t·s/√J` takes them for independent: it says where the mean of many more seeds *on this table* would lie. For another
 * table of the same population it is too narrow. Nadeau and Bengio ("Inference for the generalization error", 2003) put
 * `(1/J + n_test/n_train)·s²` in place of `s²/J`, which counts the overlap in.
 *
 * @param values `[J]` the number of each run, `null` where undefined.
 * @param testShare The part of all pairs that each run tests on, for the second interval; `null` where all runs have the
 *   same test pairs, about which the spread over seeds says nothing: then that interval has no ends.
 * @param level Confidence level in (0, 1).
 * @returns The mean and both intervals.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { seedMean } from "./seed_interval.ts";
 *
 * const { mean, runs, splits } = seedMean([0.1, 0.2, 0.3], 0.2, 0.95);
 * assertAlmostEquals(mean!, 0.2);
 * // t(0.975, 2) = 4.302653, s = 0.1; √(1/3) and √(1/3 + 0.2/0.8).
 * assertAlmostEquals(runs.high! - 0.2, 4.302653 * 0.1 * Math.sqrt(1 / 3), 1e-6);
 * assertAlmostEquals(splits.high! - 0.2, 4.302653 * 0.1 * Math.sqrt(1 / 3 + 0.25), 1e-6);
 * ```
 */
export function seedMean(values: readonly (number | null)[], testShare: number | null, level: number): SeedMean {
  const known = values.filter((value) => value !== null);
  const seeds = known.length;
  const none = { low: null, high: null };
  if (seeds === 0) return { seeds, mean: null, deviation: null, runs: none, splits: none };
  const mean = known.reduce((sum, value) => sum + value, 0) / seeds;
  if (seeds === 1) return { seeds, mean, deviation: null, runs: none, splits: none };
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seeds - 1);
  const t = studentQuantile((1 + level) / 2, seeds - 1);
  const around = (factor: number): Ends => {
    const half = t * Math.sqrt(factor * variance);
    return { low: mean - half, high: mean + half };
  };
  return {
    seeds,
    mean,
    deviation: Math.sqrt(variance),
    runs: around(1 / seeds),
    splits: testShare === null ? none : around(1 / seeds + testShare / (1 - testShare)),
  };
}
