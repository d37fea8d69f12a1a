import { CONFUSION_METRIC_NAMES, CONFUSION_METRICS, confusionOf } from "../classification/confusion.ts";
import type { ConfusionInput, ConfusionMetricName, ConfusionTable } from "../classification/confusion.ts";
import { SCORE_METRIC_NAMES, SCORE_METRICS, scoreStatistics, scoreTable } from "../classification/scores.ts";
import type { ScoreMetricName, ScoreTable } from "../classification/scores.ts";
import { bootstrap, bootstrapScores, type ScoreBootstrapOptions, type Target } from "../inference/bootstrap.ts";
import { reachIdeal } from "../inference/intervals.ts";
import { confusionPValues, type PermutationOptions, scorePValues } from "../inference/permutation.ts";
import { tableMaker, uniqueDecisions } from "../inference/unique_rows.ts";
import { crossGroups, type GroupedRows, groupRows } from "../rows.ts";
import { finiteOrNaN, type Interval } from "../value.ts";
import { COMPARED, COMPARED_NUMBERS, compareNumbers, type Comparison } from "./by_group.ts";
import type { FrameInput, MetricName } from "./metric_frame.ts";

/** Intervals of one metric: of everybody, of each group, and of what follows from them. */
export interface MetricIntervals extends Readonly<Record<"overall" | "groupMin" | "groupMax", Interval>> {
  /** One per group, in the order of the frame. */
  readonly groups: readonly Interval[];
  /** Of the differences between groups. */
  readonly difference: Readonly<Record<Comparison, Interval>>;
  /** Of the ratios between groups. */
  readonly ratio: Readonly<Record<Comparison, Interval>>;
  /** Permutation p-values; `null` where undefined, not asked for, or clusters span groups. */
  readonly pValues: Readonly<Record<"difference" | "ratio", Readonly<Record<Comparison, number | null>>>>;
}

/** Intervals of every metric whose columns were given. */
export type FrameIntervals = Readonly<Partial<Record<MetricName, MetricIntervals>>>;

/** What {@linkcode frameIntervals} reads. */
export type FrameIntervalsInput = FrameInput & Pick<GroupedRows, "clusters">;

/** How to find the intervals of a frame. */
export interface FrameIntervalsOptions extends ScoreBootstrapOptions {
  /** Permutations for the tests, 0 for no tests; as many as resamples if absent. */
  readonly permutations?: number | undefined;
}

/**
 * An interval for every number of a {@linkcode metricFrame}: bootstrap intervals overall and by group, intervals that
 * hold close to perfect fairness for differences and ratios (`disparityInterval`), with their tests, and wider ones for
 * extremes (`hullInterval`). Decisions are resampled by cells, at a cost that does not depend on the rows; scores by
 * rows, from 2,048 of them on a grid. Counts have no interval: groups keep their size in every resample.
 * @throws {InputError} If a cell is missing or out of range.
 */
export function frameIntervals(input: FrameIntervalsInput, options: FrameIntervalsOptions): FrameIntervals {
  const groups = crossGroups(Object.values(input.attributes).map(groupRows));
  const { labels, predictions, scores, weights, counts, smallBelow, clusters, favourable } = input;
  const rows = { labels, weights, counts, groups, smallBelow, clusters };
  return {
    ...(predictions === undefined ? {} : ofDecisions({ ...rows, predictions, favourable }, options)),
    ...(scores === undefined ? {} : ofScores(input.sorted ?? scoreTable({ ...rows, scores }), options)),
  };
}

function ofDecisions(input: ConfusionInput, options: FrameIntervalsOptions): FrameIntervals {
  const unique = uniqueDecisions(input);
  const make = tableMaker(unique);
  const numbers = (names: readonly ConfusionMetricName[]) =>
    numbersOf<ConfusionTable>(names.length, unique.table.names.length, (table, write) => {
      for (let g = 0; g <= table.names.length; g++) {
        const own = confusionOf(table, g < table.names.length ? g : undefined);
        for (let j = 0; j < names.length; j++) {
          const { of, needsLabels } = CONFUSION_METRICS[names[j]!];
          write(j, g, needsLabels && !table.labelled ? NaN : of(own));
        }
      }
    });
  const all = numbers(CONFUSION_METRIC_NAMES).all;
  const { intervals } = bootstrap(
    unique,
    (counts) => all(make(counts)),
    options,
    targetsOf(CONFUSION_METRIC_NAMES.length, unique.table.names.length),
  );
  return collect({
    names: CONFUSION_METRIC_NAMES,
    withinOf: (name) => CONFUSION_METRICS[name].within,
    intervals,
    test: (names, within, chance) =>
      confusionPValues(unique, {
        within,
        ideals: names.flatMap(() => COMPARED.map(({ ideal }) => ideal)),
        statistic: numbers(names).compared,
      }, { ...chance, rng: chance.rng.derive(`within ${within}`) }),
  }, options);
}

