import type { BootstrapOptions } from "./bootstrap.ts";
import { bootstrap } from "./bootstrap.ts";
import { confusionKinds, tableMaker } from "./confusion_bootstrap.ts";
import { CONFUSION_METRICS, type ConfusionMetricName } from "./confusion_metrics.ts";
import { type Comparison, DERIVED, type GroupedValue } from "./derived.ts";
import { groupCounts, metricByGroup } from "./group_values.ts";
import { crossGroups, groupRows } from "./groups.ts";
import type { FrameInput, MetricName } from "./metric_frame.ts";
import { bootstrapScores, type ScoreBootstrapOptions } from "./score_bootstrap.ts";
import { SCORE_METRIC_NAMES, scoreStatistics } from "./score_metrics.ts";
import { scoreTable } from "./score_table.ts";
import { defined, type Interval, undefinedBecause, type Value } from "./value.ts";

/** Intervals of one metric: of everybody, of each group, and of what follows from them. */
export interface MetricIntervals {
  readonly overall: Interval;
  /** One per group, in the order of the frame. */
  readonly groups: readonly Interval[];
  readonly difference: Readonly<Record<Comparison, Interval>>;
  readonly ratio: Readonly<Record<Comparison, Interval>>;
  readonly groupMin: Interval;
  readonly groupMax: Interval;
}

/** Intervals of every metric whose columns were given. */
export type FrameIntervals = Readonly<Partial<Record<MetricName, MetricIntervals>>>;

const CONFUSION_NAMES = Object.keys(CONFUSION_METRICS) as ConfusionMetricName[];

/**
 * A bootstrap interval for every number of a {@linkcode metricFrame}: overall, by group, differences, ratios and extremes.
 * Decisions are resampled by cells, at a cost that does not depend on the rows; scores by rows, from 8,192 of them on a grid.
 * Counts have no interval: groups keep their size in every resample.
 *
 * @param input As for `metricFrame`.
 * @param options How to bootstrap.
 * @returns The intervals, by metric.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { frameIntervals } from "./frame_intervals.ts";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const intervals = frameIntervals({
 *   labels: rows.map((i) => i % 3 === 0 ? 1 : 0),
 *   predictions: rows.map((i) => i % 4 === 0 ? 1 : 0),
 *   attributes: { education: rows.map((i) => i % 5 ? "BA" : "PhD") },
 * }, { rng: new Rng(1), resamples: 200 });
 * const { low, high } = intervals.selectionRate!.overall;
 * assert(low! < 0.25 && 0.25 < high!);
 * ```
 */
export function frameIntervals(input: FrameInput, options: ScoreBootstrapOptions): FrameIntervals {
  const groups = crossGroups(Object.values(input.attributes).map(groupRows));
  const { labels, predictions, scores, weights, smallBelow } = input;
  const result: Partial<Record<MetricName, MetricIntervals>> = {};
  if (predictions !== undefined) {
    const kinds = confusionKinds({ labels, predictions, weights, groups, smallBelow }, options.stratified ?? true);
    const make = tableMaker(kinds);
    const { intervals } = bootstrap(kinds, (counts) => {
      const table = make(counts);
      return CONFUSION_NAMES.flatMap((name) => flatten(metricByGroup(table, name)));
    }, options satisfies BootstrapOptions);
    CONFUSION_NAMES.forEach((name, j) => result[name] = unflatten(intervals, j, groups.names.length));
  }
  if (scores !== undefined) {
    const table = scoreTable({ labels, scores, weights, groups, smallBelow });
    const counts = groupCounts(table);
    const width = SCORE_METRIC_NAMES.length;
    const { intervals } = bootstrapScores(table, (resampled, mass) => {
      const numbers = scoreStatistics(resampled, mass);
      return SCORE_METRIC_NAMES.flatMap((_, j) =>
        flatten({
          groups: counts,
          values: counts.map((_, g) => valueOf(numbers[g * width + j]!)),
          overall: valueOf(numbers[counts.length * width + j]!),
        })
      );
    }, options);
    SCORE_METRIC_NAMES.forEach((name, j) => result[name] = unflatten(intervals, j, groups.names.length));
  }
  return result;
}

function valueOf(x: number): Value {
  return Number.isFinite(x) ? defined(x) : undefinedBecause("undefined in this resample");
}

const TAIL = 7;

function flatten(metric: GroupedValue): number[] {
  return [
    ...metric.values,
    metric.overall,
    DERIVED.difference(metric, "betweenGroups"),
    DERIVED.difference(metric, "toOverall"),
    DERIVED.ratio(metric, "betweenGroups"),
    DERIVED.ratio(metric, "toOverall"),
    DERIVED.groupMin(metric),
    DERIVED.groupMax(metric),
  ].map(({ value }) => value ?? NaN);
}

function unflatten(intervals: readonly Interval[], metric: number, groups: number): MetricIntervals {
  const from = metric * (groups + TAIL);
  const at = (offset: number) => intervals[from + groups + offset]!;
  return {
    groups: intervals.slice(from, from + groups),
    overall: at(0),
    difference: { betweenGroups: at(1), toOverall: at(2) },
    ratio: { betweenGroups: at(3), toOverall: at(4) },
    groupMin: at(5),
    groupMax: at(6),
  };
}
