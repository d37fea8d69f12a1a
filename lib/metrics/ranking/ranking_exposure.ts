import { argsortDescending } from "../argsort.ts";
import { groupRows, type Groups } from "../groups.ts";
import { checkRelevance } from "./ranking_quality.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";
import { defined, ratio, undefinedBecause, type Value } from "../value.ts";

/** The candidates of one query (a job, a search) with their groups, in any order. */
export interface GroupedList {
  /** `[n]` scores; the highest ranks first, equal scores in the order given. */
  readonly scores: Column;
  /** `[n]` group names. */
  readonly groups: Groups;
  /** `[n]` relevance, ≥ 0, for what compares exposure with merit. */
  readonly relevance?: Column | undefined;
  /** `[n]` candidates from the first rank to the last; found from the scores if absent. */
  readonly order?: Uint32Array | undefined;
}

/** The attention that one group gets. */
export interface GroupExposure {
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
  readonly merit: number | null;
  /** Mean exposure over mean relevance; undefined without merit or without labels. */
  readonly toMerit: Value;
}

/** How attention is divided among the groups of one query. */
export interface ExposureReport {
  /** The groups that have a candidate, in order of their names. */
  readonly groups: readonly GroupExposure[];
  /** Smallest over largest mean exposure, in [0, 1]; 1 is parity. */
  readonly ratio: Value;
  /** Smallest over largest exposure-to-merit ratio. */
  readonly meritRatio: Value;
}

/**
 * The attention that a rank gets, `1 / log2(rank + 1)`, the discount of DCG.
 *
 * @param rank From 1.
 * @returns A number in (0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exposureAt } from "./ranking_exposure.ts";
 *
 * assertEquals([1, 3, 7].map(exposureAt), [1, 0.5, 1 / 3]);
 * ```
 */
export function exposureAt(rank: number): number {
  return 1 / Math.log2(rank + 1);
}

/**
 * Exposure of each group in one ranking, and beside its merit (Singh & Joachims, "Fairness of exposure in rankings", 2018:
 * demographic parity compares mean exposures, disparate treatment their ratios to mean relevance).
 *
 * @param list Candidates of one query.
 * @param k Ranks that are seen; all if absent.
 * @returns Exposure by group.
 * @throws {InputError} If a cell is missing.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupExposure } from "./ranking_exposure.ts";
 *
 * const { groups, ratio } = groupExposure({ scores: [0.9, 0.5, 0.1], groups: ["PhD", "none", "BA"] });
 * assertEquals(groups.map(({ group, mean }) => [group, mean]), [["BA", 0.5], ["PhD", 1], ["none", 1 / Math.log2(3)]]);
 * assertEquals(ratio, { value: 0.5 });
 * ```
 */
export function groupExposure(list: GroupedList, k = Infinity): ExposureReport {
  const { order, names, codes } = rankGroups(list, k);
  const { relevance } = list;
  const candidates = new Float64Array(names.length);
  const totals = new Float64Array(names.length);
  const merits = new Float64Array(names.length);
  let all = 0;
  for (let r = 0; r < order.length; r++) {
    const i = order[r]!;
    const g = codes[i]!;
    const exposure = r < k ? exposureAt(r + 1) : 0;
    candidates[g]! += 1;
    totals[g]! += exposure;
    merits[g]! += relevance?.[i] ?? 0;
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
      merit: relevance === undefined ? null : merits[g]!,
      toMerit: relevance === undefined
        ? undefinedBecause("no labels were given")
        : ratio(total, merits[g]!, "no relevant candidate in the group"),
    }];
  });
  return {
    groups,
    ratio: lowestOverHighest(groups.map(({ mean }) => defined(mean))),
    meritRatio: lowestOverHighest(groups.map(({ toMerit }) => toMerit)),
  };
}

/**
 * Smallest over largest of the values that exist.
 *
 * @param values One value per group, ≥ 0.
 * @returns A number in [0, 1]; undefined with fewer than two values, or if all are 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { lowestOverHighest } from "./ranking_exposure.ts";
 *
 * assertEquals(lowestOverHighest([{ value: 0.5 }, { value: 2 }]), { value: 0.25 });
 * assertEquals(lowestOverHighest([{ value: 0.5 }]).value, null);
 * ```
 */
export function lowestOverHighest(values: readonly Value[]): Value {
  const present = values.flatMap(({ value }) => value ?? []);
  if (present.length < 2) return undefinedBecause("fewer than two groups to compare");
  return ratio(Math.min(...present), Math.max(...present), "every group has 0");
}

/**
 * Checks one query and ranks its candidates.
 *
 * @param list Candidates of one query.
 * @param k Ranks that count; `Infinity` for all.
 * @returns The order, and the groups with one code per candidate.
 * @throws {InputError} If a cell is missing.
 * @throws {RangeError} If lengths differ or `k` is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rankGroups } from "./ranking_exposure.ts";
 *
 * assertEquals(rankGroups({ scores: [0.1, 0.9], groups: ["BA", "PhD"] }, 1).order, Uint32Array.of(1, 0));
 * ```
 */
export function rankGroups(
  list: GroupedList,
  k: number,
): { order: Uint32Array; names: readonly string[]; codes: Int32Array } {
  if (k !== Infinity && (!Number.isInteger(k) || k < 1)) {
    throw new RangeError(`Expected a rank of at least 1, found ${k}`);
  }
  const n = checkRows({ scores: list.scores });
  checkGroupLength(list.groups, n);
  if (list.relevance !== undefined) {
    if (list.relevance.length !== n) {
      throw new RangeError(`Expected one relevance per score, found ${list.relevance.length} and ${n}`);
    }
    checkRelevance(list.relevance);
  }
  return { order: list.order ?? argsortDescending(list.scores), ...groupRows(list.groups) };
}
