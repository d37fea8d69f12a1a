import type { ScoreTable } from "../classification/score_table.ts";

/** From this many rows on scores are put on a grid before they are resampled. */
export const GRID_FROM = 8192;

const GRID = 512;
const DISTINCT_WEIGHTS = 64;

/** A score table whose entries stand for several rows of one group, label and weight. */
export interface ScoreKinds {
  /** The entries; their mass is the sum of their rows' weights. */
  readonly table: ScoreTable;
  /** `[K]` rows of each entry. */
  readonly counts: Float64Array;
  /** `[n]` entry of each row. */
  readonly kindOf: Int32Array;
}

/**
 * The rows of a table as they are, or on the grid where there are many.
 *
 * @param table The sorted rows.
 * @param gridFrom From how many rows on to use the grid.
 * @returns The kinds, sorted by score.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreKinds } from "./score_grid.ts";
 * import { scoreTable } from "../classification/score_table.ts";
 *
 * const table = scoreTable({ scores: [1, 0.5], groups: ["a", "a"] });
 * assertEquals(scoreKinds(table).kindOf, Int32Array.of(0, 1));
 * ```
 */
export function scoreKinds(table: ScoreTable, gridFrom: number = GRID_FROM): ScoreKinds {
  return table.scores.length >= gridFrom ? onGrid(table) : byRow(table);
}

function byRow(table: ScoreTable): ScoreKinds {
  const n = table.scores.length;
  return { table, counts: new Float64Array(n).fill(1), kindOf: Int32Array.from({ length: n }, (_, k) => k) };
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
 * import { onGrid } from "./score_grid.ts";
 * import { scoreTable } from "../classification/score_table.ts";
 *
 * const table = scoreTable({ labels: [1, 1, 0, 0], scores: [1, 0.5, 0.25, 0], groups: ["a", "a", "a", "a"] });
 * const { counts, table: coarse } = onGrid(table, 2);
 * assertEquals(coarse.scores, Float64Array.of(0.75, 0.125));
 * assertEquals(counts, Float64Array.of(2, 2));
 * ```
 */
export function onGrid(table: ScoreTable, cells: number = GRID): ScoreKinds {
  const n = table.scores.length;
  const kindOf = new Int32Array(n);
  const weights = new Map<number, number>();
  for (const m of table.mass) {
    if (!weights.has(m)) weights.set(m, weights.size);
    if (weights.size > DISTINCT_WEIGHTS) return byRow(table);
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
      kindOf[k] = kind;
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
    kindOf,
  };
}
