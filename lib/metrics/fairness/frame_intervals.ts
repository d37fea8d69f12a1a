import { CONFUSION_METRICS, type ConfusionMetricName, type ConfusionTable } from "../classification/confusion.ts";
import {
  SCORE_METRIC_NAMES,
  SCORE_METRIC_WITHIN,
  type ScoreMetricName,
  scoreStatistics,
  type ScoreTable,
  scoreTable,
} from "../classification/scores.ts";
import { bootstrap, bootstrapScores, type ScoreBootstrapOptions, type Target } from "../inference/bootstrap.ts";
import { reachIdeal } from "../inference/intervals.ts";
import { confusionPValues, scorePValues } from "../inference/permutation.ts";
import { tableMaker, uniqueDecisions } from "../inference/unique_rows.ts";
import { crossGroups, groupCounts, groupRows, type Groups } from "../rows.ts";
import { defined, type GroupCount, type Interval, undefinedBecause, type Value } from "../value.ts";
import { type Comparison, DERIVED, type GroupedValue, metricByGroup } from "./by_group.ts";
import type { FrameInput, MetricName } from "./metric_frame.ts";

/** Intervals of one metric: of everybody, of each group, and of what follows from them. */
export interface MetricIntervals {
  readonly overall: Interval;
  /** One per group, in the order of the frame. */
  readonly groups: readonly Interval[];
  readonly difference: Readonly<Record<Comparison, Interval>>;
  readonly ratio: Readonly<Record<Comparison, Interval>>;
  readonly groupMin: Interval;
  readonly groupMax: Interval;
  /** Permutation p-values of the gaps; `null` where undefined, not asked for, or clusters span groups. */
  readonly pValues: Readonly<Record<"difference" | "ratio", Readonly<Record<Comparison, number | null>>>>;
}

/** Intervals of every metric whose columns were given. */
export type FrameIntervals = Readonly<Partial<Record<MetricName, MetricIntervals>>>;

/** What {@linkcode frameIntervals} reads. */
export interface FrameIntervalsInput extends FrameInput {
  /** `[n]` what rows belong together, such as the candidate; rows are independent if absent. */
  readonly clusters?: Groups | undefined;
}

/** How to find the intervals of a frame. */
export interface FrameIntervalsOptions extends ScoreBootstrapOptions {
  /** Permutations for the tests of gaps, 0 for no tests; as many as resamples if absent. */
  readonly permutations?: number | undefined;
}

const CONFUSION_NAMES = Object.keys(CONFUSION_METRICS) as ConfusionMetricName[];

/** The numbers between groups, in the order in which a metric lays them out behind its groups. */
const GAPS = [
  { of: "difference", comparison: "betweenGroups", ideal: 0 },
  { of: "difference", comparison: "toOverall", ideal: 0 },
  { of: "ratio", comparison: "betweenGroups", ideal: 1 },
  { of: "ratio", comparison: "toOverall", ideal: 1 },
] as const;

/**
 * An interval for every number of a {@linkcode metricFrame}: bootstrap intervals overall and by group, intervals that hold
 * close to perfect fairness for differences and ratios (`disparityInterval`), with their tests, and wider ones for extremes
 * (`hullInterval`). Decisions are resampled by cells, at a cost that does not depend on the rows; scores by rows, from 8,192 of them
 * on a grid. Counts have no interval: groups keep their size in every resample.
 *
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "@fair-embeddings/lib";
 * import { frameIntervals } from "@fair-embeddings/lib/metrics";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const intervals = frameIntervals({
 *   labels: rows.map((i) => i % 3 === 0 ? 1 : 0),
 *   predictions: rows.map((i) => i % 4 === 0 ? 1 : 0),
 *   attributes: { education: rows.map((i) => i % 5 ? "BA" : "PhD") },
 * }, { rng: new Rng(1), resamples: 200 });
 * const { overall, difference, pValues } = intervals.selectionRate!;
 * assert(overall.low! < 0.25 && 0.25 < overall.high!);
 * assert(difference.betweenGroups.low === 0 && pValues.difference.betweenGroups! > 0.05);
 * ```
 */
export function frameIntervals(input: FrameIntervalsInput, options: FrameIntervalsOptions): FrameIntervals {
  const groups = crossGroups(Object.values(input.attributes).map(groupRows));
  const { labels, predictions, scores, weights, smallBelow, clusters } = input;
  return {
    ...(predictions === undefined
      ? {}
      : ofDecisions({ labels, predictions, weights, groups, smallBelow, clusters }, options)),
    ...(scores === undefined
      ? {}
      : ofScores(scoreTable({ labels, scores, weights, groups, smallBelow, clusters }), options)),
  };
}

