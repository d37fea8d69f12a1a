/** How well probabilities of groups name the group, as functions of row weights, so that they can be resampled. */
import { argsortDescending } from "../metrics/argsort.ts";

/** Probabilities, sorted once. */
export interface RankedProbabilities {
  readonly groups: number;
  /** `[n]` the likeliest group of each row, the first of equals. */
  readonly predicted: Int32Array;
  /** `[groups][n]` probabilities of each group. */
  readonly scores: readonly Float64Array[];
  /** `[groups][n]` rows by that probability, from high to low. */
  readonly orders: readonly Uint32Array[];
}

/**
 * Sorts probabilities.
 *
 * @param probabilities `[n · groups]`, row by row.
 * @param groups How many.
 * @returns The sorted probabilities.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rankProbabilities } from "./statistics.ts";
 *
 * assertEquals(rankProbabilities([0.2, 0.8, 0.6, 0.4], 2).predicted, Int32Array.of(1, 0));
 * ```
 */
export function rankProbabilities(probabilities: ArrayLike<number>, groups: number): RankedProbabilities {
  const n = probabilities.length / groups;
  const scores = Array.from(
    { length: groups },
    (_, c) => Float64Array.from({ length: n }, (_, i) => probabilities[i * groups + c]!),
  );
  const predicted = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    for (let c = 1; c < groups; c++) if (scores[c]![i]! > scores[predicted[i]!]![i]!) predicted[i] = c;
  }
  return { groups, predicted, scores, orders: scores.map(argsortDescending) };
}

/**
 * Accuracy, balanced accuracy, macro AUC and the recall of every group.
 *
 * - accuracy: share of rows whose likeliest group is theirs;
 * - balanced accuracy: mean of the groups' recalls, as scikit-learn's `balanced_accuracy_score`;
 * - macro AUC: mean over groups of the ROC-AUC of "this group against the rest" by its probability, ties counting one half, as
 *   `roc_auc_score(multi_class="ovr", average="macro")`;
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
 * const ranked = rankProbabilities([0.9, 0.1, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8], 2);
 * const [accuracy, balanced, auc, ...recalls] = probeStatistics(ranked, [0, 0, 0, 1], [1, 1, 1, 1]);
 * assertEquals([accuracy, auc, ...recalls], [0.5, 1, 1 / 3, 1]);
 * assertEquals(balanced, 2 / 3);
 * ```
 */
export function probeStatistics(
  { groups, predicted, scores, orders }: RankedProbabilities,
  codes: ArrayLike<number>,
  weights: ArrayLike<number>,
): Float64Array {
  const totals = new Float64Array(groups);
  const hits = new Float64Array(groups);
  for (let i = 0; i < predicted.length; i++) {
    const code = codes[i]!;
    totals[code]! += weights[i]!;
    if (predicted[i] === code) hits[code]! += weights[i]!;
  }
  const all = sum(totals);
  const out = new Float64Array(3 + groups);
  out[0] = sum(hits) / all;
  for (let c = 0; c < groups; c++) {
    const recall = hits[c]! / totals[c]!;
    out[1]! += recall / groups;
    out[2]! += wonPairs(scores[c]!, orders[c]!, codes, weights, c) / (totals[c]! * (all - totals[c]!)) / groups;
    out[3 + c] = recall;
  }
  return out;
}

/** Weighted pairs of a row of the group and another row in which the former scores higher; ties count one half. */
function wonPairs(
  scores: Float64Array,
  order: Uint32Array,
  codes: ArrayLike<number>,
  weights: ArrayLike<number>,
  group: number,
): number {
  let above = 0, tiedOwn = 0, tiedOther = 0, won = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    if (k > 0 && scores[i] !== scores[order[k - 1]!]) {
      won += tiedOther * (above + tiedOwn / 2);
      above += tiedOwn;
      tiedOwn = tiedOther = 0;
    }
    if (codes[i] === group) tiedOwn += weights[i]!;
    else tiedOther += weights[i]!;
  }
  return won + tiedOther * (above + tiedOwn / 2);
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
