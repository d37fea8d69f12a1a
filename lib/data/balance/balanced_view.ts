import { Rng } from "../../random.ts";
import type { BalanceBy, Cell } from "./cells.ts";
import { type Resampled, undersample } from "./resample.ts";

/** Options of {@linkcode balancedView}. */
export interface BalancedViewOptions {
  /** Seed of the run. */
  seed: number;
  /** What is made equal. Default `"labelAndGroup"`; `"group"` leaves the label rates of the groups as they are. */
  by?: BalanceBy;
  /** Rows of each stratum; smaller ones are in the view as they are. Default: the size of the smallest. */
  size?: number;
}

/**
 * A view of validation data in which no group outvotes another: equally many rows of each stratum. It is drawn once per
 * seed, so that all epochs and runs are compared on the same rows.
 *
 * Where a metric takes sample weights, prefer `inverseFrequencyWeights`: it gives the same balance from all rows.
 *
 * @param cells From `exampleCells` of the validation examples.
 * @param options See {@linkcode BalancedViewOptions}.
 * @returns The rows in the view, and a table.
 * @throws {RangeError} If the size is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { balancedView } from "./balanced_view.ts";
 * import { labelGroupCells } from "./cells.ts";
 *
 * const cells = labelGroupCells([0, 0, 0, 1, 1, 0], ["x", "x", "x", "x", "y", "y"]);
 * const { rows, table } = balancedView(cells, { seed: 42 });
 * assertEquals(table.map(({ after }) => after), [1, 1, 1, 1]);
 * assertEquals(rows, balancedView(cells, { seed: 42 }).rows);
 * ```
 */
export function balancedView(cells: readonly Cell[], { seed, ...options }: BalancedViewOptions): Resampled {
  return undersample(cells, { ...options, rng: new Rng(seed).derive("balanced view") });
}
