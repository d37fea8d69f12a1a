import {
  abroca,
  bootstrapScores,
  type ConfusionInput,
  DISPARITIES,
  type DisparityDefinition,
  estimateDisparities,
  type FrameIntervals,
  type MetricFrame,
  reachIdeal,
  type ScoreInput,
  scorePValues,
  scoreTable,
} from "../metrics/mod.ts";
import type { Chance } from "./audit_input.ts";
import { measureOf } from "./measure.ts";
import type { DisparityAudit } from "./result.ts";

/** ABROCA compares every pair of curves in every resample. */
const MAX_CURVES = 20;

/**
 * The disparities of decisions with their intervals and tests.
 *
 * @param input Labels (if any), decisions, groups, weights and clusters.
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
  const gaps: [string, DisparityDefinition][] = Object.entries(DISPARITIES).filter(([, { needsLabels }]) =>
    !needsLabels || input.labels !== undefined
  );
  const estimates = estimateDisparities(input, Object.fromEntries(gaps), chance);
  return gaps.map(([name, { title, ideal }]) => {
    const { estimate, interval, pValue } = estimates[name]!;
    return { name, title, ideal, ...measureOf(estimate, interval), pValue, excluded: estimate.excluded };
  });
}

/**
 * The disparities of scores with their intervals and tests: gaps of mean score and, with labels, of ROC-AUC, and ABROCA.
 *
 * @param input Labels (if any), scores, groups, weights and clusters.
 * @param frame The metrics of the same columns.
 * @param intervals Their intervals.
 * @param chance How to draw.
 * @returns One entry per disparity that the columns allow.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { frameIntervals } from "../metrics/mod.ts";
 * import { metricFrame } from "../metrics/mod.ts";
 * import { Rng } from "../random.ts";
 * import { scoreDisparities } from "./audit_disparities.ts";
 *
 * const [scores, groups] = [[0.25, 0.25, 0.75, 0.75], ["BA", "BA", "PhD", "PhD"]];
 * const columns = { scores, attributes: { education: groups } };
 * const chance = { rng: new Rng(1), resamples: 50, level: 0.95 };
 * const intervals = frameIntervals(columns, chance);
 * const [gap] = scoreDisparities({ scores, groups }, metricFrame(columns), intervals, chance);
 * assertEquals([gap!.name, gap!.value], ["meanScoreDifference", 0.5]);
 * ```
 */
export function scoreDisparities(
  input: ScoreInput,
  frame: MetricFrame,
  intervals: FrameIntervals,
  chance: Chance,
): DisparityAudit[] {
  const difference = (name: string, title: string, metric: "meanScore" | "rocAuc"): DisparityAudit => {
    const estimate = frame.derived[metric].difference.betweenGroups;
    const { difference, pValues } = intervals[metric]!;
    const measure = measureOf(estimate, difference.betweenGroups);
    const pValue = pValues.difference.betweenGroups;
    return { name, title, ideal: 0, ...measure, pValue, excluded: estimate.excluded };
  };
  const scores = difference("meanScoreDifference", "Mean score difference", "meanScore");
  if (input.labels === undefined) return [scores];
  return [scores, difference("rocAucDifference", "ROC-AUC difference", "rocAuc"), curveDisparity(input, chance)];
}

function curveDisparity(input: ScoreInput, { rng, resamples, level }: Chance): DisparityAudit {
  const about = { name: "abroca", title: "ABROCA (area between ROC curves)", ideal: 0 } as const;
  const table = scoreTable(input);
  if (table.names.length > MAX_CURVES) {
    const reason = `more than ${MAX_CURVES} groups make too many pairs of curves`;
    return { ...about, value: null, reason, interval: null, pValue: null, excluded: [] };
  }
  const value = abroca(table);
  // BCa evaluates each group's rows once more, which for curves of many groups costs more than the resamples.
  const [interval] = bootstrapScores(table, (own, mass) => [abroca(own, mass).value ?? NaN], {
    rng: rng.derive("abroca interval"),
    resamples,
    level,
    method: "percentile",
  }).intervals;
  const [pValue = null] = scorePValues(table, {
    within: "label",
    ideals: [0],
    statistic: (own, mass) => [abroca(own, mass).value ?? NaN],
  }, { rng: rng.derive("abroca"), permutations: resamples });
  return { ...about, ...measureOf(value, reachIdeal(interval!, 0, pValue)), pValue, excluded: value.excluded };
}
