import { Rng } from "../random.ts";

/** Options of {@linkcode epochBatches}. */
export interface EpochBatchesOptions<T> {
  batchSize: number;
  /** Seed of the run. */
  seed: number;
  /** Which epoch, from 0: each has its own order, independent of the epochs before, so that a run can resume at any. */
  epoch: number;
  /** Length of an item, in tokens or characters: items of like length share a batch, for less padding. Default: off. */
  lengthOf?: (item: T) => number;
  /** Whether a last batch that is not full is left out, as in-batch negatives want. Default false. */
  dropLast?: boolean;
}

/** Items are sorted by length within windows of this many batches: saves most padding and stays random. */
const WINDOW_BATCHES = 50;

/**
 * Shuffles items and cuts them into the batches of one epoch. The result depends on the arguments alone: whoever stopped
 * after `step` batches of an epoch goes on with `.slice(step)`.
 *
 * @param items What to train on.
 * @param options See {@linkcode EpochBatchesOptions}.
 * @returns Batches of `batchSize` items, the last one maybe smaller; every item occurs once (but for `dropLast`).
 * @throws {RangeError} If the batch size is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { epochBatches } from "./batches.ts";
 *
 * const batches = epochBatches([1, 2, 3, 4, 5], { batchSize: 2, seed: 42, epoch: 0 });
 * assertEquals(batches.map((batch) => batch.length), [2, 2, 1]);
 * assertEquals(batches.flat().sort(), [1, 2, 3, 4, 5]);
 * ```
 */
export function epochBatches<T>(items: readonly T[], options: EpochBatchesOptions<T>): T[][] {
  const { batchSize, seed, epoch, lengthOf, dropLast = false } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Expected a batch size of at least 1, found ${batchSize}`);
  }
  const rng = new Rng(seed).derive(`epoch ${epoch}`);
  const order = rng.shuffle([...items]);
  const whole = dropLast ? order.slice(0, order.length - order.length % batchSize) : order;
  if (lengthOf === undefined) return chunks(whole, batchSize);

  const windows = chunks(whole, batchSize * WINDOW_BATCHES);
  const sorted = windows.flatMap((window) => window.sort((a, b) => lengthOf(a) - lengthOf(b)));
  const batches = chunks(sorted, batchSize);
  const partial = batches.at(-1)?.length === batchSize ? [] : batches.splice(-1);
  return [...rng.shuffle(batches), ...partial];
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
