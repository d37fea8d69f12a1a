import type { Rng } from "../random.ts";
import { abroca } from "../metrics/abroca.ts";
import { compositeScore } from "../metrics/composite.ts";
import type { ConfusionInput, ConfusionTable } from "../metrics/confusion.ts";
import { bootstrapConfusion } from "../metrics/confusion_bootstrap.ts";
import { groupDifference } from "../metrics/derived.ts";
import { differentialFairness } from "../metrics/differential_fairness.ts";
import {
  accuracyDifference,
  demographicParityDifference,
  demographicParityRatio,
  equalOpportunityDifference,
  predictiveParityDifference,
} from "../metrics/disparities.ts";
import { equalizedOddsDifference } from "../metrics/equalized_odds.ts";
import type { FrameIntervals } from "../metrics/frame_intervals.ts";
import { metricByGroup } from "../metrics/group_values.ts";
import type { MetricFrame } from "../metrics/metric_frame.ts";
import { permutationTest, type PermuteWithin, scorePermutationTest } from "../metrics/permutation.ts";
import { bootstrapScores } from "../metrics/score_bootstrap.ts";
import { scoreMetrics } from "../metrics/score_metrics.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "../metrics/score_table.ts";
import type { Disparity } from "../metrics/value.ts";
import { measureOf } from "./measure.ts";
import type { DisparityAudit } from "./result.ts";

/** How to draw. */
export interface Chance {
  readonly rng: Rng;
  readonly resamples: number;
  readonly level: number;
}

interface DecisionDisparity {
  readonly title: string;
  readonly ideal: 0 | 1;
  readonly needsLabels: boolean;
  /** What is held fixed when the gap is tested; `null` where no exchange of rows fits the question. */
  readonly within: PermuteWithin | null;
  readonly of: (table: ConfusionTable) => Disparity;
}

/** The disparities of decisions, in the order of a report. */
const DECISIONS: Readonly<Record<string, DecisionDisparity>> = {
  demographicParityDifference: {
    title: "Demographic parity difference",
    ideal: 0,
    needsLabels: false,
    within: "nothing",
    of: demographicParityDifference,
  },
  demographicParityRatio: {
    title: "Demographic parity ratio (disparate impact)",
    ideal: 1,
    needsLabels: false,
    within: "nothing",
    of: demographicParityRatio,
  },
  differentialFairness: {
    title: "Differential fairness ε (smoothed)",
    ideal: 0,
    needsLabels: false,
    within: "nothing",
    of: differentialFairness,
  },
  equalizedOddsDifference: {
    title: "Equalized odds difference",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: equalizedOddsDifference,
  },
  equalizedOddsMeanDifference: {
    title: "Equalized odds difference, mean",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: (table) => equalizedOddsDifference(table, { aggregate: "mean" }),
  },
  equalOpportunityDifference: {
    title: "Equal opportunity difference",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: equalOpportunityDifference,
  },
  falsePositiveRateDifference: {
    title: "False positive rate difference",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: (table) => groupDifference(metricByGroup(table, "fpr")),
  },
  predictiveParityDifference: {
    title: "Predictive parity difference",
    ideal: 0,
    needsLabels: true,
    within: "prediction",
    of: predictiveParityDifference,
  },
  accuracyDifference: {
    title: "Accuracy difference",
    ideal: 0,
    needsLabels: true,
    within: "nothing",
    of: accuracyDifference,
  },
  compositeScore: {
    title: "Composite (mean of DP, mean EO and PPV gaps)",
    ideal: 0,
    needsLabels: true,
    within: null,
    of: compositeScore,
  },
};

/** Shuffling rows costs n per permutation; above this the tests of scores are left to the score distances. */
const MAX_SHUFFLED_ROWS = 10_000;

/**
 * The disparities of decisions with their intervals and tests.
 *
 * @param input Labels (if any), decisions, groups and weights.
 * @param chance How to draw.
 * @returns One entry per disparity that the columns allow.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { decisionDisparities } from "./audit_disparities.ts";
 *
 * const input = { predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] };
 * const [parity] = decisionDisparities(input, { rng: new Rng(1), resamples: 50, level: 0.95 });
 * assertEquals([parity!.name, parity!.value], ["demographicParityDifference", 0.5]);
 * ```
 */
