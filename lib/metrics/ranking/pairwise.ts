import { argsortDescending, checkGroupLength, checkRows, type Column, groupRows } from "../rows.ts";
import { ratio, type Value } from "../value.ts";
import type { GroupedRanking } from "./fairness.ts";
import { checkRelevance, splitQueries, taken } from "./quality.ts";

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
