import { add, div, greater, logSoftmax, mul, neg, reduceSum, type Tensor, where } from "../../graph/mod.ts";

/** Options of {@linkcode crossEntropy}. */
export interface CrossEntropyOptions {
  /** `[classes]`; rows count by the weight of their class, so that a rare class is not drowned by a common one. */
  readonly classWeights?: Tensor;
  /** ε in [0, 1): the target becomes (1 − ε)·target + ε/classes (Szegedy et al. 2016). Default 0. */
  readonly labelSmoothing?: number;
}

/**
 * Cross-entropy of logits against classes, with PyTorch's definition of class weights and label smoothing:
 * Σᵢ Σ_c w_c tᵢ_c (−ln softmax(logits)ᵢ_c) / Σᵢ w_{yᵢ}.
 *
 * @param logits `[items, classes]`
 * @param target `[items, classes]`, one-hot; a row of zeros, a class that is not known, is left out.
 * @returns Rank 0; 0 with a gradient of 0 when every row is left out.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { crossEntropy } from "./cross_entropy.ts";
 *
 * const loss = crossEntropy(input("logits", ["items", 2]), input("target", ["items", 2]));
 * const feeds = { logits: { shape: [2, 2], data: [0, 0, 5, 9] }, target: { shape: [2, 2], data: [1, 0, 0, 0] } };
 * assertAlmostEquals(evaluate({ loss }, feeds).loss!.data[0]!, Math.log(2));
 * ```
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { classWeights, labelSmoothing = 0 } = options;
  const classes = logits.shape[1] as number;
  const known = reduceSum(target, { axes: [1], keepDims: true }); // [items, 1]
  const smoothed = labelSmoothing === 0
    ? target
    : add(mul(target, 1 - labelSmoothing), mul(known, labelSmoothing / classes));
  const weighted = (x: Tensor) => classWeights ? mul(x, classWeights) : x;
  const total = reduceSum(weighted(target));
  const losses = neg(mul(weighted(smoothed), logSoftmax(logits, 1)));
  return div(reduceSum(losses), where(greater(total, 0), total, 1));
}
