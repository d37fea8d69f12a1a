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
 * import { inverseFrequencyWeights, labelGroupCells } from "@fair-embeddings/lib";
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
 * @throws {RangeError} If a weight is negative or not finite, or all are 0.
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

/** A line of the table of {@linkcode reweighing}. */
export type ReweighedCell = {
  group: string;
  label: 0 | 1;
  count: number;
  /** Sum of the weights that the rows came with; their number if they came without. */
  before: number;
  /** Sum of the weights they leave with. */
  after: number;
  /** The factor of this cell, `null` where there is nothing to weigh. */
  weight: number | null;
};

/** What {@linkcode reweighing} computed. */
export interface Reweighed {
  /** `[n]` weights by row. */
  weights: Float64Array;
  table: ReweighedCell[];
}

/**
 * Weights that make the label independent of the group: w(g, y) = W_g · W_y / (W · W_gy), where W are sums of weights
 * (Kamiran & Calders, "Data preprocessing techniques for classification without discrimination", 2012); equal to
 * AIF360's `Reweighing`. Under them every group has the label rate of all, and keeps its size.
 *
 * A cell without rows (or whose rows all weigh 0) gets no weight, `null`: AIF360 divides by its size and gives Infinity
 * or NaN. No number would be right. Weights act on rows, and there is none to stand for those who are missing, so the
 * group keeps a label rate of 0 or 1 whatever its other cell weighs, and the weights no longer sum to W: the table shows
 * `after` = 0 there. Such a group needs data (or counterfactuals), not weights.
 *
 * @param cells From `exampleCells`.
 * @param sampleWeights `[n]` weights the rows have already; default 1. They are multiplied in.
 * @returns `[n]` weights, and a table.
 * @throws {RangeError} If a sample weight is negative or not finite, or their number is wrong.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { labelGroupCells, reweighing } from "@fair-embeddings/lib";
 *
 * const { weights } = reweighing(labelGroupCells([1, 0, 0, 1, 1, 0], ["x", "x", "x", "y", "y", "y"]));
 * assertEquals([...weights], [1.5, 0.75, 0.75, 0.75, 0.75, 1.5]);
 * ```
 */
export function reweighing(cells: readonly Cell[], sampleWeights?: ArrayLike<number>): Reweighed {
  const n = cells.reduce((sum, { rows }) => sum + rows.length, 0);
  if (sampleWeights !== undefined && sampleWeights.length !== n) {
    throw new RangeError(`Expected ${n} sample weights, found ${sampleWeights.length}`);
  }
  const own = Float64Array.from({ length: n }, (_, row) => sampleWeights?.[row] ?? 1);
  const bad = own.findIndex((weight) => !(weight >= 0 && weight < Infinity));
  if (bad !== -1) throw new RangeError(`sampleWeights[${bad}]: expected a weight of at least 0, found ${own[bad]}`);

  const sum = (members: readonly Cell[]) =>
    members.reduce((total, { rows }) => rows.reduce((part, row) => part + own[row]!, total), 0);
  const all = sum(cells);
  const weights = new Float64Array(n);
  const table = cells.map((cell): ReweighedCell => {
    const { group, label, rows } = cell;
    const before = sum([cell]);
    const ofGroup = sum(cells.filter((other) => other.group === group));
    const ofLabel = sum(cells.filter((other) => other.label === label));
    const weight = before === 0 ? null : ofGroup * ofLabel / (all * before);
    for (const row of rows) weights[row] = own[row]! * (weight ?? 0);
    return { group, label, count: rows.length, before, after: before * (weight ?? 0), weight };
  });
  return { weights, table };
}
