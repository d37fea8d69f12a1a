import type { Interval } from "../metrics/value.ts";

/** What {@linkcode gapInterval} joins. */
export interface GapEvidence {
  /** BCa interval. */
  readonly bca: Interval;
  /** Percentile interval of the same resamples. */
  readonly percentile: Interval;
  /** The value of perfect fairness. */
  readonly ideal: 0 | 1;
  /** Permutation p-value, or `null` without a test. */
  readonly pValue: number | null;
}

/**
 * An interval for a gap between groups that can be trusted at both ends.
 *
 * A gap cannot fall below 0, and noise only widens it. Close to 0 the two usual intervals fail, each at one end: BCa corrects
 * for the upward bias and then ends below the true gap (a gap of 0.0005 ± 0.02 gets [0.0004, 0.0005]); the percentile interval
 * starts above it; and neither can contain a true gap of 0. So the far end is the percentile one, the near end the nearer of the
 * two, and where the permutation test finds nothing at this level the interval reaches perfect fairness.
 *
 * In simulations of 2 to 4 groups of 150 to 640 rows the 95 % interval contains the true gap in 94 to 98 % of samples, BCa alone
 * in 0 to 96 %; the test beside this file repeats the hardest of them.
 *
 * @param evidence Both intervals and the test.
 * @returns The joined interval, which keeps the other fields of the BCa one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gapInterval } from "./gap_interval.ts";
 *
 * const rest = { level: 0.95, resamples: 1000, undefinedResamples: 0, bias: 0.01 };
 * const { low, high } = gapInterval({
 *   bca: { low: 0.01, high: 0.1, method: "bca", ...rest },
 *   percentile: { low: 0.02, high: 0.2, method: "percentile", ...rest },
 *   ideal: 0,
 *   pValue: 0.3,
 * });
 * assertEquals([low, high], [0, 0.2]);
 * ```
 */
export function gapInterval({ bca, percentile, ideal, pValue }: GapEvidence): Interval {
  if (bca.low === null || bca.high === null || percentile.low === null || percentile.high === null) return bca;
  const compatible = pValue !== null && pValue > 1 - bca.level;
  return ideal === 0
    ? { ...bca, low: compatible ? 0 : Math.min(bca.low, percentile.low), high: percentile.high }
    : { ...bca, low: percentile.low, high: compatible ? 1 : Math.max(bca.high, percentile.high) };
}

/**
 * Runs a bootstrap twice on the same draws, for both kinds of interval.
 *
 * @param run The bootstrap, given a method; it must start from the same state of its generator each time.
 * @returns Its results by method.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bothMethods } from "./gap_interval.ts";
 *
 * assertEquals(bothMethods((method) => method.length), { bca: 3, percentile: 10 });
 * ```
 */
export function bothMethods<T>(run: (method: "bca" | "percentile") => T): { bca: T; percentile: T } {
  return { bca: run("bca"), percentile: run("percentile") };
}
