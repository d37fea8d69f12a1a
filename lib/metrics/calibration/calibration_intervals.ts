import { scoreTable } from "../classification/scores.ts";
import { bootstrap, type BootstrapOptions, bootstrapScores, type Target } from "../inference/bootstrap.ts";
import { wilsonInterval } from "../inference/intervals.ts";
import type { Estimate } from "../inference/unique_rows.ts";
import { checkGroupLength, countGroups, type GroupedRowsWith, groupRows } from "../rows.ts";
import { defined, type GroupCount, type Interval, undefinedBecause } from "../value.ts";
import { binOf, calibrationBins, curveOf, errorsOf } from "./calibration.ts";
import type { BinOptions, CalibrationBins, ReliabilityBin } from "./calibration.ts";

/** Intervals of the calibration errors of one group or of everybody. */
export type CalibrationIntervals = Readonly<Record<"ece" | "mce" | "bias", Interval>>;

/**
 * Bootstrap intervals of calibration errors, overall, by group and of their differences.
 *
 * Resamples the cells group × bin × label, with the scores of a cell held at the mean of their group and bin: a bin is
 * narrow, so nearly all of the variation is in the labels, and the cost does not depend on the number of rows.
 */
export function calibrationIntervals(bins: CalibrationBins, options: BootstrapOptions): {
  overall: CalibrationIntervals;
  groups: CalibrationIntervals[];
  eceDifference: Interval;
  biasDifference: Interval;
} {
  const groups = bins.names.length;
  const cells = bins.rows.length;
  const width = cells / groups;
  const { counts, weight, score } = uniqueCells(bins);
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
    const difference = (values: number[]) => values.length < 2 ? NaN : Math.max(...values) - Math.min(...values);
    result[3 * groups + 3] = difference(eces);
    result[3 * groups + 4] = difference(biases);
    return result;
  };

  const targets = [...Array<Target>(3 * groups + 3).fill("value"), "difference", "difference"] as const;
  const { intervals } = bootstrap({ counts, strata }, statistic, options, targets);
  const read = (g: number) => ({ ece: intervals[3 * g]!, mce: intervals[3 * g + 1]!, bias: intervals[3 * g + 2]! });
  return {
    overall: read(groups),
    groups: bins.names.map((_, g) => read(g)),
    eceDifference: intervals[3 * groups + 3]!,
    biasDifference: intervals[3 * groups + 4]!,
  };
}

/** The rows of each group and bin by label, with their mean weight and score. */
function uniqueCells(bins: CalibrationBins) {
  const cells = bins.rows.length;
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
  return { counts, weight, score };
}

/** A point of a reliability curve with the interval of its share of positives. */
export interface ReliabilityEstimate extends ReliabilityBin {
  /** Clusters, such as candidates, with a row in the bin; rows where they are independent. */
  readonly clusters: number;
  /** `null` in an empty bin. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** The reliability curve of one group. */
export interface GroupReliability extends GroupCount {
  /** One point per bin. */
  readonly points: readonly ReliabilityEstimate[];
}

/**
 * Reliability curves of every group over the same bins, with Wilson's interval at each point.
 *
 * A bin of a group often holds a handful of rows that are all positive or all negative. A bootstrap of them gives an
 * interval without width, Wilson's does not. Each cluster counts as one observation, as if its rows in a bin repeated
 * each other.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 */
export function reliabilityByGroup(
  input: GroupedRowsWith<"labels" | "scores">,
  options: BinOptions & { readonly level?: number | undefined } = {},
): GroupReliability[] {
  const groups = groupRows(input.groups);
  const bins = calibrationBins({ ...input, groups }, options);
  const width = bins.edges.length - 1;
  const clusters = clustersPerCell(input, groups.codes, bins.edges, bins.names.length);
  const { counts } = countGroups({ ...input, groups }, input.scores.length);
  return counts.map((count, g) => ({
    ...count,
    points: curveOf(bins, g).map((bin, b): ReliabilityEstimate => {
      const own = clusters?.[g * width + b] ?? bin.count;
      const { value } = bin.positiveRate;
      return { ...bin, clusters: own, interval: value === null ? null : wilsonInterval(value, own, options.level) };
    }),
  }));
}

/** Distinct clusters in each group and bin; `undefined` where rows are independent. */
function clustersPerCell(
  { scores, clusters }: GroupedRowsWith<"labels" | "scores">,
  codes: Int32Array,
  edges: Float64Array,
  groups: number,
): number[] | undefined {
  if (clusters === undefined) return undefined;
  checkGroupLength(clusters, scores.length);
  const names = groupRows(clusters).codes;
  const width = edges.length - 1;
  const members = Array.from({ length: groups * width }, () => new Set<number>());
  codes.forEach((code, i) => members[code * width + binOf(scores[i]!, edges)]!.add(names[i]!));
  return members.map((set) => set.size);
}

/**
 * Mean score minus share of positives of every group: above 0 the scores promise too much, below 0 too little.
 * @throws {InputError} If a cell is missing or out of range.
 */
export function biasByGroup(input: GroupedRowsWith<"labels" | "scores">, options: BootstrapOptions): Estimate[] {
  const table = scoreTable(input);
  const size = table.names.length;
  const { estimates, intervals } = bootstrapScores(table, ({ scores, labels, codes }, mass) => {
    const sums = new Float64Array(size);
    const total = new Float64Array(size);
    for (let k = 0; k < mass.length; k++) {
      sums[codes[k]!]! += mass[k]! * (scores[k]! - labels[k]!);
      total[codes[k]!]! += mass[k]!;
    }
    return sums.map((sum, g) => sum / total[g]!);
  }, options);
  return intervals.map((interval, g) => ({
    estimate: Number.isNaN(estimates[g]!) ? undefinedBecause("no rows") : defined(estimates[g]!),
    interval,
  }));
}
