import type { BootstrapOptions } from "./bootstrap.ts";

/** What rows have in common: one name per row, such as the candidate, or the seed of the run that decided. */
export interface CrossedFactor {
  /** `[n]` level of each row, numbered from 0. */
  readonly codes: Int32Array;
  /** `[L]` stratum of each level: levels are drawn among those of their stratum. One stratum if absent. */
  readonly strata?: ArrayLike<number> | undefined;
}

/**
 * Resamples rows that are alike in more than one way, such as decisions about the same candidates by models of several
 * seeds: the levels of each factor are drawn with replacement on their own, and a row counts as often as the product of
 * its levels' counts (Owen, "The pigeonhole bootstrap", 2007).
 *
 * Resampling candidates alone takes the models as given; resampling both asks what other candidates and other seeds
 * would have given. It errs on the side of caution: variance that belongs to single rows is counted up to three times.
 */
export function crossedDraws(
  factors: readonly CrossedFactor[],
  statistic: (weights: Float64Array, counts: readonly Float64Array[]) => ArrayLike<number>,
  options: Pick<BootstrapOptions, "rng" | "resamples">,
): Float64Array[] {
  const { rng, resamples = 1000 } = options;
  const n = factors[0]!.codes.length;
  const levels = factors.map(levelsOf);
  const counts = levels.map(({ size }) => new Float64Array(size));
  const weights = new Float64Array(n);
  const draws: Float64Array[] = [];
  for (let r = 0; r < resamples; r++) {
    levels.forEach(({ strata }, f) => {
      counts[f]!.fill(0);
      for (const members of strata) {
        for (let i = 0; i < members.length; i++) counts[f]![members[rng.int(members.length)]!]! += 1;
      }
    });
    weights.fill(1);
    factors.forEach(({ codes }, f) => {
      for (let i = 0; i < n; i++) weights[i]! *= counts[f]![codes[i]!]!;
    });
    const values = statistic(weights, counts);
    for (let s = 0; s < values.length; s++) (draws[s] ??= new Float64Array(resamples))[r] = values[s]!;
  }
  return draws;
}

/** The levels that have rows, by stratum. */
function levelsOf({ codes, strata }: CrossedFactor): { size: number; strata: number[][] } {
  const members = new Map<number, number[]>();
  const present = [...new Set(codes)].sort((a, b) => a - b);
  for (const level of present) {
    const stratum = strata?.[level] ?? 0;
    const own = members.get(stratum) ?? [];
    own.push(level);
    members.set(stratum, own);
  }
  return { size: (present.at(-1) ?? -1) + 1, strata: [...members.values()] };
}
