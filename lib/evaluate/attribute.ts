/** One attribute, or the intersection of several, under one model: groups, pairs, disparities, distances, rankings. */
import { compareGroups } from "../data/mod.ts";
import { calibrationBins, calibrationByGroup, calibrationIntervals, confusionTable } from "../metrics/mod.ts";
import { crossGroups, disparateImpact, groupPairs, scoreDistances, undefinedBecause } from "../metrics/mod.ts";
import type { Column, Grouping, MetricFrame, ScoreTable } from "../metrics/mod.ts";
import { decisionDisparities, disparityOf, groundTruthDisparities, scoreDisparities } from "./attribute_disparities.ts";
import { counterfactualNumbers } from "./counterfactual.ts";
import type { Chance, DecidedModel, EvaluationContext } from "./evaluate.ts";
import type {
  AttributeEvaluation,
  DisparityEstimate,
  Estimates,
  GroupEvaluation,
  ModelEvaluation,
} from "./evaluation.ts";
import { denominatorsOf, frameMetrics, type FrameNumbers, frameNumbers } from "./frame_numbers.ts";
import { rankingByGroup, rankingQualityOf } from "./ranking.ts";
import { estimatesOf } from "./row_weights.ts";
import { eligibleGroups, isJudged, scoped } from "./scope.ts";
import { labelledRows, rowsOfGroups, rowsWhere, takeColumn } from "./some_rows.ts";
import { countRows, type NamedGroups, takeGroups } from "./table.ts";

/** What scores and decisions show of an attribute, and of everybody. */
export interface ScoresOutcome {
  readonly attribute: Omit<AttributeEvaluation, "ranking" | "counterfactual">;
  readonly overall: Pick<ModelEvaluation["overall"], "metrics" | "calibration" | "reliability"> | null;
}

/** What rankings show of an attribute, and of everybody. */
export interface RankingsOutcome {
  readonly attribute: Pick<AttributeEvaluation, "ranking">;
  readonly overall: Pick<ModelEvaluation["overall"], "ranking"> | null;
}

/** What counterfactuals show of an attribute, and of everybody. */
export interface CounterfactualsOutcome {
  readonly attribute: Pick<AttributeEvaluation, "counterfactual">;
  readonly overall: Pick<ModelEvaluation["overall"], "counterfactual"> | null;
}

/** Whose part of an attribute is evaluated. */
export interface AttributeJob {
  /** The attribute, or those that are crossed. */
  readonly attributes: readonly NamedGroups[];
  readonly model: DecidedModel;
  readonly context: EvaluationContext;
  /** Whether to give what is learned about everybody. */
  readonly withOverall: boolean;
}

/** Pairs of groups above which score distances are left out: nobody reads a thousand of them. */
const MAX_DISTANCES = 300;

/** The columns of one attribute under one model. */
export interface AttributeColumns {
  readonly name: string;
  readonly attributes: readonly NamedGroups[];
  readonly model: DecidedModel;
  readonly context: EvaluationContext;
  readonly groups: Grouping;
  readonly chance: Chance;
}

/** Parts of an attribute, for those who wait. */
export const ATTRIBUTE_PARTS = 6;

/** Evaluates what follows from scores and decisions. */
export function evaluateScores({ attributes, model, context, withOverall }: AttributeJob): ScoresOutcome {
  const { leftOut, ...kept } = scoped(attributes, [model], context);
  const own = columnsOf(kept.attributes, kept.models[0]!, kept.context);
  const part = <T>(of: T): T => (context.partDone(), of);
  const numbers = part(numbersOf(own));
  const { frame, calibration } = numbers;
  const decisions = countedDecisions(own);
  const attribute = {
    attribute: own.name,
    ...groupsOf(own, numbers, decisions),
    leftOut,
    disparities: [
      ...decisionDisparities(decisions, own.chance),
      ...part(scoreDisparities(numbers, own.chance, numbers.hasLabels)),
      ...(calibration?.disparities ?? []),
      ...groundTruthDisparities(own),
    ],
    amongLarge: amongLarge(own, frame),
    distances: part(attributes.length > 1 ? [] : distancesOf(own, numbers.sorted)),
    controlled: part(controlledOf(own)),
  };
  if (!withOverall) return { attribute, overall: null };
  // Everybody is everybody, also those whose group is left out.
  const everybody = leftOut.length === 0 ? numbers : numbersOf(columnsOf(attributes, model, context));
  return { attribute, overall: overallOf(everybody) };
}

/** Evaluates what follows from the order within each query. */
export function evaluateRankings({ attributes, model, context, withOverall }: AttributeJob): RankingsOutcome {
  const { leftOut: _, ...kept } = scoped(attributes, [model], context);
  const ranking = rankingByGroup(columnsOf(kept.attributes, kept.models[0]!, kept.context));
  context.partDone();
  return { attribute: { ranking }, overall: withOverall ? { ranking: rankingQualityOf(model, context) } : null };
}

