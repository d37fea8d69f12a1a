/**
 * Every number of an evaluation by name: its titles, how it is written, which way is better, what it needs. The one
 * place for them: tables, headers, sentences, figures and configuration enums are made from it. How each is computed
 * stands with its definition in `lib/metrics`; `kind` says where.
 */

/** A column that a metric needs besides scores. */
export type Need = "label" | "groundTruth" | "query" | "counterfactual" | "embeddings";

/** What a metric is about: `frame` metrics exist for everybody and for each group. */
export type MetricKind = "frame" | "disparity" | "calibration" | "ranking" | "counterfactual" | "leakage";

/** How a number is written: `score` is in units of the score, whose range decides the decimals. */
export type MetricFormat = "number" | "percent" | "score";

/** A metric, for a person to read and for a program to choose. */
export interface Metric {
  /** For headings and sentences. */
  readonly title: string;
  /** For the head of a column. */
  readonly short: string;
  /** How its values are written. */
  readonly format: MetricFormat;
  /** Whether more is better (1) or worse (−1); 0 where it depends. */
  readonly better: 1 | -1 | 0;
  /** What it is a number of. */
  readonly kind: MetricKind;
  /** The columns without which it is undefined. */
  readonly needs: readonly Need[];
  /** The value of perfect fairness: 0 for differences, 1 for ratios; `null` for what is not a disparity. */
  readonly ideal: 0 | 1 | null;
}

type Short = readonly [title: string, short: string, format: MetricFormat, better: 1 | -1 | 0];

const listed = (kind: MetricKind, needs: readonly Need[], metrics: Readonly<Record<string, Short>>) =>
  Object.entries(metrics).map(([name, [title, short, format, better]]): [string, Metric] => [
    name,
    { title, short, format, better, kind, needs, ideal: null },
  ]);

const disparities = (needs: readonly Need[], metrics: Readonly<Record<string, readonly [string, string, 0 | 1]>>) =>
  Object.entries(metrics).map(([name, [title, short, ideal]]): [string, Metric] => [
    name,
    { title, short, format: "number", better: ideal === 0 ? -1 : 1, kind: "disparity", needs, ideal },
  ]);

