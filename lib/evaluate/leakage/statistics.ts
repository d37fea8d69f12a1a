/** How well probabilities of groups name the group, and how far chance could move that. */
import { type Interval, permutationPValues } from "../../metrics/mod.ts";

/** Probabilities, sorted once. */
export interface RankedProbabilities {
  readonly groups: number;
  readonly predicted: Int32Array; // [n] the likeliest group of each row, the first of equals
  readonly fold: ArrayLike<number>; // [n] of each row
  readonly scores: readonly Float64Array[]; // [groups][n] probabilities of each group
  readonly orders: readonly Int32Array[]; // [groups][n] rows fold by fold, each from high to low by that probability
}

/** Sorts `[n][groups]` probabilities. */
export function rankProbabilities(
  probabilities: readonly ArrayLike<number>[],
  fold: ArrayLike<number>,
): RankedProbabilities {
  const groups = probabilities[0]!.length;
  const scores = Array.from({ length: groups }, (_, c) => Float64Array.from(probabilities, (row) => row[c]!));
  const predicted = Int32Array.from(probabilities, (row) => {
    let top = 0;
    for (let c = 1; c < groups; c++) if (row[c]! > row[top]!) top = c;
    return top;
  });
  const orders = scores.map((own) =>
    Int32Array.from(own.keys()).sort((a, b) => fold[a]! - fold[b]! || own[b]! - own[a]! || a - b)
  );
  return { groups, predicted, fold, scores, orders };
}

/**
 * Accuracy, balanced accuracy, macro AUC and the recall of every group, as functions of row weights, so that they can
 * be resampled.
 *
 * - accuracy: share of rows whose likeliest group is theirs;
 * - balanced accuracy: mean of the groups' recalls, as scikit-learn's `balanced_accuracy_score`;
 * - macro AUC: mean over groups of the ROC-AUC of "this group against the rest" by its probability, ties counting one
 * half; within one fold `roc_auc_score(multi_class="ovr", average="macro")`. Rows are compared with rows of their
 * fold only, whose probabilities are of the same classifier; over all pairs, AUC is below one half where there is
 * nothing to find (Forman & Scholz 2010, "Apples-to-apples in cross-validation studies");
 * - recall of a group: share of its rows whose likeliest group is theirs.
 *
 * @param codes `[n]` true group of each row.
 * @param weights `[n]` how often each row counts.
 * @returns `[3 + groups]` in this order; NaN where a group that it needs has no weight.
 */
export function probeStatistics(
  ranked: RankedProbabilities,
  codes: ArrayLike<number>,
  weights: ArrayLike<number>,
): Float64Array {
  const { groups, predicted } = ranked;
  const totals = new Float64Array(groups), hits = new Float64Array(groups);
  predicted.forEach((guess, i) => {
    totals[codes[i]!]! += weights[i]!;
    if (guess === codes[i]) hits[guess]! += weights[i]!;
  });
  const recalls = hits.map((hit, c) => hit / totals[c]!);
  const aucs = totals.map((_, c) => aucWithinFolds(ranked, c, { codes, weights }));
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const mean = (values: Float64Array) => sum(values.map((value) => value / groups));
  return Float64Array.of(sum(hits) / sum(totals), mean(recalls), mean(aucs), ...recalls);
}

/**
 * Share of the pairs of a row of the group and another row of its fold in which the former scores higher; ties count
 * one half.
 */
function aucWithinFolds(
  { scores, orders, fold }: RankedProbabilities,
  group: number,
  { codes, weights }: { readonly codes: ArrayLike<number>; readonly weights: ArrayLike<number> },
): number {
  const own = scores[group]!, order = orders[group]!;
  let won = 0, pairs = 0;
  let above = 0, others = 0, tiedOwn = 0, tiedOthers = 0;
  for (let k = 0; k <= order.length; k++) {
    const i = order[k]!, before = order[k - 1]!;
    const newFold = k === order.length || k > 0 && fold[i] !== fold[before];
    if (newFold || k > 0 && own[i] !== own[before]) {
      won += tiedOthers * (above + tiedOwn / 2);
      above += tiedOwn;
      others += tiedOthers;
      tiedOwn = tiedOthers = 0;
    }
    if (newFold) {
      pairs += above * others;
      above = others = 0;
    }
    if (k === order.length) break;
    if (codes[i] === group) tiedOwn += weights[i]!;
    else tiedOthers += weights[i]!;
  }
  return won / pairs;
}

/**
 * How much more a cross-validated number varies than it seems to with its predictions held fixed. Every two people of
 * different folds meet twice, each helping to predict the other: where there is little to find, a number is the sum of
 * what such pairs add, each pair twice, so its variance is twice that of as many independent predictions, whatever the
 * number of folds. Where there is much to find, what a classifier has learned hardly depends on single people, and the
 * factor is too cautious (on the problem, Bates, Hastie & Tibshirani 2024, "Cross-validation: what does it estimate and
 * how well does it do it?").
 */
const SPREAD = Math.SQRT2;

/** Stretches an interval about its estimate by {@linkcode SPREAD}, within `least` and 1, and marks it as `widened`. */
export function widenInterval(interval: Interval, estimate: number, least: -1 | 0): Interval {
  const { low, high } = interval;
  return {
    ...interval,
    method: "widened",
    low: low === null ? null : Math.max(least, estimate - SPREAD * (estimate - low)),
    high: high === null ? null : Math.min(1, estimate + SPREAD * (high - estimate)),
  };
}

/**
 * P-values of permutations that hold predictions fixed: the share of permutations at least as high as the data once
 * each has been moved away from their mean by {@linkcode SPREAD}.
 *
 * @param observed `[S]` values on the data; `draw` gives those of the next permutation, and may reuse the array.
 */
export function spreadPValues(
  observed: ArrayLike<number>,
  permutations: number,
  draw: () => ArrayLike<number>,
): (number | null)[] {
  const draws = Array.from({ length: permutations }, () => Float64Array.from(draw()));
  const means = Array.from(observed, (_, s) => draws.reduce((sum, values) => sum + values[s]!, 0) / permutations);
  const spread = draws.map((values) => values.map((value, s) => means[s]! + SPREAD * (value - means[s]!))).values();
  const ideals = means.map(() => 0 as const);
  return permutationPValues(observed, ideals, { permutations, draw: () => spread.next().value! });
}
