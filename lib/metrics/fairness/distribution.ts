import { checkRows, type Column } from "../rows.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** One sample of a distribution. */
export interface Sample {
  /** `[n]` numbers. */
  readonly values: Column;
  /** `[n]` sample weights, 1 if absent. */
  readonly weights?: Column | undefined;
}

/**
 * Wasserstein-1 distance, `∫ |F_a(x) − F_b(x)| dx`: how far, on average, the scores of one group would have to move to be
 * distributed like those of the other. In units of the score. SciPy's `wasserstein_distance`.
 *
 * @param a One sample.
 * @param b The other.
 * @returns A number ≥ 0; undefined if a sample is empty.
 * @throws {InputError} If a number is missing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { wasserstein1 } from "./distribution.ts";
 *
 * assertEquals(wasserstein1({ values: [0, 1, 3] }, { values: [5, 6, 8] }), { value: 5 });
 * ```
 */
export function wasserstein1(a: Sample, b: Sample): Value {
  return distanceOf(a, b, "area");
}

/**
 * Kolmogorov–Smirnov distance, `max |F_a(x) − F_b(x)|`: the largest gap in selection rates that any threshold could open
 * between the two groups. SciPy's `ks_2samp().statistic`.
 *
 * @param a One sample.
 * @param b The other.
 * @returns A number in [0, 1]; undefined if a sample is empty.
 * @throws {InputError} If a number is missing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { kolmogorovSmirnov } from "./distribution.ts";
 *
 * assertEquals(kolmogorovSmirnov({ values: [1, 2, 3, 4] }, { values: [3, 4, 5, 6] }), { value: 0.5 });
 * ```
 */
export function kolmogorovSmirnov(a: Sample, b: Sample): Value {
  return distanceOf(a, b, "gap");
}

function distanceOf(a: Sample, b: Sample, kind: "area" | "gap"): Value {
  if (a.values.length === 0 || b.values.length === 0) return undefinedBecause("no rows");
  const left = sortSample(a);
  const right = sortSample(b);
  if (left.total === 0 || right.total === 0) return undefinedBecause("all weights are 0");
  return defined(sortedDistances(left, right)[kind]);
}

/** A sample in ascending order. */
export interface SortedSample {
  readonly values: Float64Array;
  /** Absent where every weight is 1. */
  readonly weights?: Float64Array;
  /** Sum of the weights. */
  readonly total: number;
}

/**
 * Sorts a sample.
 *
 * @param sample The numbers and their weights.
 * @returns The same in ascending order.
 * @throws {InputError} If a number is missing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sortSample } from "./distribution.ts";
 *
 * assertEquals(sortSample({ values: [2, 1] }), { values: Float64Array.of(1, 2), total: 2 });
 * ```
 */
export function sortSample(sample: Sample): SortedSample {
  const { values, weights } = sample;
  checkRows({ scores: values, weights });
  if (weights === undefined) return { values: Float64Array.from(values).sort(), total: values.length };
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const sorted = Float64Array.from(order, (i) => weights[i]!);
  return {
    values: Float64Array.from(order, (i) => values[i]!),
    weights: sorted,
    total: sorted.reduce((a, b) => a + b),
  };
}

/**
 * Both distances of two sorted samples in one merge: the area between their cumulative distributions and the largest gap.
 *
 * @param a One sample, not empty.
 * @param b The other, not empty.
 * @returns Wasserstein-1 (`area`) and Kolmogorov–Smirnov (`gap`).
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sortedDistances, sortSample } from "./distribution.ts";
 *
 * const distances = sortedDistances(sortSample({ values: [0, 1] }), sortSample({ values: [1, 2] }));
 * assertEquals(distances, { area: 1, gap: 0.5 });
 * ```
 */
export function sortedDistances(a: SortedSample, b: SortedSample): { area: number; gap: number } {
  let i = 0, j = 0, below = 0, above = 0, area = 0, gap = 0;
  let previous = Math.min(a.values[0]!, b.values[0]!);
  while (i < a.values.length || j < b.values.length) {
    const x = Math.min(a.values[i] ?? Infinity, b.values[j] ?? Infinity);
    const apart = Math.abs(below / a.total - above / b.total);
    area += apart * (x - previous);
    gap = Math.max(gap, apart);
    for (; a.values[i] === x; i++) below += a.weights?.[i] ?? 1;
    for (; b.values[j] === x; j++) above += b.weights?.[j] ?? 1;
    previous = x;
  }
  return { area, gap };
}
