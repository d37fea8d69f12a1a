import { type BootstrapDraws, bootstrapInterval } from "./intervals.ts";
import type { Interval } from "../value.ts";

/**
 * The bootstrap interval of a gap between groups, without its test: the far end of the percentile interval, and the nearer to
 * perfect fairness of the near ends of percentile and BCa interval.
 *
 * A gap cannot fall below 0, and noise only widens it. Close to 0 the two usual intervals fail, each at one end: BCa corrects
 * for the upward bias and then ends below the true gap (a gap of 0.0005 ± 0.02 gets [0.0004, 0.0005]); the percentile interval
 * starts above it; and neither can contain a true gap of 0. So one end is taken from each, and {@linkcode reachIdeal} lets the
 * interval reach perfect fairness where a test finds nothing.
 *
 * In simulations of 2 to 4 groups, 150 to 640 rows in all, the 95 % interval so joined contains the true gap of selection rates in
 * 94 to 98 % of samples, and the equalized odds difference, the larger of two gaps, in 89 to 97 %; BCa alone in 0 to 96 %. The
 * test beside this file repeats the hardest of them.
 *
 * @param draws The gap and its resamples.
 * @param ideal The value of perfect fairness: 0 for differences, 1 for ratios.
 * @returns The interval.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { gapInterval } from "./gap_interval.ts";
 *
 * const draws = Array.from({ length: 101 }, (_, i) => i / 500);
 * const { low, high } = gapInterval({ estimate: 0.05, draws, level: 0.9, acceleration: 0 }, 0);
 * // BCa alone ends at 0.09, because three quarters of the resamples lie above the estimate.
 * assert(low! < 0.001 && Math.abs(high! - 0.19) < 1e-12);
 * ```
 */
export function gapInterval(draws: BootstrapDraws, ideal: 0 | 1): Interval {
  const bca = bootstrapInterval(draws);
  const percentile = bootstrapInterval({ ...draws, acceleration: undefined });
  const method = "gap";
  if (bca.low === null || bca.high === null || percentile.low === null || percentile.high === null) {
    return { ...bca, method };
  }
  return ideal === 0
    ? { ...bca, method, low: Math.min(bca.low, percentile.low), high: percentile.high }
    : { ...bca, method, low: percentile.low, high: Math.max(bca.high, percentile.high) };
}

/**
 * Extends the interval of a gap to perfect fairness where a permutation test at the same level finds nothing.
 *
 * @param interval The interval.
 * @param ideal The value of perfect fairness.
 * @param pValue Of the test, or `null` without one, which changes nothing.
 * @returns The interval.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reachIdeal } from "./gap_interval.ts";
 *
 * const rest = { level: 0.95, method: "gap", resamples: 1000, undefinedResamples: 0, bias: 0 } as const;
 * assertEquals(reachIdeal({ low: 0.02, high: 0.2, ...rest }, 0, 0.3).low, 0);
 * assertEquals(reachIdeal({ low: 0.02, high: 0.2, ...rest }, 0, 0.01).low, 0.02);
 * ```
 */
export function reachIdeal(interval: Interval, ideal: 0 | 1, pValue: number | null): Interval {
  if (interval.low === null || pValue === null || pValue <= 1 - interval.level) return interval;
  return ideal === 0 ? { ...interval, low: 0 } : { ...interval, high: 1 };
}

/**
 * The percentile interval joined with its mirror image about the estimate (the basic bootstrap interval), for numbers that are
 * biased, but for which no one value means fairness: the highest rate of any group, or how much a gap has changed.
 *
 * In simulations of 3 to 5 groups of 40 to 120 rows the 95 % interval contains the true extreme in 84 to 98 % of samples (BCa: 52
 * to 93 %, percentile: 28 to 96 %). What it holds for the change of a gap, `pairedGaps` says.
 *
 * @param draws The number and its resamples; an acceleration is not read.
 * @returns The interval.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hullInterval } from "./gap_interval.ts";
 *
 * const draws = Array.from({ length: 101 }, (_, i) => i / 100);
 * const { low, high } = hullInterval({ estimate: 0.25, draws, level: 0.5 });
 * assertEquals([low, high], [-0.25, 0.75]);
 * ```
 */
export function hullInterval(draws: BootstrapDraws): Interval {
  const percentile = bootstrapInterval({ ...draws, acceleration: undefined });
  const { low, high } = percentile;
  if (low === null || high === null) return { ...percentile, method: "hull" };
  const { estimate } = draws;
  return {
    ...percentile,
    method: "hull",
    low: Math.min(low, 2 * estimate - high),
    high: Math.max(high, 2 * estimate - low),
  };
}
