/**
 * Bootstraps statistics that are functions of the rows' weights: each row, or cluster of rows, as often as it was
 * drawn.
 */
import { bootstrap, inRange, SCORE_METRIC_NAMES, scoreStatistics, scoreTable, strataOf } from "../metrics/mod.ts";
import { undefinedBecause, uniqueClusters } from "../metrics/mod.ts";
import type { BootstrapOptions, Column, Grouping, Value } from "../metrics/mod.ts";
import type { Estimate } from "./evaluation.ts";

/** A number of weighted rows. */
export type WeightedStatistic = (weights: Float64Array) => Value;

/** Estimates by name. Each stratum keeps its number of rows, or of clusters. */
export function weightedEstimates(
  { strata, clusters }: { readonly strata: Grouping; readonly clusters: Grouping | null },
  statistics: Readonly<Record<string, WeightedStatistic>>,
  options: BootstrapOptions,
): Record<string, Estimate> {
  const { names, codes } = strata;
  const rows = {
    counts: new Float64Array(codes.length).fill(1),
    strata: strataOf(codes, names.length),
    clusters: clusters === null
      ? undefined
      : uniqueClusters(clusters, { kindOf: codes.map((_, i) => i), groupOf: codes }),
  };
  const entries = Object.entries(statistics);
  const { intervals } = bootstrap(rows, (weights) => entries.map(([, of]) => of(weights).value ?? NaN), options);
  return Object.fromEntries(entries.map(([name, of], i) => [name, estimateOf(of(rows.counts), intervals[i]!)]));
}

/** The mean of the numbers that are there; those that are not are NaN. */
export function weightedMean(values: ArrayLike<number>, weights: Float64Array, reason: string): Value {
  let sum = 0, total = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isNaN(values[i])) continue;
    sum += weights[i]! * values[i]!;
    total += weights[i]!;
  }
  if (total === 0) return undefinedBecause(reason);
  return inRange(sum / total);
}

/** A value with its interval; an undefined value has none, and an interval without ends is none. */
export function estimateOf(value: Value, interval?: Estimate["interval"]): Estimate {
  return value.value === null ? { value: null, reason: value.reason, interval: null } : {
    value: value.value,
    interval: interval === undefined || interval === null || interval.low === null ? null : interval,
  };
}

/** Values with their intervals by name: of `names`, or all. */
export function estimatesOf<Name extends string>(
  values: Readonly<Record<Name, Value>>,
  intervals: Readonly<Partial<Record<Name, NonNullable<Estimate["interval"]>>>>,
  names: readonly Name[] = Object.keys(values) as Name[],
): Record<string, Estimate> {
  return Object.fromEntries(names.map((name) => [name, estimateOf(values[name], intervals[name])]));
}

/** ROC-AUC or average precision of weighted rows: sorted once, whatever the number of resamples. */
export function weightedScoreMetric(
  metric: "rocAuc" | "averagePrecision",
  labels: Column,
  scores: Column,
): WeightedStatistic {
  const codes = new Int32Array(scores.length);
  const table = scoreTable({
    labels,
    scores,
    groups: { names: ["all"], codes },
    // Carried along to find each row's weight after the sort.
    clusters: { names: [], codes: codes.map((_, i) => i) },
  });
  const rows = table.clusters!.codes;
  const mass = new Float64Array(scores.length);
  const everybody = SCORE_METRIC_NAMES.length + SCORE_METRIC_NAMES.indexOf(metric);
  return (weights) => {
    for (let k = 0; k < mass.length; k++) mass[k] = weights[rows[k]!]!;
    const value = scoreStatistics(table, mass)[everybody]!;
    return Number.isNaN(value) ? undefinedBecause("it needs rows of both labels") : { value };
  };
}
