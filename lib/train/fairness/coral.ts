import { div, greater, matMul, mul, reduceSum, sub, type Tensor, transposeLast, where } from "../../graph/mod.ts";
import { positiveOrOne } from "./group_means.ts";
import { kernelDistances, meanOverPairs } from "./kernels.ts";

/**
 * CORAL: ‖C_g − C_h‖²_F/(4h²), with C the sample covariances of two groups' embeddings (Sun & Saenko, "Deep CORAL",
 * 2016), averaged over all pairs of groups. It leaves the groups' means alone: use it beside a penalty that does not.
 *
 * Computed as ⟨C_g, C_h⟩ = Σᵢⱼ (xᵢ·xⱼ)²/((n_g − 1)(n_h − 1)) over centred rows, so that no `[h, h]` is ever held.
 *
 * @param x `[items, h]`
 * @param membership `[items, groups]`, one-hot; a row of zeros belongs to no group.
 * @returns Rank 0; groups of less than two members are left out.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../../graph/reference.ts";
 * import { input } from "../../graph/tensor.ts";
 * import { coral } from "./coral.ts";
 *
 * const loss = coral(input("x", ["items", 1]), input("groups", ["items", 2]));
 * const groups = { shape: [4, 2], data: [1, 0, 1, 0, 0, 1, 0, 1] };
 * // Variances of 0.5 and 2.
 * const results = evaluate({ loss }, { x: { shape: [4, 1], data: [0, 1, 5, 7] }, groups });
 * assertAlmostEquals(results.loss!.data[0]!, 1.5 ** 2 / 4);
 * ```
 */
export function coral(x: Tensor, membership: Tensor): Tensor {
  const counts = reduceSum(membership, { axes: [0] });
  const means = matMul(transposeLast(div(membership, positiveOrOne(counts))), x); // [groups, h]
  const centred = sub(x, matMul(membership, means));
  const products = matMul(centred, transposeLast(centred)); // [items, items]
  const shares = div(membership, where(greater(counts, 1), sub(counts, 1), 1));
  const squares = kernelDistances(mul(products, products), shares);
  const width = x.shape[1] as number;
  return div(meanOverPairs(squares, counts, 2), 4 * width * width);
}
