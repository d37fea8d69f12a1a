/** What changes when a text states another group, and nothing else. Shifts are counterfactual minus original. */
import { counterfactualFlips, counterfactualIntervals, counterfactualShift, inRange } from "../metrics/mod.ts";
import { quantileOfSorted, SMALL_GROUP } from "../metrics/mod.ts";
import type { Grouping, Value } from "../metrics/mod.ts";
import type { Chance, DecidedModel, EvaluationContext } from "./evaluate.ts";
import type { AttributeEvaluation, Estimates, ModelEvaluation } from "./evaluation.ts";
import { estimateOf, estimatesOf, weightedEstimates, weightedMean, type WeightedStatistic } from "./row_weights.ts";

/** Metrics that are means over the rows with a counterfactual. */
export const COUNTERFACTUAL_MEANS = ["flipRate", "gained", "lost", "meanShift", "meanAbsoluteShift"] as const;

/** One of {@linkcode COUNTERFACTUAL_MEANS}. */
export type CounterfactualMean = (typeof COUNTERFACTUAL_MEANS)[number];

/** Each as a column: its number of every row, NaN for rows without a counterfactual. */
export function counterfactualColumns(
  { scores, decisions, counterfactual, favourable = 1 }:
    & Pick<DecidedModel, "scores" | "decisions" | "counterfactual">
    & Partial<Pick<DecidedModel, "favourable">>,
): Record<CounterfactualMean, Float64Array> {
  const column = (of: (i: number, score: number, decision: number) => number) =>
    Float64Array.from(
      counterfactual!.scores,
      (score, i) => Number.isNaN(score) ? NaN : of(i, score, counterfactual!.decisions[i]!),
    );
  return {
    flipRate: column((i, _, decision) => Math.abs(decision - decisions[i]!)),
    gained: column((i, _, decision) => Number(decision !== decisions[i] && decision === favourable)),
    lost: column((i, _, decision) => Number(decision !== decisions[i] && decision !== favourable)),
    meanShift: column((i, score) => score - scores[i]!),
    meanAbsoluteShift: column((i, score) => Math.abs(score - scores[i]!)),
  };
}

/** Why such a mean is undefined. */
export const NO_COUNTERFACTUAL = "no row has a counterfactual";

/** What counterfactuals show of everybody, and by group. */
export interface CounterfactualNumbers {
  readonly overall: NonNullable<ModelEvaluation["overall"]["counterfactual"]>;
  readonly groups: NonNullable<AttributeEvaluation["counterfactual"]>;
}

/** For everybody and by group; `null` without counterfactual scores. */
export function counterfactualNumbers({ model, context: { table }, groups, chance }: {
  readonly model: DecidedModel;
  readonly context: EvaluationContext;
  readonly groups: Grouping;
  readonly chance: Chance;
}): CounterfactualNumbers | null {
  if (model.counterfactual === null) return null;
  const { overall, groups: byGroup } = isComplete(model) && table.clusters === null
    ? completeNumbers(model, groups, chance)
    : weightedNumbers(model, { groups, clusters: table.clusters?.groups ?? null }, chance);
  return { overall: { rows: countOf(model.counterfactual.scores), metrics: overall }, groups: byGroup };
}

function countOf(scores: ArrayLike<number>): number {
  let rows = 0;
  for (let i = 0; i < scores.length; i++) if (!Number.isNaN(scores[i])) rows++;
  return rows;
}

/** The same before rows are counted. */
interface Numbers extends Pick<CounterfactualNumbers, "groups"> {
  readonly overall: Estimates;
}

/**
 * Every row has a counterfactual, and one threshold decides: then rows are reduced to their kinds before they are
 * drawn.
 */
function isComplete({ counterfactual, threshold }: DecidedModel): boolean {
  return threshold !== null && countOf(counterfactual!.scores) === counterfactual!.scores.length;
}

function completeNumbers(model: DecidedModel, groups: Grouping, chance: Chance): Numbers {
  const { counterfactual, scores: original } = model;
  const threshold = model.threshold!;
  const columns = { original, counterfactual: counterfactual!.scores, groups };
  const shift = counterfactualShift(columns);
  const flips = counterfactualFlips(columns, { threshold });
  const intervals = counterfactualIntervals(columns, { threshold }, {
    ...chance,
    rng: chance.rng.derive("counterfactual"),
  });
  const renamed = (values: Readonly<Record<string, Value>>, own: Parameters<typeof estimatesOf>[1]): Estimates => {
    const { rate, gained, lost, mean, meanAbsolute, p95Absolute, maxAbsolute } = estimatesOf(values, own);
    return {
      flipRate: rate!,
      gained: model.favourable === 1 ? gained! : lost!,
      lost: model.favourable === 1 ? lost! : gained!,
      meanShift: mean!,
      meanAbsoluteShift: meanAbsolute!,
      p95AbsoluteShift: p95Absolute!,
      maxAbsoluteShift: maxAbsolute!,
    };
  };
  return {
    overall: renamed({ ...shift.overall, ...flips.overall }, { ...intervals.overall }),
    groups: shift.groups.map(({ group, count, small, ...values }, g) => {
      const { rate, gained, lost } = flips.groups[g]!;
      return { group, count, small, metrics: renamed({ ...values, rate, gained, lost }, { ...intervals.groups[g]! }) };
    }),
  };
}

/** Means over the rows that have a counterfactual; clusters are resampled as wholes. */
function weightedNumbers(
  model: DecidedModel,
  { groups, clusters }: { readonly groups: Grouping; readonly clusters: Grouping | null },
  chance: Chance,
): Numbers {
  const columns = counterfactualColumns(model);
  const statistics = (member: (i: number) => boolean): Record<CounterfactualMean, WeightedStatistic> =>
    Object.fromEntries(COUNTERFACTUAL_MEANS.map((name) => {
      const own = columns[name].map((value, i) => member(i) ? value : NaN);
      return [name, (weights: Float64Array) => weightedMean(own, weights, NO_COUNTERFACTUAL)];
    })) as Record<CounterfactualMean, WeightedStatistic>;
  const options = { ...chance, rng: chance.rng.derive("counterfactual") };
  const rows = { strata: groups, clusters };
  const estimates = (member: (i: number) => boolean): Estimates => ({
    ...weightedEstimates(rows, statistics(member), options),
    ...extremes(columns.meanAbsoluteShift.filter((shift, i) => member(i) && !Number.isNaN(shift))),
  });
  return {
    overall: estimates(() => true),
    groups: groups.names.map((group, g) => {
      const known = columns.flipRate.filter((flip, i) => groups.codes[i] === g && !Number.isNaN(flip)).length;
      return {
        group,
        count: known,
        small: known < SMALL_GROUP,
        metrics: estimates((i) => groups.codes[i] === g),
      };
    }),
  };
}

/** Without intervals: the bootstrap of an extreme does not hold. */
function extremes(shifts: Float64Array): Estimates {
  const sorted = shifts.toSorted();
  const at = (share: number): Value =>
    sorted.length === 0 ? { value: null, reason: NO_COUNTERFACTUAL } : inRange(quantileOfSorted(sorted, share));
  return { p95AbsoluteShift: estimateOf(at(0.95)), maxAbsoluteShift: estimateOf(at(1)) };
}
