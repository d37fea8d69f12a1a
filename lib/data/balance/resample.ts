import type { Rng } from "../../random.ts";
import { type BalanceBy, type Cell, type CellCount, countCells, strata } from "./cells.ts";

/** A choice of rows, with what it did to each cell. */
export interface Resampled {
  /** Indices of the chosen rows, ascending; a row chosen twice occurs twice. */
  rows: number[];
  table: CellCount[];
}

/** Options of {@linkcode undersample}. */
export interface UndersampleOptions {
  rng: Rng;
  /** What is made equal. Default `"labelAndGroup"`. */
  by?: BalanceBy;
  /** Rows to keep of each stratum; smaller ones are kept whole. Default: the size of the smallest. */
  size?: number;
}

/**
 * Leaves out rows at random until every stratum is as large as the smallest. Nothing is repeated, much is thrown away: a
 * cell of three cuts all others to three, unless `size` says otherwise.
 *
 * @param cells From `exampleCells`; empty cells stay empty.
 * @param options See {@linkcode UndersampleOptions}.
 * @returns The rows kept, and a table.
 * @throws {RangeError} If the size is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { labelGroupCells, Rng, undersample } from "@fair-embeddings/lib";
 *
 * const cells = labelGroupCells([0, 0, 0, 1, 1], ["x", "x", "x", "x", "x"]);
 * assertEquals(undersample(cells, { rng: new Rng(1) }).table.map(({ after }) => after), [2, 2]);
 * ```
 */
export function undersample(cells: readonly Cell[], options: UndersampleOptions): Resampled {
  const { rng, by = "labelAndGroup" } = options;
  const parts = strata(cells, by);
  const size = options.size ?? parts.reduce((least, rows) => Math.min(least, rows.length), Infinity);
  if (parts.length > 0 && !(Number.isInteger(size) && size > 0)) {
    throw new RangeError(`Expected a size of at least 1, found ${size}`);
  }
  return resampled(cells, parts.flatMap((rows) => rng.shuffle([...rows]).slice(0, size)));
}

/** Options of {@linkcode oversample}. */
export interface OversampleOptions {
  rng: Rng;
  /** What is made equal. Default `"labelAndGroup"`. */
  by?: BalanceBy;
  /**
   * How often one row may occur, lest a tiny cell be learned by heart; its stratum then stays smaller. Default: any.
   */
  maxRepeats?: number;
}

/**
 * Repeats rows until every stratum is as large as the largest. The rows of a stratum are repeated equally often (give or
 * take one, at random), and not drawn with replacement, which would leave some out for nothing. For training data only:
 * repeated rows make a test look surer than it is.
 *
 * @param cells From `exampleCells`; empty cells stay empty.
 * @param options See {@linkcode OversampleOptions}.
 * @returns The rows with their repeats, and a table.
 * @throws {RangeError} If `maxRepeats` is below 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { labelGroupCells, oversample, Rng } from "@fair-embeddings/lib";
 *
 * const cells = labelGroupCells([0, 0, 0, 0, 1], ["x", "x", "x", "x", "x"]);
 * assertEquals(oversample(cells, { rng: new Rng(1) }).rows, [0, 1, 2, 3, 4, 4, 4, 4]);
 * assertEquals(oversample(cells, { rng: new Rng(1), maxRepeats: 2 }).rows, [0, 1, 2, 3, 4, 4]);
 * ```
 */
export function oversample(cells: readonly Cell[], options: OversampleOptions): Resampled {
  const { rng, by = "labelAndGroup", maxRepeats = Infinity } = options;
  if (!(maxRepeats >= 1)) throw new RangeError(`Expected at least 1 repeat, found ${maxRepeats}`);
  const parts = strata(cells, by);
  const most = parts.reduce((largest, rows) => Math.max(largest, rows.length), 0);
  return resampled(
    cells,
    parts.flatMap((rows) => {
      const size = Math.max(rows.length, Math.min(most, rows.length * Math.floor(maxRepeats)));
      const extra = rng.shuffle([...rows]).slice(0, size % rows.length);
      return [...Array.from({ length: Math.floor(size / rows.length) }, () => rows).flat(), ...extra];
    }),
  );
}

function resampled(cells: readonly Cell[], chosen: number[]): Resampled {
  const rows = chosen.sort((a, b) => a - b);
  return { rows, table: countCells(cells, rows) };
}
