import { InputError } from "../../errors.ts";
import { argsortDescending, checkGroupLength, checkRows, type Column, groupRows, type Groups } from "../rows.ts";
import { defined, ratio, undefinedBecause, type Value } from "../value.ts";
import type { GroupedRanking } from "./fairness.ts";

/** Splits rows by query; their indices ascend. */
export function splitQueries(queries: Groups): { readonly query: string; readonly rows: Uint32Array }[] {
  const { names, codes } = groupRows(queries);
  const sizes = new Uint32Array(names.length);
  for (const code of codes) sizes[code]! += 1;
  const lists = names.map((query, code) => ({ query, rows: new Uint32Array(sizes[code]!) }));
  const filled = new Uint32Array(names.length);
  codes.forEach((code, i) => lists[code]!.rows[filled[code]!++] = i);
  return lists.filter(({ rows }) => rows.length > 0);
}

/** Some rows of a column; a loop, since `from` calls a function for each. */
export function taken(column: Column, rows: Uint32Array): Float64Array {
  const own = new Float64Array(rows.length);
  for (let j = 0; j < own.length; j++) own[j] = column[rows[j]!]!;
  return own;
}

/**
 * Throws an `InputError` unless there are `n` relevances, all of them finite and ≥ 0; a `RangeError` if there are not
 * `n`.
 */
export function checkRelevance(relevance: Column, n: number): void {
  if (relevance.length !== n) {
    throw new RangeError(`Expected one relevance per score, found ${relevance.length} and ${n}`);
  }
  for (let i = 0; i < relevance.length; i++) {
    const rel = relevance[i]!;
    if (!(rel >= 0 && rel < Infinity)) {
      throw new InputError(`relevance[${i}]: expected a finite number ≥ 0, found ${rel}`);
    }
  }
}

/** Throws a `RangeError` unless a rank is a whole number of at least 1. */
export function checkRank(k: number): void {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`Expected a rank of at least 1, found ${k}`);
}

/** The candidates of one query (a job, a search), in any order. */
export interface RankedList {
  /** `[n]` relevance of each candidate, ≥ 0; above 0 counts as relevant. */
  readonly relevance: Column;
  /** `[n]` scores; the highest ranks first, equal scores in the order given. */
  readonly scores: Column;
}

/** The metrics of one query, or their means. */
export interface QualityAt {
  /** Normalised discounted cumulative gain at k. */
  readonly ndcg: Value;
  /** Average precision, over the whole list. */
  readonly map: Value;
  /** Reciprocal rank, over the whole list. */
  readonly mrr: Value;
  /** Whether a relevant candidate is among the first k; the share of such queries. */
  readonly hit: Value;
  /** Share of relevant candidates among the first k. */
  readonly precision: Value;
  /** Share of the relevant candidates found among the first k. */
  readonly recall: Value;
}

const NOTHING_RELEVANT = "no relevant candidate";

/**
 * How well the scores of one query rank its relevant candidates; all but the precision are undefined where there are
 * none.
 *
 * - `ndcg`: `Σ_{r ≤ k} rel_r / log2(r + 1)` (Järvelin & Kekäläinen 2002) over that of the best order.
 * - `map`: mean, over the relevant candidates, of the precision at their rank; scikit-learn's `average_precision_score`
 * without ties.
 * - `mrr`: one over the rank of the first relevant candidate.
 * - `precision`: relevant candidates among the first k, over k; a list shorter than k cannot reach 1.
 * @throws {InputError} If a cell is missing, or a relevance is negative.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 */