/** Evaluates what changes when a text states another group. */
export function evaluateCounterfactuals(
  { attributes, model, context, withOverall }: AttributeJob,
): CounterfactualsOutcome {
  const { leftOut, ...kept } = scoped(attributes, [model], context);
  const numbers = counterfactualNumbers(columnsOf(kept.attributes, kept.models[0]!, kept.context));
  context.partDone();
  const attribute = { counterfactual: numbers && numbers.groups };
  if (!withOverall) return { attribute, overall: null };
  const everybody = leftOut.length === 0 ? numbers : counterfactualNumbers(columnsOf(attributes, model, context));
  return { attribute, overall: { counterfactual: everybody && everybody.overall } };
}

function columnsOf(
  attributes: readonly NamedGroups[],
  model: DecidedModel,
  context: EvaluationContext,
): AttributeColumns {
  const name = attributes.map((attribute) => attribute.name).join(" × ");
  const chance = { ...context.chance, rng: context.chance.rng.derive(name) };
  const groups = crossGroups(attributes.map((attribute) => attribute.groups));
  return { name, attributes, model, context, groups, chance };
}

/** What the metrics of decisions read. */
function decisionsOf({ model, context: { table }, groups }: AttributeColumns) {
  return {
    labels: table.labels ?? undefined,
    predictions: model.decisions,
    groups,
    weights: table.weights ?? undefined,
    counts: table.counts ?? undefined,
    clusters: table.clusters?.groups,
    favourable: model.favourable,
  };
}

/**
 * The same as counts of equal rows, where groups, labels and decisions are all that tells rows apart: read many times,
 * whatever the number of rows.
 */
function countedDecisions(own: AttributeColumns): ReturnType<typeof decisionsOf> {
  const decisions = decisionsOf(own);
  const { labels, predictions, groups: { names, codes }, weights, counts, clusters } = decisions;
  if (weights !== undefined || clusters !== undefined) return decisions;
  // Group by group: without a label, of label 0, of label 1, by decision.
  const cells = new Float64Array(6 * names.length);
  for (let i = 0; i < codes.length; i++) {
    const label = labels === undefined ? 0 : labels[i]!;
    cells[6 * codes[i]! + (Number.isNaN(label) ? 0 : 2 + 2 * label) + predictions[i]!]! += counts?.[i] ?? 1;
  }
  const present = Array.from(cells.keys()).filter((at) => cells[at]! > 0);
  return {
    ...decisions,
    labels: labels && Float64Array.from(present, (at) => [NaN, 0, 1][(at % 6) >> 1]!),
    predictions: Uint8Array.from(present, (at) => at & 1),
    groups: { names, codes: Int32Array.from(present, (at) => Math.floor(at / 6)) },
    counts: Float64Array.from(present, (at) => cells[at]!),
  };
}

interface AttributeNumbers extends FrameNumbers {
  readonly calibration: Calibration | null;
  readonly hasLabels: boolean;
}

function numbersOf(own: AttributeColumns): AttributeNumbers {
  const { name, model: { scores }, context: { smallBelow, table } } = own;
  const { groups, ...columns } = decisionsOf(own);
  return {
    ...frameNumbers({ ...columns, scores, attributes: { [name]: groups }, smallBelow }, own.chance),
    calibration: calibrationOf(own),
    hasLabels: table.labels !== null,
  };
}

function overallOf({ frame, intervals, calibration, hasLabels }: AttributeNumbers): ScoresOutcome["overall"] {
  const names = frameMetrics(hasLabels);
  return {
    metrics: estimatesOf(
      frame.overall,
      Object.fromEntries(names.map((name) => [name, intervals[name]!.overall])),
      names,
    ),
    calibration: calibration?.overall ?? null,
    reliability: calibration?.reliability ?? null,
  };
}

function groupsOf(
  own: AttributeColumns,
  { frame, intervals, calibration, hasLabels }: AttributeNumbers,
  decisions: ReturnType<typeof decisionsOf>,
): Pick<AttributeEvaluation, "groups" | "reference" | "pairs"> {
  const { context: { scope }, chance } = own;
  const { eligible, from } = eligibleGroups(own.attributes, frame.groups, scope);
  const impact = disparateImpact(confusionTable({ ...decisions, labels: undefined }), { eligible });
  const denominators = denominatorsOf({ ...decisions, decisions: decisions.predictions });
  const names = frameMetrics(hasLabels);
  const all = frame.groups.map(({ group, count, small, metrics }, g): GroupEvaluation => ({
    group,
    count,
    small,
    positives: null,
    ...denominators?.[g],
    metrics: estimatesOf(metrics, Object.fromEntries(names.map((name) => [name, intervals[name]!.groups[g]!])), names),
    ...impactOf(impact.ratios[g]!, isJudged({ count }, scope) ? null : scope.minShare),
    ...(calibration === null ? {} : { calibration: calibration.groups[g]! }),
  }));
  const { reference } = impact;
  const judged = all.filter((group) => group.count > 0 && isJudged(group, scope)).map(({ group }) => group);
  return {
    groups: all.sort((a, b) => compareGroups(a.group, b.group)),
    reference: reference === null || judged.length < 2 ? null : { group: reference, from },
    pairs: reference === null || !judged.includes(reference) ? [] : pairsOf(decisions, judged, { reference, chance }),
  };
}

