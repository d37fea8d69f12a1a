import { checkRows, type Column } from "../rows.ts";
import { type ScoreMetricName, scoreMetrics } from "./score_metrics.ts";
import { scoreTable } from "./score_table.ts";
import type { Value } from "../value.ts";

function everybody(name: ScoreMetricName, labels: Column, scores: Column, weights?: Column): Value {
  const codes = new Int32Array(checkRows({ labels, scores }));
  return scoreMetrics(scoreTable({ labels, scores, weights, groups: { names: ["all"], codes } })).overall[name];
}

/**
 * Area under the ROC curve: the probability that a random positive scores above a random negative, ties counting one half.
 * scikit-learn's `roc_auc_score`, in O(n) after a radix sort.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param scores `[n]` scores, any finite numbers.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A number in [0, 1]; undefined with one class only.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rocAuc } from "./scores.ts";
 *
 * assertEquals(rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8]), { value: 0.875 });
 * ```
 */
export function rocAuc(labels: Column, scores: Column, weights?: Column): Value {
  return everybody("rocAuc", labels, scores, weights);
}

/**
 * Average precision, `Σ (Rₙ − Rₙ₋₁) Pₙ` over distinct scores from high to low; scikit-learn's `average_precision_score`,
 * which answers 0 without positives, where this is undefined.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param scores `[n]` scores, any finite numbers.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A number in [0, 1].
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { averagePrecision } from "./scores.ts";
 *
 * assertAlmostEquals(averagePrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).value!, 0.8333333333333333);
 * ```
 */
export function averagePrecision(labels: Column, scores: Column, weights?: Column): Value {
  return everybody("averagePrecision", labels, scores, weights);
}

/**
 * Mean negative log likelihood of the labels, natural logarithm, probabilities clipped to [2⁻⁵², 1 − 2⁻⁵²]; scikit-learn's
 * `log_loss(labels=[0, 1])`.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param scores `[n]` probabilities of label 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns Nats per row; undefined if a score lies outside [0, 1].
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { logLoss } from "./scores.ts";
 *
 * assertAlmostEquals(logLoss([1, 0], [0.5, 0.5]).value!, Math.LN2);
 * ```
 */
export function logLoss(labels: Column, scores: Column, weights?: Column): Value {
  return everybody("logLoss", labels, scores, weights);
}

/**
 * Mean squared distance of probabilities from labels; scikit-learn's `brier_score_loss`.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param scores `[n]` probabilities of label 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A number in [0, 1]; undefined if a score lies outside [0, 1].
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { brierScore } from "./scores.ts";
 *
 * assertEquals(brierScore([1, 0], [0.5, 0.5]), { value: 0.25 });
 * ```
 */
export function brierScore(labels: Column, scores: Column, weights?: Column): Value {
  return everybody("brier", labels, scores, weights);
}
