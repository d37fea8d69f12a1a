import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import type { Estimate } from "../inference/unique_rows.ts";
import { argsortDescending, checkGroupLength, checkRows, countGroups, groupRows } from "../rows.ts";
import type { Column, Grouping, Groups } from "../rows.ts";
import { defined, type GroupCount, ratio, undefinedBecause, type Value } from "../value.ts";
import type { GroupedRanking } from "./fairness.ts";
import { checkRank, splitQueries } from "./quality.ts";

/** The candidates of one query (a job, a search) with their groups, in any order; checked by whoever makes the list. */
export interface GroupedList {
  /** `[n]` scores; the highest ranks first, equal scores in the order given. */
  readonly scores: Column;
  /** `[n]` group names. */
  readonly groups: Groups;
  /** `[n]` relevance, ≥ 0, for what compares exposure with relevance. */
  readonly relevance?: Column | undefined;
  /** `[n]` candidates from the first rank to the last; found from the scores if absent. */
  readonly order?: Uint32Array | undefined;
}

/** The attention that one group gets. */
export interface GroupExposure {
  /** Its name. */
  readonly group: string;
  /** Its candidates. */
  readonly candidates: number;
  /** Sum of their exposures. */
  readonly total: number;
  /** Mean exposure of a candidate. */
  readonly mean: number;
  /** Share of all exposure. */
  readonly share: number;
  /** Sum of their relevance; `null` without labels. */
  readonly relevance: number | null;
  /** Mean exposure over mean relevance; undefined without either labels. */
  readonly toRelevance: Value;
}

/** How attention is divided among the groups of one query. */
export interface ExposureReport {
  /** The groups that have a candidate, in order of their names. */
  readonly groups: readonly GroupExposure[];
  /** Smallest over largest mean exposure, in [0, 1]; 1 is parity. */
  readonly ratio: Value;
  /** Smallest over largest exposure-to-relevance ratio. */
  readonly exposureToRelevanceRatio: Value;
}

/** The attention that a rank gets, `1 / log2(rank + 1)`, the discount of DCG. */
export function exposureAt(rank: number): number {
  return rank < EXPOSURES.length ? EXPOSURES[rank]! : 1 / Math.log2(rank + 1);
}

/** Of the ranks that most lists have, found once. */
const EXPOSURES = Float64Array.from({ length: 1024 }, (_, rank) => 1 / Math.log2(rank + 1));

/**
 * Exposure of each group in one ranking, and beside its relevance (Singh & Joachims, "Fairness of exposure in
 * rankings", 2018: demographic parity compares mean exposures, disparate treatment their ratios to mean relevance).
 */
export function groupExposure(list: GroupedList, k = Infinity): ExposureReport {
  const { order, names, codes } = rankGroups(list);
  const { relevance } = list;
  const candidates = new Float64Array(names.length);
  const totals = new Float64Array(names.length);
  const relevances = new Float64Array(names.length);
  let all = 0;
  for (let r = 0; r < order.length; r++) {
    const i = order[r]!;
    const g = codes[i]!;
    const exposure = r < k ? exposureAt(r + 1) : 0;
    candidates[g]! += 1;
    totals[g]! += exposure;
    relevances[g]! += relevance?.[i] ?? 0;
    all += exposure;
  }
  const groups = names.flatMap((group, g): GroupExposure[] => {
    const total = totals[g]!;
    if (candidates[g] === 0) return [];
    return [{
      group,
      candidates: candidates[g]!,
      total,
      mean: total / candidates[g]!,
      share: total / all,
      relevance: relevance === undefined ? null : relevances[g]!,
      toRelevance: relevance === undefined
        ? undefinedBecause("no labels were given")
        : ratio(total, relevances[g]!, "no relevant candidate in the group"),
    }];
  });
  return {
    groups,
    ratio: lowestOverHighest(groups.map(({ mean }) => defined(mean))),
    exposureToRelevanceRatio: lowestOverHighest(groups.map(({ toRelevance }) => toRelevance)),
  };
}

/** Smallest over largest of the values that exist. */
export function lowestOverHighest(values: readonly Value[]): Value {
  const present = values.flatMap(({ value }) => value ?? []);
  if (present.length < 2) return undefinedBecause("fewer than two groups to compare");
  return ratio(Math.min(...present), Math.max(...present), "every group has 0");
}

/** The candidates of one query from the first rank to the last, with their groups. */
export function rankGroups({ scores, groups, order }: GroupedList) {
  return { order: order ?? argsortDescending(scores), ...groupRows(groups) };
}

