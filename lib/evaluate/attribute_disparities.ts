/** The disparities of an attribute, with their intervals and tests. */
import { abroca, abrocaOf, bootstrapScores, DISPARITIES, estimateDisparities, groupRows } from "../metrics/mod.ts";
import { reachIdeal, scorePValues } from "../metrics/mod.ts";
import type { ConfusionInput, Disparity, DisparityDefinition, Interval, ScoreTable } from "../metrics/mod.ts";
import type { AttributeColumns } from "./attribute.ts";
import type { Chance } from "./evaluate.ts";
import type { DisparityEstimate } from "./evaluation.ts";
import type { FrameNumbers } from "./frame_numbers.ts";
import { estimateOf } from "./row_weights.ts";
import { labelledRows, takeColumn } from "./some_rows.ts";
import { takeGroups } from "./table.ts";

/** ABROCA compares every pair of curves in every resample. */
const MAX_CURVES = 20;

/**
 * What decisions are held against ground truth by: a part of the table, since ground truth is for the questions that
 * matter.
 */
export const GROUND_TRUTH_DISPARITIES = {
  groundTruthEqualizedOddsDifference: DISPARITIES.equalizedOddsDifference,
  groundTruthEqualOpportunityDifference: DISPARITIES.equalOpportunityDifference,
} as const;

/** A disparity as an evaluation reports it. */
export function disparityOf(
  metric: string,
  value: Pick<Disparity, "value" | "excluded"> & { reason?: string },
  { interval, pValue = null, against = null }: {
    interval?: Interval | undefined;
    pValue?: number | null;
    against?: DisparityEstimate["against"];
  },
): DisparityEstimate {
  const known = value.value === null ? { value: null, reason: value.reason! } : { value: value.value };
  return {
    metric,
    against,
    ...estimateOf(known, interval),
    pValue,
    expected: null,
    excluded: value.excluded.map(({ group, reason }) => ({ group, reason })),
  };
}

/** Which disparities, and what decisions are held against. */
interface Named {
  readonly named?: Readonly<Record<string, DisparityDefinition>>;
  readonly against?: "label" | "groundTruth";
}

/**
 * The disparities of decisions with their intervals and tests: those that the columns allow, or the ones named. Where
 * some labels are not known, those that need labels are of the rows that have one, the others of all rows.
 */
export function decisionDisparities(
  input: ConfusionInput,
  chance: Chance,
  { named = DISPARITIES, against = "label" }: Named = {},
): DisparityEstimate[] {
  const known = labelledRows(input.labels);
  if (known !== null) {
    const needing = (labels: boolean) =>
      Object.fromEntries(Object.entries(named).filter(([, { needsLabels }]) => needsLabels === labels));
    const nobody = { value: null, reason: NO_LABELLED_ROW, excluded: [] };
    const all = [
      ...decisionDisparities({ ...input, labels: undefined }, chance, { named: needing(false), against }),
      ...(known.length > 0 ? [] : Object.keys(needing(true)).map((name) => disparityOf(name, nobody, { against }))),
      ...(known.length === 0 ? [] : decisionDisparities(labelledOf(input, known), chance, {
        named: needing(true),
        against,
      })).map((own): DisparityEstimate => ({
        ...(isConstructed(named[own.metric]!, input, known) ? { ...own, ...CONSTRUCTED } : own),
        excluded: own.excluded.map(({ group, reason }) => ({
          group,
          reason: reason.replace(/no rows$/, NO_LABELLED_ROW),
        })),
      })),
    ];
    return Object.keys(named).map((name) => all.find(({ metric }) => metric === name)!);
  }
  const possible = Object.entries(named).filter(([, { needsLabels }]) => !needsLabels || input.labels !== undefined);
  const estimates = estimateDisparities(input, Object.fromEntries(possible), chance);
  return possible.map(([metric, { needsLabels }]) => {
    const { estimate, interval, pValue } = estimates[metric]!;
    return disparityOf(metric, estimate, { interval, pValue, against: needsLabels ? against : null });
  });
}