function ofScores(table: ScoreTable, options: FrameIntervalsOptions): FrameIntervals {
  const groups = table.names.length, width = SCORE_METRIC_NAMES.length;
  const numbers = (names: readonly ScoreMetricName[]) => {
    const places = names.map((name) => SCORE_METRIC_NAMES.indexOf(name));
    return numbersOf<Float64Array>(names.length, groups, (statistics, write) => {
      for (let j = 0; j < places.length; j++) {
        for (let g = 0; g <= groups; g++) write(j, g, statistics[g * width + places[j]!]!);
      }
    });
  };
  const all = numbers(SCORE_METRIC_NAMES).all;
  const { intervals } = bootstrapScores(
    table,
    (resampled, mass) => all(scoreStatistics(resampled, mass)),
    options,
    targetsOf(SCORE_METRIC_NAMES.length, groups),
  );
  return collect({
    names: SCORE_METRIC_NAMES,
    withinOf: (name) => SCORE_METRICS[name].within,
    intervals,
    test: (names, within, chance) => {
      const { compared } = numbers(names);
      return scorePValues(table, {
        within,
        ideals: names.flatMap(() => COMPARED.map(({ ideal }) => ideal)),
        statistic: (shuffled, mass) => compared(scoreStatistics(shuffled, mass)),
      }, { ...chance, rng: chance.rng.derive(`scores within ${within}`), gridFrom: options.gridFrom });
    },
  }, options);
}

/**
 * Numbers of several metrics: of the groups, of everybody, and what follows from them. `all` gives these metric by
 * metric, `compared` only the comparisons; both in an array that the next call fills again.
 */
function numbersOf<Data>(
  metrics: number,
  groups: number,
  fill: (data: Data, write: (metric: number, group: number, value: number) => void) => void,
) {
  const width = groups + 1 + COMPARED_NUMBERS, size = COMPARED.length;
  const numbers = new Float64Array(metrics * width);
  const comparisons = new Float64Array(metrics * size);
  const write = (metric: number, group: number, value: number) => numbers[metric * width + group] = finiteOrNaN(value);
  const all = (data: Data) => {
    fill(data, write);
    for (let j = 0; j < metrics; j++) compareNumbers(numbers, j * width, groups);
    return numbers;
  };
  const compared = (data: Data) => {
    all(data);
    for (let j = 0; j < metrics; j++) {
      for (let c = 0; c < size; c++) comparisons[j * size + c] = numbers[j * width + groups + 1 + c]!;
    }
    return comparisons;
  };
  return { all, compared };
}

function targetsOf(metrics: number, groups: number): Target[] {
  const one: Target[] = [
    ...Array<Target>(groups + 1).fill("value"),
    ...COMPARED.map(({ of }) => of),
    "extreme",
    "extreme",
  ];
  return Array.from({ length: metrics }, () => one).flat();
}

/** Tests the comparisons of all metrics of a kind at once, and puts intervals and p-values in their places. */
function collect<Name extends MetricName, Within extends string>(
  { names, withinOf, intervals, test }: {
    names: readonly Name[];
    withinOf: (name: Name) => Within;
    intervals: readonly Interval[];
    test: (names: readonly Name[], within: Within, chance: Required<PermutationOptions>) => (number | null)[];
  },
  { rng, resamples = 1000, permutations = resamples, method }: FrameIntervalsOptions,
): FrameIntervals {
  const pValues = new Map<Name, (number | null)[]>();
  const size = COMPARED.length;
  for (const within of new Set(permutations === 0 ? [] : names.map(withinOf))) {
    const tested = names.filter((name) => withinOf(name) === within);
    const all = test(tested, within, { rng, permutations });
    tested.forEach((name, j) => pValues.set(name, all.slice(j * size, (j + 1) * size)));
  }
  const width = intervals.length / names.length;
  const groups = width - size - 3;
  return Object.fromEntries(names.map((name, metric): [Name, MetricIntervals] => {
    const own = intervals.slice(metric * width, (metric + 1) * width);
    const p = COMPARED.map((_, j) => pValues.get(name)?.[j] ?? null);
    // A method asked for by name is given as it is, without the test.
    const compared = COMPARED.map(({ ideal }, j) => {
      const interval = own[groups + 1 + j]!;
      return method === undefined ? reachIdeal(interval, ideal, p[j]!) : interval;
    });
    const both = <T>(list: readonly T[], from: number) => ({ betweenGroups: list[from]!, toOverall: list[from + 1]! });
    return [name, {
      groups: own.slice(0, groups),
      overall: own[groups]!,
      difference: both(compared, 0),
      ratio: both(compared, 2),
      groupMin: own[width - 2]!,
      groupMax: own[width - 1]!,
      pValues: { difference: both(p, 0), ratio: both(p, 2) },
    }];
  }));
}
