import type { Rng } from "../random.ts";
import { abroca } from "../metrics/abroca.ts";
import { compositeScore } from "../metrics/composite.ts";
import type { ConfusionInput, ConfusionTable } from "../metrics/confusion.ts";
import { bootstrapConfusion } from "../metrics/confusion_bootstrap.ts";
import { groupDifference } from "../metrics/derived.ts";
import type { FrameIntervals } from "../metrics/frame_intervals.ts";
import { differentialFairness } from "../metrics/differential_fairness.ts";
import {
  accuracyDifference,
  demographicParityDifference,
  demographicParityRatio,
  equalOpportunityDifference,
  predictiveParityDifference,
} from "../metrics/disparities.ts";
import { equalizedOddsDifference } from "../metrics/equalized_odds.ts";
import { groupCounts, metricByGroup } from "../metrics/group_values.ts";
import { permutationTest, type PermuteWithin, scorePermutationTest } from "../metrics/permutation.ts";
import { bootstrapScores } from "../metrics/score_bootstrap.ts";
import { scoreMetrics } from "../metrics/score_metrics.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "../metrics/score_table.ts";
import type { Disparity } from "../metrics/value.ts";
import { bothMethods, gapInterval } from "./gap_interval.ts";
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
/** ABROCA compares every pair of curves in every resample. */
const MAX_CURVES = 20;

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
  const drawn = bothMethods((method) =>
    bootstrapConfusion(input, statistics, { rng: rng.derive("intervals"), resamples, level, method })
  );
  return wanted.map(([name, { title, ideal, within, of }]) => {
    const { estimate, interval: bca } = drawn.bca[name]!;
    const { interval: percentile } = drawn.percentile[name]!;
    const pValue = within === null || estimate.value === null ? null : permutationTest(input, of, within, {
      rng: rng.derive(name),
      permutations: resamples,
      tail: ideal === 1 ? "less" : "greater",
    }).pValue;
    const interval = gapInterval({ bca, percentile, ideal, pValue });
    return { name, title, ideal, ...measureOf(estimate, interval), pValue, excluded: (estimate as Disparity).excluded };
  });
}

/**
 * The disparities of scores with their intervals and tests: gaps of mean score and, with labels, of ROC-AUC, and ABROCA.
 *
 * @param input Labels (if any), scores, groups and weights.
 * @param chance How to draw.
 * @param known Intervals of the metrics of the same columns, if they are already there; used where there are too many rows for
 *   the test, so that large tables are not resampled twice.
 * @returns One entry per disparity that the columns allow.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { scoreDisparities } from "./audit_disparities.ts";
 *
 * const input = { scores: [0.25, 0.25, 0.75, 0.75], groups: ["BA", "BA", "PhD", "PhD"] };
 * const [gap] = scoreDisparities(input, { rng: new Rng(1), resamples: 50, level: 0.95 });
 * assertEquals([gap!.name, gap!.value], ["meanScoreDifference", 0.5]);
 * ```
 */
export function scoreDisparities(input: ScoreInput, chance: Chance, known: FrameIntervals = {}): DisparityAudit[] {
  const { rng, resamples, level } = chance;
  const table = scoreTable(input);
  const testable = table.scores.length <= MAX_SHUFFLED_ROWS;
  return SCORES.filter(({ within }) => within === "nothing" || input.labels !== undefined).map((disparity) => {
    const { name, title, within, of, metric } = disparity;
    if (metric === null && table.names.length > MAX_CURVES) {
      const reason = `more than ${MAX_CURVES} groups make too many pairs of curves`;
      return { name, title, ideal: 0, value: null, reason, interval: null, pValue: null, excluded: [] };
    }
    const value = of(table, table.mass);
    const run = (method: "bca" | "percentile") =>
      bootstrapScores(table, (own, mass) => [of(own, mass).value ?? NaN], {
        rng: rng.derive(`${name} interval`),
        resamples,
        level,
        method,
      }).intervals[0]!;
    const ready = testable || metric === null ? undefined : known[metric]?.difference.betweenGroups;
    const percentile = ready ?? run("percentile");
    // BCa evaluates each group's rows once more, which for curves of many groups costs more than the resamples.
    const bca = metric === null || !testable ? percentile : run("bca");
    const pValue = value.value === null || !testable
      ? null
      : scorePermutationTest(table, (own) => of(own, own.mass), within, {
        rng: rng.derive(name),
        permutations: resamples,
      }).pValue;
    const interval = gapInterval({ bca, percentile, ideal: 0, pValue });
    return { name, title, ideal: 0, ...measureOf(value, interval), pValue, excluded: value.excluded };
  });
}

interface ScoreDisparity {
  readonly name: string;
  readonly title: string;
  readonly within: "nothing" | "label";
  readonly of: (table: ScoreTable, mass: Float64Array) => Disparity;
  /** The metric whose gap it is; `null` for ABROCA, whose cost grows with the pairs of groups. */
  readonly metric: "meanScore" | "rocAuc" | null;
}

/** The disparities of scores, in the order of a report; those tested within labels need them. */
const SCORES: readonly ScoreDisparity[] = [
  {
    name: "meanScoreDifference",
    title: "Mean score difference",
    within: "nothing",
    of: gapOf("meanScore"),
    metric: "meanScore",
  },
  { name: "rocAucDifference", title: "ROC-AUC difference", within: "label", of: gapOf("rocAuc"), metric: "rocAuc" },
  { name: "abroca", title: "ABROCA (area between ROC curves)", within: "label", of: abroca, metric: null },
];

function gapOf(metric: "meanScore" | "rocAuc"): ScoreDisparity["of"] {
  return (table, mass) => {
    const { groups, overall } = scoreMetrics({ ...table, mass });
    const values = groups.map((group) => group[metric]);
    return groupDifference({ groups: groupCounts(table), values, overall: overall[metric] });
  };
}
