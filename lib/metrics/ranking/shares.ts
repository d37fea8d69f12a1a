import { argsortDescending } from "../argsort.ts";
import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import type { Estimate } from "../inference/unique_rows.ts";
import { checkGroupLength, checkRows, countGroups, type Grouping } from "../rows.ts";
import { type GroupCount, ratio, type Value } from "../value.ts";
import type { GroupedRanking } from "./fairness.ts";
import { checkRank, splitQueries } from "./quality.ts";

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
