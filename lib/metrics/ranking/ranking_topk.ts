import { type GroupedList, rankGroups } from "./ranking_exposure.ts";
import { defined, ratio, undefinedBecause, type Value } from "../value.ts";

/** One group among the first k. */
export interface TopKGroup {
  readonly group: string;
  /** Its candidates. */
  readonly candidates: number;
  /** Share of the query's candidates. */
  readonly candidateShare: number;
  /** Its candidates among the first k. */
  readonly selected: number;
  /** Share of the first k. */
  readonly share: number;
  /** Selected over candidates. */
  readonly selectionRate: number;
  /** Share of the first k over share of the candidates; 1 is proportional. */
  readonly representation: number;
  /** Natural logarithm of `representation`; undefined for an absent group, where it would be −∞. */
  readonly skew: Value;
}

/** Who is among the first k of one query. */
export interface TopKReport {
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
 * Shares of the groups among the first k, beside their shares of the candidates: representation and skew@k (Geyik, Ambler &
 * Kenthapadi, "Fairness-aware ranking in search & recommendation systems", 2019, with natural logarithm).
 *
 * @param list Candidates of one query.
 * @param k Places at the top.
 * @returns The shares by group.
 * @throws {InputError} If a cell is missing.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { topKShares } from "./ranking_topk.ts";
 *
 * const { groups, minSkew } = topKShares({ scores: [4, 3, 2, 1], groups: ["PhD", "PhD", "BA", "BA"] }, 2);
 * assertEquals(groups.map(({ group, share }) => [group, share]), [["BA", 0], ["PhD", 1]]);
 * assertEquals(groups[1]!.skew, { value: Math.LN2 });
 * assertEquals(minSkew.value, null);
 * ```
 */
export function topKShares(list: GroupedList, k: number): TopKReport {
  const { order, names, codes } = rankGroups(list, k);
  const places = Math.min(k, order.length);
  const candidates = new Float64Array(names.length);
  const selected = new Float64Array(names.length);
  for (let r = 0; r < order.length; r++) {
    const g = codes[order[r]!]!;
    candidates[g]! += 1;
    if (r < places) selected[g]! += 1;
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
 * Normalised discounted Kullback–Leibler divergence of a ranking from the candidates' group shares:
 * `(1/Z) Σ_i KL(D_i ‖ p) / log2(i + 1)` with `D_i` the group shares of the first i, `p` those of all candidates and
 * `Z = Σ_i 1 / log2(i + 1)` (Geyik et al. 2019, natural logarithm, `0 ln 0 = 0`).
 *
 * @param list Candidates of one query.
 * @param k Ranks that count; all if absent.
 * @returns A number ≥ 0, near 0 when every prefix mirrors the candidates and 0 where all are of one group.
 * @throws {InputError} If a cell is missing.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { ndkl } from "./ranking_topk.ts";
 *
 * const alternating = ndkl({ scores: [4, 3, 2, 1], groups: ["BA", "PhD", "BA", "PhD"] });
 * const separated = ndkl({ scores: [4, 3, 2, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * assert(alternating.value! < separated.value!);
 * ```
 */
export function ndkl(list: GroupedList, k = Infinity): Value {
  const { order, names, codes } = rankGroups(list, k);
  const target = new Float64Array(names.length);
  for (const code of codes) target[code]! += 1 / order.length;
  const seen = new Float64Array(names.length);
  // KL(D_i ‖ p) = Σ_g c_g/i · ln(c_g / (i · p_g)), kept as Σ c_g · ln(c_g / p_g) so that a rank changes one term only.
  let sum = 0, divergence = 0, weight = 0;
  for (let r = 0; r < Math.min(k, order.length); r++) {
    const g = codes[order[r]!]!;
    const term = () => seen[g] === 0 ? 0 : seen[g]! * Math.log(seen[g]! / target[g]!);
    sum -= term();
    seen[g]! += 1;
    sum += term();
    const i = r + 1;
    const discount = 1 / Math.log2(i + 1);
    divergence += discount * Math.max(0, sum / i - Math.log(i));
    weight += discount;
  }
  return ratio(divergence, weight, "no rank counts");
}
