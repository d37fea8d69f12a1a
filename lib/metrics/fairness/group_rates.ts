import { wilsonInterval } from "../inference/intervals.ts";
import { checkGroupLength, checkRows, countGroups, groupRows } from "../rows.ts";
import type { Column, GroupedRowsWith, Groups } from "../rows.ts";
import { type GroupCount, ratio, type Value } from "../value.ts";

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