export function qualityAt({ relevance, scores }: RankedList, k: number): QualityAt {
  checkRank(k);
  if (scores.length > 0) checkRows({ scores });
  checkRelevance(relevance, scores.length);
  const ranked = taken(relevance, argsortDescending(scores));
  const all = countRelevant(ranked);
  const found = countRelevant(ranked.subarray(0, k));
  const first = ranked.findIndex((rel) => rel > 0);
  let seen = 0, precisions = 0;
  ranked.forEach((rel, r) => {
    if (rel > 0) precisions += ++seen / (r + 1);
  });
  return {
    ndcg: ratio(discounted(ranked, k), discounted(Float64Array.from(relevance).sort().reverse(), k), NOTHING_RELEVANT),
    map: ratio(precisions, all, NOTHING_RELEVANT),
    mrr: all === 0 ? undefinedBecause(NOTHING_RELEVANT) : defined(1 / (first + 1)),
    hit: all === 0 ? undefinedBecause(NOTHING_RELEVANT) : defined(found > 0 ? 1 : 0),
    precision: defined(found / k),
    recall: ratio(found, all, NOTHING_RELEVANT),
  };
}

function countRelevant(relevance: Float64Array): number {
  return relevance.reduce((count, rel) => count + (rel > 0 ? 1 : 0), 0);
}

/** Discounted cumulative gain at k. */
export function discounted(gains: Float64Array, k: number): number {
  let sum = 0;
  for (let r = 0; r < Math.min(k, gains.length); r++) sum += gains[r]! / Math.log2(r + 2);
  return sum;
}

/** Candidates of many queries, one row each. */
export interface RankingInput extends RankedList {
  /** `[n]` the query (job) that a row belongs to. */
  readonly queries: Groups;
}

/** Means over the queries that have a relevant candidate. */
export interface RankingQuality extends QualityAt {
  /** Ranks that count in the metrics at k. */
  readonly k: number;
  /** Queries in the data. */
  readonly queries: number;
  /** Queries left out, because nothing is relevant there and no order could be right or wrong. */
  readonly withoutRelevant: number;
  /** The queries that the means are over. */
  readonly judged: readonly QualityAt[];
}

/**
 * How well scores rank relevant candidates, averaged over the queries that have one ({@linkcode qualityAt}).
 * @throws {InputError} If a cell is missing, or a relevance is negative.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 */
export function rankingQuality(input: RankingInput, k: number): RankingQuality {
  const n = checkRows({ scores: input.scores });
  checkRelevance(input.relevance, n);
  checkGroupLength(input.queries, n);
  const queries = splitQueries(input.queries);
  const judged = queries
    .map(({ rows }) => ({ relevance: taken(input.relevance, rows), scores: taken(input.scores, rows) }))
    .filter(({ relevance }) => relevance.some((rel) => rel > 0))
    .map((list) => qualityAt(list, k));
  const mean = (name: keyof QualityAt): Value =>
    judged.length === 0
      ? undefinedBecause("no query has a relevant candidate")
      : defined(judged.reduce((sum, query) => sum + query[name].value!, 0) / judged.length);
  return {
    k,
    queries: queries.length,
    withoutRelevant: queries.length - judged.length,
    ndcg: mean("ndcg"),
    map: mean("map"),
    mrr: mean("mrr"),
    hit: mean("hit"),
    precision: mean("precision"),
    recall: mean("recall"),
    judged,
  };
}

/** Candidates whose relevance is known; all of one query if `queries` are absent. */
export type PairwiseInput = Partial<Pick<GroupedRanking, "queries">> & Omit<GroupedRanking, "queries" | "relevance"> & {
  readonly relevance: Column;
};

/** How often a more relevant candidate of group `a` outranks a less relevant one of group `b`. */
export interface PairwiseAccuracy {
  /** Group of the better candidates. */
  readonly a: string;
  /** Group of the others. */
  readonly b: string;
  /** Pairs of a more relevant candidate of `a` and a less relevant one of `b`. */
  readonly pairs: number;
  /** Share of them in the right order, equal scores counting one half. */
  readonly accuracy: Value;
}

/** Pairwise accuracy by pair of groups and by the better candidate's group. */
export interface PairwiseReport {
  /** Every ordered pair of groups, a group with itself included. */
  readonly pairs: readonly PairwiseAccuracy[];
  /** For each group, its more relevant candidates against the less relevant of all other groups. */
  readonly groups: readonly { readonly group: string; readonly pairs: number; readonly accuracy: Value }[];
}

