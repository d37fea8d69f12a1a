import { mul, type Operand, sigmoid, sub, type Tensor } from "../../graph/mod.ts";

/**
 * A decision that can be differentiated: sigmoid((score − threshold)/temperature) in place of score ≥ threshold. Its
 * mean over a group is the soft selection rate. A small temperature comes closer to the rate that will be measured
 * but learns from the scores near the threshold only; a large one compares mean scores.
 *
 * @param score `[items]`
 * @param threshold A number or a tensor of rank 0.
 * @param temperature Above 0, in units of the score.
 * @returns `[items]` in [0, 1]
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { softDecision } from "./soft_decision.ts";
 *
 * const decision = softDecision(input("score", ["items"]), 0.6, 0.05);
 * assertEquals([...evaluate({ decision }, { score: { shape: [1], data: [0.6] } }).decision!.data], [0.5]);
 * ```
 */
export function softDecision(score: Tensor, threshold: Operand, temperature: number): Tensor {
  return sigmoid(mul(sub(score, threshold), 1 / temperature));
}
