import { div, type Operand, reduceSum, type Tensor } from "../../graph/mod.ts";
import { positiveOrOne } from "./group_means.ts";
import { kernelDistances, meanOverPairs, rbfKernel, squaredDistances } from "./kernels.ts";

/**
 * Maximum mean discrepancy between groups: the biased estimate of squared MMD with a Gaussian kernel, mean k(u,u′) +
 * mean k(v,v′) − 2 mean k(u,v) (Gretton et al., "A kernel two-sample test", 2012), averaged over all pairs of groups.
 * It is 0 only where the distributions are equal, not just their means.
 *
 * @param x Scores `[items]` or embeddings `[items, h]`
 * @param membership `[items, groups]`, one-hot; a row of zeros belongs to no group.
 * @param sigma Width of the kernel; default: in proportion to the distances in the batch, so that the scale of x does
 *   not matter and shrinking it gains nothing.
 * @returns Rank 0; groups without members are left out.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { mmd } from "./mmd.ts";
 *
 * const loss = mmd(input("x", ["items"]), input("groups", ["items", 2]), 1);
 * const feeds = { x: { shape: [2], data: [0, 1] }, groups: { shape: [2, 2], data: [1, 0, 0, 1] } };
 * assertAlmostEquals(evaluate({ loss }, feeds).loss!.data[0]!, 2 - 2 * Math.exp(-0.5));
 * ```
 */
export function mmd(x: Tensor, membership: Tensor, sigma?: Operand): Tensor {
  const counts = reduceSum(membership, { axes: [0] });
  const kernel = rbfKernel(squaredDistances(x), reduceSum(membership, { axes: [1] }), sigma);
  return meanOverPairs(kernelDistances(kernel, div(membership, positiveOrOne(counts))), counts, 1);
}
