import { argsortDescending } from "../argsort.ts";
import type { Groups } from "../groups.ts";
import {
  checkRelevance,
  hitAt,
  ndcgAt,
  precisionAt,
  rankedPrecision,
  recallAt,
  reciprocalRank,
} from "./ranking_quality.ts";
import { splitQueries } from "./ranking_queries.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** Candidates of many queries, one row each. */
export interface RankingInput {
  /** `[n]` the query (job) that a row belongs to. */
  readonly queries: Groups;
  /** `[n]` scores. */
  readonly scores: Column;
  /** `[n]` relevance, ≥ 0; above 0 counts as relevant. */
  readonly relevance: Column;
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
  const queries = splitQueries(input.queries);
  const judged = queries.flatMap(({ rows }): QualityAt[] => {
    const relevance = Float64Array.from(rows, (i) => input.relevance[i]!);
    if (relevance.every((rel) => rel === 0)) return [];
    const scores = Float64Array.from(rows, (i) => input.scores[i]!);
    const list = { scores, relevance, order: argsortDescending(scores) };
    return [{
      ndcg: ndcgAt(list, k),
      map: rankedPrecision(list),
      mrr: reciprocalRank(list),
      hit: hitAt(list, k),
      precision: precisionAt(list, k),
      recall: recallAt(list, k),
    }];
  });
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
