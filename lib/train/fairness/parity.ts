/**
 * Group fairness criteria as penalties on soft rates: differentiable, unlike rates of decisions.
 *
 * They act on the batch alone. Rates of few rows are noisy, and a penalty on noisy rates also punishes the noise:
 * `moving_means.ts` says how much, and estimates rates over batches.
 */
import { add, sub, type Tensor } from "../../graph/mod.ts";
import { groupMeans } from "./group_means.ts";
import { type Spread, variance } from "./spread.ts";

/**
 * Demographic parity: the spread of the groups' selection rates P(ŷ = 1 | group).
 *
 * @param decision `[items]` in [0, 1]: probabilities, or {@linkcode softDecision}
 * @param membership `[items, groups]`, one-hot; a row of zeros belongs to no group.
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { demographicParity } from "./parity.ts";
 * import { maxGap } from "./spread.ts";
 *
 * const gap = demographicParity(input("p", ["items"]), input("groups", ["items", 2]), maxGap);
 * const feeds = { p: { shape: [3], data: [0.2, 0.4, 0.9] }, groups: { shape: [3, 2], data: [1, 0, 1, 0, 0, 1] } };
 * assertAlmostEquals(evaluate({ gap }, feeds).gap!.data[0]!, 0.6);
 * ```
 */
export function demographicParity(decision: Tensor, membership: Tensor, spread: Spread = variance): Tensor {
  return spread(groupMeans(decision, membership));
}

/**
 * Equal opportunity (Hardt et al. 2016): the spread of the groups' true positive rates. Groups without a positive
 * row in the batch are left out.
 *
 * @param label `[items]` in [0, 1]; a graded label counts as so much of a positive.
 */
export function equalOpportunity(
  decision: Tensor,
  membership: Tensor,
  label: Tensor,
  spread: Spread = variance,
): Tensor {
  return spread(groupMeans(decision, membership, label));
}

/**
 * Equalized odds (Hardt et al. 2016): the spread of the true positive rates plus that of the false positive rates.
 * Each leaves out the groups without such a row.
 *
 * @param label `[items]` in [0, 1]
 */
export function equalizedOdds(decision: Tensor, membership: Tensor, label: Tensor, spread: Spread = variance): Tensor {
  return add(
    equalOpportunity(decision, membership, label, spread),
    equalOpportunity(decision, membership, sub(1, label), spread),
  );
}
