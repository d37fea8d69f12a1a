/**
 * Distances between the distributions of groups: of scores `[items]` or embeddings `[items, h]`, given the membership
 * `[items, groups]`, one-hot, whose rows of zeros belong to no group. All are of rank 0, averaged over pairs of groups
 * where they compare two, and 0 with a gradient of 0 where there is nothing to compare.
 */
import { abs, add, cast, constant, div, equal, exp, greater, greaterOrEqual, less, matMul } from "../../graph/mod.ts";
import { maximum, mul, neg, reduceMean, reduceSum, stopGradient, sub, transposeLast } from "../../graph/mod.ts";
import { unsqueeze, where } from "../../graph/mod.ts";
import type { Operand, Tensor } from "../../graph/mod.ts";
import { positiveOrOne, weightedMean } from "./rates.ts";

/**
 * Where a standard deviation of 10⁻⁴ begins: below it differences of cosines are rounding, and gradients have no bound.
 */
export const SMALLEST_VARIANCE = 1e-8;

/** The smallest 2σ² that the scale of a batch may give: distances of equal float32 embeddings are 0 up to 10⁻⁷. */
const SMALLEST_BANDWIDTH = 1e-4;

/**
 * Wasserstein-1 distance between the groups' score distributions, ∫|F_g − F_h|: how far scores must move, on average,
 * to make two groups' scores alike (as `scipy.stats.wasserstein_distance`). In units of the score, and unlike MMD it
 * does not fade when the groups lie far apart.
 *
 * The integral is Σᵢ sᵢ·(|F_g − F_h| just below sᵢ − |F_g − F_h| at sᵢ), and the steps of F come from comparing all
 * scores with each other, so nothing is sorted. The gradient takes those steps as constant, which is exact wherever no
 * scores are equal; rows with equal scores share theirs.
 */
export function wasserstein(score: Tensor, membership: Tensor): Tensor {
  const counts = reduceSum(membership, { axes: [0] });
  const own = unsqueeze(score, [1]), other = unsqueeze(score, [0]);
  const members = (condition: Tensor) => matMul(cast(condition, "float32"), membership); // [items, groups]
  const below = members(less(other, own)), tied = members(equal(other, own));

  const across = (x: Tensor, combine: (a: Tensor, b: Tensor) => Tensor) =>
    // [items, groups, groups]
    combine(unsqueeze(x, [2]), unsqueeze(x, [1]));
  const difference = (members: Tensor) => abs(across(div(members, positiveOrOne(counts)), sub));
  const step = sub(difference(below), difference(add(below, tied)));
  const share = div(across(membership, add), maximum(across(tied, add), 1));
  const coefficients = stopGradient(mul(step, share));
  return meanOverPairs(reduceSum(mul(unsqueeze(score, [1, 2]), coefficients), { axes: [0] }), counts, 1);
}

/**
 * Maximum mean discrepancy: the biased estimate of squared MMD with a Gaussian kernel, mean k(u,u′) + mean k(v,v′) − 2
 * mean k(u,v) (Gretton et al., "A kernel two-sample test", 2012). It is 0 only where the distributions are equal, not
 * just their means. Without `sigma` the kernel is as wide as the distances in the batch: the scale of x does not
 * matter, and shrinking it gains nothing.
 */
export function mmd(x: Tensor, membership: Tensor, sigma?: Operand): Tensor {
  const counts = reduceSum(membership, { axes: [0] });
  const kernel = rbfKernel(squaredDistances(x), reduceSum(membership, { axes: [1] }), sigma);
  return meanOverPairs(kernelDistances(kernel, div(membership, positiveOrOne(counts))), counts, 1);
}

/**
 * The Hilbert–Schmidt independence criterion between rows and their groups: the biased estimate tr(KHLH)/(n − 1)² with
 * a Gaussian K, L = [gᵢ = gⱼ] and H = I − 1/n (Gretton et al., "Measuring statistical dependence with Hilbert–Schmidt
 * norms", 2005). Like MMD, but one number for any number of groups, weighted by their sizes.
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

/**
 * CORAL: ‖C_g − C_h‖²_F/(4h²), with C the sample covariances of two groups' embeddings (Sun & Saenko, "Deep CORAL",
 * 2016). It leaves the groups' means alone: use it beside a penalty that does not. Groups of one member are left out.
 *
 * Computed as ⟨C_g, C_h⟩ = Σᵢⱼ (xᵢ·xⱼ)²/((n_g − 1)(n_h − 1)) over centred rows, so that no `[h, h]` is ever held.
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

/**
 * The squared Pearson correlation of a score with a numeric attribute `[items]`, such as a degree level counted from 0:
 * cov(s, c)²/(var(s)·var(c)), in [0, 1]; it fades to 0 where a variance falls below 10⁻⁸. It sees linear dependence
 * only, but one number suffices for any number of groups. A row of weight 0 is left out.
 */
