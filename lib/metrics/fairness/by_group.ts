import { confusionMetric, confusionOf } from "../classification/confusion.ts";
import type { ConfusionMetricName, ConfusionTable } from "../classification/confusion.ts";
import { wilsonInterval } from "../inference/intervals.ts";
import { checkGroupLength, checkRows, countGroups, groupCounts, groupRows } from "../rows.ts";
import type { Column, GroupedRowsWith, Groups } from "../rows.ts";
import { defined, finiteOrNaN, inRange, ratio, undefinedBecause } from "../value.ts";
import type { Disparity, ExcludedGroup, GroupCount, Value } from "../value.ts";

/** One metric of decisions, by group and overall. */
export function metricByGroup(table: ConfusionTable, name: ConfusionMetricName): GroupedValue {
  return {
    groups: groupCounts(table),
    values: table.names.map((_, g) => confusionMetric(name, confusionOf(table, g), table.labelled)),
    overall: confusionMetric(name, confusionOf(table), table.labelled),
  };
}

/** One metric for every group and for everybody. */
export interface GroupedValue {
  /** The groups, in order of their names. */
  readonly groups: readonly GroupCount[];
  /** One value per group. */
  readonly values: readonly Value[];
  /** The value of everybody. */
  readonly overall: Value;
}

/**
 * Whom a group is compared with: `betweenGroups`, the extremes with each other; `toOverall`, each group with everybody.
 */
export type Comparison = "betweenGroups" | "toOverall";

/** The functions that turn one metric by group into one number. */
export const DERIVED = {
  difference: groupDifference,
  ratio: groupRatio,
  groupMin,
  groupMax,
} as const;

function split(grouped: GroupedValue): { values: number[]; excluded: ExcludedGroup[] } {
  const values: number[] = [];
  const excluded: ExcludedGroup[] = [];
  grouped.values.forEach((value, g) => {
    if (value.value === null) excluded.push({ group: grouped.groups[g]!.group, reason: value.reason });
    else values.push(value.value);
  });
  return { values, excluded };
}

/**
 * With one group left fairlearn answers 0 (difference) or 1 (ratio): perfect fairness, from having nothing to compare.
 */
function tooFew(left: number, all: number): Value {
  return undefinedBecause(
    all < 2
      ? `a disparity needs two groups, found ${all}`
      : `a disparity needs two groups on which the metric is defined, found ${left} of ${all}`,
  );
}

/**
 * How far groups lie apart: `max − min` between groups, or `max |group − overall|`. Groups on which the metric is
 * undefined are left out and named, as in fairlearn's `MetricFrame.difference`.
 */
export function groupDifference(grouped: GroupedValue, comparison: Comparison = "betweenGroups"): Disparity {
  const { values, excluded } = split(grouped);
  const { groups, overall } = grouped;
  if (values.length < 2) return { ...tooFew(values.length, groups.length), groups, excluded };
  if (comparison === "betweenGroups") {
    return { ...inRange(Math.max(...values) - Math.min(...values)), groups, excluded };
  }
  const centre = overall.value;
  if (centre === null) return { ...overall, groups, excluded };
  return { ...inRange(Math.max(...values.map((value) => Math.abs(value - centre)))), groups, excluded };
}

/**
 * How groups compare: `min / max` between groups, or the smallest of `group / overall` and its inverse over the groups.
 * fairlearn's `MetricFrame.ratio`; as there, 0 / 0 says nothing and is left undefined.
 */
export function groupRatio(grouped: GroupedValue, comparison: Comparison = "betweenGroups"): Disparity {
  const { values, excluded } = split(grouped);
  const { groups, overall } = grouped;
  if (values.length < 2) return { ...tooFew(values.length, groups.length), groups, excluded };
  const lowest = Math.min(...values);
  const highest = Math.max(...values);
  if (lowest < 0) return { ...undefinedBecause("a ratio needs values ≥ 0"), groups, excluded };
  if (highest === 0) return { ...undefinedBecause("the metric is 0 in every group"), groups, excluded };
  if (comparison === "betweenGroups") return { ...defined(lowest / highest), groups, excluded };
  const centre = overall.value;
  if (centre === null) return { ...overall, groups, excluded };
  if (centre <= 0) return { ...undefinedBecause("a ratio to the overall value needs one above 0"), groups, excluded };
  const folded = values.map((value) => value <= centre ? value / centre : centre / value);
  return { ...defined(Math.min(...folded)), groups, excluded };
}

/** What {@linkcode compareNumbers} gives, in its order. */
export const COMPARED = [
  { of: "difference", comparison: "betweenGroups", ideal: 0 },
  { of: "difference", comparison: "toOverall", ideal: 0 },
  { of: "ratio", comparison: "betweenGroups", ideal: 1 },
  { of: "ratio", comparison: "toOverall", ideal: 1 },
] as const;

/** How many numbers {@linkcode compareNumbers} writes: those of {@linkcode COMPARED}, the lowest and the highest. */
export const COMPARED_NUMBERS = COMPARED.length + 2;

/**
 * Differences and ratios as {@linkcode groupDifference} and {@linkcode groupRatio} give them, and the extremes, of bare
 * numbers: NaN where one is undefined. A thousand resamples of hundreds of groups need no reasons.
 *
 * @param numbers From `at` on those of the groups and that of everybody; what is found is written behind them.
 */
