import { defined, undefinedBecause, type Value } from "../value.ts";
import { normalQuantile } from "./distributions.ts";

/** An exact p-value of a 2 × 2 table. */
export interface ExactPValue {
  /** Two-sided. */
  readonly p: number;
  /** Less half the probability of the table itself: less conservative where the counts are small. */
  readonly midP: number;
}

/** How many were selected, of how many. */
export interface Selected {
  /** Of these. */
  readonly rows: number;
  /** So many. */
  readonly selected: number;
}

/** Below this a number loses digits, and 0.97 times it may be the same number. */
const LEAST_NORMAL = 2 ** -1022;

/** Tables this close in probability are equally likely: rounding must not decide. As in R's `fisher.test`. */
const EQUALLY_LIKELY = 1 + 1e-7;

/**
 * Fisher's exact test of two selection rates: with both groups' sizes and the number of all selected held fixed, the
 * probability of a table that is no more likely than this one (Fisher 1935; the two-sided p-value of SciPy's
 * `fisher_exact` and of R's `fisher.test`). The mid-p value is that less half the probability of the table itself
 * (Lancaster 1961; Agresti, "Categorical data analysis", 2013, §3.5.5; Lydersen, Fagerland & Laake 2009).
 *
 * @throws {RangeError} If counts are not whole numbers, or more are selected than there are.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { fisherExact } from "@fair-embeddings/lib/metrics";
 *
 * const { p, midP } = fisherExact({ rows: 60, selected: 9 }, { rows: 200, selected: 60 });
 * assertAlmostEquals(p, 0.02035, 1e-5);
 * assertAlmostEquals(midP, 0.01605, 1e-5);
 * ```
 */
export function fisherExact(a: Selected, b: Selected): ExactPValue {
  for (const { rows, selected } of [a, b]) {
    if (!Number.isInteger(rows) || !Number.isInteger(selected) || selected < 0 || selected > rows) {
      throw new RangeError(`Expected whole numbers with 0 ≤ selected ≤ rows, found ${selected} of ${rows}`);
    }
  }
  const { rows: n, selected: observed } = a;
  const all = a.selected + b.selected;
  const lowest = Math.max(0, all - b.rows), highest = Math.min(n, all);
  const mode = Math.min(highest, Math.max(lowest, Math.floor((n + 1) * (all + 1) / (n + b.rows + 2))));
  // Likelihoods relative to that of the mode, from it outwards, so that large counts neither over- nor underflow; to
  // where a number is too small to say them, since all tables of millions of rows would fill the memory.
  const rising = (k: number) => (n - k) * (all - k) / ((k + 1) * (b.rows - all + k + 1));
  const above = [1], below: number[] = [];
  for (let k = mode, own = 1; k < highest && own > LEAST_NORMAL; k++) above.push(own *= rising(k));
  for (let k = mode, own = 1; k > lowest && own > LEAST_NORMAL; k--) below.push(own /= rising(k - 1));
  const likelihoods = [...below.reverse(), ...above];
  const own = likelihoods[observed - mode + below.length] ?? 0;
  let total = 0, asExtreme = 0;
  for (const likelihood of likelihoods) {
    total += likelihood;
    if (likelihood <= own * EQUALLY_LIKELY) asExtreme += likelihood;
  }
  const p = Math.min(1, asExtreme / total);
  return { p, midP: p - own / total / 2 };
}

/**
 * Holm's step-down adjustment of several p-values (Holm 1979; R's `p.adjust`): the k-th smallest times how many are not
 * smaller, never falling, at most 1. `null`s stay as they are and do not count.
 */
export function holm(pValues: readonly (number | null)[]): (number | null)[] {
  const order = pValues.flatMap((p, i) => p === null ? [] : [{ p, i }]).sort((x, y) => x.p - y.p);
  const adjusted: (number | null)[] = pValues.map(() => null);
  let highest = 0;
  order.forEach(({ p, i }, k) => {
    highest = Math.max(highest, Math.min(1, (order.length - k) * p));
    adjusted[i] = highest;
  });
  return adjusted;
}