/** Every metric by name, in the order of a report; nothing else, such as `constructor`, has a value here. */
export const METRICS: Readonly<Record<string, Metric>> = Object.setPrototypeOf(
  Object.fromEntries([
    ...listed("frame", ["label"], {
      rocAuc: ["ROC-AUC", "AUC", "number", 1],
      averagePrecision: ["Average precision", "AP", "number", 1],
    }),
    ...listed("frame", ["groundTruth"], {
      groundTruthRocAuc: ["ROC-AUC against ground truth", "AUC, ground truth", "number", 1],
    }),
    ...listed("frame", [], {
      selectionRate: ["Selection rate", "Selected", "percent", 0],
      meanScore: ["Mean score", "Mean score", "score", 0],
    }),
    ...listed("frame", ["label"], {
      baseRate: ["Base rate", "Positive labels", "percent", 0],
      tpr: ["True positive rate", "TPR", "percent", 1],
      fpr: ["False positive rate", "FPR", "percent", -1],
      tnr: ["True negative rate", "TNR", "percent", 1],
      fnr: ["False negative rate", "FNR", "percent", -1],
      ppv: ["Positive predictive value", "PPV", "percent", 1],
      npv: ["Negative predictive value", "NPV", "percent", 1],
      accuracy: ["Accuracy", "Accuracy", "percent", 1],
      balancedAccuracy: ["Balanced accuracy", "Balanced accuracy", "percent", 1],
      f1: ["F1", "F1", "number", 1],
      mcc: ["Matthews correlation", "MCC", "number", 1],
      logLoss: ["Log loss", "Log loss", "number", -1],
      brier: ["Brier score", "Brier", "number", -1],
    }),
    ...disparities([], {
      demographicParityDifference: ["Demographic parity difference", "DP difference", 0],
      demographicParityRatio: ["Demographic parity ratio", "DP ratio", 1],
      differentialFairness: ["Differential fairness ε (smoothed)", "DF ε", 0],
      meanScoreDifference: ["Mean score difference", "Mean score difference", 0],
    }),
    ...disparities(["label"], {
      equalizedOddsDifference: ["Equalized odds difference", "EO difference", 0],
      equalizedOddsMeanDifference: ["Equalized odds difference, mean", "EO difference, mean", 0],
      equalOpportunityDifference: ["Equal opportunity difference", "TPR difference", 0],
      falsePositiveRateDifference: ["False positive rate difference", "FPR difference", 0],
      predictiveParityDifference: ["Predictive parity difference", "PPV difference", 0],
      accuracyDifference: ["Accuracy difference", "Accuracy difference", 0],
      compositeScore: ["Composite: mean of DP, mean EO and PPV differences", "Composite", 0],
      rocAucDifference: ["ROC-AUC difference", "AUC difference", 0],
      abroca: ["ABROCA (area between ROC curves)", "ABROCA", 0],
      calibrationErrorDifference: ["Calibration error (ECE) difference", "ECE difference", 0],
      calibrationBiasDifference: ["Difference of mean score minus base rate", "Bias difference", 0],
    }),
    ...disparities(["groundTruth"], {
      groundTruthEqualizedOddsDifference: [
        "Equalized odds difference against ground truth",
        "EO difference, ground truth",
        0,
      ],
      groundTruthEqualOpportunityDifference: [
        "Equal opportunity difference against ground truth",
        "TPR difference, ground truth",
        0,
      ],
    }),
    ...listed("calibration", ["label"], {
      ece: ["Expected calibration error (ECE)", "ECE", "number", -1],
      mce: ["Largest calibration error (MCE)", "MCE", "number", -1],
      bias: ["Mean score minus base rate", "Bias", "number", 0],
    }),
    ...listed("ranking", ["query", "label"], {
      ndcg: ["NDCG", "NDCG", "number", 1],
      map: ["MAP", "MAP", "number", 1],
      mrr: ["MRR", "MRR", "number", 1],
      hit: ["Hit rate", "Hit rate", "percent", 1],
      precision: ["Precision", "Precision", "percent", 1],
      recall: ["Recall", "Recall", "percent", 1],
    }),
    ...listed("ranking", ["query"], {
      candidateShare: ["Share of the candidates", "Candidates", "percent", 0],
      topKShare: ["Share of the top-k places", "Top-k share", "percent", 0],
      meanTopKShare: ["Share of the top-k places, mean over queries", "Top-k share, mean", "percent", 0],
      exposureShare: ["Share of all exposure", "Exposure share", "percent", 0],
      topKExposureShare: ["Share of the exposure of the top-k places", "Top-k exposure share", "percent", 0],
      representation: ["Top-k share over share of the candidates", "Representation", "number", 0],
      exposure: ["Mean exposure", "Exposure", "number", 0],
      meanExposure: ["Mean exposure, mean over queries", "Exposure, mean", "number", 0],
      exposureToRelevance: ["Exposure over mean relevance", "Exposure to relevance", "number", 0],
      meanSkew: ["Skew at k, mean over queries", "Skew, mean", "number", 0],
      exposureRatio: ["Exposure ratio", "Exposure ratio", "number", 1],
      selectionRatio: ["Ratio of top-k selection", "Selection ratio", "number", 1],
      meanExposureRatio: ["Exposure ratio, mean over queries", "Exposure ratio, mean", "number", 1],
      exposureToRelevanceRatio: ["Ratio of exposure to relevance", "Exposure to relevance ratio", "number", 1],
      ndkl: ["Normalised discounted KL divergence (NDKL)", "NDKL", "number", -1],
    }),
    ...listed("counterfactual", ["counterfactual"], {
      flipRate: ["Counterfactual flip rate", "Flips", "percent", -1],
      gained: ["… only the counterfactual is selected", "Gain", "percent", 0],
      lost: ["… only the original is selected", "Lose", "percent", 0],
      meanShift: ["Mean counterfactual shift of the score", "Mean shift", "score", 0],
      meanAbsoluteShift: ["Mean absolute counterfactual shift", "Mean absolute shift", "score", -1],
      p95AbsoluteShift: ["95th percentile of the absolute shift", "P95 shift", "score", -1],
      maxAbsoluteShift: ["Largest absolute shift", "Largest shift", "score", -1],
    }),
    ...listed("leakage", ["embeddings"], {
      leakageBalancedAccuracy: ["Group predicted from the embeddings, balanced accuracy", "Leakage", "percent", -1],
      leakageMacroAuc: ["Group predicted from the embeddings, AUC", "Leakage AUC", "number", -1],
    }),
  ]),
  null,
);

const titled = (name: string, favourable: "high" | "low") =>
  favourable === "low" && Object.hasOwn(LOW_TITLES, name) ? LOW_TITLES[name] : METRICS[name];

/** The title of a metric; its name where it is none of {@linkcode METRICS}. */
export function metricTitle(name: string, favourable: "high" | "low" = "high"): string {
  return titled(name, favourable)?.title ?? name;
}

/** The head of a metric's column. */
export function metricShort(name: string, favourable: "high" | "low"): string {
  return titled(name, favourable)?.short ?? name;
}

/**
 * Titles of metrics that are about the favourable decision, for scores of which the low ones are hoped for: being
 * selected means a score below the threshold then.
 */
const LOW_TITLES: Readonly<Record<string, { readonly title: string; readonly short: string }>> = {
  selectionRate: { title: "Rate of the favourable outcome", short: "Favourable" },
  gained: { title: "… only the counterfactual has the favourable outcome", short: "Gain" },
  lost: { title: "… only the original has the favourable outcome", short: "Lose" },
};

/** What the metrics say of decisions for a high score; those of error rates are about the threshold, as ever. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/\bnobody selected\b/, "no score is at least the threshold"],
  [/\beverybody selected\b/, "every score is at least the threshold"],
  [/\bis selected at least as often\b/, "has the favourable outcome at least as often"],
  [/\bof those selected\b/, "of those with the favourable outcome"],
  [/\bis selected\b/, "has the favourable outcome"],
  [/\bare selected in full, or not at all\b/, "have the favourable outcome in full, or not at all"],
];

/** An evaluation with every reason turned round. */
export function withLowReasons<T>(part: T): T {
  if (Array.isArray(part)) return part.map((own) => withLowReasons(own)) as T;
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([key, own]) => [
      key,
      key === "reason" && typeof own === "string"
        ? REASONS.reduce((text, [from, to]) => text.replace(from, to), own)
        : withLowReasons(own),
    ]),
  ) as T;
}
