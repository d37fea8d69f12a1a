import { Rng } from "../random.ts";

/** Options of {@linkcode epochBatches}. */
export interface EpochBatchesOptions {
  batchSize: number;
  /** Seed of the run. */
  seed: number;
  /** Which epoch, from 0: each has its own order, independent of the epochs before, so that a run can resume at any. */
  epoch: number;
}

/**
 * Shuffles items and cuts them into the batches of one epoch. The result depends on the arguments alone: whoever stopped
 * after `step` batches of an epoch goes on with `.slice(step)`. Texts of like length are not brought together: batches are
 * packed without padding.
 *
 * @param items What to train on.
 * @param options See {@linkcode EpochBatchesOptions}.
 * @returns Batches of `batchSize` items, the last one maybe smaller; every item occurs once.
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
export function epochBatches<T>(items: readonly T[], options: EpochBatchesOptions): T[][] {
  const { batchSize, seed, epoch } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`Expected a batch size of at least 1, found ${batchSize}`);
  }
  const rng = new Rng(seed).derive(`epoch ${epoch}`);
  const order = rng.shuffle([...items]);
  return Array.from(
    { length: Math.ceil(order.length / batchSize) },
    (_, i) => order.slice(i * batchSize, (i + 1) * batchSize),
  );
}
