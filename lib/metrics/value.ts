/** A number that exists. */
export interface Defined {
  /** A finite number. */
  readonly value: number;
}

/** A number that does not exist on this data, and why: a rate over nobody, an AUC of one class. */
export interface Undefined {
  /** There is none. */
  readonly value: null;
  /** One sentence for the reader of a report, without a full stop. */
  readonly reason: string;
}

/**
 * The result of a metric: a finite number, or `null` with a reason. Python's libraries answer an undefined rate with 0,
 * NaN or Infinity: a zero true positive rate of a group without positives becomes the largest "disparity" of the
 * report. Here undefined stays undefined.
 */
export type Value = Defined | Undefined;

/** How far a value would move in another sample of the same population. */
export interface Interval {
  /** Lower end, or `null` where too few resamples gave a value. */
  readonly low: number | null;
  /** Upper end, or `null` where too few resamples gave a value. */
  readonly high: number | null;
  /** Confidence level in (0, 1), such as 0.95. */
  readonly level: number;
  /**
   * `percentile`: quantiles of the resamples. `bca`: the same, corrected for bias and skew. `disparity`: both joined,
   * for differences and ratios between groups. `hull`: the first joined with its mirror image, for extremes and
   * changes. `widened`: the second stretched about the value, for numbers from cross-validation.
   */
  readonly method: "percentile" | "bca" | "disparity" | "hull" | "widened";
  /** Resamples drawn. */
  readonly resamples: number;
  /** Resamples in which the value was undefined; they are left out of the quantiles and counted here. */
  readonly undefinedResamples: number;
  /** Mean of the resamples minus the value; upward for `max − min` quantities. `null` without a defined resample. */
  readonly bias: number | null;
}

/** A group with its number of rows. */
export interface GroupCount {
  /** Its name. */
  readonly group: string;
  /** Its rows. */
  readonly count: number;
  /** Fewer rows than the threshold asked for ({@linkcode SMALL_GROUP}): read its rates with care. */
  readonly small: boolean;
}

/** A group left out of a disparity, because the metric is undefined on it. */
export interface ExcludedGroup {
  /** Its name. */
  readonly group: string;
  /** Why it is left out. */
  readonly reason: string;
}

/** One number about how groups differ, with what a reader needs to judge it. */
export type Disparity = Value & {
  /** Every group in the data, those left out as well, in order of their names. */
  readonly groups: readonly GroupCount[];
  /** Groups whose rate is undefined and which the value therefore ignores. */
  readonly excluded: readonly ExcludedGroup[];
};

/**
 * Groups with fewer rows are flagged. Below about 30 rows the 95% interval of a rate near one half is wider than ±18
 * percentage points, so a difference of the size that the four-fifths rule speaks about is mostly chance.
 */
export const SMALL_GROUP = 30;

/**
 * Wraps a number that exists.
 * @throws {RangeError} If the number is not finite: a caller that can divide by zero must say why instead.
 */
export function defined(value: number): Defined {
  if (!Number.isFinite(value)) throw new RangeError(`Expected a finite number, found ${value}`);
  return { value };
}

/** Wraps a result of arithmetic on scores, which may be as large as a number can be: beyond that it is undefined. */
export function inRange(value: number): Value {
  return Number.isFinite(value) ? { value } : undefinedBecause("the scores are too large to compute it");
}

/** What overflows, as sums of scores about 1e308 do, is undefined, in a resample as on the data. */
export function finiteOrNaN(value: number): number {
  return Number.isFinite(value) ? value : NaN;
}

/** Says that a number does not exist, and why. */
export function undefinedBecause(reason: string): Undefined {
  return { value: null, reason };
}

/** Divides, or says why it cannot. */
export function ratio(numerator: number, denominator: number, reason: string): Value {
  return denominator === 0 ? undefinedBecause(reason) : defined(numerator / denominator);
}