export function compareNumbers(numbers: Float64Array, at: number, groups: number): void {
  const centre = numbers[at + groups]!;
  let lowest = Infinity, highest = -Infinity, furthest = 0, folded = Infinity, defined = 0;
  for (let g = at; g < at + groups; g++) {
    const value = numbers[g]!;
    if (!Number.isFinite(value)) continue;
    defined++;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
    furthest = Math.max(furthest, Math.abs(value - centre));
    folded = Math.min(folded, value <= centre ? value / centre : centre / value);
  }
  const isCompared = defined >= 2, isCentred = isCompared && Number.isFinite(centre);
  const hasRatio = isCompared && lowest >= 0 && highest !== 0;
  const to = at + groups + 1;
  numbers[to] = isCompared ? finiteOrNaN(highest - lowest) : NaN;
  numbers[to + 1] = isCentred ? finiteOrNaN(furthest) : NaN;
  numbers[to + 2] = hasRatio ? lowest / highest : NaN;
  numbers[to + 3] = hasRatio && isCentred && centre > 0 ? folded : NaN;
  numbers[to + 4] = finiteOrNaN(lowest);
  numbers[to + 5] = finiteOrNaN(highest);
}

/** The lowest value of any group; fairlearn's `MetricFrame.group_min`. */
export function groupMin(grouped: GroupedValue): Disparity {
  return extreme(grouped, Math.min);
}

/** The highest value of any group; fairlearn's `MetricFrame.group_max`. */
export function groupMax(grouped: GroupedValue): Disparity {
  return extreme(grouped, Math.max);
}

function extreme(grouped: GroupedValue, pick: (...values: number[]) => number): Disparity {
  const { values, excluded } = split(grouped);
  const value = values.length === 0
    ? undefinedBecause("the metric is undefined in every group")
    : defined(pick(...values));
  return { ...value, groups: grouped.groups, excluded };
}

/**
 * Joins the disparities of several metrics into one that needs all of them: where a part is undefined, so is the whole.
 */
export function joinDisparities(
  parts: readonly Disparity[],
  names: readonly string[],
  combine: (...values: number[]) => number,
): Disparity {
  const groups = parts[0]?.groups ?? [];
  const excluded = parts.flatMap((part, j) =>
    part.excluded.map(({ group, reason }) => ({ group, reason: `${names[j]}: ${reason}` }))
  );
  const values: number[] = [];
  for (const [j, part] of parts.entries()) {
    if (part.value === null) return { ...undefinedBecause(`${names[j]}: ${part.reason}`), groups, excluded };
    values.push(part.value);
  }
  return { ...defined(combine(...values)), groups, excluded };
}

/** How often a group's label is 1. */
export interface GroupRate extends GroupCount {
  /** Rows with label 1. */
  readonly positives: number;
  /** Their share. */
  readonly rate: Value;
  /** Its interval; `null` for a group without rows. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/**
 * The share of rows with label 1 in each group, with Wilson's interval.
 *
 * Rows of one cluster resemble each other, so they count as fewer than they are: as `n / deff` rows, where the design
 * effect `deff` is the variance of the share over clusters, `C/(C−1) · Σ_c (Σ_{i∈c} (y_i − p))² / n²`, over `p(1−p)/n`
 * (Dean & Pagano 2015, Journal of Survey Statistics and Methodology 3, the modified Wilson interval); where all labels
 * are equal, as one row per cluster. Clusters never make rows count for more than they are. Simulated with 12 and 60
 * clusters of two or three rows, rates of 0.05, 0.13 and 0.4, and rows of a cluster independent, half alike or alike,
 * the 95% interval covers 92.5 to 97.1%.
 * @throws {InputError} If a cell is missing, or a label is not 0 or 1.
 * @throws {RangeError} If lengths differ, or the level is out of range.
 */
export function groupRates(input: GroupedRowsWith<"labels">, level = 0.95): GroupRate[] {
  const { labels } = input;
  const { codes, rows, counts } = countGroups(input, checkRows({ labels }));
  const positives = new Float64Array(rows.length);
  codes.forEach((code, i) => positives[code]! += labels[i]!);
  const rates = counts.map(({ count }, g) => ratio(positives[g]!, count, "no rows"));
  const effective = input.clusters === undefined
    ? rows
    : effectiveCounts({ labels, codes, clusters: input.clusters, count: rows, rates });
  return counts.map((group, g) => {
    const { value } = rates[g]!;
    const interval = value === null ? null : wilsonInterval(value, effective[g]!, level);
    return { ...group, positives: positives[g]!, rate: rates[g]!, interval };
  });
}

/** For each group, how many independent rows tell as much as its rows do. */
function effectiveCounts({ labels, codes, clusters, count, rates }: {
  labels: Column;
  codes: Int32Array;
  clusters: Groups;
  count: Float64Array;
  rates: readonly Value[];
}): Float64Array {
  const owner = groupRows(clusters);
  checkGroupLength(owner, codes.length);
  // Per group and cluster: the sum of the labels' distances from the group's rate.
  const sums = rates.map(() => new Map<number, number>());
  for (let i = 0; i < codes.length; i++) {
    const own = sums[codes[i]!]!;
    const cluster = owner.codes[i]!;
    own.set(cluster, (own.get(cluster) ?? 0) + labels[i]! - rates[codes[i]!]!.value!);
  }
  return count.map((rows, g) => {
    const distances = [...sums[g]!.values()];
    const c = distances.length;
    const p = rates[g]!.value ?? 0;
    if (p === 0 || p === 1 || c < 2) return c;
    const variance = c / (c - 1) * distances.reduce((sum, x) => sum + x * x, 0) / rows ** 2;
    return Math.min(rows, p * (1 - p) / variance);
  });
}
