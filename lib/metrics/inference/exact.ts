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
  // Likelihoods relative to that of the mode, from it outwards, so that large counts neither over- nor underflow.
  const likelihoods = new Float64Array(highest - lowest + 1);
  likelihoods[mode - lowest] = 1;
  const rising = (k: number) => (n - k) * (all - k) / ((k + 1) * (b.rows - all + k + 1));
  for (let k = mode; k < highest; k++) likelihoods[k + 1 - lowest] = likelihoods[k - lowest]! * rising(k);
  for (let k = mode; k > lowest; k--) likelihoods[k - 1 - lowest] = likelihoods[k - lowest]! / rising(k - 1);
  const own = likelihoods[observed - lowest]!;
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