function ofDecisions(input: Parameters<typeof uniqueDecisions>[0], options: FrameIntervalsOptions): FrameIntervals {
  const kinds = uniqueDecisions(input, options.stratified ?? true);
  const groups = kinds.table.names.length;
  const make = tableMaker(kinds);
  const { intervals } = bootstrap(
    kinds,
    (counts) => {
      const table = make(counts);
      return CONFUSION_NAMES.flatMap((name) => flatten(metricByGroup(table, name)));
    },
    options,
    targetsOf(CONFUSION_NAMES.length, groups),
  );
  const gaps = (names: readonly ConfusionMetricName[]) => (table: ConfusionTable) =>
    names.flatMap((name) => gapsOf(metricByGroup(table, name)));
  return collect(
    CONFUSION_NAMES,
    (name) => CONFUSION_METRICS[name].within,
    intervals,
    groups,
    options,
    (names, within, ideals, chance) => confusionPValues(kinds, within, ideals, gaps(names), chance),
  );
}

function ofScores(table: ScoreTable, options: FrameIntervalsOptions): FrameIntervals {
  const counts = groupCounts(table);
  const { intervals } = bootstrapScores(
    table,
    (resampled, mass) => {
      const numbers = scoreStatistics(resampled, mass);
      return SCORE_METRIC_NAMES.flatMap((name) => flatten(grouped(name, numbers, counts)));
    },
    options,
    targetsOf(SCORE_METRIC_NAMES.length, counts.length),
  );
  const gaps = (names: readonly ScoreMetricName[]) => (shuffled: ScoreTable, mass: Float64Array) => {
    const numbers = scoreStatistics(shuffled, mass);
    return names.flatMap((name) => gapsOf(grouped(name, numbers, counts)));
  };
  return collect(
    SCORE_METRIC_NAMES,
    (name) => SCORE_METRIC_WITHIN[name],
    intervals,
    counts.length,
    options,
    (names, within, ideals, chance) =>
      scorePValues(table, within, ideals, gaps(names), { ...chance, gridFrom: options.gridFrom }),
  );
}

function grouped(name: ScoreMetricName, numbers: Float64Array, counts: readonly GroupCount[]): GroupedValue {
  const at = (g: number) => valueOf(numbers[g * SCORE_METRIC_NAMES.length + SCORE_METRIC_NAMES.indexOf(name)]!);
  return { groups: counts, values: counts.map((_, g) => at(g)), overall: at(counts.length) };
}

function valueOf(x: number): Value {
  return Number.isFinite(x) ? defined(x) : undefinedBecause("undefined in this resample");
}

function gapsOf(metric: GroupedValue): number[] {
  return GAPS.map(({ of, comparison }) => DERIVED[of](metric, comparison).value ?? NaN);
}

function flatten(metric: GroupedValue): number[] {
  const { values, overall } = metric;
  const extremes = [DERIVED.groupMin(metric), DERIVED.groupMax(metric)];
  return [
    ...[...values, overall].map(({ value }) => value ?? NaN),
    ...gapsOf(metric),
    ...extremes.map(({ value }) => value ?? NaN),
  ];
}

function targetsOf(metrics: number, groups: number): Target[] {
  const one: Target[] = [...Array<Target>(groups + 1).fill("value"), ...GAPS.map(({ of }) => of), "extreme", "extreme"];
  return Array.from({ length: metrics }, () => one).flat();
}

/** Tests the gaps of all metrics of a kind at once, and puts intervals and p-values in their places. */
function collect<Name extends MetricName, Within extends string>(
  names: readonly Name[],
  withinOf: (name: Name) => Within,
  intervals: readonly Interval[],
  groups: number,
  options: FrameIntervalsOptions,
  test: (
    names: readonly Name[],
    within: Within,
    ideals: readonly (0 | 1)[],
    chance: { rng: FrameIntervalsOptions["rng"]; permutations: number },
  ) => (number | null)[],
): FrameIntervals {
  const { rng, resamples = 1000, permutations = resamples, method } = options;
  const pValues = new Map<Name, (number | null)[]>();
  for (const within of new Set(permutations === 0 ? [] : names.map(withinOf))) {
    const tested = names.filter((name) => withinOf(name) === within);
    const all = test(tested, within, tested.flatMap(() => GAPS.map(({ ideal }) => ideal)), { rng, permutations });
    tested.forEach((name, j) => pValues.set(name, all.slice(j * GAPS.length, (j + 1) * GAPS.length)));
  }
  const width = groups + 1 + GAPS.length + 2;
  return Object.fromEntries(names.map((name, metric): [Name, MetricIntervals] => {
    const own = intervals.slice(metric * width, (metric + 1) * width);
    const p = GAPS.map((_, j) => pValues.get(name)?.[j] ?? null);
    // A method asked for by name is given as it is, without the test.
    const gaps = GAPS.map(({ ideal }, j) => {
      const interval = own[groups + 1 + j]!;
      return method === undefined ? reachIdeal(interval, ideal, p[j]!) : interval;
    });
    const both = <T>(list: readonly T[], from: number) => ({ betweenGroups: list[from]!, toOverall: list[from + 1]! });
    return [name, {
      groups: own.slice(0, groups),
      overall: own[groups]!,
      difference: both(gaps, 0),
      ratio: both(gaps, 2),
      groupMin: own[width - 2]!,
      groupMax: own[width - 1]!,
      pValues: { difference: both(p, 0), ratio: both(p, 2) },
    }];
  }));
}
