import { bootstrap, type BootstrapOptions } from "./bootstrap.ts";
import { strataOf } from "./resampling.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "./score_table.ts";
import type { Interval } from "./value.ts";

/** How to bootstrap scores. */
export interface ScoreBootstrapOptions extends BootstrapOptions {
  /** From this many rows on, scores are put on a grid first; 8192 if absent, `Infinity` for never. */
  readonly gridFrom?: number | undefined;
}

const GRID = 512;
const DISTINCT_WEIGHTS = 64;

/** A score table whose entries stand for several rows of one group, label and weight. */
export interface ScoreKinds {
  /** The entries; their mass is the sum of their rows' weights. */
  readonly table: ScoreTable;
  /** `[K]` rows of each entry. */
  readonly counts: Float64Array;
}

/**
 * Puts scores on a grid of 512 quantiles, so that the cost of a resample no longer grows with the rows: rows of one cell,
 * group, label and weight become one kind with the cell's mean score.
 *
 * Within a cell the order is lost: of the pairs that an AUC counts about one in 512 becomes a tie and counts one half. The intervals
 * are shifted by what that changes on the data, so only its (far smaller) variation over resamples is neglected.
 *
 * @param table The sorted rows.
 * @param cells Number of cells.
 * @returns The kinds, sorted by score; the rows themselves if there are more than 64 distinct weights.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { onGrid } from "./score_bootstrap.ts";
 * import { scoreTable } from "./score_table.ts";
 *
 * const table = scoreTable({ labels: [1, 1, 0, 0], scores: [1, 0.5, 0.25, 0], groups: ["a", "a", "a", "a"] });
 * const { counts, table: coarse } = onGrid(table, 2);
 * assertEquals(coarse.scores, Float64Array.of(0.75, 0.125));
 * assertEquals(counts, Float64Array.of(2, 2));
 * ```
 */
export function onGrid(table: ScoreTable, cells: number = GRID): ScoreKinds {
  const n = table.scores.length;
  const byRow = { table, counts: new Float64Array(n).fill(1) };
  const weights = new Map<number, number>();
  for (const m of table.mass) {
    if (!weights.has(m)) weights.set(m, weights.size);
    if (weights.size > DISTINCT_WEIGHTS) return byRow;
  }
  const perCell = new Map<number, number>();
  const scores: number[] = [], labels: number[] = [], codes: number[] = [], mass: number[] = [], counts: number[] = [];
  let start = 0;
  while (start < n) {
    let end = Math.min(n, Math.floor((Math.floor(start * cells / n) + 1) * n / cells));
    end = Math.max(end, start + 1);
    // A tie is never cut in two: equal scores count one half in an AUC.
    while (end < n && table.scores[end] === table.scores[end - 1]) end++;
    let sum = 0;
    for (let k = start; k < end; k++) sum += table.scores[k]!;
    perCell.clear();
    for (let k = start; k < end; k++) {
      const key = (table.codes[k]! * 2 + table.labels[k]!) * weights.size + weights.get(table.mass[k]!)!;
      let kind = perCell.get(key);
      if (kind === undefined) {
        perCell.set(key, kind = scores.length);
        scores.push(sum / (end - start));
        labels.push(table.labels[k]!);
        codes.push(table.codes[k]!);
        mass.push(0);
        counts.push(0);
      }
      mass[kind]! += table.mass[k]!;
      counts[kind]! += 1;
    }
    start = end;
  }
  return {
    table: {
      ...table,
      scores: Float64Array.from(scores),
      labels: Uint8Array.from(labels),
      codes: Int32Array.from(codes),
      mass: Float64Array.from(mass),
    },
    counts: Float64Array.from(counts),
  };
}

/**
 * Bootstrap intervals of numbers computed from scores. Rows are resampled within their groups; sorting happens once, and a
 * resample only changes the masses of a sorted table. From 8,192 rows on the scores are put on a grid ({@linkcode onGrid}).
 *
 * @param input Columns of length `n`, or their table.
 * @param statistic From a table and `[K]` masses to `[S]` numbers, NaN for undefined, such as `scoreStatistics`.
 * @param options How to bootstrap.
 * @returns The `[S]` numbers on the data and their intervals.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../random.ts";
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
): { estimates: Float64Array; intervals: Interval[] } {
  const exact = "codes" in input ? input : scoreTable(input);
  const { gridFrom = 8192, stratified = true } = options;
  const { table, counts } = exact.scores.length >= gridFrom
    ? onGrid(exact)
    : { table: exact, counts: new Float64Array(exact.scores.length).fill(1) };
  const weight = table.mass.map((m, k) => m / counts[k]!);
  const mass = new Float64Array(weight.length);
  const result = bootstrap(
    { counts, strata: strataOf(table.codes, table.names.length, stratified) },
    (drawn) => {
      for (let k = 0; k < mass.length; k++) mass[k] = drawn[k]! * weight[k]!;
      return statistic(table, mass);
    },
    options,
  );
  if (table === exact) return result;
  const estimates = Float64Array.from(statistic(exact, exact.mass));
  const intervals = result.intervals.map((interval, s) => {
    const shift = estimates[s]! - result.estimates[s]!;
    return interval.low === null || interval.high === null
      ? interval
      : { ...interval, low: interval.low + shift, high: interval.high + shift };
  });
  return { estimates, intervals };
}