/** One group among the first k. */
export interface TopKGroup {
  /** Its name. */
  readonly group: string;
  /** Its candidates. */
  readonly candidates: number;
  /** Share of the query's candidates. */
  readonly candidateShare: number;
  /** Its candidates among the first k. */
  readonly selected: number;
  /** Share of the first k. */
  readonly share: number;
  /** Sum of the exposures of its places among the first k. */
  readonly exposure: number;
  /** Selected over candidates. */
  readonly selectionRate: number;
  /** Share of the first k over share of the candidates; 1 is proportional. */
  readonly representation: number;
  /** Natural logarithm of `representation`; undefined for an absent group, where it would be −∞. */
  readonly skew: Value;
}

/** Who is among the first k of one query. */
export interface TopKReport {
  /** Ranks asked for. */
  readonly k: number;
  /** Places in fact filled: k, or the number of candidates where that is smaller. */
  readonly places: number;
  /** The groups that have a candidate, in order of their names. */
  readonly groups: readonly TopKGroup[];
  /** Lowest skew; undefined while a group is absent from the first k. */
  readonly minSkew: Value;
  /** Highest skew. */
  readonly maxSkew: Value;
}

/**
 * Shares of the groups among the first k, beside their shares of the candidates: representation and skew@k (Geyik,
 * Ambler & Kenthapadi, "Fairness-aware ranking in search & recommendation systems", 2019, with natural logarithm).
 */
export function topKShares(list: GroupedList, k: number): TopKReport {
  const { order, names, codes } = rankGroups(list);
  const places = Math.min(k, order.length);
  const candidates = new Float64Array(names.length);
  const selected = new Float64Array(names.length);
  const exposures = new Float64Array(names.length);
  for (let r = 0; r < order.length; r++) {
    const g = codes[order[r]!]!;
    candidates[g]! += 1;
    if (r >= places) continue;
    selected[g]! += 1;
    exposures[g]! += exposureAt(r + 1);
  }
  const groups = names.flatMap((group, g): TopKGroup[] => {
    if (candidates[g] === 0) return [];
    const candidateShare = candidates[g]! / order.length;
    const share = selected[g]! / places;
    const skew = share === 0
      ? undefinedBecause(`nobody of this group is among the first ${k}, so the skew is −∞`)
      : defined(Math.log(share / candidateShare));
    return [{
      group,
      candidates: candidates[g]!,
      candidateShare,
      selected: selected[g]!,
      share,
      exposure: exposures[g]!,
      selectionRate: selected[g]! / candidates[g]!,
      representation: share / candidateShare,
      skew,
    }];
  });
  const skews = groups.flatMap(({ skew }) => skew.value ?? []);
  return {
    k,
    places,
    groups,
    minSkew: skews.length < groups.length
      ? undefinedBecause(`a group has nobody among the first ${k}, so its skew is −∞`)
      : defined(Math.min(...skews)),
    maxSkew: defined(Math.max(...skews)),
  };
}

/**
 * Normalised discounted Kullback–Leibler divergence of a ranking from the candidates' group shares: `(1/Z) Σ_i KL(D_i ‖
 * p) / log2(i + 1)` with `D_i` the group shares of the first i, `p` those of all candidates and `Z = Σ_i 1 / log2(i +
 * 1)` (Geyik et al. 2019, natural logarithm, `0 ln 0 = 0`).
 */
export function ndkl(list: GroupedList, k = Infinity): Value {
  const { order, names, codes } = rankGroups(list);
  const target = new Float64Array(names.length);
  for (const code of codes) target[code]! += 1 / order.length;
  const seen = new Float64Array(names.length);
  const terms = new Float64Array(names.length);
  // KL(D_i ‖ p) = Σ_g c_g/i · ln(c_g / (i · p_g)), kept as Σ c_g · ln(c_g / p_g) so that a rank changes one term only.
  let sum = 0, divergence = 0, weight = 0;
  for (let r = 0; r < Math.min(k, order.length); r++) {
    const g = codes[order[r]!]!;
    sum -= terms[g]!;
    seen[g]! += 1;
    terms[g] = seen[g]! * Math.log(seen[g]! / target[g]!);
    sum += terms[g]!;
    const i = r + 1;
    const discount = exposureAt(i);
    divergence += discount * Math.max(0, sum / i - Math.log(i));
    weight += discount;
  }
  return ratio(divergence, weight, "no rank counts");
}

