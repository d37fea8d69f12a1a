import type { Interval } from "../value.ts";
import { normalCdf, normalQuantile } from "./distributions.ts";

/**
 * A quantile of sorted numbers by linear interpolation between the two nearest, NumPy's default (`method="linear"`,
 * Hyndman & Fan's type 7).
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  return interpolated(sorted.length, q, (i) => sorted[i]!);
}

/** {@linkcode quantileOfSorted} of numbers ≥ 0 in any order, for a high `q`: those from it up are sorted, no others. */
export function highQuantile(values: Float64Array, q: number): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!;
  if (!(largest > 0 && largest < Infinity)) return quantileOfSorted(values.toSorted(), q);
  const bucketOf = (value: number) => Math.floor((value / largest) * (BUCKETS - 1));
  const counts = new Uint32Array(BUCKETS);
  for (let i = 0; i < values.length; i++) counts[bucketOf(values[i]!)]!++;
  // The lowest bucket that the quantile needs, and how many numbers lie there and above.
  const wanted = values.length - Math.floor(q * (values.length - 1));
  let bucket = BUCKETS, taken = 0;
  while (taken < wanted) taken += counts[--bucket]!;
  const top = values.filter((value) => bucketOf(value) >= bucket).sort();
  return interpolated(values.length, q, (i) => top[i - (values.length - taken)]!);
}

/** So many that the bucket in which a quantile lies holds few numbers, and that counting them stays in the cache. */
const BUCKETS = 4096;

/** Between the two of `count` sorted numbers that are nearest to a quantile. */
function interpolated(count: number, q: number, at: (i: number) => number): number {
  if (count === 0) throw new RangeError("Expected at least one number, found none");
  if (!(q >= 0 && q <= 1)) throw new RangeError(`Expected a quantile in [0, 1], found ${q}`);
  const position = q * (count - 1);
  const below = Math.floor(position);
  const low = at(below);
  const high = at(Math.min(below + 1, count - 1));
  const share = position - below;
  // Numbers about ±1e308 lie further apart than a number can say.
  if (!Number.isFinite(high - low)) return low * (1 - share) + high * share;
  // NumPy interpolates from the nearer end, so that the result is exact at both.
  return share < 0.5 ? low + (high - low) * share : high - (high - low) * (1 - share);
}

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
 * A bootstrap interval from resamples: percentile, or BCa (bias-corrected and accelerated, Efron 1987) if an
 * acceleration is given. The bias correction counts half of the draws equal to the estimate, because rates take few
 * values.
 *
 * A difference such as `max − min` is biased upward: the resamples of one near 0 lie above it. BCa corrects most of
 * that; if the estimate still falls outside, the interval is stretched to contain it, and `bias` says how far the draws
 * lie off. Its lower end never reaches 0: whether it is significant is a question for the permutation test.
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

/**
 * The bootstrap interval of a disparity between groups, without its test: the far end of the percentile interval, and
 * the nearer to perfect fairness of the near ends of percentile and BCa interval.
 *
 * Close to 0 the two usual intervals fail, each at one end: BCa corrects for the upward bias and then ends below the
 * true difference (0.0005 ± 0.02 gets [0.0004, 0.0005]), the percentile interval starts above it. So one end is taken
 * from each, and {@linkcode reachIdeal} lets the interval reach perfect fairness where a test finds nothing.
 *
 * In simulations of 2 to 4 groups, 150 to 640 rows in all, the 95% interval so joined contains the true difference of
 * selection rates in 94 to 98% of samples, and the equalized odds difference, the larger of two, in 89 to 97%; BCa
 * alone in 0 to 96%. The test beside this file repeats the hardest of them.
 */
export function disparityInterval(draws: BootstrapDraws, ideal: 0 | 1): Interval {
  const bca = bootstrapInterval(draws);
  const percentile = bootstrapInterval({ ...draws, acceleration: undefined });
  const method = "disparity";
  if (bca.low === null || bca.high === null || percentile.low === null || percentile.high === null) {
    return { ...bca, method };
  }
  return ideal === 0
    ? { ...bca, method, low: Math.min(bca.low, percentile.low), high: percentile.high }
    : { ...bca, method, low: percentile.low, high: Math.max(bca.high, percentile.high) };
}

/** Extends the interval of a disparity to perfect fairness where a permutation test at the same level finds nothing. */
export function reachIdeal(interval: Interval, ideal: 0 | 1, pValue: number | null): Interval {
  if (interval.low === null || pValue === null || pValue <= 1 - interval.level) return interval;
  return ideal === 0 ? { ...interval, low: 0 } : { ...interval, high: 1 };
}

/**
 * The percentile interval joined with its mirror image about the estimate (the basic bootstrap interval), for numbers
 * that are biased, but for which no one value means fairness: the highest rate of any group, or how much a disparity
 * has changed.
 *
 * In simulations of 3 to 5 groups of 40 to 120 rows the 95% interval contains the true extreme in 84 to 98% of
 * samples (BCa: 52 to 93%, percentile: 28 to 96%). What it holds for the change of a disparity, `pairedDisparities`
 * says.
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

/**
 * Wilson's score interval of a share (1927): unlike a bootstrap it has width where all or none of a handful of rows are
 * positive, which is where a reader most needs it.
 * @throws {RangeError} If an argument is out of range.
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
