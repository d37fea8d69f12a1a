/**
 * Counterfactual consistency: a text and its twin, which differs in the attribute only, shall be treated alike
 * (counterfactual logit pairing; Garg et al., "Counterfactual fairness in text classification through robustness", 2019).
 */
import { mul, sub, type Tensor } from "../../graph/mod.ts";
import { pairwiseCosine } from "../objectives.ts";
import { weightedMean } from "./weighted_mean.ts";

/**
 * The mean squared difference of the scores of texts and of their twins.
 *
 * @param score `[items]`
 * @param twinScore `[items]`, against the same job.
 * @param hasTwin `[items]`: 0 where there is no twin. Default: all have one.
 * @returns Rank 0; 0 where nothing has a twin.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { counterfactualScores } from "./counterfactual.ts";
 *
 * const loss = counterfactualScores(input("score", ["items"]), input("twin", ["items"]));
 * const feeds = { score: { shape: [2], data: [0.9, 0.5] }, twin: { shape: [2], data: [0.7, 0.5] } };
 * assertAlmostEquals(evaluate({ loss }, feeds).loss!.data[0]!, 0.02);
 * ```
 */
export function counterfactualScores(score: Tensor, twinScore: Tensor, hasTwin?: Tensor): Tensor {
  const shift = sub(score, twinScore);
  return weightedMean(mul(shift, shift), hasTwin);
}

/**
 * The mean of 1 − cos between the embeddings of texts and of their twins: stricter than equal scores, since it holds
 * for jobs that were never seen too.
 *
 * @param x `[items, h]`
 * @param twin `[items, h]`
 * @param hasTwin `[items]`: 0 where there is no twin. Default: all have one.
 * @returns Rank 0, in [0, 2]
 */
export function counterfactualEmbeddings(x: Tensor, twin: Tensor, hasTwin?: Tensor): Tensor {
  return weightedMean(sub(1, pairwiseCosine(x, twin)), hasTwin);
}
