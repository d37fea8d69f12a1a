/** Distances, kernels and means over pairs of groups: what the measures between distributions are made of. */
import {
  add,
  cast,
  constant,
  div,
  exp,
  greaterOrEqual,
  matMul,
  maximum,
  mul,
  neg,
  type Operand,
  reduceMean,
  reduceSum,
  stopGradient,
  sub,
  type Tensor,
  transposeLast,
  unsqueeze,
} from "../../graph/mod.ts";
import { positiveOrOne } from "./group_means.ts";

/**
 * Squared Euclidean distances between all rows, as ‖a‖² + ‖b‖² − 2a·b: no `[items, items, h]` is ever held.
 *
 * @param x `[items]` or `[items, h]`
 * @returns `[items, items]`
 */
export function squaredDistances(x: Tensor): Tensor {
  if (x.shape.length === 1) {
    const difference = sub(unsqueeze(x, [1]), unsqueeze(x, [0]));
    return mul(difference, difference);
  }
  // Distances do not change with the origin, but their rounding grows with the length of what is subtracted.
  const centred = sub(x, stopGradient(reduceMean(x, { axes: [0], keepDims: true })));
  const squares = reduceSum(mul(centred, centred), { axes: [1], keepDims: true }); // [items, 1]
  return sub(add(squares, transposeLast(squares)), mul(matMul(centred, transposeLast(centred)), 2));
}

/** The smallest 2σ² that the scale of a batch may give: distances of equal float32 embeddings are 0 up to 10⁻⁷. */
const SMALLEST_BANDWIDTH = 1e-4;

/**
 * The Gaussian kernel exp(−d²/(2σ²)).
 *
 * @param distances `[items, items]`, squared.
 * @param known `[items]`: 1 where a row counts.
 * @param sigma Default: 2σ² is the mean squared distance in the batch, and part of what is differentiated. A constant
 *   width, given or taken from the batch, rewards a model for drawing all embeddings together.
 */
export function rbfKernel(distances: Tensor, known: Tensor, sigma?: Operand): Tensor {
  if (sigma !== undefined) return exp(div(distances, mul(mul(sigma, sigma), -2)));
  const pairs = mul(unsqueeze(known, [1]), unsqueeze(known, [0]));
  const number = positiveOrOne(sub(reduceSum(pairs), reduceSum(known)));
  const mean = div(reduceSum(mul(distances, pairs)), number);
  return exp(neg(div(distances, maximum(mean, SMALLEST_BANDWIDTH))));
}

/**
 * The squared distance of two groups' mean embeddings in the space of a kernel: k̄(g,g) + k̄(h,h) − 2k̄(g,h).
 *
 * @param kernel `[items, items]`
 * @param shares `[items, groups]`: how much a row counts in a mean, such as 1/members.
 * @returns `[groups, groups]`
 */
export function kernelDistances(kernel: Tensor, shares: Tensor): Tensor {
  // Sums, not matrix products: in half precision a product would lose the small difference of large means.
  const toGroup = reduceSum(mul(unsqueeze(kernel, [2]), unsqueeze(shares, [0])), { axes: [1] }); // [items, groups]
  const means = reduceSum(mul(unsqueeze(shares, [2]), unsqueeze(toGroup, [1])), { axes: [0] }); // [groups, groups]
  const own = reduceSum(mul(means, identity(shares.shape[1] as number)), { axes: [1], keepDims: true }); // [groups, 1]
  return sub(add(own, transposeLast(own)), mul(means, 2));
}

/**
 * The mean of a symmetric quantity over all pairs of different groups that are large enough; 0 without such a pair.
 *
 * @param pairs `[groups, groups]`
 * @param counts `[groups]`
 * @param smallest Members that a group needs.
 * @returns Rank 0
 */
export function meanOverPairs(pairs: Tensor, counts: Tensor, smallest: number): Tensor {
  const present = cast(greaterOrEqual(counts, smallest), "float32");
  const different = sub(1, identity(counts.shape[0] as number));
  const taken = mul(mul(unsqueeze(present, [1]), unsqueeze(present, [0])), different);
  return div(reduceSum(mul(pairs, taken)), positiveOrOne(reduceSum(taken)));
}

function identity(size: number): Tensor {
  const data = Float32Array.from({ length: size * size }, (_, i) => i % (size + 1) === 0 ? 1 : 0);
  return constant({ dtype: "float32", shape: [size, size], data });
}
