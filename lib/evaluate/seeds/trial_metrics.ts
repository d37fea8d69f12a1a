/** The numbers by which the trials of a sweep are compared. */
import {
  averagePrecision,
  confusionTable,
  defined,
  DISPARITIES,
  type DisparityDefinition,
  f1,
  ratio,
  rocAuc,
  undefinedBecause,
  type Value,
} from "../../metrics/mod.ts";
import { type ModelName, MODELS, type Predictions } from "./predictions.ts";

/** Numbers about everybody, in the order of a table. */
export const OVERALL_METRICS = [
  "rocAuc",
  "averagePrecision",
  "groundTruthRocAuc",
  "f1",
  "selectionRate",
  /** Of the decisions about résumés that state another education, and nothing else. */
  "flipRate",
  "meanAbsoluteShift",
] as const;

/** One of {@linkcode OVERALL_METRICS}. */
export type OverallMetric = (typeof OVERALL_METRICS)[number];

/** How well a fresh classifier reads an attribute's groups off the embeddings. */
export const LEAKAGE_METRICS = ["leakageBalancedAccuracy", "leakageMacroAuc"] as const;

/** One of {@linkcode LEAKAGE_METRICS}. */
export type LeakageMetric = (typeof LEAKAGE_METRICS)[number];

/** A gap between groups, and the label that it is measured against. */
export interface SweepGap {
  readonly gap: DisparityDefinition;
  readonly against: "label" | "groundTruth";
}

const { demographicParityDifference, equalizedOddsDifference, equalOpportunityDifference } = DISPARITIES;

/** Gaps between the groups of an attribute, in the order of a table. */
export const SWEEP_GAPS = {
  demographicParityDifference: { gap: demographicParityDifference, against: "label" },
  equalizedOddsDifference: { gap: equalizedOddsDifference, against: "label" },
  equalOpportunityDifference: { gap: equalOpportunityDifference, against: "label" },
  falsePositiveRateDifference: { gap: DISPARITIES.falsePositiveRateDifference, against: "label" },
  groundTruthEqualizedOddsDifference: { gap: equalizedOddsDifference, against: "groundTruth" },
  groundTruthEqualOpportunityDifference: { gap: equalOpportunityDifference, against: "groundTruth" },
} as const satisfies Record<string, SweepGap>;

/** The name of a gap in {@linkcode SWEEP_GAPS}. */
export type SweepGapName = keyof typeof SWEEP_GAPS;

/** Any metric by which trials are compared. */
export type SweepMetric = OverallMetric | SweepGapName | LeakageMetric;

/** One number of a trial. */
export interface TrialMetric {
  readonly model: ModelName;
  /** Whose groups a gap is between, or a probe tells apart; `null` for numbers about everybody. */
  readonly attribute: string | null;
  readonly metric: SweepMetric;
  readonly value: Value;
}

/**
 * Measures both models of a trial.
 *
 * @param predictions What it decided.
 * @returns The numbers in the order of a table; those against ground truth only where there is a trusted label.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { trialMetrics } from "./trial_metrics.ts";
 *
 * const model = {
 *   scores: Float64Array.of(0.9, 0.8, 0.4, 0.1),
 *   decisions: Uint8Array.of(1, 1, 0, 0),
 *   twinScores: null,
 *   flips: null,
 *   leakage: null,
 * };
 * const metrics = trialMetrics({
 *   rows: [1, 2, 3, 4],
 *   candidates: ["a", "b", "c", "d"],
 *   labels: [1, 0, 1, 0],
 *   groundTruth: null,
 *   attributes: { education: ["BA", "PhD", "PhD", "PhD"] },
 *   models: { base: model, tuned: model },
 * });
 * const parity = metrics.find(({ metric }) => metric === "demographicParityDifference");
 * assertEquals([parity?.attribute, parity?.value.value], ["education", 1 - 1 / 3]);
 * ```
 */
export function trialMetrics(predictions: Predictions): TrialMetric[] {
  return MODELS.flatMap((model) => [
    ...overallMetrics(predictions, model),
    ...Object.keys(predictions.attributes).flatMap((attribute) => [
      ...gapMetrics(predictions, model, attribute),
      ...leakageMetrics(predictions, model, attribute),
    ]),
  ]);
}

function overallMetrics({ labels, groundTruth, models }: Predictions, model: ModelName): TrialMetric[] {
  const { scores, decisions, twinScores, flips } = models[model];
  const values: Record<OverallMetric, Value | null> = {
    rocAuc: rocAuc({ labels, scores }),
    averagePrecision: averagePrecision({ labels, scores }),
    groundTruthRocAuc: groundTruth && rocAuc({ labels: groundTruth, scores }),
    f1: f1({ labels, predictions: decisions }),
    selectionRate: meanOf(decisions),
    flipRate: flips && meanOf(flips),
    meanAbsoluteShift: twinScores && meanOf(twinScores.map((twin, i) => Math.abs(twin - scores[i]!))),
  };
  return OVERALL_METRICS.flatMap((metric) => {
    const value = values[metric];
    return value === null ? [] : [{ model, attribute: null, metric, value }];
  });
}

function gapMetrics({ labels, groundTruth, models, attributes }: Predictions, model: ModelName, attribute: string) {
  return (Object.keys(SWEEP_GAPS) as SweepGapName[]).flatMap((metric): TrialMetric[] => {
    const { gap, against } = SWEEP_GAPS[metric];
    const truth = against === "groundTruth" ? groundTruth : labels;
    if (truth === null) return [];
    const predictions = models[model].decisions;
    const value = gap.of(confusionTable({ labels: truth, predictions, groups: attributes[attribute]! }));
    return [{ model, attribute, metric, value }];
  });
}

function leakageMetrics({ models }: Predictions, model: ModelName, attribute: string): TrialMetric[] {
  const leakage = models[model].leakage?.[attribute];
  if (leakage === undefined) return [];
  const value = (number: number | null): Value =>
    number === null ? undefinedBecause("too few people of two groups to probe") : defined(number);
  return [
    { model, attribute, metric: "leakageBalancedAccuracy", value: value(leakage.balancedAccuracy) },
    { model, attribute, metric: "leakageMacroAuc", value: value(leakage.macroAuc) },
  ];
}

/** The mean of the numbers that are there. */
function meanOf(values: ArrayLike<number>): Value {
  const known = Array.from(values).filter((value) => !Number.isNaN(value));
  return ratio(known.reduce((sum, value) => sum + value, 0), known.length, "no résumé has a twin");
}

/**
 * The name of a metric's column: `tuned_education_demographic_parity_difference`.
 *
 * @param metric The metric; its value does not matter.
 * @returns The name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { metricColumn } from "./trial_metrics.ts";
 *
 * assertEquals(metricColumn({ model: "base", attribute: null, metric: "rocAuc" }), "base_roc_auc");
 * ```
 */
export function metricColumn({ model, attribute, metric }: Omit<TrialMetric, "value">): string {
  return [model, attribute, snakeCase(metric)].filter((part) => part !== null).join("_");
}

/**
 * A name as columns spell it.
 *
 * @param name In camel case.
 * @returns In snake case.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { snakeCase } from "./trial_metrics.ts";
 *
 * assertEquals(snakeCase("equalizedOddsDifference"), "equalized_odds_difference");
 * ```
 */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
