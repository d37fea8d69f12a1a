/**
 * Rates of groups that can be differentiated, and how far they lie apart: what parity penalties are made of.
 *
 * Membership is a matrix `[items, groups]`, one-hot; a row of zeros is a person whose group is not known: left out.
 * Nothing to compare is 0, with a gradient of 0.
 */
import { add, cast, customVjp, div, greater, maximum, mul, neg, reduceMax, reduceMean } from "../../graph/mod.ts";
import { reduceSum, stopGradient, sub, unsqueeze, where } from "../../graph/mod.ts";
import type { Tensor } from "../../graph/mod.ts";

/** A divisor that makes 0/0 a 0, with a gradient of 0. */
export function positiveOrOne(counts: Tensor): Tensor {
  return where(greater(counts, 0), counts, 1);
}

/** Σ wᵢxᵢ / Σ wᵢ of `[items]`, the weights at least 0; 0, with a gradient of 0, where no row has weight. */
export function weightedMean(values: Tensor, weights?: Tensor): Tensor {
  if (!weights) return reduceMean(values);
  return div(reduceSum(mul(values, weights)), positiveOrOne(reduceSum(weights)));
}

/** What a disparity compares: a mean per group, and how much it rests on. */
export interface GroupMeans {
  /** `[groups]`; 0 for a group without members. */
  readonly means: Tensor;
  /** `[groups]`, the members' weights summed; 0 says that the group's mean is not known. */
  readonly counts: Tensor;
  /** Rank 0: the mean of all rows whose group is known. */
  readonly overall: Tensor;
}

/**
 * The mean of a value `[items]` in each group. Of probabilities it is the soft selection rate; of probabilities
 * weighted by the label, the soft true positive rate. A row of weight 0 is left out.
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

/**
 * From the means of groups to a number of rank 0 that is 0 when they are equal; groups without members are left out.
 */
export type Disparity = (means: GroupMeans) => Tensor;

/** Below any mean: what a group that is not there has in a maximum. */
const ABSENT = -1e9;

/**
 * The population variance of the groups' means, each group counting the same: Σ(m_g − m̄)²/G. Smooth: every group is
 * pulled, in proportion to its distance.
 */
export function variance({ means, counts }: GroupMeans): Tensor {
  const present = presence(counts);
  const number = maximum(reduceSum(present), 1);
  const mean = div(reduceSum(mul(means, present)), number);
  return div(reduceSum(mul(present, squared(sub(means, mean)))), number);
}

/**
 * The largest mean minus the smallest, as fairlearn's `demographic_parity_difference` of soft rates. Its gradient pulls
 * the two extreme groups only, with constant force.
 */
export function maxDifference({ means, counts }: GroupMeans): Tensor {
  const seen = greater(counts, 0);
  const largest = reduceMax(where(seen, means, ABSENT)), smallest = neg(reduceMax(where(seen, neg(means), ABSENT)));
  return where(greater(reduceSum(counts), 0), sub(largest, smallest), 0);
}

/** The mean over groups of (m_g − overall mean)²: large groups draw the target towards themselves. */
export function toOverall({ means, counts, overall }: GroupMeans): Tensor {
  const present = presence(counts);
  return div(reduceSum(mul(present, squared(sub(means, overall)))), maximum(reduceSum(present), 1));
}

/** The disparities by their names in a configuration. */
export const DISPARITIES = { variance, maxGap: maxDifference, toOverall } as const satisfies Record<string, Disparity>;

function presence(counts: Tensor): Tensor {
  return cast(greater(counts, 0), "float32");
}

function squared(x: Tensor): Tensor {
  return mul(x, x);
}

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
 * mean, and a group that is not in a batch keeps its estimate. The *value* of the estimate weighs in all batches, the
 * *gradient* is that of this batch's mean, in full: the penalty's slope is taken at the better estimate, and its force
 * does not depend on the decay β in [0, 1). `../README.md` says what β does to noise, bias and lag.
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
