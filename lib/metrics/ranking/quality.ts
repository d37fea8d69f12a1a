import { InputError } from "../../errors.ts";
import { argsortDescending } from "../argsort.ts";
import { checkGroupLength, checkRows, type Column, groupRows, type Groups } from "../rows.ts";
import { defined, ratio, undefinedBecause, type Value } from "../value.ts";

/** The rows of one query. */
export interface QueryRows {
  readonly query: string;
  /** Row indices, ascending. */
  readonly rows: Uint32Array;
}

/** Splits rows by query. */
export function splitQueries(queries: Groups): QueryRows[] {
  const { names, codes } = groupRows(queries);
  const sizes = new Uint32Array(names.length);
  for (const code of codes) sizes[code]! += 1;
  const lists = names.map((query, code) => ({ query, rows: new Uint32Array(sizes[code]!) }));
  const filled = new Uint32Array(names.length);
  codes.forEach((code, i) => lists[code]!.rows[filled[code]!++] = i);
  return lists.filter(({ rows }) => rows.length > 0);
}

/** The candidates of one query (a job, a search), in any order. */
export interface RankedList {
  /** `[n]` relevance of each candidate, ≥ 0; above 0 counts as relevant. */
  readonly relevance: Column;
  /** `[n]` scores; the highest ranks first, equal scores in the order given. */
  readonly scores: Column;
  /** `[n]` candidates from the first rank to the last; found from the scores if absent. */
  readonly order?: Uint32Array | undefined;
}

/** How gains are counted. */
export interface GainOptions {
  /**
   * `linear`: the relevance (scikit-learn). `exponential`: 2^relevance − 1 (Burges et al. 2005). `linear` if absent.
   */
  readonly gain?: "linear" | "exponential" | undefined;
  /**
   * `stable`: equal scores keep the order given. `average`: they share the mean gain of their places, as scikit-learn's
   * `ndcg_score` does, which does not depend on the order of rows. `stable` if absent.
   */
  readonly ties?: "stable" | "average" | undefined;
}

const NOTHING_RELEVANT = "no relevant candidate";

/**
 * Discounted cumulative gain, `Σ_{r ≤ k} gain_r / log2(r + 1)` (Järvelin & Kekäläinen 2002).
 *
 * @throws {RangeError} If `k` is not a positive integer.
 */
export function dcgAt(list: RankedList, k: number, options: GainOptions = {}): Value {
  checkList(list, k);
  const gains = gainsOf(list.relevance, options.gain);
  const order = list.order ?? argsortDescending(list.scores);
  const ranked = Float64Array.from(order, (i) => gains[i]!);
  if (options.ties === "average") shareGains(ranked, order, list.scores);
  return defined(discounted(ranked, k));
}

/**
 * DCG over that of the best order, in [0, 1].
 *
 * @throws {RangeError} If `k` is not a positive integer.
 */
export function ndcgAt(list: RankedList, k: number, options: GainOptions = {}): Value {
  const dcg = dcgAt(list, k, options);
  const ideal = gainsOf(list.relevance, options.gain).sort().reverse();
  return ratio(dcg.value!, discounted(ideal, k), NOTHING_RELEVANT);
}

/**
 * Whether any of the first k is relevant.
 *
 * @throws {RangeError} If `k` is not a positive integer.
 */
export function hitAt(list: RankedList, k: number): Value {
  const relevant = relevantInOrder(list, k);
  if (!relevant.includes(1)) return undefinedBecause(NOTHING_RELEVANT);
  return defined(relevant.subarray(0, k).includes(1) ? 1 : 0);
}

/**
 * Relevant candidates among the first k, over k; a list shorter than k cannot reach 1.
 *
 * @throws {RangeError} If `k` is not a positive integer.
 */
export function precisionAt(list: RankedList, k: number): Value {
  return defined(countOnes(relevantInOrder(list, k).subarray(0, k)) / k);
}

/**
 * Share of the relevant candidates that are among the first k.
 *
 * @throws {RangeError} If `k` is not a positive integer.
 */
export function recallAt(list: RankedList, k: number): Value {
  const relevant = relevantInOrder(list, k);
  return ratio(countOnes(relevant.subarray(0, k)), countOnes(relevant), NOTHING_RELEVANT);
}

/** One over the rank of the first relevant candidate. */
export function reciprocalRank(list: RankedList): Value {
  const first = relevantInOrder(list, 1).indexOf(1);
  return first < 0 ? undefinedBecause(NOTHING_RELEVANT) : defined(1 / (first + 1));
}

/**
 * Mean, over the relevant candidates, of the precision at their rank. Equals scikit-learn's `average_precision_score` where
 * no scores tie.
 */
export function rankedPrecision(list: RankedList): Value {
  const relevant = relevantInOrder(list, 1);
  let found = 0, sum = 0;
  relevant.forEach((hit, r) => {
    if (hit === 1) sum += ++found / (r + 1);
  });
  return ratio(sum, found, NOTHING_RELEVANT);
}

function checkList({ relevance, scores }: RankedList, k: number): void {
  if (!Number.isInteger(k) || k < 1) throw new RangeError(`Expected a rank of at least 1, found ${k}`);
  if (scores.length !== relevance.length) {
    throw new RangeError(`Expected one relevance per score, found ${relevance.length} and ${scores.length}`);
  }
  if (scores.length > 0) checkRows({ scores });
  checkRelevance(relevance);
}

/**
 * Throws unless every relevance is a finite number ≥ 0.
 *
 * @throws {InputError} If one is missing or negative.
 */
export function checkRelevance(relevance: Column): void {
  for (let i = 0; i < relevance.length; i++) {
    const rel = relevance[i]!;
    if (!(rel >= 0 && rel < Infinity)) {
      throw new InputError(`relevance[${i}]: expected a finite number ≥ 0, found ${rel}`);
    }
  }
}

function relevantInOrder(list: RankedList, k: number): Uint8Array {
  checkList(list, k);
  return Uint8Array.from(list.order ?? argsortDescending(list.scores), (i) => list.relevance[i]! > 0 ? 1 : 0);
}

function gainsOf(relevance: Column, gain: GainOptions["gain"]): Float64Array {
  return Float64Array.from(relevance, (rel) => gain === "exponential" ? 2 ** rel - 1 : rel);
}

function discounted(gains: Float64Array, k: number): number {
  let sum = 0;
  for (let r = 0; r < Math.min(k, gains.length); r++) sum += gains[r]! / Math.log2(r + 2);
  return sum;
}

function shareGains(ranked: Float64Array, order: Uint32Array, scores: Column): void {
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end++;
    const block = ranked.subarray(start, end);
    block.fill(block.reduce((a, b) => a + b) / block.length);
    start = end;
  }
}

function countOnes(flags: Uint8Array): number {
  return flags.reduce((a, b) => a + b, 0);
}

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
 * @throws {InputError} If a cell is missing, or a relevance is negative.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rankingQuality } from "@fair-embeddings/lib/metrics";
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
