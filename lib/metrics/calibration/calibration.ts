import { type BinOptions, type CalibrationBins, calibrationBins, type CalibrationInput } from "./calibration_bins.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** One point of a reliability curve. */
export interface ReliabilityBin {
  /** Lower edge of the scores, exclusive but for the first bin. */
  readonly low: number;
  /** Upper edge of the scores, inclusive. */
  readonly high: number;
  /** Rows in the bin. */
  readonly count: number;
  /** Sum of their weights. */
  readonly weight: number;
  /** Mean score; undefined in an empty bin. */
  readonly meanScore: Value;
  /** Share of positives; undefined in an empty bin. */
  readonly positiveRate: Value;
}

/** How far scores are from being probabilities. */
export interface CalibrationError {
  /** Expected calibration error, the weighted mean of the bins' gaps. */
  readonly ece: Value;
  /** Maximum calibration error, the largest of the bins' gaps. */
  readonly mce: Value;
  /** Mean score minus share of positives; above 0 the scores promise too much. */
  readonly bias: Value;
}

/**
 * The reliability curve: in bins of similar scores, the mean score beside the share of positives.
 *
 * The curve of calibrated scores is the diagonal. scikit-learn's `calibration_curve`, which leaves empty bins out, where this
 * keeps them with undefined values.
 *
 * @param input Columns of length `n`.
 * @param options Number and kind of bins.
 * @returns One point per bin, by rising score.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reliabilityCurve } from "./calibration.ts";
 *
 * const [low, high] = reliabilityCurve({ labels: [0, 1, 1, 1], scores: [0.25, 0.5, 0.75, 1] }, { bins: 2 });
 * assertEquals(low!.positiveRate, { value: 0.5 });
 * assertEquals(high!.meanScore, { value: 0.875 });
 * ```
 */
export function reliabilityCurve(input: CalibrationInput, options: BinOptions = {}): ReliabilityBin[] {
  return curveOf(calibrationBins(input, everybody(input), options));
}

/**
 * Expected and maximum calibration error: `ECE = Σ_b (W_b / W) |Σ_b w·y / W_b − Σ_b w·p / W_b|` and the largest of those gaps,
 * empty bins skipped (Guo et al., "On calibration of modern neural networks", 2017).
 *
 * @param input Columns of length `n`.
 * @param options Number and kind of bins.
 * @returns Both errors in [0, 1], and the signed gap of the means.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { calibrationError } from "./calibration.ts";
 *
 * const { ece, mce, bias } = calibrationError({ labels: [0, 1, 1, 1], scores: [0.25, 0.5, 0.75, 1] }, { bins: 2 });
 * assertEquals([ece.value, mce.value, bias.value], [0.125, 0.125, -0.125]);
 * ```
 */
export function calibrationError(input: CalibrationInput, options: BinOptions = {}): CalibrationError {
  return errorOf(calibrationBins(input, everybody(input), options));
}

function everybody(input: CalibrationInput) {
  return { names: ["all"], codes: new Int32Array(input.scores.length) };
}

/**
 * Reads the reliability curve of one group, or of everybody, from the sums.
 *
 * @param bins Sums per group and bin.
 * @param group Index in `bins.names`; everybody if absent.
 * @returns One point per bin, by rising score.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { calibrationBins } from "./calibration_bins.ts";
 * import { curveOf } from "./calibration.ts";
 *
 * const bins = calibrationBins({ labels: [0, 1], scores: [0.5, 0.25] }, ["a", "b"], { bins: 1 });
 * assertEquals(curveOf(bins, 1)[0]!.positiveRate, { value: 1 });
 * ```
 */
export function curveOf(bins: CalibrationBins, group?: number): ReliabilityBin[] {
  return Array.from({ length: bins.edges.length - 1 }, (_, b) => {
    const weight = sum(bins, "weight", b, group);
    const mean = (key: "score" | "positive") =>
      weight > 0 ? defined(sum(bins, key, b, group) / weight) : undefinedBecause("no row in this bin");
    return {
      low: bins.edges[b]!,
      high: bins.edges[b + 1]!,
      count: sum(bins, "rows", b, group),
      weight,
      meanScore: mean("score"),
      positiveRate: mean("positive"),
    };
  });
}

/**
 * Reads the calibration errors of one group, or of everybody, from the sums.
 *
 * @param bins Sums per group and bin.
 * @param group Index in `bins.names`; everybody if absent.
 * @returns Both errors and the signed gap; undefined for a group without weight.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { calibrationBins } from "./calibration_bins.ts";
 * import { errorOf } from "./calibration.ts";
 *
 * const bins = calibrationBins({ labels: [0, 1], scores: [0.5, 0.25] }, ["a", "b"], { bins: 1 });
 * assertEquals(errorOf(bins, 1).ece, { value: 0.75 });
 * ```
 */
export function errorOf(bins: CalibrationBins, group?: number): CalibrationError {
  let total = 0, signed = 0, absolute = 0, largest = 0;
  for (let b = 0; b < bins.edges.length - 1; b++) {
    const weight = sum(bins, "weight", b, group);
    if (weight === 0) continue;
    const excess = sum(bins, "score", b, group) - sum(bins, "positive", b, group);
    total += weight;
    signed += excess;
    absolute += Math.abs(excess);
    largest = Math.max(largest, Math.abs(excess) / weight);
  }
  if (total === 0) {
    const nobody = undefinedBecause("no rows");
    return { ece: nobody, mce: nobody, bias: nobody };
  }
  return { ece: defined(absolute / total), mce: defined(largest), bias: defined(signed / total) };
}

function sum(
  bins: CalibrationBins,
  key: "rows" | "weight" | "positive" | "score",
  bin: number,
  group: number | undefined,
): number {
  const width = bins.edges.length - 1;
  if (group !== undefined) return bins[key][group * width + bin]!;
  let total = 0;
  for (let at = bin; at < bins[key].length; at += width) total += bins[key][at]!;
  return total;
}
