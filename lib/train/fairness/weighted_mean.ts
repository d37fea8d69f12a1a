import { div, mul, reduceMean, reduceSum, type Tensor } from "../../graph/mod.ts";
import { positiveOrOne } from "./group_means.ts";

/**
 * Σ wᵢxᵢ / Σ wᵢ; 0, with a gradient of 0, where no row has weight.
 *
 * @param values `[items]`
 * @param weights `[items]`, at least 0. Default: all 1.
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { weightedMean } from "./weighted_mean.ts";
 *
 * const mean = weightedMean(input("x", ["items"]), input("w", ["items"]));
 * const x = { shape: [2], data: [3, 5] };
 * assertEquals(evaluate({ mean }, { x, w: { shape: [2], data: [0, 2] } }).mean!.data[0], 5);
 * assertEquals(evaluate({ mean }, { x, w: { shape: [2], data: [0, 0] } }).mean!.data[0], 0);
 * ```
 */
export function weightedMean(values: Tensor, weights?: Tensor): Tensor {
  if (!weights) return reduceMean(values);
  return div(reduceSum(mul(values, weights)), positiveOrOne(reduceSum(weights)));
}
