import type { Confusion } from "./confusion.ts";
import type { PermuteWithin } from "../inference/shuffle_tables.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

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

/**
 * Evaluates one metric of decisions.
 *
 * @param name The metric.
 * @param counts The four counts.
 * @param labelled Whether the counts rest on labels.
 * @returns The value, or undefined with its reason.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionMetric } from "./confusion_metrics.ts";
 *
 * const counts = { tp: 3, fp: 1, tn: 4, fn: 0 };
 * assertEquals(confusionMetric("ppv", counts), { value: 0.75 });
 * assertEquals(confusionMetric("tpr", { ...counts, tp: 0 }), {
 *   value: null,
 *   reason: "no row with a positive label",
 * });
 * ```
 */
export function confusionMetric(name: ConfusionMetricName, counts: Confusion, labelled = true): Value {
  const metric: ConfusionMetric = CONFUSION_METRICS[name];
  if (metric.needsLabels && !labelled) return undefinedBecause(NO_LABELS);
  const value = metric.of(counts);
  if (Number.isFinite(value)) return defined(value);
  const { tp, fp, tn, fn } = counts;
  return undefinedBecause(tp + fp + tn + fn === 0 ? CONFUSION_METRICS.selectionRate.reason : metric.reason);
}
