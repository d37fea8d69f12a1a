import { div, greater, mul, reduceSum, type Tensor, unsqueeze, where } from "../../graph/mod.ts";

/** What a spread compares: a mean per group, and how much it rests on. */
export interface GroupMeans {
  /** `[groups]`; 0 for a group without members. */
  readonly means: Tensor;
  /** `[groups]`, the members' weights summed; 0 says that the group's mean is not known. */
  readonly counts: Tensor;
  /** Rank 0: the mean of all rows whose group is known. */
  readonly overall: Tensor;
}

/**
 * The mean of a value in each group. Of probabilities it is the soft selection rate; of probabilities where the label
 * is 1, the soft true positive rate; of losses, what group DRO weighs.
 *
 * @param values `[items]`
 * @param membership `[items, groups]`, one-hot; a row of zeros belongs to no group.
 * @param weights `[items]`, at least 0: 0 leaves a row out. Default: all 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { groupMeans } from "./group_means.ts";
 *
 * const { means, overall } = groupMeans(input("p", ["items"]), input("groups", ["items", 2]));
 * const feeds = { p: { shape: [3], data: [0.2, 0.4, 0.9] }, groups: { shape: [3, 2], data: [1, 0, 1, 0, 0, 1] } };
 * const results = evaluate({ means, overall }, feeds);
 * assertEquals([...results.means!.data, ...results.overall!.data], [0.6000000000000001 / 2, 0.9, 0.5]);
 * ```
 */
export function groupMeans(values: Tensor, membership: Tensor, weights?: Tensor): GroupMeans {
  const shares = weights ? mul(membership, unsqueeze(weights, [1])) : membership; // [items, groups]
  const counts = reduceSum(shares, { axes: [0] });
  const sums = reduceSum(mul(shares, unsqueeze(values, [1])), { axes: [0] });
  return {
    means: div(sums, positiveOrOne(counts)),
    counts,
    overall: div(reduceSum(sums), positiveOrOne(reduceSum(counts))),
  };
}

/** A divisor that makes 0/0 a 0, with a gradient of 0. */
export function positiveOrOne(counts: Tensor): Tensor {
  return where(greater(counts, 0), counts, 1);
}
