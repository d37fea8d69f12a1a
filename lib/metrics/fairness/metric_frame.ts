import { CONFUSION_METRIC_NAMES, confusionTable } from "../classification/confusion.ts";
import type { ConfusionMetricName, ConfusionTable } from "../classification/confusion.ts";
import { SCORE_METRIC_NAMES, type ScoreMetricName, scoreMetrics } from "../classification/scores.ts";
import { type ScoreTable, scoreTable } from "../classification/scores.ts";
import { countGroups, crossGroups, groupRows } from "../rows.ts";
import type { GroupedRows, Grouping, Groups, Rows } from "../rows.ts";
import { defined, type Disparity, type GroupCount, SMALL_GROUP, undefinedBecause, type Value } from "../value.ts";
import { type Comparison, DERIVED, type GroupedValue, metricByGroup } from "./by_group.ts";

/** The name of a base metric. */
export type MetricName = "count" | ConfusionMetricName | ScoreMetricName;

/** Every base metric, in the order of a report. */
export const METRIC_NAMES: readonly MetricName[] = ["count", ...CONFUSION_METRIC_NAMES, ...SCORE_METRIC_NAMES];

/** What {@linkcode metricFrame} reads. */
export interface FrameInput extends Rows, Pick<GroupedRows, "smallBelow">, Pick<ConfusionTable, "favourable"> {
  /** One attribute gives its groups; several give their intersections, named `a|b`. */
  readonly attributes: Readonly<Record<string, Groups>>;
  /** These rows sorted by score already, by the groups of the frame; sorted here if absent. */
  readonly sorted?: ScoreTable | undefined;
}

/** One group of a frame. */
export interface FrameGroup extends GroupCount {
  /** The group's level of each attribute. */
  readonly levels: Readonly<Record<string, string>>;
  /** Every base metric on this group. */
  readonly metrics: Readonly<Record<MetricName, Value>>;
}

/** What a metric by group comes down to. */
export type DerivedMetric =
  & Readonly<Record<"difference" | "ratio", Readonly<Record<Comparison, Disparity>>>>
  & Readonly<Record<"groupMin" | "groupMax", Disparity>>;

/** Every base metric for everybody and for each group, and what follows from them. */
export interface MetricFrame {
  /** Names of the attributes crossed. */
  readonly attributes: readonly string[];
  /** Rows in all. */
  readonly count: number;
  /** Every base metric on everybody. */
  readonly overall: Readonly<Record<MetricName, Value>>;
  /** In order of their names; empty intersections included. */
  readonly groups: readonly FrameGroup[];
  /** Differences, ratios and extremes of every base metric. */
  readonly derived: Readonly<Record<MetricName, DerivedMetric>>;
}

/**
 * Every base metric by group, and its difference, ratio, minimum and maximum: fairlearn's `MetricFrame`, with undefined
 * values kept as such and never counted as 0.
 *
 * Whatever column is absent makes the metrics that need it undefined, with that reason, so the shape of the result
 * never depends on the data.
 * @throws {InputError} If a cell is missing or out of range.
 * @throws {RangeError} If lengths differ or there is no attribute.
 */
export function metricFrame(input: FrameInput): MetricFrame {
  const names = Object.keys(input.attributes);
  const columns = names.map((name) => groupRows(input.attributes[name]!));
  return frameOf(input, names, columns);
}

function frameOf(input: FrameInput, attributes: readonly string[], columns: readonly Grouping[]): MetricFrame {
  const groups = crossGroups(columns);
  const { labels, predictions, scores, favourable, smallBelow = SMALL_GROUP } = input;
  const own = { labels, weights: input.weights, counts: input.counts, groups, smallBelow };
  const { rows, counts } = countGroups(own, groups.codes.length);
  const n = rows.reduce((sum, count) => sum + count, 0);

  const base = {} as Record<MetricName, GroupedValue>;
  base.count = {
    groups: counts,
    values: counts.map(({ count }) => count === 0 ? undefinedBecause("no rows") : defined(count)),
    overall: defined(n),
  };
  if (predictions === undefined) {
    for (const name of CONFUSION_METRIC_NAMES) base[name] = nowhere(counts, "no predictions were given");
  } else {
    const table = confusionTable({ ...own, predictions, favourable });
    for (const name of CONFUSION_METRIC_NAMES) base[name] = metricByGroup(table, name);
  }
  if (scores === undefined) {
    for (const name of SCORE_METRIC_NAMES) base[name] = nowhere(counts, "no scores were given");
  } else {
    const { groups: byGroup, overall } = scoreMetrics(input.sorted ?? scoreTable({ ...own, scores }));
    for (const name of SCORE_METRIC_NAMES) {
      base[name] = { groups: counts, values: byGroup.map((values) => values[name]), overall: overall[name] };
    }
  }

  const pick = <T>(of: (metric: GroupedValue) => T) =>
    Object.fromEntries(METRIC_NAMES.map((name) => [name, of(base[name])])) as Record<MetricName, T>;
  return {
    attributes,
    count: n,
    overall: pick((metric) => metric.overall),
    groups: counts.map((group, g) => ({
      ...group,
      levels: levelsOf(g, attributes, columns),
      metrics: pick((metric) => metric.values[g]!),
    })),
    derived: pick((metric) => ({
      difference: {
        betweenGroups: DERIVED.difference(metric, "betweenGroups"),
        toOverall: DERIVED.difference(metric, "toOverall"),
      },
      ratio: { betweenGroups: DERIVED.ratio(metric, "betweenGroups"), toOverall: DERIVED.ratio(metric, "toOverall") },
      groupMin: DERIVED.groupMin(metric),
      groupMax: DERIVED.groupMax(metric),
    })),
  };
}

function nowhere(groups: readonly GroupCount[], reason: string): GroupedValue {
  const value = undefinedBecause(reason);
  return { groups, values: groups.map(() => value), overall: value };
}

/** Undoes {@linkcode crossGroups}: the last attribute varies fastest. */
function levelsOf(group: number, attributes: readonly string[], columns: readonly Grouping[]): Record<string, string> {
  const levels: [string, string][] = [];
  for (let j = attributes.length - 1; j >= 0; j--) {
    const { names } = columns[j]!;
    levels.unshift([attributes[j]!, names[group % names.length]!]);
    group = Math.floor(group / names.length);
  }
  return Object.fromEntries(levels);
}
