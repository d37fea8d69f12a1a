import { normalCdf, normalQuantile } from "./normal.ts";
import { quantileOfSorted } from "./quantile.ts";
import type { Interval } from "../value.ts";

/** What {@linkcode bootstrapInterval} reads. */
export interface BootstrapDraws {
  /** The value on the data; NaN if undefined. */
  readonly estimate: number;
  /** `[B]` values on the resamples, NaN where undefined. */
  readonly draws: ArrayLike<number>;
  /** Confidence level in (0, 1). */
  readonly level: number;
  /** Skewness of the value's influence over rows, for BCa; percentile interval if absent. */
  readonly acceleration?: number | undefined;
}

/**
 * A bootstrap interval from resamples: percentile, or BCa (bias-corrected and accelerated, Efron 1987) if an acceleration is
 * given. The bias correction counts half of the draws equal to the estimate, because rates take few values.
 *
 * A gap such as `max − min` is biased upward: noise can only widen it, so the resamples of a gap near 0 lie above it, and with
 * many small groups all of them may. BCa corrects most of that; if the estimate still falls outside, the interval is
 * stretched to contain it, and `bias` says how far the draws lie off. For the same reason the lower end of such an interval
 * never reaches 0: whether a gap is more than noise is a question for the permutation test, not for this interval.
 *
 * @param input The estimate and its resamples.
 * @returns The interval; its ends are `null` if the estimate, or more than half of the draws, are undefined.
 * @throws {RangeError} If the level is not inside (0, 1).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { bootstrapInterval } from "./intervals.ts";
 *
 * const draws = Array.from({ length: 101 }, (_, i) => i / 100);
 * const { low, high, method } = bootstrapInterval({ estimate: 0.5, draws, level: 0.5 });
 * assertEquals({ low, high, method }, { low: 0.25, high: 0.75, method: "percentile" });
 * ```
 */
export function bootstrapInterval(input: BootstrapDraws): Interval {
  const { estimate, draws, level, acceleration } = input;
  if (!(level > 0 && level < 1)) throw new RangeError(`Expected a level inside (0, 1), found ${level}`);
  const sorted = Float64Array.from(draws).filter((x) => !Number.isNaN(x)).sort();
  const method = acceleration === undefined ? "percentile" : "bca";
  const resamples = draws.length;
  const undefinedResamples = resamples - sorted.length;
  const base = { level, method, resamples, undefinedResamples } as const;
  if (Number.isNaN(estimate) || sorted.length === 0 || 2 * undefinedResamples > resamples) {
    return { low: null, high: null, ...base, bias: null };
  }
  const mean = sorted.reduce((sum, x) => sum + x, 0) / sorted.length;
  const [from, to] = acceleration === undefined
    ? [(1 - level) / 2, (1 + level) / 2]
    : corrected(sorted, estimate, level, acceleration);
  return {
    low: Math.min(estimate, quantileOfSorted(sorted, from)),
    high: Math.max(estimate, quantileOfSorted(sorted, to)),
    ...base,
    bias: mean - estimate,
  };
}

/** The shares of draws below the two ends of a BCa interval. */
function corrected(sorted: Float64Array, estimate: number, level: number, acceleration: number): [number, number] {
  // Equal up to rounding: a resample that equals the data may add its rates up in another order.
  const slack = 1e-12 * Math.max(1, Math.abs(estimate));
  let below = 0;
  for (const x of sorted) below += x < estimate - slack ? 1 : x <= estimate + slack ? 0.5 : 0;
  const share = Math.min(Math.max(below / sorted.length, 0.5 / sorted.length), 1 - 0.5 / sorted.length);
  const z0 = normalQuantile(share);
  const end = (p: number) => {
    const z = z0 + normalQuantile(p);
    return normalCdf(z0 + z / (1 - acceleration * z));
  };
  return [end((1 - level) / 2), end((1 + level) / 2)];
}