/** The first k places of all queries together. */
export interface SharesAtRank {
  /** Ranks that count. */
  readonly k: number;
  /** Places filled: k per query, or its candidates where those are fewer. */
  readonly places: number;
  /** Queries with at least k candidates; in the others everybody is among the first k. */
  readonly queries: number;
  /** `[G]` share of the places. */
  readonly shares: readonly Estimate[];
  /** `[G]` share that a random ranking gives on average, from each query's own candidates. */
  readonly expected: readonly Value[];
  /** `[G]` share minus expected share. */
  readonly excess: readonly Estimate[];
}

/** Who holds the first places. */
export interface RankShares {
  /** The groups, in order of their names. */
  readonly groups: readonly GroupCount[];
  /** Queries that have candidates. */
  readonly queries: number;
  /** One entry for each number of ranks asked for. */
  readonly ranks: readonly SharesAtRank[];
}

/**
 * Shares of the groups among the first k places, for several k, beside what a random ranking would give them.
 *
 * The share at random is `Σ_q min(k, n_q) n_qg/n_q / Σ_q min(k, n_q)`. It is not the share of all candidates where
 * queries differ in size: at small k every query has the same weight, however many candidates it has.
 * @throws {InputError} If a cell is missing.
 * @throws {RangeError} If lengths differ or a rank is not a positive integer.
 */
export function sharesByRank(input: GroupedRanking, ranks: readonly number[], options: BootstrapOptions): RankShares {
  ranks.forEach(checkRank);
  const n = checkRows({ scores: input.scores });
  const { names, codes, counts: groups } = countGroups(input, n);
  checkGroupLength(input.queries, n);
  const size = names.length;
  const width = ranks.length * size;
  const { lists, held, byLot, filled } = placesHeld(input, ranks, { names, codes });
  const counts = new Float64Array(lists.length).fill(1);
  const everybody = Int32Array.from(counts, (_, q) => q);
  const sums = (drawn: Float64Array) => {
    const [shares, lots, places] = [new Float64Array(width), new Float64Array(width), new Float64Array(ranks.length)];
    for (let q = 0; q < drawn.length; q++) {
      const times = drawn[q]!;
      if (times === 0) continue;
      for (let r = 0; r < places.length; r++) places[r]! += times * filled[q * places.length + r]!;
      for (let j = 0; j < width; j++) {
        shares[j]! += times * held[q * width + j]!;
        lots[j]! += times * byLot[q * width + j]!;
      }
    }
    return { shares, lots, places };
  };
  const { intervals } = bootstrap({ counts, strata: [everybody] }, (drawn) => {
    const { shares, lots, places } = sums(drawn);
    const all = new Float64Array(2 * width);
    for (let j = 0; j < width; j++) {
      const total = places[Math.floor(j / size)]!;
      all[j] = shares[j]! / total;
      all[width + j] = (shares[j]! - lots[j]!) / total;
    }
    return all;
  }, options);
  const { shares, lots, places } = sums(counts);
  return {
    groups,
    queries: lists.length,
    ranks: ranks.map((k, r) => {
      const of = (sum: (j: number) => number) =>
        names.map((_, g) => ratio(sum(r * size + g), places[r]!, "no place is filled"));
      const own = (values: Value[], from: number) =>
        values.map((estimate, g): Estimate => ({ estimate, interval: intervals[from + r * size + g]! }));
      return {
        k,
        places: places[r]!,
        queries: lists.filter((list) => list.length >= k).length,
        shares: own(of((j) => shares[j]!), 0),
        expected: of((j) => lots[j]!),
        excess: own(of((j) => shares[j]! - lots[j]!), width),
      };
    }),
  };
}

/** Per query, k and group: places held, and places held on average at random; per query and k the places filled. */
function placesHeld({ queries, scores }: GroupedRanking, ranks: readonly number[], { names, codes }: Grouping) {
  const size = names.length;
  const lists = splitQueries(queries).map(({ rows }) => rows);
  const width = ranks.length * size;
  const held = new Float64Array(lists.length * width);
  const byLot = new Float64Array(lists.length * width);
  const filled = new Float64Array(lists.length * ranks.length);
  lists.forEach((rows, q) => {
    const order = argsortDescending(Float64Array.from(rows, (i) => scores[i]!));
    const ranked = Array.from(order, (place) => codes[rows[place]!]!);
    const candidates = new Float64Array(size);
    for (const code of ranked) candidates[code]! += 1;
    ranks.forEach((k, r) => {
      const places = Math.min(k, ranked.length);
      filled[q * ranks.length + r] = places;
      for (const code of ranked.slice(0, places)) held[q * width + r * size + code]! += 1;
      for (let g = 0; g < size; g++) byLot[q * width + r * size + g] = places * candidates[g]! / ranked.length;
    });
  });
  return { lists, held, byLot, filled };
}
