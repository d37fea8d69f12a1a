/**
 * Training objectives as graph code: functions from embeddings to a scalar loss. They agree with
 * sentence-transformers where it has them.
 *
 * Shapes: n pairs (or tuples), h numbers per embedding.
 */
import {
  add,
  concat,
  div,
  less,
  logSumExp,
  matMul,
  maximum,
  mul,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  softplus,
  sqrt,
  sub,
  type Tensor,
  transposeLast,
  where,
} from "../graph/mod.ts";
import { unitLength } from "../model/mod.ts";

/** Stands for −∞ in a score that must not count: its exponential is exactly 0, and no infinity meets a 0. */
const EXCLUDED = -1e9;

/**
 * Cosine of corresponding rows.
 *
 * @param a `[n, h]`
 * @param b `[n, h]`
 * @returns `[n]`
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../graph/_reference_testing.ts";
 * import { input } from "../graph/tensor.ts";
 * import { pairwiseCosine } from "./objectives.ts";
 *
 * const result = pairwiseCosine(input("a", [1, 2]), input("b", [1, 2]));
 * const feeds = { a: { shape: [1, 2], data: [3, 4] }, b: { shape: [1, 2], data: [2, 0] } };
 * assertAlmostEquals(evaluate({ result }, feeds).result!.data[0]!, 0.6, 1e-12);
 * ```
 */
export function pairwiseCosine(a: Tensor, b: Tensor): Tensor {
  return reduceSum(mul(unitLength(a), unitLength(b)), { axes: [-1] });
}

/**
 * Pair classification: binary cross-entropy of sigmoid(scale · cosine + bias) against a label in [0, 1].
 *
 * @param cosine `[n]`
 * @param label `[n]`, graded labels allowed
 * @param scale, bias Rank 0, usually trained along
 * @param weight `[n]`; the loss is then Σ wᵢ lossᵢ / Σ wᵢ
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../graph/_reference_testing.ts";
 * import { input, scalar } from "../graph/tensor.ts";
 * import { pairLoss } from "./objectives.ts";
 *
 * const cosine = input("cosine", ["n"]), label = input("label", ["n"]);
 * const result = pairLoss(cosine, label, scalar(10), scalar(-5));
 * const feeds = { cosine: { shape: [1], data: [0.5] }, label: { shape: [1], data: [1] } };
 * // A logit of 0 is a probability of one half.
 * assertAlmostEquals(evaluate({ result }, feeds).result!.data[0]!, Math.log(2), 1e-12);
 * ```
 */
export function pairLoss(cosine: Tensor, label: Tensor, scale: Tensor, bias: Tensor, weight?: Tensor): Tensor {
  const logit = add(mul(cosine, scale), bias);
  const losses = sub(softplus(logit), mul(logit, label));
  return weight ? div(reduceSum(mul(losses, weight)), reduceSum(weight)) : reduceMean(losses);
}

/** What {@linkcode contrastiveLoss} compares. */
export interface ContrastiveOptions {
  /** Divides the cosines; BGE trained with 0.02, sentence-transformers' scale 20 is 0.05. */
  temperature: number;
  /**
   * bool `[n, n]`: true where candidate j is no negative of anchor i, because it is the same document or matches as
   * well; it is left out of i's denominator. False on the diagonal.
   */
  excluded?: Tensor;
  /** Hard negatives `[n, h]`, each seen by every anchor but those it is excluded for. */
  negatives?: readonly { candidates: Tensor; excluded?: Tensor }[];
}

/**
 * In-batch contrastive loss, known as MultipleNegativesRankingLoss or InfoNCE (van den Oord et al. 2018): cross
 * entropy of each anchor's own positive among all positives and hard negatives of the batch.
 *
 * @param anchor `[n, h]`
 * @param positive `[n, h]`
 * @param options Temperature, exclusions and hard negatives.
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../graph/_reference_testing.ts";
 * import { input } from "../graph/tensor.ts";
 * import { contrastiveLoss } from "./objectives.ts";
 *
 * const result = contrastiveLoss(input("jobs", ["n", 2]), input("resumes", ["n", 2]), { temperature: 1 });
 * const corners = { shape: [2, 2], data: [1, 0, 0, 1] };
 * // Each anchor equals its own positive and is orthogonal to the other: −ln(e¹ / (e¹ + e⁰)).
 * const { data } = evaluate({ result }, { jobs: corners, resumes: corners }).result!;
 * assertAlmostEquals(data[0]!, Math.log(1 + Math.exp(-1)), 1e-12);
 * ```
 */