export function decisionDisparities(input: ConfusionInput, chance: Chance): DisparityAudit[] {
  const { rng, resamples, level } = chance;
  const wanted = Object.entries(DECISIONS).filter(([, { needsLabels }]) => !needsLabels || input.labels !== undefined);
  const statistics = Object.fromEntries(wanted.map(([name, { of }]) => [name, of]));
  const estimates = bootstrapConfusion(input, statistics, { rng: rng.derive("intervals"), resamples, level });
  return wanted.map(([name, { title, ideal, within, of }]) => {
    const { estimate, interval } = estimates[name]!;
    const pValue = within === null || estimate.value === null ? null : permutationTest(input, of, within, {
      rng: rng.derive(name),
      permutations: resamples,
      tail: ideal === 1 ? "less" : "greater",
    }).pValue;
    return { name, title, ideal, ...measureOf(estimate, interval), pValue, excluded: (estimate as Disparity).excluded };
  });
}

/**
 * The disparities of scores with their intervals and tests: gaps of mean score and, with labels, of ROC-AUC, and ABROCA.
 *
 * @param input Labels (if any), scores, groups and weights.
 * @param frame The metrics by group of the same columns.
 * @param intervals The intervals of the frame.
 * @param chance How to draw.
 * @returns One entry per disparity that the columns allow.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { frameIntervals } from "../metrics/frame_intervals.ts";
 * import { metricFrame } from "../metrics/metric_frame.ts";
 * import { Rng } from "../random.ts";
 * import { scoreDisparities } from "./audit_disparities.ts";
 *
 * const [scores, groups] = [[0.25, 0.25, 0.75, 0.75], ["BA", "BA", "PhD", "PhD"]];
 * const input = { scores, attributes: { education: groups } };
 * const chance = { rng: new Rng(1), resamples: 50, level: 0.95 };
 * const [gap] = scoreDisparities({ scores, groups }, metricFrame(input), frameIntervals(input, chance), chance);
 * assertEquals([gap!.name, gap!.value], ["meanScoreDifference", 0.5]);
 * ```
 */
export function scoreDisparities(
  input: ScoreInput,
  frame: MetricFrame,
  intervals: FrameIntervals,
  chance: Chance,
): DisparityAudit[] {
  const { rng, resamples, level } = chance;
  const table = scoreTable(input);
  const test = (name: string, value: Disparity, within: "nothing" | "label", of: (table: ScoreTable) => Disparity) =>
    value.value === null || table.scores.length > MAX_SHUFFLED_ROWS
      ? null
      : scorePermutationTest(table, of, within, { rng: rng.derive(name), permutations: resamples }).pValue;
  const gap = (metric: "meanScore" | "rocAuc", title: string, within: "nothing" | "label"): DisparityAudit => {
    const name = `${metric}Difference`;
    const value = frame.derived[metric].difference.betweenGroups;
    const pValue = test(name, value, within, (own) => {
      const numbers = scoreMetrics(own);
      const values = numbers.groups.map((group) => group[metric]);
      return groupDifference({ groups: value.groups, values, overall: numbers.overall[metric] });
    });
    const interval = intervals[metric]?.difference.betweenGroups;
    return { name, title, ideal: 0, ...measureOf(value, interval), pValue, excluded: value.excluded };
  };

  const result = [gap("meanScore", "Mean score difference", "nothing")];
  if (input.labels === undefined) return result;
  result.push(gap("rocAuc", "ROC-AUC difference", "label"));
  const area = abroca(table);
  const drawn = bootstrapScores(table, (own, mass) => [abroca(own, mass).value ?? NaN], {
    rng: rng.derive("abroca intervals"),
    resamples,
    level,
  });
  result.push({
    name: "abroca",
    title: "ABROCA (area between ROC curves)",
    ideal: 0,
    ...measureOf(area, drawn.intervals[0]),
    pValue: test("abroca", area, "label", abroca),
    excluded: area.excluded,
  });
  return result;
}
