import { Rng } from "../../random.ts";
import { type BalanceBy, type Cell, type CellCount, countCells, strata } from "./cells.ts";

/** Options of {@linkcode inverseFrequencyWeights}. */
export interface InverseFrequencyOptions {
  /** What becomes equally frequent. Default `"labelAndGroup"`. */
  by?: BalanceBy;
  /** 1 makes strata equally frequent, 0 leaves them as they are, 0.5 (the square root) is between. Default 1. */
  power?: number;
}

/**
 * Sampling weights in inverse proportion to the size of each row's stratum, n_s^−power, with mean 1.
 *
 * @param cells From `exampleCells`.
 * @param options See {@linkcode InverseFrequencyOptions}.
 * @returns `[n]` weights, to draw with ({@linkcode weightedEpoch}) or, with power 1, to average metrics with: every
 * stratum then counts the same, and all rows are used.
 * @throws {RangeError} If the power is not between 0 and 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { labelGroupCells } from "./cells.ts";
 * import { inverseFrequencyWeights } from "./inverse_frequency.ts";
 *
 * const cells = labelGroupCells([0, 0, 0, 1], ["x", "x", "x", "x"]);
 * assertEquals([...inverseFrequencyWeights(cells)], [2 / 3, 2 / 3, 2 / 3, 2]);
 * ```
 */
export function inverseFrequencyWeights(cells: readonly Cell[], options: InverseFrequencyOptions = {}): Float64Array {
  const { by = "labelAndGroup", power = 1 } = options;
  if (!(power >= 0 && power <= 1)) throw new RangeError(`Expected a power from 0 to 1, found ${power}`);
  const parts = strata(cells, by);
  const n = parts.reduce((sum, rows) => sum + rows.length, 0);
  const total = parts.reduce((sum, rows) => sum + rows.length ** (1 - power), 0);
  const weights = new Float64Array(n);
  for (const rows of parts) {
    for (const row of rows) weights[row] = rows.length ** -power * n / total;
  }
  return weights;
}

/** Options of {@linkcode weightedEpoch}. */
export interface WeightedEpochOptions {
  /** Seed of the run. */
  seed: number;
  /** Which epoch, from 0; each depends on seed and number alone. */
  epoch: number;
  /** Rows to draw. Default: as many as there are. */
  count?: number;
}

/**
 * Draws the rows of one epoch in proportion to their weights: an iterable order to cut into batches.
 *
 * Systematic resampling (Kitagawa 1996) instead of independent draws: each row occurs ⌊count · wᵢ/Σw⌋ times or once more,
 * with the same expectation and the least variance, so that no epoch is short of a group by bad luck.
 *
 * @param weights `[n]` at least 0, not all 0.
 * @param cells The cells, for the table.
 * @param options See {@linkcode WeightedEpochOptions}.
 * @returns The rows in random order, and a table.
 * @throws {RangeError} If a weight is negative or not finite, or all are 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { labelGroupCells } from "./cells.ts";
 * import { inverseFrequencyWeights, weightedEpoch } from "./inverse_frequency.ts";
 *
 * const cells = labelGroupCells([0, 0, 0, 1], ["x", "x", "x", "x"]);
 * const { table } = weightedEpoch(inverseFrequencyWeights(cells), cells, { seed: 42, epoch: 0 });
 * assertEquals(table.map(({ before, after }) => [before, after]), [[3, 2], [1, 2]]);
 * ```
 */
export function weightedEpoch(
  weights: ArrayLike<number>,
  cells: readonly Cell[],
  options: WeightedEpochOptions,
): { rows: number[]; table: CellCount[] } {
  const { seed, epoch, count = weights.length } = options;
  const rng = new Rng(seed).derive(`weighted epoch ${epoch}`);
  let total = 0;
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row]!;
    if (!(weight >= 0 && weight < Infinity)) {
      throw new RangeError(`weights[${row}]: expected a weight of at least 0, found ${weight}`);
    }
    total += weight;
  }
  if (total === 0 && count > 0) throw new RangeError("Expected a weight above 0, found none");
  // The order in which the comb passes the rows decides who occurs together; shuffled, it decides nothing.
  const order = rng.shuffle(Array.from({ length: weights.length }, (_, row) => row));
  const rows: number[] = [];
  let reached = 0, next = rng.uniform();
  for (const row of order) {
    reached += weights[row]! / total * count;
    for (; next < reached && rows.length < count; next++) rows.push(row);
  }
  // Rounding may leave the last tooth of the comb just past the end.
  const last = order.findLast((row) => weights[row]! > 0);
  while (rows.length < count) rows.push(last!);
  return { rows: rng.shuffle(rows), table: countCells(cells, rows) };
}
