import { add, exp, mul, neg, reduceMean, softplus, sub, type Tensor } from "../../graph/mod.ts";

/**
 * Focal loss: the mean of −(1 − pₜ)^γ ln pₜ, with pₜ the probability given to the true answer (Lin et al., "Focal loss
 * for dense object detection", 2017). Pairs that are already right count less; γ = 0 is binary cross-entropy.
 *
 * @param logits `[items]`
 * @param label `[items]` in [0, 1]; a graded label mixes the losses of both answers.
 * @param gamma At least 0; the paper found 2 best.
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { focalLoss } from "./focal_loss.ts";
 *
 * const loss = focalLoss(input("logits", ["items"]), input("label", ["items"]), 2);
 * const feeds = { logits: { shape: [1], data: [0] }, label: { shape: [1], data: [1] } };
 * assertAlmostEquals(evaluate({ loss }, feeds).loss!.data[0]!, 0.25 * Math.log(2));
 * ```
 */
export function focalLoss(logits: Tensor, label: Tensor, gamma: number): Tensor {
  // ln p = −softplus(−z) and ln(1 − p) = −softplus(z): no power or logarithm of a number that rounds to 0.
  const missed = softplus(neg(logits)), hit = softplus(logits);
  const positive = mul(exp(mul(hit, -gamma)), missed), negative = mul(exp(mul(missed, -gamma)), hit);
  return reduceMean(add(mul(label, positive), mul(sub(1, label), negative)));
}