/**
 * Pairwise accuracy between groups, `P(score_i > score_j | i ∈ a, j ∈ b, relevance_i > relevance_j)`, ties counting one
 * half (Beutel et al., "Fairness in recommendation ranking through pairwise comparisons", 2019). Pooled over queries.
 *
 * Costs `O(n·G·log n)`: rows enter one counting tree per group by rising relevance, and each asks the trees how many
 * entered before it with a lower score.
 * @throws {InputError} If a cell is missing.
 */
export function pairwiseAccuracy(input: PairwiseInput): PairwiseReport {
  const { scores, relevance } = input;
  const n = checkRows({ scores });
  checkGroupLength(input.groups, n);
  checkRelevance(relevance, n);
  const { names, codes } = groupRows(input.groups);
  const size = names.length;
  const pairs = new Float64Array(size * size);
  const right = new Float64Array(size * size);

  if (input.queries !== undefined) checkGroupLength(input.queries, n);
  const queries = input.queries ?? { names: ["all"], codes: new Int32Array(n) };
  for (const { rows } of splitQueries(queries)) {
    countPairs(rows, { scores, relevance, codes }, { pairs, right });
  }

  const accuracy = (wins: number, all: number) => ratio(wins, all, "no pair of a more and a less relevant candidate");
  return {
    pairs: names.flatMap((a, x) =>
      names.map((b, y) => {
        const at = x * size + y;
        return { a, b, pairs: pairs[at]!, accuracy: accuracy(right[at]!, pairs[at]!) };
      })
    ),
    groups: names.map((group, x) => {
      let all = 0, wins = 0;
      for (let y = 0; y < size; y++) {
        if (y === x) continue;
        all += pairs[x * size + y]!;
        wins += right[x * size + y]!;
      }
      return { group, pairs: all, accuracy: accuracy(wins, all) };
    }),
  };
}

function countPairs(
  rows: Uint32Array,
  { scores, relevance, codes }: { scores: Column; relevance: Column; codes: Int32Array },
  { pairs, right }: { pairs: Float64Array; right: Float64Array },
): void {
  const groups = Math.sqrt(pairs.length);
  const place = placesOf(rows, scores);
  const width = rows.length + 1;
  const trees = new Int32Array(groups * width);
  const entered = new Float64Array(groups);
  const below = (group: number, upTo: number) => {
    let count = 0;
    for (let at = upTo; at > 0; at -= at & -at) count += trees[group * width + at]!;
    return count;
  };
  const ascending = argsortDescending(taken(relevance, rows).map((own) => -own));
  for (let start = 0; start < rows.length;) {
    let end = start;
    const level = relevance[rows[ascending[start]!]!]!;
    for (; end < rows.length && relevance[rows[ascending[end]!]!] === level; end++) {
      const j = ascending[end]!;
      const a = codes[rows[j]!]!;
      for (let b = 0; b < groups; b++) {
        if (entered[b] === 0) continue;
        pairs[a * groups + b]! += entered[b]!;
        // Below plus half of the ties: the mean of the counts strictly below and up to this score.
        right[a * groups + b]! += (below(b, place[j]! - 1) + below(b, place[j]!)) / 2;
      }
    }
    for (; start < end; start++) {
      const j = ascending[start]!;
      const group = codes[rows[j]!]!;
      entered[group]! += 1;
      for (let at = place[j]!; at < width; at += at & -at) trees[group * width + at]! += 1;
    }
  }
}

/** For each row, from 1, the place of its score among the distinct scores, ascending. */
function placesOf(rows: Uint32Array, scores: Column): Uint32Array {
  const ascending = argsortDescending(taken(scores, rows).map((own) => -own));
  const places = new Uint32Array(rows.length);
  let place = 0;
  ascending.forEach((j, r) => {
    if (r === 0 || scores[rows[j]!] !== scores[rows[ascending[r - 1]!]!]) place++;
    places[j] = place;
  });
  return places;
}
