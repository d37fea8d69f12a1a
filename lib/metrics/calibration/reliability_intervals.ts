import type { BootstrapOptions } from "../inference/bootstrap.ts";
import { curveOf, type ReliabilityBin } from "./calibration.ts";
import { binOf, type BinOptions, calibrationBins, type CalibrationInput } from "./calibration_bins.ts";
import type { Estimate } from "../classification/confusion_bootstrap.ts";
import { groupCounts } from "../fairness/group_values.ts";
import { groupRows, type Groups } from "../groups.ts";
import { checkGroupLength } from "../rows.ts";
import { bootstrapScores } from "../classification/score_bootstrap.ts";
import { scoreTable } from "../classification/score_table.ts";
import { defined, type GroupCount, SMALL_GROUP, undefinedBecause } from "../value.ts";
import { wilsonInterval } from "../inference/wilson.ts";

/** A point of a reliability curve with the interval of its share of positives. */
export interface ReliabilityEstimate extends ReliabilityBin {
  /** Clusters, such as candidates, with a row in the bin; rows where they are independent. */
  readonly clusters: number;
  /** `null` in an empty bin. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** The reliability curve of one group. */
export interface GroupReliability extends GroupCount {
  readonly points: readonly ReliabilityEstimate[];
}

/** What {@linkcode reliabilityByGroup} reads. */
export interface ReliabilityInput extends CalibrationInput {
  /** `[n]` group names. */
  readonly groups: Groups;
  /** `[n]` what rows belong together, such as the candidate; rows are independent if absent. */
  readonly clusters?: Groups | undefined;
  /** Groups with fewer rows are flagged; {@linkcode SMALL_GROUP} if absent. */
  readonly smallBelow?: number | undefined;
}

/**
 * Reliability curves of every group over the same bins, with Wilson's interval at each point.
 *
 * A bin of a group often holds a handful of rows that are all positive or all negative. A bootstrap of them gives an interval
 * without width, Wilson's does not. Each cluster counts as one observation, as if its rows in a bin repeated each other.
 *
 * @param input Columns of length `n`.
 * @param options Number and kind of bins, and the confidence level, 0.95 if absent.
 * @returns One curve per group, in order of their names.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertAlmostEquals, assertEquals } from "@std/assert";
 * import { reliabilityByGroup } from "./reliability_intervals.ts";
 *
 * const rows = Array.from({ length: 10 }, () => "a");
 * const [{ points }] = reliabilityByGroup({
 *   labels: rows.map(() => 0),
 *   scores: rows.map(() => 0.25),
 *   groups: rows,
 * }, { bins: 2 }) as [ReturnType<typeof reliabilityByGroup>[number]];
 * assertEquals([points[0]!.count, points[1]!.interval], [10, null]);
 * assertAlmostEquals(points[0]!.interval!.high, 0.2775, 1e-4);
 * ```
 */
export function reliabilityByGroup(
  input: ReliabilityInput,
  options: BinOptions & { readonly level?: number | undefined } = {},
): GroupReliability[] {
  const groups = groupRows(input.groups);
  const bins = calibrationBins(input, groups, options);
  const width = bins.edges.length - 1;
  const rows = new Float64Array(bins.names.length);
  for (const code of groups.codes) rows[code]! += 1;
  const clusters = clustersPerCell(input, groups.codes, bins.edges, bins.names.length);
  const counts = groupCounts({ names: bins.names, rows, smallBelow: input.smallBelow ?? SMALL_GROUP });
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
  { scores, clusters }: ReliabilityInput,
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
 *
 * @param input Columns of length `n`.
 * @param options How to bootstrap; whole clusters are drawn where there are any.
 * @returns One difference per group, in order of their names.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { biasByGroup } from "./reliability_intervals.ts";
 *
 * const [bias] = biasByGroup({ labels: [1, 0], scores: [0.75, 0.75], groups: ["a", "a"] }, { rng: new Rng(1), resamples: 20 });
 * assertEquals(bias!.estimate, { value: 0.25 });
 * ```
 */
export function biasByGroup(input: ReliabilityInput, options: BootstrapOptions): Estimate[] {
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