/** Rows whose outcomes are shares of groups. */
export interface ClusteredRows {
  /** `[n]` outcomes, 0 or 1. */
  readonly values: ArrayLike<number>;
  /** `[n]` the group of each row. */
  readonly groups: readonly string[];
  /** `[n]` whose row it is; rows of one person are not independent. */
  readonly clusters: readonly string[];
}

/**
 * How many times larger the variance of a group's share is for rows that come in clusters (Kish 1965), pooled over the
 * groups: Σ over clusters (Σ residuals)² / Σ residuals², at least 1. Where nothing varies, it is the mean size of a
 * cluster, which is the most it can be.
 * @throws {RangeError} If there are no rows.
 */
export function designEffect({ values, groups, clusters }: ClusteredRows): number {
  if (groups.length === 0) throw new RangeError("Expected rows, found none");
  const sums = new Map<string, { sum: number; n: number }>();
  groups.forEach((group, i) => {
    const own = sums.get(group) ?? { sum: 0, n: 0 };
    sums.set(group, { sum: own.sum + values[i]!, n: own.n + 1 });
  });
  const byCluster = new Map<string, number>();
  let squares = 0;
  groups.forEach((group, i) => {
    const { sum, n } = sums.get(group)!;
    const residual = values[i]! - sum / n;
    squares += residual ** 2;
    byCluster.set(clusters[i]!, (byCluster.get(clusters[i]!) ?? 0) + residual);
  });
  if (squares === 0) return groups.length / byCluster.size;
  return Math.max(1, [...byCluster.values()].reduce((sum, total) => sum + total ** 2, 0) / squares);
}

/** How small a difference of a group's share from everybody else's a table can show. */
export interface DetectableDifference {
  /** The group. */
  readonly group: string;
  /** Its rows. */
  readonly n: number;
  /** The difference; `null` where there is nobody to compare with. */
  readonly difference: Value;
}

/**
 * The minimum detectable difference of each group from all others, before anything is decided: a true difference as
 * large as this is found in a share `power` of samples by a two-sided test at `level`, shared out among the groups
 * (Bonferroni). (z₁₋α/₂ + z_power) √(p (1 − p) · design effect · (1/n + 1/m)), with p the share that is expected of
 * everybody (Fleiss, Levin & Paik 2003, section 4.2).
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { detectableDifferences } from "@fair-embeddings/lib/metrics";
 *
 * const values = Array.from({ length: 200 }, (_, i) => i % 2);
 * const groups = values.map((_, i) => i < 100 ? "BA" : "PhD"), clusters = values.map((_, i) => `${i}`);
 * const [first] = detectableDifferences({ values, groups, clusters }, { level: 0.05 * 2 });
 * // (1.960 + 0.842) · √(0.25 · 2/100): at 5 % for each of two groups.
 * assertAlmostEquals(first!.difference.value!, 0.1981, 1e-4);
 * ```
 * @throws {RangeError} If there are no rows, or a probability is out of range.
 */
export function detectableDifferences(
  rows: ClusteredRows,
  { level = 0.05, power = 0.8 }: { readonly level?: number; readonly power?: number } = {},
): DetectableDifference[] {
  const { values, groups } = rows;
  const total = groups.length;
  const p = Array.from(values).reduce((a, b) => a + b, 0) / total;
  const sizes = [...Map.groupBy(groups, (group) => group)].map(([group, own]) => ({ group, n: own.length }));
  const z = normalQuantile(1 - level / 2 / sizes.length) + normalQuantile(power);
  const effect = designEffect(rows);
  return sizes.map(({ group, n }) => ({
    group,
    n,
    difference: n === total
      ? undefinedBecause("there is one group only")
      : defined(z * Math.sqrt(p * (1 - p) * effect * (1 / n + 1 / (total - n)))),
  }));
}
