/** One attribute, or the intersection of several, under one model: groups, disparities, distances, rankings. */
import { compareGroups } from "../data/mod.ts";
import {
  abroca,
  bootstrapScores,
  calibrationBins,
  calibrationByGroup,
  calibrationIntervals,
  type Column,
  type ConfusionInput,
  confusionTable,
  crossGroups,
  disparateImpact,
  DISPARITIES,
  type Disparity,
  type DisparityDefinition,
  estimateDisparities,
  type FrameIntervals,
  frameIntervals,
  type Grouping,
  type Interval,
  METRIC_NAMES,
  type MetricFrame,
  metricFrame,
  type MetricName,
  reachIdeal,
  scoreDistances,
  type ScoreInput,
  scorePValues,
  scoreTable,
} from "../metrics/mod.ts";
import { counterfactualByGroup } from "./counterfactual.ts";
import type { Chance, DecidedModel, EvaluationContext } from "./evaluate.ts";
import type {
  AttributeEvaluation,
  DisparityEstimate,
  Estimates,
  GroupEvaluation,
  ModelEvaluation,
} from "./evaluation.ts";
import { rankingByGroup } from "./ranking.ts";
import { estimateOf, estimatesOf } from "./row_weights.ts";
import { type NamedGroups, takeGroups } from "./table.ts";

/** What an attribute comes to, and what was learned about everybody on the way. */
interface AttributeOutcome {
  readonly attribute: AttributeEvaluation;
  readonly overall: Pick<ModelEvaluation["overall"], "metrics" | "calibration" | "reliability">;
}

/** Pairs of groups above which score distances are left out: nobody reads a thousand of them. */
const MAX_DISTANCES = 300;

/** ABROCA compares every pair of curves in every resample. */
const MAX_CURVES = 20;

/** Metrics that need no labels. */
const UNLABELLED: ReadonlySet<MetricName> = new Set(["selectionRate", "meanScore"]);

/**
 * What decisions are held against ground truth by: a part of the table, since ground truth is for the questions that
 * matter.
 */
export const GROUND_TRUTH_DISPARITIES = {
  groundTruthEqualizedOddsDifference: DISPARITIES.equalizedOddsDifference,
  groundTruthEqualOpportunityDifference: DISPARITIES.equalOpportunityDifference,
} as const;

/** The columns of one attribute under one model. */
interface AttributeColumns {
  readonly model: DecidedModel;
  readonly context: EvaluationContext;
  readonly groups: Grouping;
  readonly chance: Chance;
}

/** Evaluates one attribute; several are crossed. */
export function evaluateAttribute(
  attributes: readonly NamedGroups[],
  model: DecidedModel,
  context: EvaluationContext,
): AttributeOutcome {
  const { table, smallBelow } = context;
  const name = attributes.map((attribute) => attribute.name).join(" × ");
  const chance = { ...context.chance, rng: context.chance.rng.derive(name) };
  const groups = crossGroups(attributes.map((attribute) => attribute.groups));
  const own: AttributeColumns = { model, context, groups, chance };
  const labels = table.labels ?? undefined;
  const weights = table.weights ?? undefined;
  const clusters = table.clusters?.groups;
  const { scores, decisions: predictions } = model;
  const columns = { labels, predictions, scores, weights, clusters, attributes: { [name]: groups }, smallBelow };
  const frame = metricFrame(columns);
  const intervals = frameIntervals(columns, { ...chance, rng: chance.rng.derive("frame") });
  const calibration = calibrationOf(own);
  const names = METRIC_NAMES.filter((name) => name !== "count" && (labels !== undefined || UNLABELLED.has(name)));
  return {
    attribute: {
      attribute: name,
      groups: groupsOf(own, { frame, intervals, names, calibration }),
      disparities: [
        ...decisionDisparities({ labels, predictions, groups, weights, clusters }, chance),
        ...scoreDisparities({ labels, scores, groups, weights, clusters }, { frame, intervals }, chance),
        ...(calibration?.disparities ?? []),
        ...groundTruthDisparities(own),
      ],
      amongLarge: amongLarge(own, frame),
      distances: attributes.length > 1 ? [] : distancesOf(own),
      ranking: rankingByGroup(own),
      counterfactual: counterfactualByGroup(own),
      controlled: controlledOf(own),
    },
    overall: {
      metrics: estimatesOf(
        frame.overall,
        Object.fromEntries(names.map((name) => [name, intervals[name]!.overall])),
        names,
      ),
      calibration: calibration?.overall ?? null,
      reliability: calibration?.reliability ?? null,
    },
  };
}