export function contrastiveLoss(anchor: Tensor, positive: Tensor, options: ContrastiveOptions): Tensor {
  const { temperature, excluded, negatives = [] } = options;
  const query = unitLength(anchor);
  const logTotal = (candidates: Tensor, excluded?: Tensor) => { // [n, 1]
    const scores = mul(matMul(query, transposeLast(unitLength(candidates))), 1 / temperature); // [n, n]
    return logSumExp(excluded ? where(excluded, EXCLUDED, scores) : scores, [1], true);
  };
  const parts = [logTotal(positive, excluded), ...negatives.map((n) => logTotal(n.candidates, n.excluded))];
  const own = mul(pairwiseCosine(anchor, positive), 1 / temperature); // [n]
  return reduceMean(sub(logSumExp(concat(parts, 1), [1]), own));
}

/**
 * CoSENT (Su 2022): ln(1 + Σ exp((cosᵢ − cosⱼ)/temperature)) over all pairs with labelᵢ < labelⱼ, which asks for the
 * right order only.
 *
 * @param cosine `[n]`
 * @param label `[n]`
 * @param temperature Divides the differences.
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../graph/_reference_testing.ts";
 * import { input } from "../graph/tensor.ts";
 * import { cosentLoss } from "./objectives.ts";
 *
 * const result = cosentLoss(input("cosine", ["n"]), input("label", ["n"]), 0.5);
 * const feeds = { cosine: { shape: [2], data: [0.9, 0.4] }, label: { shape: [2], data: [0, 1] } };
 * // One pair in the wrong order, by 0.5.
 * assertAlmostEquals(evaluate({ result }, feeds).result!.data[0]!, Math.log(1 + Math.exp(1)), 1e-12);
 * ```
 */
export function cosentLoss(cosine: Tensor, label: Tensor, temperature: number): Tensor {
  const differences = mul(sub(column(cosine), row(cosine)), 1 / temperature); // [n, n]
  const counted = where(less(column(label), row(label)), differences, EXCLUDED);
  return softplus(logSumExp(counted, [0, 1])); // ln(1 + e^total)
}

/**
 * Triplet loss (Schroff et al. 2015): mean of max(0, d(anchor, positive) − d(anchor, negative) + margin).
 *
 * @param anchor `[n, h]`
 * @param positive `[n, h]`
 * @param negative `[n, h]`
 * @param margin How much farther the negative is to be.
 * @param distance `"cosine"` is 1 − cos; `"euclidean"` is ‖x − y‖, with derivative 0 where x = y.
 * @returns Rank 0
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { evaluate } from "../graph/_reference_testing.ts";
 * import { input } from "../graph/tensor.ts";
 * import { tripletLoss } from "./objectives.ts";
 *
 * const [a, p, n] = ["a", "p", "n"].map((name) => input(name, [1, 2]));
 * const result = tripletLoss(a!, p!, n!, 0.5, "euclidean");
 * const at = (x: number) => ({ shape: [1, 2], data: [x, 0] });
 * // The positive is 1 away, the negative 1.2: 0.3 short of the margin.
 * assertAlmostEquals(evaluate({ result }, { a: at(0), p: at(1), n: at(1.2) }).result!.data[0]!, 0.3, 1e-9);
 * ```
 */
export function tripletLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  margin: number,
  distance: "cosine" | "euclidean",
): Tensor {
  const apart = (a: Tensor, b: Tensor) => {
    if (distance === "cosine") return sub(1, pairwiseCosine(a, b));
    const difference = sub(a, b);
    return sqrt(maximum(reduceSum(mul(difference, difference), { axes: [-1] }), 1e-24));
  };
  return reduceMean(relu(add(sub(apart(anchor, positive), apart(anchor, negative)), margin)));
}

/** `[n]` as `[n, 1]`. */
function column(x: Tensor): Tensor {
  return reshape(x, [x.shape[0]!, 1]);
}

/** `[n]` as `[1, n]`. */
function row(x: Tensor): Tensor {
  return reshape(x, [1, x.shape[0]!]);
}
