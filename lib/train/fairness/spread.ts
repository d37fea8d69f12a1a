/** How far the means of groups lie apart. Groups without members are left out; fewer than two groups spread by 0. */
import {
  cast,
  div,
  greater,
  maximum,
  mul,
  neg,
  reduceMax,
  reduceSum,
  sub,
  type Tensor,
  where,
} from "../../graph/mod.ts";
import type { GroupMeans } from "./group_means.ts";

/** From the means of groups to a number of rank 0 that is 0 when they are equal. */
export type Spread = (means: GroupMeans) => Tensor;

/** Below any mean: what a group that is not there has in a maximum. */
const ABSENT = -1e9;

/**
 * The population variance of the groups' means, each group counting the same: Σ(m_g − m̄)²/G. Smooth: every group is
 * pulled, in proportion to its distance.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { groupMeans } from "./group_means.ts";
 * import { maxGap, variance } from "./spread.ts";
 *
 * const means = groupMeans(input("p", ["items"]), input("groups", ["items", 2]));
 * const feeds = { p: { shape: [2], data: [0.2, 0.6] }, groups: { shape: [2, 2], data: [1, 0, 0, 1] } };
 * const results = evaluate({ variance: variance(means), gap: maxGap(means) }, feeds);
 * assertAlmostEquals(results.variance!.data[0]!, 0.04);
 * assertAlmostEquals(results.gap!.data[0]!, 0.4);
 * ```
 */
export function variance({ means, counts }: GroupMeans): Tensor {
  const present = presence(counts);
  const number = maximum(reduceSum(present), 1);
  const mean = div(reduceSum(mul(means, present)), number);
  return div(reduceSum(mul(present, squared(sub(means, mean)))), number);
}

/**
 * The largest mean minus the smallest, as fairlearn's `demographic_parity_difference` of soft rates. Its gradient
 * pulls the two extreme groups only, with constant force.
 */
export function maxGap({ means, counts }: GroupMeans): Tensor {
  const seen = greater(counts, 0);
  const largest = reduceMax(where(seen, means, ABSENT)), smallest = neg(reduceMax(where(seen, neg(means), ABSENT)));
  return where(greater(reduceSum(counts), 0), sub(largest, smallest), 0);
}

/** The mean over groups of (m_g − overall mean)²: large groups draw the target towards themselves. */
export function toOverall({ means, counts, overall }: GroupMeans): Tensor {
  const present = presence(counts);
  return div(reduceSum(mul(present, squared(sub(means, overall)))), maximum(reduceSum(present), 1));
}

/** The spreads by name. */
export const SPREADS = { variance, maxGap, toOverall } as const satisfies Record<string, Spread>;

function presence(counts: Tensor): Tensor {
  return cast(greater(counts, 0), "float32");
}

function squared(x: Tensor): Tensor {
  return mul(x, x);
}
