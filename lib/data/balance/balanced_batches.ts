import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import type { Cell, CellCount } from "./cells.ts";

/** A line of the table of {@linkcode balancedBatches}: the size of a cell, and its places in this epoch's batches. */
export type BatchedCell = CellCount & {
  /** Fewest and most places of the cell in a batch. */
  leastPerBatch: number;
  mostPerBatch: number;
};

/**
 * Cuts one epoch into batches that hold every cell of label × group as evenly as their size allows, so that every batch
 * can estimate every group's rates: with c non-empty cells each has ⌊batchSize / c⌋ places or one more, and the places
 * left over go round. There are ⌈n / batchSize⌉ batches, as in an ordinary epoch, unless `batches` says otherwise.
 *
 * Small cells are repeated, large ones not exhausted in an epoch, but nobody is forgotten: a cell is passed through in
 * a random order of its own, shuffled anew when all its rows had their turn, and the pass goes on from epoch to epoch
 * (so a row may occur twice in a batch where a pass ends in it). All this is a function of seed and epoch alone:
 * whoever stopped after `step` batches goes on with `.slice(step)`.
 *
 * In such batches half of each group is positive, whatever its true rate. Rates given the label may be averaged as they
 * are; for means over a group or over all, weigh the rows with {@linkcode populationWeights}.
 * @throws {InputError} If the batch size is smaller than the number of non-empty cells.
 * @throws {RangeError} If a number is not an integer, or below its least value.
 */
export function balancedBatches(
  cells: readonly Cell[],
  options: { batchSize: number; seed: number; epoch: number; batches?: number },
): { batches: number[][]; table: BatchedCell[] } {
  const { batchSize, seed, epoch } = options;
  const filled = cells.filter(({ rows }) => rows.length > 0);
  const count = options.batches ?? Math.ceil(filled.reduce((sum, { rows }) => sum + rows.length, 0) / batchSize);
  requireInteger("batch size", batchSize, 1);
  requireInteger("epoch", epoch, 0);
  requireInteger("number of batches", count, 0);
  if (batchSize < filled.length) {
    throw new InputError(
      `Batch size: expected at least ${filled.length} to hold every combination of label and group ` +
        `(${filled.length} occur), found ${batchSize}`,
    );
  }
  const run = new Rng(seed).derive("balanced batches");
  // Which cell a left-over place goes to first is drawn, lest the first in the alphabet always lead.
  const turns = new Map(run.derive("turns").shuffle([...filled]).map((cell, turn) => [cell, turn]));
  const streams = new Map(filled.map((cell) => [cell, rowStream(cell, run)]));
  const share = Math.floor(batchSize / filled.length), leftOver = batchSize % filled.length;
  // The places a cell has had before a batch: an equal share of each, and of the places left over its turns.
  const places = (cell: Cell, batch: number) =>
    batch * share + Math.max(0, Math.ceil((batch * leftOver - turns.get(cell)!) / filled.length));

  const batches: number[][] = [];
  for (let batch = epoch * count; batch < (epoch + 1) * count; batch++) {
    const rows: number[] = [];
    for (const cell of filled) {
      const end = places(cell, batch + 1);
      for (let place = places(cell, batch); place < end; place++) rows.push(streams.get(cell)!(place));
    }
    batches.push(run.derive(`batch ${batch}`).shuffle(rows));
  }
  const table = cells.map((cell): BatchedCell => {
    const counts = filled.includes(cell)
      ? batches.map((_, i) => places(cell, epoch * count + i + 1) - places(cell, epoch * count + i))
      : [];
    return {
      group: cell.group,
      label: cell.label,
      before: cell.rows.length,
      after: counts.reduce((sum, n) => sum + n, 0),
      leastPerBatch: counts.length === 0 ? 0 : Math.min(...counts),
      mostPerBatch: Math.max(0, ...counts),
    };
  });
  return { batches, table };
}

/**
 * Weights that undo the balance of a batch: the weighted mean over the rows of a group, or over all, then estimates the
 * mean over the data, w = (n_c / n) · (batch size / places of c in the batch).
 * @throws {RangeError} If a row is in no cell, or a non-empty cell is not in the batch.
 */
export function populationWeights(batch: readonly number[], cells: readonly Cell[]): number[] {
  const wanted = new Set(batch);
  const cellOf = new Map<number, Cell>();
  for (const cell of cells) {
    for (const row of cell.rows) if (wanted.has(row)) cellOf.set(row, cell);
  }
  const places = new Map<Cell, number>();
  for (const row of batch) {
    const cell = cellOf.get(row);
    if (cell === undefined) throw new RangeError(`Expected rows of the cells, found ${row}`);
    places.set(cell, (places.get(cell) ?? 0) + 1);
  }
  const absent = cells.find((cell) => cell.rows.length > 0 && !places.has(cell));
  if (absent !== undefined) {
    throw new RangeError(`Expected every cell in the batch, label ${absent.label} of "${absent.group}" is not`);
  }
  const n = cells.reduce((sum, { rows }) => sum + rows.length, 0);
  return batch.map((row) => {
    const cell = cellOf.get(row)!;
    return cell.rows.length / n * batch.length / places.get(cell)!;
  });
}

/** The rows of a cell, pass after pass, each pass in an order of its own that can be had without those before. */
function rowStream({ group, label, rows }: Cell, run: Rng): (place: number) => number {
  let pass = -1, order: number[] = [];
  return (place) => {
    if (Math.floor(place / rows.length) !== pass) {
      pass = Math.floor(place / rows.length);
      order = run.derive(JSON.stringify([group, label, pass])).shuffle([...rows]);
    }
    return order[place % rows.length]!;
  };
}

function requireInteger(what: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) {
    throw new RangeError(`Expected a ${what} of at least ${least}, found ${value}`);
  }
}