export function squaredCorrelation(score: Tensor, code: Tensor, weights?: Tensor): Tensor {
  const centred = (x: Tensor) => sub(x, weightedMean(x, weights));
  const s = centred(score), c = centred(code);
  const moment = (a: Tensor, b: Tensor) => weightedMean(mul(a, b), weights);
  const covariance = moment(s, c);
  const variances = [moment(s, s), moment(c, c)].map((x) => maximum(x, SMALLEST_VARIANCE));
  return div(div(mul(covariance, covariance), variances[0]!), variances[1]!);
}

/** The number of each row's group, counted from 0: a numeric attribute `[items]`, where the groups have an order. */
export function groupNumbers(membership: Tensor): Tensor {
  const groups = membership.shape[1] as number;
  const data = Float32Array.from({ length: groups }, (_, i) => i);
  return reduceSum(mul(membership, constant({ dtype: "float32", shape: [groups], data })), { axes: [1] });
}

/** Squared Euclidean distances `[items, items]` as ‖a‖² + ‖b‖² − 2a·b: no `[items, items, h]` is ever held. */
function squaredDistances(x: Tensor): Tensor {
  if (x.shape.length === 1) {
    const difference = sub(unsqueeze(x, [1]), unsqueeze(x, [0]));
    return mul(difference, difference);
  }
  // Distances do not change with the origin, but their rounding grows with the length of what is subtracted.
  const centred = sub(x, stopGradient(reduceMean(x, { axes: [0], keepDims: true })));
  const squares = reduceSum(mul(centred, centred), { axes: [1], keepDims: true }); // [items, 1]
  return sub(add(squares, transposeLast(squares)), mul(matMul(centred, transposeLast(centred)), 2));
}

/**
 * The Gaussian kernel exp(−d²/(2σ²)) of squared distances `[items, items]`, where `known` says which rows count.
 * Without `sigma`, 2σ² is the mean squared distance in the batch, and part of what is differentiated: a constant width,
 * given or taken from the batch, rewards a model for drawing all embeddings together.
 */
function rbfKernel(distances: Tensor, known: Tensor, sigma?: Operand): Tensor {
  if (sigma !== undefined) return exp(div(distances, mul(mul(sigma, sigma), -2)));
  const pairs = mul(unsqueeze(known, [1]), unsqueeze(known, [0]));
  const number = positiveOrOne(sub(reduceSum(pairs), reduceSum(known)));
  const mean = div(reduceSum(mul(distances, pairs)), number);
  return exp(neg(div(distances, maximum(mean, SMALLEST_BANDWIDTH))));
}

/**
 * The squared distance `[groups, groups]` of two groups' mean embeddings in the space of a kernel: k̄(g,g) + k̄(h,h) −
 * 2k̄(g,h). The shares `[items, groups]` say how much a row counts in a mean, such as 1/members.
 */
function kernelDistances(kernel: Tensor, shares: Tensor): Tensor {
  // Sums, not matrix products: in half precision a product would lose the small difference of large means.
  const toGroup = reduceSum(mul(unsqueeze(kernel, [2]), unsqueeze(shares, [0])), { axes: [1] }); // [items, groups]
  const means = reduceSum(mul(unsqueeze(shares, [2]), unsqueeze(toGroup, [1])), { axes: [0] }); // [groups, groups]
  const own = reduceSum(mul(means, identity(shares.shape[1] as number)), { axes: [1], keepDims: true }); // [groups, 1]
  return sub(add(own, transposeLast(own)), mul(means, 2));
}

/**
 * The mean of a symmetric quantity `[groups, groups]` over all pairs of different groups of at least so many members.
 */
function meanOverPairs(pairs: Tensor, counts: Tensor, smallest: number): Tensor {
  const present = cast(greaterOrEqual(counts, smallest), "float32");
  const different = sub(1, identity(counts.shape[0] as number));
  const taken = mul(mul(unsqueeze(present, [1]), unsqueeze(present, [0])), different);
  return div(reduceSum(mul(pairs, taken)), positiveOrOne(reduceSum(taken)));
}

function identity(size: number): Tensor {
  const data = Float32Array.from({ length: size * size }, (_, i) => i % (size + 1) === 0 ? 1 : 0);
  return constant({ dtype: "float32", shape: [size, size], data });
}
