import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { type Example, labelClass } from "./example.ts";

/**
 * Shuffles items and cuts them into the batches of one epoch, counted from 0. The result depends on the arguments
 * alone, not on the epochs before: whoever stopped after `step` batches of an epoch goes on with `.slice(step)`. Texts
 * of like length are not brought together: batches are packed without padding.
 * @throws {RangeError} If the batch size is not a positive integer.
 */
export function epochBatches<T>(
  items: readonly T[],
  { batchSize, seed, epoch }: { batchSize: number; seed: number; epoch: number },
): T[][] {
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

/** What a step of contrastive or triplet training learns from: a job, a résumé that fits it and some that do not. */
export interface ContrastivePair {
  /** A pair whose label is at least 0.5. */
  positive: Example;
  /** Pairs of the same job with labels below 0.5; fewer than asked for where the data hold fewer. */
  negatives: Example[];
}

/**
 * One pair per positive, in order: the job is the anchor, as in search the query; positives are the résumés labelled
 * 0.5 or more for it, hard negatives those labelled less whose candidate does not fit the job anyway.
 * @throws {RangeError} If the number of hard negatives is not a whole number.
 * @throws {InputError} If there is no positive.
 */
export function contrastivePairs(
  examples: readonly Example[],
  { hardNegatives = 0, rng }: { hardNegatives?: number; rng: Rng },
): ContrastivePair[] {
  if (!Number.isInteger(hardNegatives) || hardNegatives < 0) {
    throw new RangeError(`Expected at least 0 hard negatives, found ${hardNegatives}`);
  }
  const positives = examples.filter((example) => labelClass(example) === 1);
  if (positives.length === 0) {
    throw new InputError(
      `Contrastive training: expected examples with a label of at least 0.5, none of ${examples.length} has one`,
    );
  }
  const jobs = Map.groupBy(examples, ({ jobId }) => jobId);
  return positives.map((positive): ContrastivePair => {
    if (hardNegatives === 0) return { positive, negatives: [] };
    const [fitting, others] = [1, 0].map((of) => jobs.get(positive.jobId)!.filter((one) => labelClass(one) === of));
    const fits = new Set(fitting!.map(({ candidateId }) => candidateId));
    const negatives = others!.filter(({ candidateId }) => !fits.has(candidateId));
    return { positive, negatives: rng.shuffle(negatives).slice(0, hardNegatives) };
  });
}
