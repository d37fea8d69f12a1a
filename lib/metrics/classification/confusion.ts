import type { PermuteWithin } from "../inference/shuffles.ts";
import { checkRows, countGroups, type GroupedRowsWith, type RowsWith } from "../rows.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** Weighted counts of the four kinds of decisions. */
export interface Confusion {
  /** Positives selected. */
  readonly tp: number;
  /** Negatives selected. */
  readonly fp: number;
  /** Negatives not selected. */
  readonly tn: number;
  /** Positives not selected. */
  readonly fn: number;
}

/** Confusion counts of every group. All decision metrics and their disparities follow from it, without the rows. */
export interface ConfusionTable {
  /** The groups, sorted by name. */
  readonly names: readonly string[];
  /** `[G]` rows of each group; weights do not count here, as in fairlearn. */
  readonly rows: Float64Array;
  /** `[4G]` weights per cell, at `4·group + 2·label + prediction`. */
  readonly cells: Float64Array;
  /** Whether labels were given; without them only selection rates exist. */
  readonly labelled: boolean;
  /** Groups with fewer rows are flagged. */
  readonly smallBelow: number;
}

/** Decisions by group; without labels only selection rates are known. */
export type ConfusionInput = GroupedRowsWith<"predictions">;

/**
 * Counts decisions by group, label and prediction in one pass over the rows.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionOf, confusionTable } from "@fair-embeddings/lib/metrics";
 *
 * const table = confusionTable({ labels: [1, 1, 0], predictions: [1, 0, 0], groups: ["PhD", "BA", "BA"] });
 * assertEquals(table.names, ["BA", "PhD"]);
 * assertEquals(confusionOf(table, 0), { tp: 0, fp: 0, tn: 1, fn: 1 });
 * assertEquals(confusionOf(table), { tp: 1, fp: 0, tn: 1, fn: 1 });
 * ```
 */
export function confusionTable(input: ConfusionInput): ConfusionTable {
  const { labels, predictions, weights } = input;
  const n = checkRows({ labels, predictions, weights });
  const { names, codes, rows, smallBelow } = countGroups(input, n);
  const cells = new Float64Array(4 * names.length);
  for (let i = 0; i < n; i++) cells[4 * codes[i]! + 2 * (labels?.[i] ?? 0) + predictions[i]!]! += weights?.[i] ?? 1;
  return { names, rows, cells, labelled: labels !== undefined, smallBelow };
}

/** The counts of rows, or those counted already. */
export function confusionTableOf(input: ConfusionInput | ConfusionTable): ConfusionTable {
  return "cells" in input ? input : confusionTable(input);
}

/** Reads the counts of one group, or of everybody. */
export function confusionOf(table: ConfusionTable, group?: number): Confusion {
  const { cells } = table;
  if (group !== undefined) {
    const at = 4 * group;
    return { tn: cells[at]!, fp: cells[at + 1]!, fn: cells[at + 2]!, tp: cells[at + 3]! };
  }
  let tn = 0, fp = 0, fn = 0, tp = 0;
  for (let at = 0; at < cells.length; at += 4) {
    tn += cells[at]!;
    fp += cells[at + 1]!;
    fn += cells[at + 2]!;
    tp += cells[at + 3]!;
  }
  return { tp, fp, tn, fn };
}

/** A metric of decisions: a function of the four counts. */
export interface ConfusionMetric {
  /** For the heading of a table. */
  readonly title: string;
  /** Whether it reads the labels, or the decisions alone. */
  readonly needsLabels: boolean;
  /** The value, or NaN where it is undefined; bare numbers so that resampling stays cheap. */
  readonly of: (counts: Confusion) => number;
  /** Why it is undefined where `of` gives NaN. */
  readonly reason: string;
  /** What is held fixed when a gap of it is tested against chance. */
  readonly within: PermuteWithin;
}

const NO_POSITIVES = "no row with a positive label";
const NO_NEGATIVES = "no row with a negative label";

/**
 * Every metric of decisions, by name. One entry is the only definition of its metric: the group table, differences, ratios,
 * extremes, intervals and tests all read it.
 *
 * Formulas are scikit-learn's and fairlearn's, with one difference: where a denominator is 0 those return 0 (with a warning
 * at most), and here the value is undefined. A group without positives has no true positive rate; calling it 0 makes that
 * group the worst of the report.
 */
