import { add, customVjp, div, greater, mul, reduceSum, stopGradient, type Tensor, where } from "../../graph/mod.ts";
import { type GroupMeans, positiveOrOne } from "./group_means.ts";

/** What is remembered of the batches so far: each group's sum and number of rows, older ones counting less. */
export interface MovingSums {
  /** `[groups]` */
  readonly sums: Tensor;
  /** `[groups]`; all 0 before the first batch. */
  readonly counts: Tensor;
}

/**
 * Exponential moving means of groups, so that a penalty works on batches too small to estimate a rate.
 *
 * Sums and counts are kept, not rates: batches count by the rows they bring, the first estimate is the first batch's
 * mean (nothing is biased towards 0), and a group that is not in a batch keeps its estimate instead of fading.
 *
 * The *value* of the estimate weighs in all batches, the *gradient* is that of this batch's mean, in full: the
 * penalty's slope is taken at the better estimate, and its force does not depend on the decay. With n rows of variance
 * σ² per group and batch, G groups, and decay β:
 *
 * - noise: the estimate's variance is σ²/n · (1 − β)/(1 + β), against σ²/n of a batch;
 * - bias of the penalty: `variance` of noisy means exceeds that of the true ones by (1 − 1/G)·σ²/n; here by
 *   (1 − β)/(1 + β) of that;
 * - bias of its gradient: a penalty on noisy means rewards scores that vary less, which helps no group; the correlation
 *   of noise and gradient, and with it that reward, shrinks to 1 − β of what it is without memory;
 * - lag: where the true mean moves by d per batch, the estimate is behind by d·β/(1 − β).
 *
 * β = 0.9 is a tenth of the false reward, for a lag of nine batches.
 *
 * @param batch The means of this batch.
 * @param before What was remembered before it; no gradient flows there.
 * @param decay β in [0, 1); 0 remembers nothing but groups that are missing.
 * @returns The estimate, and what to remember. `means.counts` is 0 for a group that was never seen.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { groupMeans } from "./group_means.ts";
 * import { movingMeans } from "./moving_means.ts";
 *
 * const batch = groupMeans(input("p", ["items"]), input("groups", ["items", 2]));
 * const before = { sums: input("sums", [2]), counts: input("counts", [2]) };
 * const { means } = movingMeans(batch, before, 0.5);
 * const feeds = {
 *   p: { shape: [1], data: [1] },
 *   groups: { shape: [1, 2], data: [1, 0] },
 *   sums: { shape: [2], data: [0, 3] },
 *   counts: { shape: [2], data: [2, 4] },
 * };
 * // (½·0 + 1)/(½·2 + 1), and the second group's 3/4 as it was.
 * assertEquals([...evaluate({ means: means.means }, feeds).means!.data], [0.5, 0.75]);
 * ```
 */
export function movingMeans(
  batch: GroupMeans,
  before: MovingSums,
  decay: number,
): { means: GroupMeans; next: MovingSums } {
  const kept = where(greater(batch.counts, 0), decay, 1); // [groups]
  const counts = add(mul(before.counts, kept), batch.counts);
  const sums = stopGradient(add(mul(before.sums, kept), mul(batch.means, batch.counts)));
  const withGradientOf = (value: Tensor, source: Tensor) => customVjp(value, [source], (dy) => [dy]);
  return {
    means: {
      means: withGradientOf(div(sums, positiveOrOne(counts)), batch.means),
      counts,
      overall: withGradientOf(div(reduceSum(sums), positiveOrOne(reduceSum(counts))), batch.overall),
    },
    next: { sums, counts },
  };
}
