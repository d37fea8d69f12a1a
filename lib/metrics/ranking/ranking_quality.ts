import { InputError } from "../../errors.ts";
import { argsortDescending } from "../argsort.ts";
import { checkRows, type Column } from "../rows.ts";
import { defined, ratio, undefinedBecause, type Value } from "../value.ts";

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
  /** `linear`: the relevance (scikit-learn). `exponential`: 2^relevance − 1 (Burges et al. 2005). `linear` if absent. */
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
 * @param list Candidates of one query.
 * @param k Ranks that count; more than there are means all.
 * @param options Gain and treatment of ties.
 * @returns A number ≥ 0.
 * @throws {RangeError} If `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dcgAt } from "./ranking_quality.ts";
 *
 * assertEquals(dcgAt({ relevance: [0, 2, 1], scores: [0.1, 0.9, 0.5] }, 1), { value: 2 });
 * ```
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
 * @param list Candidates of one query.
 * @param k Ranks that count.
 * @param options Gain and treatment of ties.
 * @returns A number in [0, 1]; undefined without a relevant candidate, where scikit-learn answers 0.
 * @throws {RangeError} If `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { ndcgAt } from "./ranking_quality.ts";
 *
 * const { value } = ndcgAt({ relevance: [0, 1], scores: [0.9, 0.1] }, 2);
 * assertAlmostEquals(value!, 1 / Math.log2(3));
 * ```
 */
export function ndcgAt(list: RankedList, k: number, options: GainOptions = {}): Value {
  const dcg = dcgAt(list, k, options);
  const ideal = gainsOf(list.relevance, options.gain).sort().reverse();
  return ratio(dcg.value!, discounted(ideal, k), NOTHING_RELEVANT);
}

/**
 * Whether any of the first k is relevant.
 *
 * @param list Candidates of one query.
 * @param k Ranks that count.
 * @returns 1 or 0; undefined without a relevant candidate.
 * @throws {RangeError} If `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { hitAt } from "./ranking_quality.ts";
 *
 * assertEquals(hitAt({ relevance: [0, 1], scores: [0.9, 0.1] }, 1), { value: 0 });
 * ```
 */
export function hitAt(list: RankedList, k: number): Value {
  const relevant = relevantInOrder(list, k);
  if (!relevant.includes(1)) return undefinedBecause(NOTHING_RELEVANT);
  return defined(relevant.subarray(0, k).includes(1) ? 1 : 0);
}

/**
 * Relevant candidates among the first k, over k; a list shorter than k cannot reach 1.
 *
 * @param list Candidates of one query.
 * @param k Ranks that count.
 * @returns A share in [0, 1].
 * @throws {RangeError} If `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { precisionAt } from "./ranking_quality.ts";
 *
 * assertEquals(precisionAt({ relevance: [0, 1, 1], scores: [0.9, 0.5, 0.1] }, 2), { value: 0.5 });
 * ```
 */
export function precisionAt(list: RankedList, k: number): Value {
  return defined(countOnes(relevantInOrder(list, k).subarray(0, k)) / k);
}

/**
 * Share of the relevant candidates that are among the first k.
 *
 * @param list Candidates of one query.
 * @param k Ranks that count.
 * @returns A share in [0, 1]; undefined without a relevant candidate.
 * @throws {RangeError} If `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { recallAt } from "./ranking_quality.ts";
 *
 * assertEquals(recallAt({ relevance: [0, 1, 1], scores: [0.9, 0.5, 0.1] }, 2), { value: 0.5 });
 * ```
 */
export function recallAt(list: RankedList, k: number): Value {
  const relevant = relevantInOrder(list, k);
  return ratio(countOnes(relevant.subarray(0, k)), countOnes(relevant), NOTHING_RELEVANT);
}

/**
 * One over the rank of the first relevant candidate.
 *
 * @param list Candidates of one query.
 * @returns A number in (0, 1]; undefined without a relevant candidate.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { reciprocalRank } from "./ranking_quality.ts";
 *
 * assertEquals(reciprocalRank({ relevance: [0, 1], scores: [0.9, 0.1] }), { value: 0.5 });
 * ```
 */
export function reciprocalRank(list: RankedList): Value {
  const first = relevantInOrder(list, 1).indexOf(1);
  return first < 0 ? undefinedBecause(NOTHING_RELEVANT) : defined(1 / (first + 1));
}

/**
 * Mean, over the relevant candidates, of the precision at their rank. Equals scikit-learn's `average_precision_score` where
 * no scores tie.
 *
 * @param list Candidates of one query.
 * @returns A number in (0, 1]; undefined without a relevant candidate.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rankedPrecision } from "./ranking_quality.ts";
 *
 * assertEquals(rankedPrecision({ relevance: [1, 0, 0, 1], scores: [0.9, 0.8, 0.7, 0.6] }), { value: 0.75 });
 * ```
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
 * @param relevance `[n]` numbers.
 * @throws {InputError} If one is missing or negative.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { checkRelevance } from "./ranking_quality.ts";
 *
 * assertThrows(() => checkRelevance([1, -1]), Error, "relevance[1]: expected a finite number ≥ 0, found -1");
 * ```
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
