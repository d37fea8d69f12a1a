import { quantileOfSorted } from "../inference/quantile.ts";
import { checkRows, type Column } from "../rows.ts";

/** How a density is estimated. */
export interface DensityOptions {
  /** Standard deviation of the kernel; {@linkcode silvermanBandwidth} if absent. */
  readonly bandwidth?: number | undefined;
  /** Ends that no value can pass, such as `[0, 1]` for probabilities: what the kernel puts beyond is mirrored back. */
  readonly bounds?: readonly [number, number] | undefined;
}

/**
 * A density by Gaussian kernels, `f(x) = 1/(n h) Σᵢ φ((x − xᵢ)/h)`, mirrored at bounds (Silverman, "Density estimation for
 * statistics and data analysis", 1986, §2.4 and §2.10), so that it integrates to 1 within them.
 *
 * @param values `[n]` numbers, at least one.
 * @param at `[m]` places.
 * @param options Bandwidth and bounds.
 * @returns `[m]` densities, per unit of the values.
 * @throws {InputError} If there is no number, or one is missing.
 * @throws {RangeError} If the bandwidth is not above 0.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { density } from "./density.ts";
 *
 * // One standard normal kernel, whose height is 1/√(2π).
 * assertAlmostEquals(density([3], [3], { bandwidth: 1 })[0]!, 0.3989422804014327, 1e-12);
 * ```
 */
export function density(values: Column, at: Column, options: DensityOptions = {}): Float64Array {
  const n = checkRows({ scores: values });
  const { bandwidth = silvermanBandwidth(values), bounds } = options;
  if (!(bandwidth > 0)) throw new RangeError(`Expected a bandwidth above 0, found ${bandwidth}`);
  const height = 1 / (n * bandwidth * Math.sqrt(2 * Math.PI));
  const kernel = (distance: number) => Math.exp(-0.5 * (distance / bandwidth) ** 2);
  return Float64Array.from(at, (x) => {
    if (bounds !== undefined && (x < bounds[0] || x > bounds[1])) return 0;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum += kernel(x - values[i]!);
      if (bounds !== undefined) sum += kernel(x - 2 * bounds[0] + values[i]!) + kernel(x - 2 * bounds[1] + values[i]!);
    }
    return height * sum;
  });
}

/**
 * Silverman's rule of thumb, `0.9 min(s, IQR/1.34) n^(−1/5)` (1986, equation 3.31; R's `bw.nrd0`). Where the quartiles coincide
 * the standard deviation alone counts, and where all values do there is no spread to estimate.
 *
 * @param values `[n]` numbers, at least one.
 * @returns The bandwidth, in units of the values; 0 if all are equal.
 * @throws {InputError} If there is no number, or one is missing.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { silvermanBandwidth } from "./density.ts";
 *
 * // s = 1.581, IQR/1.34 = 1.493, 5^(−1/5) = 0.7248
 * assertAlmostEquals(silvermanBandwidth([1, 2, 3, 4, 5]), 0.973585, 1e-6);
 * ```
 */
export function silvermanBandwidth(values: Column): number {
  const n = checkRows({ scores: values });
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, x) => sum + x, 0) / n;
  const deviation = n < 2 ? 0 : Math.sqrt(sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  const quartiles = (quantileOfSorted(sorted, 0.75) - quantileOfSorted(sorted, 0.25)) / 1.34;
  return 0.9 * (quartiles > 0 ? Math.min(deviation, quartiles) : deviation) * n ** -0.2;
}
