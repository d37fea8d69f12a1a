/**
 * How one model differs from another on the same rows. Both always see the same resample: what they share cancels out.
 */
import { accuracy, DISPARITIES, f1, PAIRED_RATES, pairedDisparities, pairedGroups } from "../metrics/mod.ts";
import type { Column, Value } from "../metrics/mod.ts";
import { compareGroups } from "../data/mod.ts";
import { GROUND_TRUTH_DISPARITIES } from "./attribute_disparities.ts";
import { COUNTERFACTUAL_MEANS, counterfactualColumns, NO_COUNTERFACTUAL } from "./counterfactual.ts";
import type { DecidedModel, EvaluationContext } from "./evaluate.ts";
import type { ModelComparison } from "./evaluation.ts";
import { estimateOf, weightedEstimates, weightedMean, weightedScoreMetric } from "./row_weights.ts";
import type { WeightedStatistic } from "./row_weights.ts";
import { scoped } from "./scope.ts";
import { labelledRows, takeModel, takeTable } from "./some_rows.ts";
import type { NamedGroups } from "./table.ts";

/** The disparities whose change is reported, by what decisions are held against. */
export const COMPARED_DISPARITIES = {
  label: {
    demographicParityDifference: DISPARITIES.demographicParityDifference,
    equalizedOddsDifference: DISPARITIES.equalizedOddsDifference,
    equalOpportunityDifference: DISPARITIES.equalOpportunityDifference,
    falsePositiveRateDifference: DISPARITIES.falsePositiveRateDifference,
  },
  groundTruth: GROUND_TRUTH_DISPARITIES,
} as const;

type AttributeComparison = ModelComparison["attributes"][number];

/** `to − from`: overall metrics, disparities, and the rates of each group; what needs labels, of the rows with one. */
export function compareModels(from: DecidedModel, to: DecidedModel, context: EvaluationContext): ModelComparison {
  const own = { ...context.chance, rng: context.chance.rng.derive(`change from ${from.name} to ${to.name}`) };
  const whole = { ...context, chance: own };
  return {
    from: from.name,
    to: to.name,
    seeds: 1,
    overall: byLabels([from, to], whole, overallEstimates).reduce((all, part) => ({ ...all, ...part }), {}),
    attributes: context.table.attributes.map((attribute) => compareAttribute(attribute, [from, to], whole)),
  };
}

type Compared = readonly [DecidedModel, DecidedModel];

/**
 * What two models come to on all rows, and, where some labels are not known, first on the rows with one and then on all
 * rows without their labels.
 */
function byLabels<T>(
  models: Compared,
  context: EvaluationContext,
  of: (models: Compared, on: EvaluationContext) => T,
): T[] {
  const { table } = context;
  const known = labelledRows(table.labels);
  if (known === null) return [of(models, context)];
  const whole = of(models, { ...context, table: { ...table, labels: null } });
  if (known.length === 0) return [whole];
  const taken = [takeModel(models[0], known), takeModel(models[1], known)] as const;
  return [of(taken, { ...context, table: takeTable(table, known) }), whole];
}

function overallEstimates([from, to]: Compared, context: EvaluationContext): ModelComparison["overall"] {
  const { table: { attributes, clusters }, chance } = context;
  const rows = { strata: attributes[0]!.groups, clusters: clusters?.groups ?? null };
  return weightedEstimates(rows, overallChanges(from, to, context), chance);
}

function overallChanges(
  from: DecidedModel,
  to: DecidedModel,
  { table: { labels, groundTruth } }: EvaluationContext,
): Record<string, WeightedStatistic> {
  /** Prepared once for each model, then weighted as often as is drawn. */
  const scored = (metric: "rocAuc" | "averagePrecision", truth: Column): WeightedStatistic => {
    const before = weightedScoreMetric(metric, truth, from.scores),
      after = weightedScoreMetric(metric, truth, to.scores);
    return difference((model, weights) => (model === from ? before : after)(weights));
  };
  const difference = (of: (model: DecidedModel, weights: Float64Array) => Value): WeightedStatistic => (weights) => {
    const [before, after] = [of(from, weights), of(to, weights)];
    if (before.value === null) return before;
    return after.value === null ? after : { value: after.value - before.value };
  };
  return {
    ...(labels
      ? {
        rocAuc: scored("rocAuc", labels),
        averagePrecision: scored("averagePrecision", labels),
        accuracy: difference(({ decisions }, weights) => accuracy({ labels, predictions: decisions, weights })),
        f1: difference(({ decisions }, weights) => f1({ labels, predictions: decisions, weights })),
      }
      : {}),
    ...(groundTruth ? { groundTruthRocAuc: scored("rocAuc", groundTruth) } : {}),
    selectionRate: difference(({ decisions, favourable }, weights) =>
      weightedMean(decisions.map((decision) => Number(decision === favourable)), weights, "no rows")
    ),
    ...counterfactualChanges(from, to),
  };
}

