import { bootstrap, type BootstrapOptions, type Target } from "../inference/bootstrap.ts";
import type { GroupRanking, RankingFairness } from "./ranking_fairness.ts";
import type { QualityAt, RankingQuality } from "./ranking_means.ts";
import type { Interval } from "../value.ts";

/** Intervals of the pooled numbers of one group. */
export type GroupRankingIntervals = Readonly<
  Record<Exclude<keyof GroupRanking["pooled"], "candidateShare" | "exposureShare">, Interval>
>;

/** Intervals of a {@linkcode RankingFairness}. */
export interface RankingFairnessIntervals {
  /** One per group, in the order of the result. */
  readonly groups: readonly GroupRankingIntervals[];
  readonly exposureRatio: Interval;
  readonly selectionRatio: Interval;
  readonly ndkl: Interval;
}

type Options = Omit<BootstrapOptions, "stratified">;

const POOLED = ["topKShare", "representation", "skew", "selectionRate", "exposure", "exposureToMerit"] as const;

/**
 * Bootstrap intervals of the pooled shares, exposures and ratios of rankings. Whole queries are resampled, because the places of
 * one list are not independent: with few queries the intervals are wide, however many candidates there are.
 *
 * @param fairness The result to judge.
 * @param options How to bootstrap.
 * @returns The intervals.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { rankingFairness } from "./ranking_fairness.ts";
 * import { rankingFairnessIntervals } from "./ranking_intervals.ts";
 *
 * // Every job takes the candidate with a degree, so no resample of jobs says otherwise.
 * const rows = Array.from({ length: 40 }, (_, i) => i);
 * const fairness = rankingFairness({
 *   queries: rows.map((i) => i >> 1),
 *   scores: rows.map((i) => i % 2),
 *   groups: rows.map((i) => i % 2 ? "BA" : "none"),
 * }, 1);
 * const { low, high } = rankingFairnessIntervals(fairness, { rng: new Rng(1) }).groups[0]!.topKShare;
 * assertEquals([low, high], [1, 1]);
 * ```
 */
export function rankingFairnessIntervals(fairness: RankingFairness, options: Options): RankingFairnessIntervals {
  const { queries, groups } = fairness;
  const size = groups.length;
  const indexOf = new Map(groups.map(({ group }, g) => [group, g]));
  // Per query and group: candidates, selected, exposure, merit.
  const sums = new Float64Array(queries.length * size * 4);
  queries.forEach(({ exposure, topK }, q) => {
    exposure.groups.forEach(({ group, candidates, total, merit }, j) => {
      sums.set([candidates, topK.groups[j]!.selected, total, merit ?? NaN], (q * size + indexOf.get(group)!) * 4);
    });
  });
  const width = POOLED.length;

  const { intervals } = bootstrap(
    kindsOf(queries.length),
    (drawn) => {
      const pooled = new Float64Array(size * 4);
      let places = 0, rows = 0, divergence = 0, ranked = 0;
      queries.forEach(({ topK, candidates, ndkl }, q) => {
        const times = drawn[q]!;
        if (times === 0) return;
        places += times * topK.places;
        rows += times * candidates;
        divergence += times * (ndkl.value ?? 0);
        ranked += ndkl.value === null ? 0 : times;
        for (let j = 0; j < pooled.length; j++) pooled[j]! += times * sums[q * pooled.length + j]!;
      });
      const result = new Float64Array(size * width + 3);
      const exposures: number[] = [], rates: number[] = [];
      for (let g = 0; g < size; g++) {
        const [candidates, selected, exposure, merit] = pooled.subarray(4 * g, 4 * g + 4) as unknown as number[];
        const share = candidates! > 0 ? selected! / places : NaN;
        const representation = share / (candidates! / rows);
        const rate = selected! / candidates!;
        const mean = exposure! / candidates!;
        const toMerit = merit! > 0 ? exposure! / merit! : NaN;
        const skew = selected! > 0 ? Math.log(representation) : NaN;
        result.set([share, representation, skew, rate, mean, toMerit], g * width);
        if (candidates! > 0) {
          exposures.push(mean);
          rates.push(rate);
        }
      }
      result.set([lowestOverHighest(exposures), lowestOverHighest(rates), divergence / ranked], size * width);
      return result;
    },
    options,
    [...Array<Target>(size * width).fill("value"), "ratio", "ratio", "value"],
  );

  return {
    groups: groups.map((_, g) =>
      Object.fromEntries(POOLED.map((name, j) => [name, intervals[g * width + j]!])) as GroupRankingIntervals
    ),
    exposureRatio: intervals[size * width]!,
    selectionRatio: intervals[size * width + 1]!,
    ndkl: intervals[size * width + 2]!,
  };
}

/**
 * Bootstrap intervals of mean ranking quality, over the queries judged.
 *
 * @param quality The result to judge, with at least one query.
 * @param options How to bootstrap.
 * @returns The intervals.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { rankingQualityIntervals } from "./ranking_intervals.ts";
 * import { rankingQuality } from "./ranking_means.ts";
 *
 * const rows = Array.from({ length: 60 }, (_, i) => i);
 * const quality = rankingQuality({
 *   queries: rows.map((i) => i >> 1),
 *   scores: rows.map((i) => i * 37 % 60),
 *   relevance: rows.map((i) => i % 2),
 * }, 1);
 * const { low, high } = rankingQualityIntervals(quality, { rng: new Rng(1) }).hit;
 * assert(low! <= quality.hit.value! && quality.hit.value! <= high!);
 * ```
 */
export function rankingQualityIntervals(quality: RankingQuality, options: Options): Record<keyof QualityAt, Interval> {
  const { judged } = quality;
  const names = ["ndcg", "map", "mrr", "hit", "precision", "recall"] as const;
  const { intervals } = bootstrap(kindsOf(judged.length), (drawn) => {
    const result = new Float64Array(names.length);
    let total = 0;
    judged.forEach((query, q) => {
      total += drawn[q]!;
      names.forEach((name, j) => result[j]! += drawn[q]! * query[name].value!);
    });
    return result.map((sum) => sum / total);
  }, options);
  return Object.fromEntries(names.map((name, j) => [name, intervals[j]!])) as Record<keyof QualityAt, Interval>;
}

function kindsOf(queries: number) {
  return { counts: new Float64Array(queries).fill(1), strata: [Int32Array.from({ length: queries }, (_, q) => q)] };
}

function lowestOverHighest(values: number[]): number {
  const highest = Math.max(...values);
  return values.length < 2 || highest === 0 ? NaN : Math.min(...values) / highest;
}