const NO_LABELLED_ROW = "no row with a label";

const CONSTRUCTED = {
  value: null,
  reason: "labels are known only of those selected, whose rates are alike whatever the scores",
  interval: null,
  pValue: null,
} as const;

/**
 * Whether a disparity compares rates given the label where labels are known only of those with the favourable decision,
 * and of nobody else: each rate is then 1, or 0, by construction, and no difference would be no evidence.
 */
function isConstructed(
  { within }: DisparityDefinition,
  { predictions, favourable = 1 }: ConfusionInput,
  known: readonly number[],
): boolean {
  return within !== "nothing" && within !== "prediction" && known.every((i) => predictions[i] === favourable) &&
    Array.from(predictions).some((decision) => decision !== favourable);
}

/** The rows with a label. */
function labelledOf<
  T extends Pick<ConfusionInput, "labels" | "predictions" | "weights" | "counts" | "groups" | "clusters">,
>(
  input: T,
  known: readonly number[],
): T {
  const { groups, clusters } = input;
  return {
    ...input,
    labels: takeColumn(input.labels, known),
    predictions: takeColumn(input.predictions, known),
    weights: takeColumn(input.weights, known),
    counts: takeColumn(input.counts, known),
    groups: takeGroups(groupRows(groups), known),
    clusters: clusters && takeGroups(groupRows(clusters), known),
  };
}

/** The disparities against ground truth; none without it. */
export function groundTruthDisparities(
  { model, context: { table }, groups, chance }: AttributeColumns,
): DisparityEstimate[] {
  if (table.groundTruth === null) return [];
  const input = {
    labels: table.groundTruth,
    predictions: model.decisions,
    groups,
    weights: table.weights ?? undefined,
    clusters: table.clusters?.groups,
    favourable: model.favourable,
  };
  const own = { ...chance, rng: chance.rng.derive("ground truth") };
  return decisionDisparities(input, own, { named: GROUND_TRUTH_DISPARITIES, against: "groundTruth" });
}

/** Differences of mean score and, with labels, of ROC-AUC, and ABROCA. */
export function scoreDisparities(
  { frame, intervals, labelled }: FrameNumbers,
  chance: Chance,
  hasLabels: boolean,
): DisparityEstimate[] {
  const against = hasLabels ? "label" as const : null;
  const difference = (metric: string, of: "meanScore" | "rocAuc") => {
    const { difference, pValues } = intervals[of]!;
    return disparityOf(metric, frame.derived[of].difference.betweenGroups, {
      interval: difference.betweenGroups,
      pValue: pValues.difference.betweenGroups,
      against: of === "meanScore" ? null : against,
    });
  };
  const scores = difference("meanScoreDifference", "meanScore");
  if (against === null) return [scores];
  return [scores, difference("rocAucDifference", "rocAuc"), curveDisparity(labelled, chance)];
}

function curveDisparity(table: ScoreTable | null, { rng, resamples, level }: Chance): DisparityEstimate {
  if (table === null) {
    return disparityOf("abroca", { value: null, reason: NO_LABELLED_ROW, excluded: [] }, { against: "label" });
  }
  if (table.names.length > MAX_CURVES) {
    const reason = `more than ${MAX_CURVES} groups make too many pairs of curves`;
    return disparityOf("abroca", { value: null, reason, excluded: [] }, { against: "label" });
  }
  const value = abroca(table);
  const resampled = abrocaOf();
  const statistic = (own: ScoreTable, mass: Float64Array) => [resampled(own, mass)];
  // BCa evaluates each group's rows once more, which for curves of many groups costs more than the resamples.
  const [interval] = bootstrapScores(table, statistic, {
    rng: rng.derive("abroca interval"),
    resamples,
    level,
    method: "percentile",
  }).intervals;
  const [pValue = null] = scorePValues(table, {
    within: "label",
    ideals: [0],
    statistic,
  }, { rng: rng.derive("abroca"), permutations: resamples });
  return disparityOf("abroca", value, { interval: reachIdeal(interval!, 0, pValue), pValue, against: "label" });
}
