import {
  add,
  div,
  matMul,
  maximum,
  mul,
  type Operand,
  reduceSum,
  sub,
  type Tensor,
  transposeLast,
  unsqueeze,
} from "../../graph/mod.ts";
import { positiveOrOne } from "./group_means.ts";
import { rbfKernel, squaredDistances } from "./kernels.ts";

/**
 * The Hilbert–Schmidt independence criterion between rows and their groups: the biased estimate tr(KHLH)/(n − 1)²
 * with a Gaussian K, L = [gᵢ = gⱼ] and H = I − 1/n (Gretton et al., "Measuring statistical dependence with
 * Hilbert–Schmidt norms", 2005). Like MMD, but one number for any number of groups, weighted by their sizes.
 *
 * @param x Scores `[items]` or embeddings `[items, h]`
 * @param membership `[items, groups]`, one-hot; a row of zeros is left out.
 * @param sigma Width of the kernel; default: in proportion to the distances in the batch, so that the scale of x does
 *   not matter and shrinking it gains nothing.
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { hsic } from "./hsic.ts";
 *
 * const loss = hsic(input("x", ["items"]), input("groups", ["items", 2]), 1);
 * const feeds = { x: { shape: [2], data: [0, 1] }, groups: { shape: [2, 2], data: [1, 0, 0, 1] } };
 * assertAlmostEquals(evaluate({ loss }, feeds).loss!.data[0]!, 1 - Math.exp(-0.5));
 * ```
 */
export function hsic(x: Tensor, membership: Tensor, sigma?: Operand): Tensor {
  const known = reduceSum(membership, { axes: [1] }); // [items]
  const number = reduceSum(known);
  const kernel = rbfKernel(squaredDistances(x), known, sigma);
  const mean = (x: Tensor, axis: number) =>
    div(reduceSum(mul(x, unsqueeze(known, [1 - axis])), { axes: [axis], keepDims: true }), positiveOrOne(number));
  const rows = mean(kernel, 1); // [items, 1]
  const centred = add(sub(sub(kernel, rows), transposeLast(rows)), mean(rows, 0)); // HKH
  const same = matMul(membership, transposeLast(membership)); // L
  const degrees = maximum(sub(number, 1), 1);
  return div(reduceSum(mul(centred, same)), mul(degrees, degrees));
}