function counterfactualChanges(from: DecidedModel, to: DecidedModel): Record<string, WeightedStatistic> {
  if (from.counterfactual === null || to.counterfactual === null) return {};
  const before = counterfactualColumns(from), after = counterfactualColumns(to);
  return Object.fromEntries(COUNTERFACTUAL_MEANS.map((name) => {
    // A row counts where both models have scored its counterfactual.
    const change = after[name].map((value, i) => value - before[name][i]!);
    return [name, (weights: Float64Array) => weightedMean(change, weights, NO_COUNTERFACTUAL)];
  }));
}

function compareAttribute(attribute: NamedGroups, compared: Compared, context: EvaluationContext): AttributeComparison {
  const { attributes: [own], models, context: kept } = scoped([attribute], compared, context);
  const table = { ...kept.table, attributes: [own!] };
  const [first, all] = byLabels([models[0]!, models[1]!], { ...kept, table }, attributeChanges);
  if (all === undefined) return first!;
  return {
    ...first!,
    disparities: first!.disparities.map((one) => all.disparities.find(({ metric }) => metric === one.metric) ?? one),
    groups: first!.groups.map((group, g) => {
      const { count, small, rates } = all.groups[g % all.groups.length]!;
      return { ...group, count, small, rates: { ...group.rates, selectionRate: rates.selectionRate! } };
    }),
  };
}

function attributeChanges([from, to]: Compared, { table, chance, smallBelow }: EvaluationContext): AttributeComparison {
  const { name, groups } = table.attributes[0]!;
  const own = { ...chance, rng: chance.rng.derive(name) };
  const paired = (labels: Column | null) => ({
    labels: labels ?? undefined,
    before: from.decisions,
    after: to.decisions,
    groups,
    clusters: table.clusters?.groups,
    smallBelow,
    favourable: to.favourable,
  });
  const truths = [["label", table.labels], ["groundTruth", table.groundTruth]] as const;
  const disparities = truths.flatMap(([against, labels]) => {
    const named = Object.entries(COMPARED_DISPARITIES[against])
      .filter(([, { needsLabels }]) => labels !== null || against === "label" && !needsLabels);
    if (named.length === 0) return [];
    const changes = pairedDisparities(paired(labels), Object.fromEntries(named), own);
    return named.map(([metric, { needsLabels }]) => ({
      metric,
      against: needsLabels ? against : null,
      ...estimateOf(changes[metric]!.estimate, changes[metric]!.interval),
    }));
  });
  const byGroup = truths.flatMap(([against, labels]) => {
    if (labels === null && (against === "groundTruth" || table.groundTruth !== null)) return [];
    // Simultaneous: all groups' intervals hold together.
    const level = 1 - (1 - own.level) / Math.max(1, groups.names.length);
    const { groups: changes } = pairedGroups(paired(labels), {
      ...own,
      rng: own.rng.derive(`groups by ${against}`),
      level,
    });
    return changes.toSorted((a, b) => compareGroups(a.group, b.group)).map(({ group, count, small, rates }) => ({
      group,
      count,
      small,
      against: labels === null ? null : against,
      rates: Object.fromEntries(PAIRED_RATES.map((rate) => [rate, {
        change: estimateOf(rates[rate].change.estimate, rates[rate].change.interval),
        relative: estimateOf(rates[rate].relative.estimate, rates[rate].relative.interval),
      }])),
    }));
  });
  return { attribute: name, disparities, groups: byGroup };
}
