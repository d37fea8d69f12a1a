/**
 * Training objectives as graph code: functions from embeddings to a scalar loss. They agree with sentence-transformers
 * where it has them.
 *
 * Shapes: embeddings `[n, h]` of n pairs (or tuples), h numbers each; cosines, labels and weights `[n]`; losses rank 0.
 */
import {
  add,
  concat,
  div,
  less,
  logSumExp,
  matMul,
  mul,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  slice,
} from "../graph/mod.ts";
import { cast, logSoftmax, maximum, softmax, softplus, sub, transposeLast, where } from "../graph/mod.ts";
import type { Tensor } from "../graph/mod.ts";
import { unitLength } from "../model/mod.ts";

/** Stands for −∞ in a score that must not count: its exponential is exactly 0, and no infinity meets a 0. */
const EXCLUDED = -1e9;

/** Cosine `[n]` of corresponding rows. */
export function pairwiseCosine(a: Tensor, b: Tensor): Tensor {
  return reduceSum(mul(unitLength(a), unitLength(b)), { axes: [-1] });
}

/**
 * Pair classification: binary cross-entropy of sigmoid(scale · cosine + bias) against a label in [0, 1], graded labels
 * allowed; with weights Σ wᵢ lossᵢ / Σ wᵢ. Scale and bias are usually trained along.
 */
export function pairLoss(
  cosine: Tensor,
  label: Tensor,
  { scale, bias, weight }: { scale: Tensor; bias: Tensor; weight?: Tensor | undefined },
): Tensor {
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
 * In-batch contrastive loss, known as MultipleNegativesRankingLoss or InfoNCE (van den Oord et al. 2018): cross entropy
 * of each anchor's own positive among all positives and hard negatives of the batch.
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
 */
export function cosentLoss(cosine: Tensor, label: Tensor, temperature: number): Tensor {
  const differences = mul(sub(column(cosine), row(cosine)), 1 / temperature); // [n, n]
  const counted = where(less(column(label), row(label)), differences, EXCLUDED);
  return softplus(logSumExp(counted, [0, 1])); // ln(1 + e^total)
}

/**
 * Triplet loss (Schroff et al. 2015) of cosine distances d = 1 − cos: mean of max(0, d(anchor, positive) − d(anchor,
 * negative) + margin); the margin is how much farther the negative is to be.
 */
export function tripletLoss(
  { anchor, positive, negative }: Readonly<Record<"anchor" | "positive" | "negative", Tensor>>,
  margin: number,
): Tensor {
  const distance = (other: Tensor) => sub(1, pairwiseCosine(anchor, other));
  return reduceMean(relu(add(sub(distance(positive), distance(negative)), margin)));
}

/** Stands for a teacher's score that is not known: what has it does not enter the loss. */
export const UNKNOWN_SCORE = EXCLUDED;

/**
 * Distillation from a teacher's scores of each job's résumés, `[n, k]` with the match first; the student's are cosines
 * divided by the temperature. `kl`: cross entropy of softmax(student) against softmax(teacher), FlagEmbedding's kl_div.
 * `marginMse`: mean squared error of score(match) − score(other) against the teacher's (Hofstätter et al. 2020).
 */
export function teacherLoss(student: Tensor, teacher: Tensor, loss: "kl" | "marginMse"): Tensor {
  const isUnknown = less(teacher, UNKNOWN_SCORE / 2);
  if (loss === "kl") {
    const logs = logSoftmax(where(isUnknown, EXCLUDED, student), 1);
    return mul(reduceMean(reduceSum(mul(logs, softmax(teacher, 1)), { axes: [1] })), -1);
  }
  const k = student.shape[1] as number;
  const margins = (scores: Tensor) => sub(slice(scores, 1, [0, 1]), slice(scores, 1, [1, k])); // [n, k − 1]
  const known = sub(1, cast(slice(isUnknown, 1, [1, k]), "float32"));
  const difference = mul(sub(margins(student), margins(where(isUnknown, 0, teacher))), known);
  return div(reduceSum(mul(difference, difference)), maximum(reduceSum(known), 1));
}

/** `[n]` as `[n, 1]`. */
export function column(x: Tensor): Tensor {
  return reshape(x, [x.shape[0]!, 1]);
}

/** `[n]` as `[1, n]`. */
function row(x: Tensor): Tensor {
  return reshape(x, [1, x.shape[0]!]);
}
