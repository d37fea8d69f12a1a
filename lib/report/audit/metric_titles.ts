import { METRIC_TITLES } from "../../metrics/mod.ts";
import { number, percent } from "../format.ts";

interface Shown {
  readonly title: string;
  /** `score` is in units of the score, whose range decides the decimals. */
  readonly format: ((value: number) => string) | "score";
}

/** What is not a metric of a frame, or is written otherwise than as a plain number. */
const SHOWN: Readonly<Record<string, Shown>> = {
  selectionRate: { title: "Selected", format: percent },
  baseRate: { title: "Positive labels", format: percent },
  tpr: { title: "TPR", format: percent },
  fpr: { title: "FPR", format: percent },
  tnr: { title: "TNR", format: percent },
  fnr: { title: "FNR", format: percent },
  ppv: { title: "PPV", format: percent },
  npv: { title: "NPV", format: percent },
  accuracy: { title: "Accuracy", format: percent },
  balancedAccuracy: { title: "Balanced accuracy", format: percent },
  ece: { title: "Calibration error (ECE)", format: number },
  mce: { title: "Largest calibration error (MCE)", format: number },
  bias: { title: "Mean score minus base rate", format: number },
  ndcg: { title: "NDCG", format: number },
  map: { title: "MAP", format: number },
  mrr: { title: "MRR", format: number },
  hit: { title: "Hit rate", format: percent },
  precision: { title: "Precision", format: percent },
  recall: { title: "Recall", format: percent },
  mean: { title: "Mean shift", format: "score" },
  meanAbsolute: { title: "Mean absolute shift", format: "score" },
  p95Absolute: { title: "95th percentile of absolute shift", format: "score" },
  maxAbsolute: { title: "Largest absolute shift", format: "score" },
  rate: { title: "Decisions that flip", format: percent },
  gained: { title: "… only the twin is selected", format: percent },
  lost: { title: "… only the original is selected", format: percent },
  meanScore: { title: METRIC_TITLES.meanScore, format: "score" },
  meanScoreDifference: { title: "Mean score difference", format: "score" },
  wasserstein: { title: "Wasserstein", format: "score" },
  candidateShare: { title: "Candidates", format: percent },
  topKShare: { title: "Top-k share", format: percent },
};

/**
 * The heading of a metric.
 *
 * @param name As in an audit result.
 * @returns For a person to read.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { metricTitle } from "./metric_titles.ts";
 *
 * assertEquals([metricTitle("ppv"), metricTitle("rocAuc")], ["PPV", "ROC-AUC"]);
 * ```
 */
export function metricTitle(name: string): string {
  return SHOWN[name]?.title ?? (METRIC_TITLES as Readonly<Record<string, string>>)[name] ?? name;
}

/**
 * How a metric is written.
 *
 * @param name As in an audit result.
 * @param digits Decimals of what is in units of the score.
 * @returns A function from its value to text.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { metricFormat } from "./metric_titles.ts";
 *
 * assertEquals([metricFormat("tpr")(0.5), metricFormat("rocAuc")(0.5)], ["50.0 %", "0.500"]);
 * ```
 */
export function metricFormat(name: string, digits = 3): (value: number) => string {
  const format = SHOWN[name]?.format;
  if (format === "score") return (value) => number(value, digits);
  return format ?? ((value) => number(value));
}
