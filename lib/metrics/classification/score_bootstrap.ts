import { bootstrap, type BootstrapOptions, type Target } from "../inference/bootstrap.ts";
import { clusterKinds } from "../inference/clusters.ts";
import { strataOf } from "../inference/resampling.ts";
import { scoreKinds } from "../fairness/score_grid.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "./score_table.ts";
import type { Interval } from "../value.ts";

/** How to bootstrap scores. */
export interface ScoreBootstrapOptions extends BootstrapOptions {
  /** From this many rows on, scores are put on a grid first; 8192 if absent, `Infinity` for never. */
  readonly gridFrom?: number | undefined;
}

/**
 * Bootstrap intervals of numbers computed from scores. Rows are resampled within their groups; sorting happens once, and a
 * resample only changes the masses of a sorted table. From 8,192 rows on the scores are put on a grid (`onGrid`).
 *
 * @param input Columns of length `n`, or their table.
 * @param statistic From a table and `[K]` masses to `[S]` numbers, NaN for undefined, such as `scoreStatistics`.
 * @param options How to bootstrap.
 * @param targets `[S]` what the numbers are; plain values if absent.
 * @returns The `[S]` numbers on the data and their intervals.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { bootstrapScores } from "./score_bootstrap.ts";
 * import { scoreStatistics } from "./score_metrics.ts";
 *
 * const rng = new Rng(5);
 * const labels = Array.from({ length: 300 }, () => rng.int(2));
 * const scores = labels.map((label) => label + rng.normal());
 * const input = { labels, scores, groups: labels.map(() => "all") };
 * const { estimates, intervals } = bootstrapScores(input, scoreStatistics, { rng, resamples: 400 });
 * // Two normals one standard deviation apart: AUC = Φ(1/√2) = 0.760.
 * assert(intervals[1]!.low! < 0.76 && 0.76 < intervals[1]!.high!);
 * assert(intervals[1]!.low! < estimates[1]! && estimates[1]! < intervals[1]!.high!);
 * ```
 */
export function bootstrapScores(
  input: ScoreInput | ScoreTable,
  statistic: (table: ScoreTable, mass: Float64Array) => ArrayLike<number>,
  options: ScoreBootstrapOptions,
  targets?: readonly Target[],
): { estimates: Float64Array; intervals: Interval[] } {
  const exact = "codes" in input ? input : scoreTable(input);
  const { gridFrom, stratified = true } = options;
  const { table, counts, kindOf } = scoreKinds(exact, gridFrom);
  const weight = table.mass.map((m, k) => m / counts[k]!);
  const mass = new Float64Array(weight.length);
  const { codes, names } = table;
  const kinds = {
    counts,
    strata: strataOf(codes, names.length, stratified),
    clusters: exact.clusters && clusterKinds(exact.clusters, kindOf, codes, stratified),
  };
  const result = bootstrap(
    kinds,
    (drawn) => {
      for (let k = 0; k < mass.length; k++) mass[k] = drawn[k]! * weight[k]!;
      return statistic(table, mass);
    },
    options,
    targets,
  );
  if (table === exact) return result;
  const estimates = Float64Array.from(statistic(exact, exact.mass));
  const intervals = result.intervals.map((interval, s) => {
    const shift = estimates[s]! - result.estimates[s]!;
    if (interval.low === null || interval.high === null) return interval;
    const [low, high] = [interval.low + shift, interval.high + shift];
    const target = targets?.[s];
    return {
      ...interval,
      low: target === "difference" ? Math.max(0, low) : low,
      high: target === "ratio" ? Math.min(1, high) : high,
    };
  });
  return { estimates, intervals };
}
