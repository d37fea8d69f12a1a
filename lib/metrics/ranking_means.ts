import { argsortDescending } from "./argsort.ts";
import type { Groups } from "./groups.ts";
import {
  checkRelevance,
  hitAt,
  ndcgAt,
  precisionAt,
  type RankedList,
  rankedPrecision,
  recallAt,
  reciprocalRank,
} from "./ranking_quality.ts";
import { splitQueries } from "./ranking_queries.ts";
import { checkGroupLength, checkRows, type Column } from "./rows.ts";
import { defined, undefinedBecause, type Value } from "./value.ts";

/** Candidates of many queries, one row each. */
export interface RankingInput {
  /** `[n]` the query (job) that a row belongs to. */
  readonly queries: Groups;
  /** `[n]` scores. */
  readonly scores: Column;
  /** `[n]` relevance, ≥ 0; above 0 counts as relevant. */
  readonly relevance: Column;
}

/** Means over the queries that have a relevant candidate. */
export interface RankingQuality {
  /** Ranks that count in the metrics at k. */
  readonly k: number;
  /** Queries in the data. */
  readonly queries: number;
  /** Queries left out, because nothing is relevant there and no order could be right or wrong. */
  readonly withoutRelevant: number;
  /** Normalised discounted cumulative gain at k. */
  readonly ndcg: Value;
  /** Mean average precision, over the whole list. */
  readonly map: Value;
  /** Mean reciprocal rank, over the whole list. */
  readonly mrr: Value;
  /** Share of queries with a relevant candidate among the first k. */
  readonly hit: Value;
  /** Mean share of relevant candidates among the first k. */
  readonly precision: Value;
  /** Mean share of the relevant candidates found among the first k. */
  readonly recall: Value;
}

/**
 * How well scores rank relevant candidates, averaged over queries.
 *
 * @param input Columns of length `n`.
 * @param k Ranks that count.
 * @returns The means, and how many queries they are over.
 * @throws {InputError} If a cell is missing, or a relevance is negative.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rankingQuality } from "./ranking_means.ts";
 *
 * const quality = rankingQuality({
 *   queries: ["cook", "cook", "nurse", "nurse", "clerk"],
 *   scores: [0.9, 0.1, 0.3, 0.6, 0.5],
 *   relevance: [1, 0, 1, 0, 0],
 * }, 1);
 * assertEquals([quality.hit.value, quality.mrr.value, quality.withoutRelevant], [0.5, 0.75, 1]);
 * ```
 */
export function rankingQuality(input: RankingInput, k: number): RankingQuality {
  const n = checkRows({ scores: input.scores });
  if (input.relevance.length !== n) {
    throw new RangeError(`Expected one relevance per score, found ${input.relevance.length} and ${n}`);
  }
  checkRelevance(input.relevance);
  checkGroupLength(input.queries, n);
  const lists = splitQueries(input.queries).map(({ rows }) => {
    const scores = Float64Array.from(rows, (i) => input.scores[i]!);
    const relevance = Float64Array.from(rows, (i) => input.relevance[i]!);
    return { scores, relevance, order: argsortDescending(scores) };
  });
  const judged = lists.filter(({ relevance }) => relevance.some((rel) => rel > 0));
  const mean = (of: (list: RankedList) => Value): Value => {
    if (judged.length === 0) return undefinedBecause("no query has a relevant candidate");
    return defined(judged.reduce((sum, list) => sum + of(list).value!, 0) / judged.length);
  };
  return {
    k,
    queries: lists.length,
    withoutRelevant: lists.length - judged.length,
    ndcg: mean((list) => ndcgAt(list, k)),
    map: mean(rankedPrecision),
    mrr: mean(reciprocalRank),
    hit: mean((list) => hitAt(list, k)),
    precision: mean((list) => precisionAt(list, k)),
    recall: mean((list) => recallAt(list, k)),
  };
}