function impactOf(
  { ratio, fourFifths }: { readonly ratio: GroupEvaluation["impactRatio"]; readonly fourFifths: boolean | null },
  minShare: number | null,
): Pick<GroupEvaluation, "impactRatio" | "fourFifths"> {
  if (minShare === null || ratio.value === null) return { impactRatio: ratio, fourFifths };
  return {
    impactRatio: undefinedBecause(`fewer than ${Number((100 * minShare).toPrecision(6))}% of the rows`),
    fourFifths: null,
  };
}

/** Each group that is judged beside the reference, in the order of the groups. */
function pairsOf(
  { labels: _, ...decisions }: ReturnType<typeof decisionsOf>,
  judged: readonly string[],
  { reference, chance }: { readonly reference: string; readonly chance: Chance },
): AttributeEvaluation["pairs"] {
  const { clusters, predictions, weights, counts } = decisions;
  const { groups, rows } = rowsOfGroups(decisions.groups, (name) => judged.includes(name));
  return groupPairs({
    ...decisions,
    predictions: takeColumn(predictions, rows),
    weights: takeColumn(weights, rows),
    counts: takeColumn(counts, rows),
    clusters: clusters && takeGroups(clusters, rows),
    groups,
  }, { reference, rng: chance.rng.derive("pairs"), permutations: chance.resamples })
    .sort((a, b) => compareGroups(a.group, b.group));
}

interface Calibration {
  readonly overall: Estimates;
  readonly groups: readonly Estimates[];
  readonly reliability: ModelEvaluation["overall"]["reliability"];
  readonly disparities: readonly DisparityEstimate[];
}

function calibrationOf({ model, context: { table }, groups, chance }: AttributeColumns): Calibration | null {
  const { labels, weights, counts } = table;
  if (labels === null || model.probabilities === null) return null;
  const known = labelledRows(labels);
  if (known?.length === 0) return null;
  const take = <T extends Column>(column: T) => known === null ? column : takeColumn(column, known);
  const columns = {
    labels: take(labels),
    scores: take(model.probabilities),
    weights: weights === null ? undefined : take(weights),
    counts: counts === null ? undefined : take(counts),
    groups: known === null ? groups : takeGroups(groups, known),
  };
  const result = calibrationByGroup(columns);
  const bins = calibrationBins(columns);
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
  sorted: ScoreTable,
): AttributeEvaluation["distances"] {
  const pairs = groups.names.length * (groups.names.length - 1) / 2;
  if (pairs > MAX_DISTANCES) return [];
  const test = { rng: chance.rng.derive("distances"), permutations: chance.resamples };
  const { weights, counts } = table;
  const columns = { weights: weights ?? undefined, counts: counts ?? undefined };
  return scoreDistances({ scores: model.scores, groups, ...columns, sorted }, test)
    .map(({ a, b, ...rest }) => ({ a: a.group, b: b.group, ...rest }));
}

function amongLarge(own: AttributeColumns, frame: MetricFrame): AttributeEvaluation["amongLarge"] {
  const large = new Set(frame.groups.flatMap(({ group, small }) => small ? [] : [group]));
  const anySmall = frame.groups.some(({ small, count }) => small && count > 0);
  if (!anySmall || large.size < 2) return null;
  const kept = rowsOfGroups(own.groups, (name) => large.has(name));
  return { groups: [...kept.groups.names], disparities: disparitiesAt({ ...kept, purpose: "among large" }, own) };
}

function controlledOf(own: AttributeColumns): AttributeEvaluation["controlled"] {
  const { control } = own.context.table;
  if (control === null) return null;
  const { names, codes } = control.groups;
  return names.flatMap((level, code) => {
    const rows = rowsWhere(codes, (c) => c === code);
    if (rows.length === 0) return [];
    const disparities = disparitiesAt({ rows, groups: takeGroups(own.groups, rows), purpose: `control ${level}` }, own);
    return [{ level, count: countRows(own.context.table, rows), disparities }];
  });
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
    counts: take(table.counts),
    favourable: model.favourable,
    clusters: table.clusters ? takeGroups(table.clusters.groups, rows) : undefined,
  }, { ...chance, rng: chance.rng.derive(purpose) });
}
