/** Which items each optimiser step learns from: a function of items, settings and epoch alone, so that a run resumes. */
import { epochBatches } from "../data/mod.ts";
import type { TrainingItem, TrainingSet } from "./objective_graph.ts";
import type { TrainerOptions } from "./trainer.ts";

/** The items of one optimiser step, pass by pass; the gradients of its passes are averaged by pair. */
export type StepItems = readonly (readonly TrainingItem[])[];

/** How many items a step has. */
export function countItems(passes: StepItems): number {
  return passes.reduce((sum, items) => sum + items.length, 0);
}

/** What {@linkcode stepPlan} reads. */
export type StepPlanOptions = Pick<
  TrainerOptions,
  "epochs" | "batchSize" | "batchTokens" | "accumulation" | "seed" | "batches"
>;

/** The steps of a training. */
export interface StepPlan {
  /** Those of an epoch, counted from 0. */
  readonly epoch: (epoch: number) => readonly StepItems[];
  /** Those of all epochs. */
  readonly total: number;
}

/**
 * Plans the steps of all epochs: every item once in each, unless `batches` composes them. A pass has at most
 * `batchSize` items and, with `batchTokens`, texts of at most so many tokens, unless those of a single item are more;
 * a step has `accumulation` passes, the last one of an epoch maybe fewer.
 */
export function stepPlan(set: Pick<TrainingSet, "tokens" | "items">, options: StepPlanOptions): StepPlan {
  const { epochs, batchSize, batchTokens = null, accumulation, seed, batches } = options;
  const perStep = batchSize * accumulation;
  if (batchTokens !== null) {
    const epoch = (epoch: number) => chunks(tokenBatches(set, { batchSize, batchTokens, seed, epoch }), accumulation);
    const counts = Array.from({ length: epochs }, (_, i) => epoch(i).length);
    return { epoch, total: counts.reduce((sum, count) => sum + count, 0) };
  }
  const whole = batches ?? ((epoch: number) => epochBatches(set.items, { batchSize: perStep, seed, epoch }));
  return {
    epoch: (epoch) => whole(epoch).map((items) => chunks(items, batchSize)),
    total: Math.ceil(set.items.length / perStep) * epochs,
  };
}

/** Batches whose items are sorted together: more are more alike in length, fewer more alike in everything else. */
const POOL = 32;

/**
 * Batches of one epoch within a number of items and of tokens. Items come in random order, pool by pool; within a pool
 * they are sorted by their longest text, so that attention, which computes every text of a batch as long as the longest
 * of them, wastes little. The batches' own order is random again.
 */
function tokenBatches(
  { items, tokens }: Pick<TrainingSet, "tokens" | "items">,
  { batchSize, batchTokens, seed, epoch }: Readonly<Record<"batchSize" | "batchTokens" | "seed" | "epoch", number>>,
): TrainingItem[][] {
  const lengthOf = (text: number) => tokens[text]!.length;
  const longest = new Map(items.map((item) => {
    const { job, resume, negatives, counterfactuals = [] } = item;
    return [item, Math.max(...[job, resume, ...negatives, ...counterfactuals].map(lengthOf))];
  }));
  const pools = epochBatches(items, { batchSize: POOL * batchSize, seed, epoch });
  // Up and down in turn: a batch that two pools share is of like lengths as well.
  const sorted = pools.flatMap((pool, i) =>
    pool.sort((a, b) => (longest.get(a)! - longest.get(b)!) * (i % 2 === 0 ? 1 : -1))
  );

  const batches: TrainingItem[][] = [];
  let texts = new Set<number>(), used = 0; // of the last batch
  for (const item of sorted) {
    const own = new Set([item.job, item.resume, ...item.negatives]);
    // Of a résumé's counterfactuals one is encoded in each step: the longest is what it may cost.
    const cost = (known: ReadonlySet<number>) =>
      [...own].reduce((sum, text) => sum + (known.has(text) ? 0 : lengthOf(text)), 0) +
      Math.max(0, ...(item.counterfactuals ?? []).map(lengthOf));
    const last = batches.at(-1);
    if (last && last.length < batchSize && used + cost(texts) <= batchTokens) {
      used += cost(texts);
      last.push(item);
    } else {
      batches.push([item]);
      texts = new Set();
      used = cost(texts);
    }
    for (const text of own) texts.add(text);
  }
  return epochBatches(batches, { batchSize: Math.max(1, batches.length), seed, epoch }).flat();
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}
