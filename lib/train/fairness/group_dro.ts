import {
  add,
  cast,
  constant,
  greater,
  log,
  maximum,
  mul,
  reduceSum,
  softmax,
  stopGradient,
  type Tensor,
  where,
} from "../../graph/mod.ts";
import { groupMeans } from "./group_means.ts";

/** Stands for −∞: no weight is left for a group that is not in the batch. */
const ABSENT = -1e9;

/** A weight below this would never come back. */
const SMALLEST_WEIGHT = 1e-8;

/** Options of {@linkcode groupDro}. */
export interface GroupDroOptions {
  /**
   * How fast weight moves to the groups with the larger loss. With weights that are kept, Sagawa et al. use 0.01;
   * without, 1 to 5 makes it a smooth maximum.
   */
  readonly eta: number;
  /** `[groups]`, sum 1: the weights after the batch before. Default: equal ones, so that every batch stands alone. */
  readonly weights?: Tensor;
}

/**
 * Distributionally robust optimisation over groups: Σ q_g L_g with q_g ∝ q′_g exp(η L_g), by exponentiated gradient
 * ascent (Sagawa et al., "Distributionally robust neural networks for group shifts", 2020, algorithm 1). L_g is the
 * mean loss of a group; q is taken as a constant. It raises the worst-served group instead of closing a gap.
 *
 * @param losses `[items]`, of any kind.
 * @param membership `[items, groups]`, one-hot; a row of zeros belongs to no group.
 * @returns The loss, of rank 0, and the weights `[groups]` to pass with the next batch. A group that is not in the
 *   batch keeps its weight, and the others share out theirs among themselves.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { groupDro } from "./group_dro.ts";
 *
 * const { weights } = groupDro(input("losses", ["items"]), input("groups", ["items", 2]), { eta: 1 });
 * const feeds = { losses: { shape: [2], data: [0, Math.log(3)] }, groups: { shape: [2, 2], data: [1, 0, 0, 1] } };
 * assertAlmostEquals(evaluate({ weights }, feeds).weights!.data[1]!, 0.75);
 * ```
 */
export function groupDro(
  losses: Tensor,
  membership: Tensor,
  { eta, weights }: GroupDroOptions,
): { loss: Tensor; weights: Tensor } {
  const { means, counts } = groupMeans(losses, membership);
  const groups = membership.shape[1] as number;
  const uniform = new Float32Array(groups).fill(1 / groups);
  const before = maximum(weights ?? constant({ dtype: "float32", shape: [groups], data: uniform }), SMALLEST_WEIGHT);
  const seen = greater(counts, 0);
  const raised = add(log(before), mul(stopGradient(means), eta));
  const shares = softmax(where(seen, raised, ABSENT), 0); // of the groups in the batch
  const weightSeen = reduceSum(mul(before, cast(seen, "float32")));
  return { loss: reduceSum(mul(shares, means)), weights: where(seen, mul(shares, weightSeen), before) };
}
