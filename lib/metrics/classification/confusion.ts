import type { PermuteWithin } from "../inference/shuffles.ts";
import { checkRows, countGroups, type GroupedRowsWith, type RowsWith } from "../rows.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** Weighted counts: positives selected (`tp`) and not (`fn`), negatives selected (`fp`) and not (`tn`). */
export type Confusion =
  & Readonly<Record<"tp" | "fp" | "tn" | "fn", number>>
  & { readonly favourable?: ConfusionTable["favourable"] };

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
  /** The decision that a person hopes for; 1 if absent. Selection rates are rates of it. */
  readonly favourable?: 0 | 1 | undefined;
}

/** Decisions by group; without labels only selection rates are known. */
export type ConfusionInput = GroupedRowsWith<"predictions"> & Pick<ConfusionTable, "favourable">;

/**
 * Counts decisions by group, label and prediction in one pass over the rows.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 */
export function confusionTable(input: ConfusionInput): ConfusionTable {
  const { labels, predictions, weights, counts } = input;
  const n = checkRows({ labels, predictions, weights, counts });
  const { names, codes, rows, smallBelow } = countGroups(input, n);
  const cells = new Float64Array(4 * names.length);
  for (let i = 0; i < n; i++) {
    cells[4 * codes[i]! + 2 * (labels?.[i] ?? 0) + predictions[i]!]! += (weights?.[i] ?? 1) * (counts?.[i] ?? 1);
  }
  const table = { names, rows, cells, labelled: labels !== undefined, smallBelow };
  return input.favourable === 0 ? { ...table, favourable: 0 } : table;
}

/** The counts of rows, or those counted already. */
export function confusionTableOf(input: ConfusionInput | ConfusionTable): ConfusionTable {
  return "cells" in input ? input : confusionTable(input);
}

/** Reads the counts of one group, or of everybody. */
export function confusionOf(table: ConfusionTable, group?: number): Confusion {
  const counts = countsOf(table.cells, group);
  return table.favourable === 0 ? { ...counts, favourable: 0 } : counts;
}

function countsOf(cells: Float64Array, group: number | undefined): Confusion {
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
  /** Whether it reads the labels, or the decisions alone. */
  readonly needsLabels: boolean;
  /** The value, or NaN where it is undefined; bare numbers so that resampling stays cheap. */
  readonly of: (counts: Confusion) => number;
  /** Why it is undefined where `of` gives NaN. */
  readonly reason: string;
  /** What is held fixed when differences of it between groups are tested. */
  readonly within: PermuteWithin;
}

/** The name of a metric of decisions. */
// deno-fmt-ignore
export type ConfusionMetricName = "selectionRate" | "baseRate" | "tpr" | "fpr" | "tnr" | "fnr" | "ppv" | "npv" |
  "accuracy" | "balancedAccuracy" | "f1" | "mcc";

type Formula = ConfusionMetric["of"];
const all: Formula = ({ tp, fp, tn, fn }) => tp + fp + tn + fn;
const favoured: Formula = ({ tp, fp, tn, fn, favourable }) => favourable === 0 ? tn + fn : tp + fp;
const ofRows = (of: Formula, reason = "no rows") => ({ of, reason, needsLabels: true, within: "nothing" }) as const;
const ofLabel = (kind: "positive" | "negative", of: Formula) =>
  ({ of, reason: `no row with a ${kind} label`, needsLabels: true, within: "label" }) as const;

/**
 * Every metric of decisions, by name. One entry is the only definition of its metric: the group table, differences,
 * ratios, extremes, intervals and tests all read it.
 *
 * Formulas are scikit-learn's and fairlearn's, with one difference: where a denominator is 0 those return 0, and here
 * the value is undefined.
 */
export const CONFUSION_METRICS: Readonly<Record<ConfusionMetricName, ConfusionMetric>> = {
  selectionRate: { ...ofRows((c) => favoured(c) / all(c)), needsLabels: false },
  baseRate: ofRows((c) => (c.tp + c.fn) / all(c)),
  tpr: ofLabel("positive", ({ tp, fn }) => tp / (tp + fn)),
  fpr: ofLabel("negative", ({ fp, tn }) => fp / (fp + tn)),
  tnr: ofLabel("negative", ({ fp, tn }) => tn / (fp + tn)),
  fnr: ofLabel("positive", ({ tp, fn }) => fn / (tp + fn)),
  ppv: { ...ofRows(({ tp, fp }) => tp / (tp + fp), "nobody selected"), within: "prediction" },
  npv: { ...ofRows(({ tn, fn }) => tn / (tn + fn), "everybody selected"), within: "prediction" },
  accuracy: ofRows((c) => (c.tp + c.tn) / all(c)),
  balancedAccuracy: {
    ...ofRows(({ tp, fp, tn, fn }) => (tp / (tp + fn) + tn / (fp + tn)) / 2, "only one class among the labels"),
    within: "label",
  },
  f1: ofRows(({ tp, fp, fn }) => 2 * tp / (2 * tp + fp + fn), "no positive label and nobody selected"),
  mcc: ofRows(
    ({ tp, fp, tn, fn }) => (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)),
    "only one class among the labels or the predictions",
  ),
};

/** The names of {@linkcode CONFUSION_METRICS}, in its order. */
export const CONFUSION_METRIC_NAMES = Object.keys(CONFUSION_METRICS) as ConfusionMetricName[];

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

/** A metric of decisions about rows with labels. */
export type DecisionMetric = (rows: RowsWith<"labels" | "predictions">) => Value;

const everybody = (name: ConfusionMetricName): DecisionMetric => ({ labels, predictions, weights }) => {
  const codes = new Int32Array(checkRows({ labels, predictions }));
  const groups = { names: ["all"], codes };
  return confusionMetric(name, confusionOf(confusionTable({ labels, predictions, weights, groups })));
};

/**
 * Share of rows decided rightly, `(TP + TN) / n`; scikit-learn's `accuracy_score`. Like the metrics below it throws an
 * `InputError` where a cell is missing or not 0 or 1, and is undefined, with the reason, where scikit-learn answers 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { accuracy, precision } from "@fair-embeddings/lib/metrics";
 *
 * const rows = { labels: [1, 0, 1, 0], predictions: [1, 0, 0, 0] };
 * assertEquals([accuracy(rows), precision(rows)], [{ value: 0.75 }, { value: 1 }]);
 * ```
 */
export const accuracy: DecisionMetric = everybody("accuracy");

/**
 * Mean of recall and specificity, `(TPR + TNR) / 2`; scikit-learn's `balanced_accuracy_score`, which drops an absent
 * class.
 */
export const balancedAccuracy: DecisionMetric = everybody("balancedAccuracy");

/** Share of the selected that are positive, `TP / (TP + FP)`; scikit-learn's `precision_score`. */
export const precision: DecisionMetric = everybody("ppv");

/** Share of the positives that are selected, `TP / (TP + FN)`; scikit-learn's `recall_score`. */
export const recall: DecisionMetric = everybody("tpr");

/** Harmonic mean of precision and recall, `2TP / (2TP + FP + FN)`; scikit-learn's `f1_score`. */
export const f1: DecisionMetric = everybody("f1");

/** `(TP·TN − FP·FN) / √((TP+FP)(TP+FN)(TN+FP)(TN+FN))`, Matthews' correlation; scikit-learn's `matthews_corrcoef`. */
export const matthewsCorrelation: DecisionMetric = everybody("mcc");
