import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { type Example, labelClass } from "./example.ts";

/** Options of {@linkcode epochBatches}. */
export interface EpochBatchesOptions {
  batchSize: number;
  /** Seed of the run. */
  seed: number;
  /** Which epoch, from 0: each has its own order, independent of the epochs before, so that a run can resume at any. */
  epoch: number;
}

/**
 * Shuffles items and cuts them into the batches of one epoch. The result depends on the arguments alone: whoever
 * stopped after `step` batches of an epoch goes on with `.slice(step)`. Texts of like length are not brought together:
 * batches are packed without padding.
 *
 * @throws {RangeError} If the batch size is not a positive integer.
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

/** What one step of contrastive or triplet training learns from: a job, a résumé that fits it and some that do not. */
export interface ContrastivePair {
  /** The text of the job, the query. */
  anchor: string;
  jobId: string;
  /** A pair whose label is at least 0.5. */
  positive: Example;
  /** Pairs of the same job with labels below 0.5; fewer than asked for where the data hold fewer. */
  negatives: Example[];
  /**
   * The candidates that fit this job as far as the data say. Of another pair in the batch, whose candidate is among
   * them, the résumé must not be taken for a negative.
   */
  fitting: ReadonlySet<string>;
}

/** Options of {@linkcode contrastivePairs}. */
export interface ContrastivePairsOptions {
  /** How many hard negatives each pair gets. Default 0. */
  hardNegatives?: number;
  /** Whether pairs without a single negative are left out, as the triplet loss needs. Default false. */
  requireNegative?: boolean;
  /** Chooses among more negatives than asked for. */
  rng: Rng;
}

/**
 * Turns labelled examples into anchor–positive pairs with optional hard negatives: the anchor is the job, as in search
 * the query, positives are the résumés labelled 0.5 or more for it, and hard negatives those labelled less.
 *
 * @throws {RangeError} If the number of hard negatives is not a whole number, or 0 with `requireNegative`.
 * @throws {InputError} If there is no positive, or, with `requireNegative`, no positive whose job has a negative.
 */
export function contrastivePairs(examples: readonly Example[], options: ContrastivePairsOptions): ContrastivePair[] {
  const { hardNegatives = 0, requireNegative = false, rng } = options;
  if (!Number.isInteger(hardNegatives) || hardNegatives < (requireNegative ? 1 : 0)) {
    throw new RangeError(`Expected at least ${requireNegative ? 1 : 0} hard negatives, found ${hardNegatives}`);
  }
  const jobs = new Map<string, { fitting: Set<string>; others: Example[] }>();
  for (const example of examples) {
    const job = jobs.get(example.jobId) ?? { fitting: new Set(), others: [] };
    if (labelClass(example) === 1) job.fitting.add(example.candidateId);
    else job.others.push(example);
    jobs.set(example.jobId, job);
  }
  const positives = examples.filter((example) => labelClass(example) === 1);
  if (positives.length === 0) {
    throw new InputError(
      `Contrastive training: expected examples with a label of at least 0.5, none of ${examples.length} has one`,
    );
  }
  const pairs = positives.map((positive): ContrastivePair => {
    const { fitting, others } = jobs.get(positive.jobId)!;
    const negatives = others.filter(({ candidateId }) => !fitting.has(candidateId));
    return {
      anchor: positive.job,
      jobId: positive.jobId,
      positive,
      negatives: hardNegatives === 0 ? [] : rng.shuffle(negatives).slice(0, hardNegatives),
      fitting,
    };
  });
  const usable = requireNegative ? pairs.filter(({ negatives }) => negatives.length > 0) : pairs;
  if (usable.length === 0) {
    throw new InputError(
      "Triplet training: expected jobs with labels on both sides of 0.5, every job has matches only or none; " +
        "check the job id column",
    );
  }
  return usable;
}
