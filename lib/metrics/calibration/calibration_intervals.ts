import { bootstrap, type BootstrapOptions, type Target } from "../inference/bootstrap.ts";
import type { CalibrationBins } from "./calibration_bins.ts";
import type { Interval } from "../value.ts";

/** Intervals of the calibration errors of one group or of everybody. */
export interface CalibrationIntervals {
  readonly ece: Interval;
  readonly mce: Interval;
  readonly bias: Interval;
}

/**
 * Bootstrap intervals of calibration errors, overall, by group and of their gaps.
 *
 * Resamples the cells group × bin × label, with the scores of a cell held at the mean of their group and bin: a bin is narrow, so
 * nearly all of the noise is in the labels, and the cost does not depend on the number of rows.
 *
 * @param bins Sums per group and bin.
 * @param options How to bootstrap.
 * @returns The intervals.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { calibrationBins } from "./calibration_bins.ts";
 * import { calibrationIntervals } from "./calibration_intervals.ts";
 *
 * const labels = Array.from({ length: 100 }, (_, i) => i % 4 === 0 ? 1 : 0);
 * const bins = calibrationBins({ labels, scores: labels.map(() => 0.5) }, labels.map(() => "all"));
 * const { low, high } = calibrationIntervals(bins, { rng: new Rng(1) }).overall.bias;
 * assert(low! < 0.25 && 0.25 < high!);
 * ```
 */
export function calibrationIntervals(
  bins: CalibrationBins,
  options: Omit<BootstrapOptions, "stratified">,
): {
  overall: CalibrationIntervals;
  groups: CalibrationIntervals[];
  eceGap: Interval;
  biasGap: Interval;
} {
  const groups = bins.names.length;
  const cells = bins.rows.length;
  const width = cells / groups;
  const counts = new Float64Array(2 * cells);
  const weight = new Float64Array(cells);
  const score = new Float64Array(cells);
  for (let c = 0; c < cells; c++) {
    const rows = bins.rows[c]!;
    if (rows === 0) continue;
    weight[c] = bins.weight[c]! / rows;
    score[c] = weight[c]! > 0 ? bins.score[c]! / bins.weight[c]! : 0;
    const positives = weight[c]! > 0 ? rows * bins.positive[c]! / bins.weight[c]! : 0;
    // Weights may make the share of positives no multiple of 1 / rows; whole rows are what can be drawn.
    counts[2 * c + 1] = Math.round(positives);
    counts[2 * c] = rows - counts[2 * c + 1]!;
  }
  const strata = bins.names.map((_, g) => Int32Array.from({ length: 2 * width }, (_, j) => 2 * g * width + j));

  const statistic = (drawn: Float64Array) => {
    const result = new Float64Array(3 * (groups + 1) + 2);
    const eces: number[] = [], biases: number[] = [];
    const excess = new Float64Array(width);
    const mass = new Float64Array(width);
    for (let g = 0; g < groups; g++) {
      const own = new Float64Array(width);
      const ownMass = new Float64Array(width);
      for (let b = 0; b < width; b++) {
        const c = g * width + b;
        ownMass[b] = weight[c]! * (drawn[2 * c]! + drawn[2 * c + 1]!);
        own[b] = ownMass[b]! * score[c]! - weight[c]! * drawn[2 * c + 1]!;
        mass[b]! += ownMass[b]!;
        excess[b]! += own[b]!;
      }
      const errors = errorsOf(own, ownMass);
      result.set(errors, 3 * g);
      if (!Number.isNaN(errors[0])) {
        eces.push(errors[0]);
        biases.push(errors[2]);
      }
    }
    result.set(errorsOf(excess, mass), 3 * groups);
    const gap = (values: number[]) => values.length < 2 ? NaN : Math.max(...values) - Math.min(...values);
    result[3 * groups + 3] = gap(eces);
    result[3 * groups + 4] = gap(biases);
    return result;
  };

  const targets = [...Array<Target>(3 * groups + 3).fill("value"), "difference", "difference"] as const;
  const { intervals } = bootstrap({ counts, strata }, statistic, options, targets);
  const read = (g: number) => ({ ece: intervals[3 * g]!, mce: intervals[3 * g + 1]!, bias: intervals[3 * g + 2]! });
  return {
    overall: read(groups),
    groups: bins.names.map((_, g) => read(g)),
    eceGap: intervals[3 * groups + 3]!,
    biasGap: intervals[3 * groups + 4]!,
  };
}

function errorsOf(excess: Float64Array, mass: Float64Array): [number, number, number] {
  let total = 0, signed = 0, absolute = 0, largest = 0;
  for (let b = 0; b < mass.length; b++) {
    if (mass[b] === 0) continue;
    total += mass[b]!;
    signed += excess[b]!;
    absolute += Math.abs(excess[b]!);
    largest = Math.max(largest, Math.abs(excess[b]!) / mass[b]!);
  }
  return total === 0 ? [NaN, NaN, NaN] : [absolute / total, largest, signed / total];
}
