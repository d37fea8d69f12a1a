import { confusionOf, confusionTable } from "./confusion.ts";
import { confusionMetric, type ConfusionMetricName } from "./confusion_metrics.ts";
import { checkRows, type Column } from "../rows.ts";
import type { Value } from "../value.ts";

function everybody(name: ConfusionMetricName, labels: Column, predictions: Column, weights?: Column): Value {
  const codes = new Int32Array(checkRows({ labels, predictions }));
  const table = confusionTable({ labels, predictions, weights, groups: { names: ["all"], codes } });
  return confusionMetric(name, confusionOf(table));
}

/**
 * Share of rows decided rightly, `(TP + TN) / n`; scikit-learn's `accuracy_score`.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param predictions `[n]` decisions, 0 or 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A share in [0, 1]; undefined if all weights are 0.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { accuracy } from "./classification.ts";
 *
 * assertEquals(accuracy([1, 0, 1, 0], [1, 0, 0, 0]), { value: 0.75 });
 * ```
 */
export function accuracy(labels: Column, predictions: Column, weights?: Column): Value {
  return everybody("accuracy", labels, predictions, weights);
}

/**
 * Mean of recall and specificity, `(TPR + TNR) / 2`; scikit-learn's `balanced_accuracy_score`, which drops an absent class
 * where this is undefined.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param predictions `[n]` decisions, 0 or 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A share in [0, 1]; undefined with one class only.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { balancedAccuracy } from "./classification.ts";
 *
 * assertEquals(balancedAccuracy([1, 0, 1, 0], [1, 0, 0, 0]), { value: 0.75 });
 * ```
 */
export function balancedAccuracy(labels: Column, predictions: Column, weights?: Column): Value {
  return everybody("balancedAccuracy", labels, predictions, weights);
}

/**
 * Share of the selected that are positive, `TP / (TP + FP)`; scikit-learn's `precision_score`, which answers 0 where
 * nobody is selected and this is undefined.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param predictions `[n]` decisions, 0 or 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A share in [0, 1].
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { precision } from "./classification.ts";
 *
 * assertEquals(precision([1, 0, 1, 0], [1, 1, 0, 0]), { value: 0.5 });
 * ```
 */
export function precision(labels: Column, predictions: Column, weights?: Column): Value {
  return everybody("ppv", labels, predictions, weights);
}

/**
 * Share of the positives that are selected, `TP / (TP + FN)`; scikit-learn's `recall_score`, which answers 0 where nobody is
 * positive and this is undefined.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param predictions `[n]` decisions, 0 or 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A share in [0, 1].
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { recall } from "./classification.ts";
 *
 * assertEquals(recall([1, 0, 1, 0], [1, 1, 0, 0]), { value: 0.5 });
 * ```
 */
export function recall(labels: Column, predictions: Column, weights?: Column): Value {
  return everybody("tpr", labels, predictions, weights);
}

/**
 * Harmonic mean of precision and recall, `2TP / (2TP + FP + FN)`; scikit-learn's `f1_score`.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param predictions `[n]` decisions, 0 or 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A number in [0, 1]; undefined if nobody is positive and nobody selected.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { f1 } from "./classification.ts";
 *
 * assertEquals(f1([1, 0, 1, 0], [1, 1, 0, 0]), { value: 0.5 });
 * ```
 */
export function f1(labels: Column, predictions: Column, weights?: Column): Value {
  return everybody("f1", labels, predictions, weights);
}

/**
 * Matthews' correlation of labels and decisions, `(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))`; scikit-learn's
 * `matthews_corrcoef`, which answers 0 where a marginal is empty and this is undefined.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param predictions `[n]` decisions, 0 or 1.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns A number in [−1, 1].
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matthewsCorrelation } from "./classification.ts";
 *
 * assertEquals(matthewsCorrelation([1, 0, 1, 0], [0, 1, 0, 1]), { value: -1 });
 * ```
 */
export function matthewsCorrelation(labels: Column, predictions: Column, weights?: Column): Value {
  return everybody("mcc", labels, predictions, weights);
}