interface FrameNumbers {
  readonly frame: MetricFrame;
  readonly intervals: FrameIntervals;
}

function groupsOf(
  { model, context: { table }, groups }: AttributeColumns,
  { frame, intervals, names, calibration }: FrameNumbers & {
    names: readonly MetricName[];
    calibration: Calibration | null;
  },
): GroupEvaluation[] {
  const weights = table.weights ?? undefined;
  const impact = disparateImpact(confusionTable({ predictions: model.decisions, groups, weights }));
  const positives = new Float64Array(groups.names.length);
  if (table.labels) groups.codes.forEach((code, i) => positives[code]! += Number(table.labels![i] === 1));
  const all = frame.groups.map(({ group, count, small, metrics }, g): GroupEvaluation => ({
    group,
    count,
    small,
    positives: table.labels && positives[g]!,
    metrics: estimatesOf(metrics, Object.fromEntries(names.map((name) => [name, intervals[name]!.groups[g]!])), names),
    impactRatio: impact.ratios[g]!.ratio,
    fourFifths: impact.ratios[g]!.fourFifths,
    ...(calibration === null ? {} : { calibration: calibration.groups[g]! }),
  }));
  return all.sort((a, b) => compareGroups(a.group, b.group));
}

/** A disparity as an evaluation reports it. */
function disparityOf(
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

/** The disparities of decisions with their intervals and tests: those that the columns allow, or the ones named. */
export function decisionDisparities(
  input: ConfusionInput,
  chance: Chance,
  { named = DISPARITIES, against = "label" }: {
    readonly named?: Readonly<Record<string, DisparityDefinition>>;
    readonly against?: "label" | "groundTruth";
  } = {},
): DisparityEstimate[] {
  const possible = Object.entries(named).filter(([, { needsLabels }]) => !needsLabels || input.labels !== undefined);
  const estimates = estimateDisparities(input, Object.fromEntries(possible), chance);
  return possible.map(([metric, { needsLabels }]) => {
    const { estimate, interval, pValue } = estimates[metric]!;
    return disparityOf(metric, estimate, { interval, pValue, against: needsLabels ? against : null });
  });
}

function groundTruthDisparities({ model, context: { table }, groups, chance }: AttributeColumns): DisparityEstimate[] {
  if (table.groundTruth === null) return [];
  const input = {
    labels: table.groundTruth,
    predictions: model.decisions,
    groups,
    weights: table.weights ?? undefined,
    clusters: table.clusters?.groups,
  };
  const own = { ...chance, rng: chance.rng.derive("ground truth") };
  return decisionDisparities(input, own, { named: GROUND_TRUTH_DISPARITIES, against: "groundTruth" });
}

/** Differences of mean score and, with labels, of ROC-AUC, and ABROCA. */
function scoreDisparities(input: ScoreInput, { frame, intervals }: FrameNumbers, chance: Chance): DisparityEstimate[] {
  const against = input.labels === undefined ? null : "label" as const;
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
  return [scores, difference("rocAucDifference", "rocAuc"), curveDisparity(input, chance)];
}

function curveDisparity(input: ScoreInput, { rng, resamples, level }: Chance): DisparityEstimate {
  const table = scoreTable(input);
  if (table.names.length > MAX_CURVES) {
    const reason = `more than ${MAX_CURVES} groups make too many pairs of curves`;
    return disparityOf("abroca", { value: null, reason, excluded: [] }, { against: "label" });
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
  return disparityOf("abroca", value, { interval: reachIdeal(interval!, 0, pValue), pValue, against: "label" });
}

interface Calibration {
  readonly overall: Estimates;
  readonly groups: readonly Estimates[];
  readonly reliability: ModelEvaluation["overall"]["reliability"];
  readonly disparities: readonly DisparityEstimate[];
}

function calibrationOf({ model, context: { table }, groups, chance }: AttributeColumns): Calibration | null {
  const { labels } = table;
  if (labels === null || model.probabilities === null) return null;
  const columns = { labels, scores: model.probabilities, weights: table.weights ?? undefined };
  const result = calibrationByGroup({ ...columns, groups });
  const bins = calibrationBins({ ...columns, groups });
  const intervals = calibrationIntervals(bins, { ...chance, rng: chance.rng.derive("calibration") });
  const names = ["ece", "mce", "bias"] as const;
  const { eceDifference, biasDifference } = result;
  return {
    overall: estimatesOf(result.overall, intervals.overall, names),
    groups: result.groups.map((group, g) => estimatesOf(group, intervals.groups[g]!, names)),
    reliability: result.overall.curve.map(({ low, high, count, meanScore, positiveRate }) => ({
      low,
      high,
      count,
      meanScore: meanScore.value,
      positiveRate: positiveRate.value,
    })),
    disparities: [
      disparityOf("calibrationErrorDifference", eceDifference, { interval: intervals.eceDifference, against: "label" }),
      disparityOf("calibrationBiasDifference", biasDifference, {
        interval: intervals.biasDifference,
        against: "label",
      }),
    ],
  };
}

function distancesOf(
  { model, context: { table }, groups, chance }: AttributeColumns,
): AttributeEvaluation["distances"] {
  const pairs = groups.names.length * (groups.names.length - 1) / 2;
  if (pairs > MAX_DISTANCES) return [];
  const test = { rng: chance.rng.derive("distances"), permutations: chance.resamples };
  return scoreDistances({ scores: model.scores, groups, weights: table.weights ?? undefined }, test)
    .map(({ a, b, ...rest }) => ({ a: a.group, b: b.group, ...rest }));
}

function amongLarge(own: AttributeColumns, frame: MetricFrame): AttributeEvaluation["amongLarge"] {
  const { groups } = own;
  const large = frame.groups.flatMap(({ small }, g) => small ? [] : [g]);
  const anySmall = frame.groups.some(({ small, count }) => small && count > 0);
  if (!anySmall || large.length < 2) return null;
  const code = new Int32Array(groups.names.length).fill(-1);
  large.forEach((g, j) => code[g] = j);
  const names = large.map((g) => groups.names[g]!);
  const rows = rowsWhere(groups.codes, (g) => code[g]! >= 0);
  const kept = { names, codes: Int32Array.from(rows, (i) => code[groups.codes[i]!]!) };
  return { groups: names, disparities: disparitiesAt({ rows, groups: kept, purpose: "among large" }, own) };
}

function controlledOf(own: AttributeColumns): AttributeEvaluation["controlled"] {
  const { control } = own.context.table;
  if (control === null) return null;
  const { names, codes } = control.groups;
  return names.flatMap((level, code) => {
    const rows = rowsWhere(codes, (c) => c === code);
    if (rows.length === 0) return [];
    const disparities = disparitiesAt({ rows, groups: takeGroups(own.groups, rows), purpose: `control ${level}` }, own);
    return [{ level, count: rows.length, disparities }];
  });
}

function rowsWhere(codes: Int32Array, holds: (code: number) => boolean): number[] {
  return codes.reduce<number[]>((kept, code, i) => (holds(code) && kept.push(i), kept), []);
}

/** The disparities among some rows, which have groups of their own. */
function disparitiesAt(
  { rows, groups, purpose }: { readonly rows: readonly number[]; readonly groups: Grouping; readonly purpose: string },
  { model, context: { table }, chance }: AttributeColumns,
): DisparityEstimate[] {
  const take = (column: Column | null) => column === null ? undefined : Float64Array.from(rows, (i) => column[i]!);
  return decisionDisparities({
    labels: take(table.labels),
    predictions: Uint8Array.from(rows, (i) => model.decisions[i]!),
    groups,
    weights: take(table.weights),
    clusters: table.clusters ? takeGroups(table.clusters.groups, rows) : undefined,
  }, { ...chance, rng: chance.rng.derive(purpose) });
}
