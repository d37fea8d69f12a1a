import { argsortDescending, checkRows, type Column, countGroups, type GroupedRowsWith } from "../rows.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";
import { discounted } from "./quality.ts";

/** The candidates of one query, and what is asked of their list. */
export interface RerankInput extends GroupedRowsWith<"scores"> {
  /** The least share of each group in every prefix. Groups not named may have none. Sums to 1 at most. */
  readonly shares: Readonly<Record<string, number>>;
  /** Length of the list; all candidates if absent. */
  readonly k?: number | undefined;
  /** `[n]` gains ≥ 0 for the utility cost; the scores if absent. */
  readonly relevance?: Column | undefined;
}

/** A prefix in which a group falls short. */
export interface Shortfall {
  /** Its name. */
  readonly group: string;
  /** Length of the first prefix that is short of the group. */
  readonly position: number;
  /** Whether the group had no candidate left, so that no order could do better. */
  readonly exhausted: boolean;
}

/** A fair list and its price. */
export interface Reranking {
  /** `[k]` candidates, best place first, as indices into the input. */
  readonly order: Int32Array;
  /** NDCG@k of the list against the best order by gain. */
  readonly ndcg: Value;
  /** NDCG@k lost against the order by score; negative if fairness found better candidates. */
  readonly ndcgLoss: Value;
  /** Groups whose least share is missed somewhere, at its first miss; empty if the list is feasible. */
  readonly shortfalls: readonly Shortfall[];
}

/**
 * Re-ranks candidates so that every prefix of length `i` holds at least `⌊share · i⌋` of each group (Geyik, Ambler &
 * Kenthapadi 2019, "Fairness-aware ranking in search & recommendation systems", DetGreedy).
 *
 * At each place a group below its least number goes first, its best candidate by score; if there is none, the best
 * candidate of the groups below `⌈share · i⌉`. Where shares sum to less than 1 they are minima, not a target, so there
 * is no upper bound.
 *
 * Up to three groups this always meets the minima while candidates last; with more it can fail, and then says where.
 * @throws {InputError} If a cell is missing.
 * @throws {RangeError} If a share is not in [0, 1], or shares sum to more than 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fairRerank } from "@fair-embeddings/lib/metrics";
 *
 * const { order, shortfalls } = fairRerank({
 *   scores: [0.9, 0.8, 0.7, 0.4, 0.3],
 *   groups: ["PhD", "PhD", "PhD", "none", "none"],
 *   shares: { PhD: 0.5, none: 0.5 },
 *   k: 4,
 * });
 * assertEquals(order, Int32Array.of(0, 3, 1, 4));
 * assertEquals(shortfalls, []);
 * ```
 */
export function fairRerank(input: RerankInput): Reranking {
  const { scores, relevance = scores } = input;
  const n = checkRows({ scores });
  checkRows({ scores: relevance });
  const { names, codes } = countGroups(input, n);
  const k = Math.min(input.k ?? n, n);
  const shares = names.map((name) => Object.hasOwn(input.shares, name) ? input.shares[name]! : 0);
  const sum = Object.values(input.shares).reduce((total, share) => total + share, 0);
  const target = Math.abs(sum - 1) < 1e-9;
  if (Object.values(input.shares).some((share) => !(share >= 0 && share <= 1)) || (sum > 1 && !target)) {
    throw new RangeError(`Expected shares in [0, 1] that sum to at most 1, found ${JSON.stringify(input.shares)}`);
  }

  const byScore = argsortDescending(scores);
  const queues: number[][] = names.map(() => []);
  for (const i of byScore) queues[codes[i]!]!.push(i);
  const taken = names.map(() => 0);
  const short = new Map<string, Shortfall>();
  const order = new Int32Array(k);
  const next = (g: number) => scores[queues[g]![taken[g]!]!]!;
  const better = (a: number, b: number) => next(b) > next(a) ? b : a;

  for (let place = 1; place <= k; place++) {
    // A share such as 0.29 times 100 must not floor to 28.
    const least = shares.map((share) => Math.floor(share * place + 1e-9));
    const most = shares.map((share) => Math.ceil(share * place - 1e-9));
    const available = names.map((_, g) => g).filter((g) => taken[g]! < queues[g]!.length);
    const due = available.filter((g) => taken[g]! < least[g]!);
    const allowed = target ? available.filter((g) => taken[g]! < most[g]!) : available;
    // With the candidates of a group used up, its places go to whoever is best.
    const pool = due.length > 0 ? due : allowed.length > 0 ? allowed : available;
    const chosen = pool.reduce(better);
    order[place - 1] = queues[chosen]![taken[chosen]!]!;
    taken[chosen]! += 1;
    names.forEach((group, g) => {
      if (taken[g]! < least[g]! && !short.has(group)) {
        short.set(group, { group, position: place, exhausted: taken[g] === queues[g]!.length });
      }
    });
  }
  // A share of a group without any candidate is missed at the first place that it is due.
  for (const [group, share] of Object.entries(input.shares)) {
    const position = Math.ceil(1 / share - 1e-9);
    if (!names.includes(group) && position <= k) short.set(group, { group, position, exhausted: true });
  }
  return { order, ...cost(order, byScore, relevance), shortfalls: [...short.values()] };
}

function cost(order: Int32Array, byScore: Uint32Array, gains: Column): { ndcg: Value; ndcgLoss: Value } {
  const dcg = (list: ArrayLike<number>) => discounted(Float64Array.from(list, (i) => gains[i]!), order.length);
  const ideal = argsortDescending(gains);
  if (gains[ideal[ideal.length - 1]!]! < 0) {
    const negative = undefinedBecause("a gain is negative");
    return { ndcg: negative, ndcgLoss: negative };
  }
  const best = dcg(ideal);
  if (best === 0) {
    const nothing = undefinedBecause("no candidate has a gain");
    return { ndcg: nothing, ndcgLoss: nothing };
  }
  const ndcg = dcg(order) / best;
  return { ndcg: defined(ndcg), ndcgLoss: defined(dcg(byScore) / best - ndcg) };
}
