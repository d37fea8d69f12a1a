/** How well probabilities of groups name the group, as functions of row weights, so that they can be resampled. */
/** Probabilities, sorted once. */
export interface RankedProbabilities {
  readonly groups: number;
  /** `[n]` the likeliest group of each row, the first of equals. */
  readonly predicted: Int32Array;
  /** `[n]` fold of each row. */
  readonly fold: ArrayLike<number>;
  /** `[groups][n]` probabilities of each group. */
  readonly scores: readonly Float64Array[];
  /** `[groups][n]` rows fold by fold, each from high to low by that probability. */
  readonly orders: readonly Int32Array[];
}

/**
 * Sorts probabilities.
 *
 * @param probabilities `[n · groups]`, row by row.
 * @param groups How many.
 * @param fold `[n]` fold of each row.
 * @returns The sorted probabilities.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rankProbabilities } from "./statistics.ts";
 *
 * assertEquals(rankProbabilities([0.2, 0.8, 0.6, 0.4], 2, [0, 0]).predicted, Int32Array.of(1, 0));
 * ```
 */
export function rankProbabilities(
  probabilities: ArrayLike<number>,
  groups: number,
  fold: ArrayLike<number>,
): RankedProbabilities {
  const n = probabilities.length / groups;
  const scores = Array.from(
    { length: groups },
    (_, c) => Float64Array.from({ length: n }, (_, i) => probabilities[i * groups + c]!),
  );
  const predicted = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    for (let c = 1; c < groups; c++) if (scores[c]![i]! > scores[predicted[i]!]![i]!) predicted[i] = c;
  }
  const orders = scores.map((own) =>
    Int32Array.from(own.keys()).sort((a, b) => fold[a]! - fold[b]! || own[b]! - own[a]! || a - b)
  );
  return { groups, predicted, fold, scores, orders };
}

/**
 * Accuracy, balanced accuracy, macro AUC and the recall of every group.
 *
 * - accuracy: share of rows whose likeliest group is theirs;
 * - balanced accuracy: mean of the groups' recalls, as scikit-learn's `balanced_accuracy_score`;
 * - macro AUC: mean over groups of the ROC-AUC of "this group against the rest" by its probability, ties counting one half; within
 *   one fold `roc_auc_score(multi_class="ovr", average="macro")`. Rows are compared with rows of their fold only, whose probabilities
 *   are of the same classifier; over all pairs, AUC is below one half where there is nothing to find (Forman & Scholz 2010,
 *   "Apples-to-apples in cross-validation studies");
 * - recall of a group: share of its rows whose likeliest group is theirs.
 *
 * @param ranked The probabilities.
 * @param codes `[n]` true group of each row.
 * @param weights `[n]` how often each row counts.
 * @returns `[3 + groups]` in this order; NaN where a group that it needs has no weight.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { probeStatistics, rankProbabilities } from "./statistics.ts";
 *
 * const ranked = rankProbabilities([0.9, 0.1, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8], 2, [0, 0, 0, 0]);
 * const [accuracy, balanced, auc, ...recalls] = probeStatistics(ranked, [0, 0, 0, 1], [1, 1, 1, 1]);
 * assertEquals([accuracy, auc, ...recalls], [0.5, 1, 1 / 3, 1]);
 * assertEquals(balanced, 2 / 3);
 * ```
 */
export function probeStatistics(
  ranked: RankedProbabilities,
  codes: ArrayLike<number>,
  weights: ArrayLike<number>,
): Float64Array {
  const { groups, predicted } = ranked;
  const totals = new Float64Array(groups);
  const hits = new Float64Array(groups);
  for (let i = 0; i < predicted.length; i++) {
    const code = codes[i]!;
    totals[code]! += weights[i]!;
    if (predicted[i] === code) hits[code]! += weights[i]!;
  }
  const out = new Float64Array(3 + groups);
  for (let c = 0; c < groups; c++) {
    const recall = hits[c]! / totals[c]!;
    out[1]! += recall / groups;
    out[2]! += aucWithinFolds(ranked, codes, weights, c) / groups;
    out[3 + c] = recall;
  }
  out[0] = sum(hits) / sum(totals);
  return out;
}

/** Share of the pairs of a row of the group and another row of its fold in which the former scores higher; ties count one half. */
function aucWithinFolds(
  { scores, orders, fold }: RankedProbabilities,
  codes: ArrayLike<number>,
  weights: ArrayLike<number>,
  group: number,
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

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
