import type { Cell } from "./cells.ts";

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
 * import { labelGroupCells } from "./cells.ts";
 * import { reweighing } from "./reweighing.ts";
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