export const CONFUSION_METRICS = {
  selectionRate: {
    title: "Selection rate",
    needsLabels: false,
    of: ({ tp, fp, tn, fn }) => (tp + fp) / (tp + fp + tn + fn),
    reason: "no rows",
    within: "nothing",
  },
  baseRate: {
    title: "Base rate",
    needsLabels: true,
    of: ({ tp, fp, tn, fn }) => (tp + fn) / (tp + fp + tn + fn),
    reason: "no rows",
    within: "nothing",
  },
  tpr: {
    title: "TPR (recall)",
    needsLabels: true,
    of: ({ tp, fn }) => tp / (tp + fn),
    reason: NO_POSITIVES,
    within: "label",
  },
  fpr: { title: "FPR", needsLabels: true, of: ({ fp, tn }) => fp / (fp + tn), reason: NO_NEGATIVES, within: "label" },
  tnr: { title: "TNR", needsLabels: true, of: ({ fp, tn }) => tn / (fp + tn), reason: NO_NEGATIVES, within: "label" },
  fnr: { title: "FNR", needsLabels: true, of: ({ tp, fn }) => fn / (tp + fn), reason: NO_POSITIVES, within: "label" },
  ppv: {
    title: "PPV (precision)",
    needsLabels: true,
    of: ({ tp, fp }) => tp / (tp + fp),
    reason: "nobody selected",
    within: "prediction",
  },
  npv: {
    title: "NPV",
    needsLabels: true,
    of: ({ tn, fn }) => tn / (tn + fn),
    reason: "everybody selected",
    within: "prediction",
  },
  accuracy: {
    title: "Accuracy",
    needsLabels: true,
    of: ({ tp, fp, tn, fn }) => (tp + tn) / (tp + fp + tn + fn),
    reason: "no rows",
    within: "nothing",
  },
  balancedAccuracy: {
    title: "Balanced accuracy",
    needsLabels: true,
    of: ({ tp, fp, tn, fn }) => (tp / (tp + fn) + tn / (fp + tn)) / 2,
    reason: "only one class among the labels",
    within: "label",
  },
  f1: {
    title: "F1",
    needsLabels: true,
    of: ({ tp, fp, fn }) => 2 * tp / (2 * tp + fp + fn),
    reason: "no positive label and nobody selected",
    within: "nothing",
  },
  mcc: {
    title: "MCC",
    needsLabels: true,
    of: ({ tp, fp, tn, fn }) => (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
    reason: "only one class among the labels or the predictions",
    within: "nothing",
  },
} as const satisfies Record<string, ConfusionMetric>;

/** The name of a metric of decisions. */
export type ConfusionMetricName = keyof typeof CONFUSION_METRICS;

/** Why a metric that needs labels has no value without them. */
export const NO_LABELS = "no labels were given";

/** Evaluates one metric of decisions. */
export function confusionMetric(name: ConfusionMetricName, counts: Confusion, labelled = true): Value {
  const metric: ConfusionMetric = CONFUSION_METRICS[name];
  if (metric.needsLabels && !labelled) return undefinedBecause(NO_LABELS);
  const value = metric.of(counts);
  if (Number.isFinite(value)) return defined(value);
  const { tp, fp, tn, fn } = counts;
  return undefinedBecause(tp + fp + tn + fn === 0 ? CONFUSION_METRICS.selectionRate.reason : metric.reason);
}

/** Rows with labels and decisions. */
export type LabelledDecisions = RowsWith<"labels" | "predictions">;

function everybody(name: ConfusionMetricName, { labels, predictions, weights }: LabelledDecisions): Value {
  const codes = new Int32Array(checkRows({ labels, predictions }));
  return confusionMetric(
    name,
    confusionOf(confusionTable({ labels, predictions, weights, groups: { names: ["all"], codes } })),
  );
}

/**
 * Share of rows decided rightly, `(TP + TN) / n`; scikit-learn's `accuracy_score`.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { accuracy } from "@fair-embeddings/lib/metrics";
 *
 * assertEquals(accuracy({ labels: [1, 0, 1, 0], predictions: [1, 0, 0, 0] }), { value: 0.75 });
 * ```
 */
export function accuracy(rows: LabelledDecisions): Value {
  return everybody("accuracy", rows);
}

/**
 * Mean of recall and specificity, `(TPR + TNR) / 2`; scikit-learn's `balanced_accuracy_score`, which drops an absent class
 * where this is undefined.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { balancedAccuracy } from "@fair-embeddings/lib/metrics";
 *
 * assertEquals(balancedAccuracy({ labels: [1, 0, 1, 0], predictions: [1, 0, 0, 0] }), { value: 0.75 });
 * ```
 */
export function balancedAccuracy(rows: LabelledDecisions): Value {
  return everybody("balancedAccuracy", rows);
}

/**
 * Share of the selected that are positive, `TP / (TP + FP)`; scikit-learn's `precision_score`, which answers 0 where
 * nobody is selected and this is undefined.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { precision } from "@fair-embeddings/lib/metrics";
 *
 * assertEquals(precision({ labels: [1, 0, 1, 0], predictions: [1, 1, 0, 0] }), { value: 0.5 });
 * ```
 */
export function precision(rows: LabelledDecisions): Value {
  return everybody("ppv", rows);
}

/**
 * Share of the positives that are selected, `TP / (TP + FN)`; scikit-learn's `recall_score`, which answers 0 where nobody is
 * positive and this is undefined.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { recall } from "@fair-embeddings/lib/metrics";
 *
 * assertEquals(recall({ labels: [1, 0, 1, 0], predictions: [1, 1, 0, 0] }), { value: 0.5 });
 * ```
 */
export function recall(rows: LabelledDecisions): Value {
  return everybody("tpr", rows);
}

/**
 * Harmonic mean of precision and recall, `2TP / (2TP + FP + FN)`; scikit-learn's `f1_score`.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { f1 } from "@fair-embeddings/lib/metrics";
 *
 * assertEquals(f1({ labels: [1, 0, 1, 0], predictions: [1, 1, 0, 0] }), { value: 0.5 });
 * ```
 */
export function f1(rows: LabelledDecisions): Value {
  return everybody("f1", rows);
}

/**
 * Matthews' correlation of labels and decisions, `(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))`; scikit-learn's
 * `matthews_corrcoef`, which answers 0 where a marginal is empty and this is undefined.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { matthewsCorrelation } from "@fair-embeddings/lib/metrics";
 *
 * assertEquals(matthewsCorrelation({ labels: [1, 0, 1, 0], predictions: [0, 1, 0, 1] }), { value: -1 });
 * ```
 */
export function matthewsCorrelation(rows: LabelledDecisions): Value {
  return everybody("mcc", rows);
}
