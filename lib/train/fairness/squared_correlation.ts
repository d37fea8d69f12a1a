import { constant, div, maximum, mul, reduceSum, sub, type Tensor } from "../../graph/mod.ts";
import { weightedMean } from "./weighted_mean.ts";

/** Where a standard deviation of 10⁻⁴ begins: below it a correlation is rounding, and its gradient has no bound. */
const SMALLEST_VARIANCE = 1e-8;

/**
 * The squared Pearson correlation of a score with a numeric attribute, such as a degree level counted from 0:
 * cov(s, c)²/(var(s)·var(c)). It sees linear dependence only, but one number suffices for any number of groups.
 *
 * @param score `[items]`
 * @param code `[items]`
 * @param weights `[items]`, at least 0: 0 leaves a row out. Default: all 1.
 * @returns Rank 0, in [0, 1]; it fades to 0 where a variance falls below 10⁻⁸.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { squaredCorrelation } from "./squared_correlation.ts";
 *
 * const loss = squaredCorrelation(input("score", ["items"]), input("degree", ["items"]));
 * const feeds = { score: { shape: [3], data: [0.1, 0.2, 0.3] }, degree: { shape: [3], data: [2, 1, 0] } };
 * assertAlmostEquals(evaluate({ loss }, feeds).loss!.data[0]!, 1);
 * ```
 */
export function squaredCorrelation(score: Tensor, code: Tensor, weights?: Tensor): Tensor {
  const centred = (x: Tensor) => sub(x, weightedMean(x, weights));
  const s = centred(score), c = centred(code);
  const moment = (a: Tensor, b: Tensor) => weightedMean(mul(a, b), weights);
  const covariance = moment(s, c);
  const variances = [moment(s, s), moment(c, c)].map((x) => maximum(x, SMALLEST_VARIANCE));
  return div(div(mul(covariance, covariance), variances[0]!), variances[1]!);
}

/**
 * The number of each row's group, counted from 0: a numeric attribute, where the groups have an order.
 *
 * @param membership `[items, groups]`, one-hot; a row of zeros gets 0.
 * @returns `[items]`
 */
export function groupNumbers(membership: Tensor): Tensor {
  const groups = membership.shape[1] as number;
  const numbers = constant({
    dtype: "float32",
    shape: [groups],
    data: Float32Array.from({ length: groups }, (_, i) => i),
  });
  return reduceSum(mul(membership, numbers), { axes: [1] });
}
