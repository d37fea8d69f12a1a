import {
  abs,
  add,
  cast,
  div,
  equal,
  less,
  matMul,
  maximum,
  mul,
  reduceSum,
  stopGradient,
  sub,
  type Tensor,
  unsqueeze,
} from "../../graph/mod.ts";
import { positiveOrOne } from "./group_means.ts";
import { meanOverPairs } from "./kernels.ts";

/**
 * Wasserstein-1 distance between the groups' score distributions, ∫|F_g − F_h|, averaged over all pairs of groups:
 * how far scores must move, on average, to make two groups' scores alike (as `scipy.stats.wasserstein_distance`).
 * In units of the score, and unlike MMD it does not fade when the groups lie far apart.
 *
 * The integral is Σᵢ sᵢ·(|F_g − F_h| just below sᵢ − |F_g − F_h| at sᵢ), and the steps of F come from comparing all
 * scores with each other, so nothing is sorted. The gradient takes those steps as constant, which is exact wherever
 * no scores are equal; rows with equal scores share theirs.
 *
 * @param score `[items]`
 * @param membership `[items, groups]`, one-hot; a row of zeros belongs to no group.
 * @returns Rank 0; groups without members are left out.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { wasserstein } from "./wasserstein.ts";
 *
 * const loss = wasserstein(input("score", ["items"]), input("groups", ["items", 2]));
 * const feeds = { score: { shape: [3], data: [0.1, 0.5, 0.9] }, groups: { shape: [3, 2], data: [1, 0, 0, 1, 0, 1] } };
 * assertAlmostEquals(evaluate({ loss }, feeds).loss!.data[0]!, 0.6);
 * ```
 */
export function wasserstein(score: Tensor, membership: Tensor): Tensor {
  const counts = reduceSum(membership, { axes: [0] });
  const own = unsqueeze(score, [1]), other = unsqueeze(score, [0]);
  const members = (condition: Tensor) => matMul(cast(condition, "float32"), membership); // [items, groups]
  const below = members(less(other, own)), tied = members(equal(other, own));

  const across = (x: Tensor, combine: (a: Tensor, b: Tensor) => Tensor) =>
    // [items, groups, groups]
    combine(unsqueeze(x, [2]), unsqueeze(x, [1]));
  const gap = (members: Tensor) => abs(across(div(members, positiveOrOne(counts)), sub));
  const step = sub(gap(below), gap(add(below, tied)));
  const share = div(across(membership, add), maximum(across(tied, add), 1));
  const coefficients = stopGradient(mul(step, share));
  return meanOverPairs(reduceSum(mul(unsqueeze(score, [1, 2]), coefficients), { axes: [0] }), counts, 1);
}
