import type { Rng } from "../../random.ts";
import { type BalanceBy, type Cell, type CellCount, countCells, strata } from "./cells.ts";

/** A choice of rows, with what it did to each cell. */
export interface Resampled {
  /** Indices of the chosen rows, ascending; a row chosen twice occurs twice. */
  rows: number[];
  table: CellCount[];
}

/**
 * Leaves out rows at random until every stratum is as large as the smallest. Nothing is repeated, much is thrown away:
 * a cell of three cuts all others to three.
 */
export function undersample(
  cells: readonly Cell[],
  { rng, by = "labelAndGroup" }: { rng: Rng; by?: BalanceBy },
): Resampled {
  const parts = strata(cells, by);
  const size = Math.min(...parts.map((rows) => rows.length));
  return resampled(cells, parts.flatMap((rows) => rng.shuffle([...rows]).slice(0, size)));
}

/**
 * Repeats rows until every stratum is as large as the largest. The rows of a stratum are repeated equally often (give
 * or take one, at random), and not drawn with replacement, which would leave some out for nothing. For training data
 * only: repeated rows make a test look surer than it is.
 */
export function oversample(
  cells: readonly Cell[],
  { rng, by = "labelAndGroup" }: { rng: Rng; by?: BalanceBy },
): Resampled {
  const parts = strata(cells, by);
  const size = Math.max(...parts.map((rows) => rows.length));
  const repeated = parts.flatMap((rows) => {
    const extra = rng.shuffle([...rows]).slice(0, size % rows.length);
    return [...Array.from({ length: Math.floor(size / rows.length) }, () => rows).flat(), ...extra];
  });
  return resampled(cells, repeated);
}

function resampled(cells: readonly Cell[], chosen: number[]): Resampled {
  const rows = chosen.sort((a, b) => a - b);
  return { rows, table: countCells(cells, rows) };
}
