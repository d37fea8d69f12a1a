import type { DisparityEstimate, Estimate, GroupCount } from "../../metrics/mod.ts";
import { chanceText, isBeyondChance } from "./wording.ts";

/** The groups between which a metric differs most. */
export interface Extremes<Group> {
  readonly low: Group;
  readonly high: Group;
}

/**
 * The groups that a title may judge: those on which a metric is defined, and of them those that are not small, if two are left.
 *
 * @param groups Groups of an attribute.
 * @param of The metric of a group.
 * @returns Some of the groups, in their order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { judgedGroups } from "./extremes.ts";
 *
 * const interval = { low: null, high: null, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * const groups = [
 *   { group: "a", count: 50, small: false, tpr: 0.5 },
 *   { group: "b", count: 40, small: false, tpr: 0.7 },
 *   { group: "c", count: 3, small: true, tpr: 1 },
 * ];
 * const judged = judgedGroups(groups, ({ tpr }) => ({ estimate: { value: tpr }, interval }));
 * assertEquals(judged.map(({ group }) => group), ["a", "b"]);
 * ```
 */
export function judgedGroups<Group extends GroupCount>(
  groups: readonly Group[],
  of: (group: Group) => Estimate,
): readonly Group[] {
  const defined = groups.filter((group) => of(group).estimate.value !== null);
  const large = defined.filter(({ small }) => !small);
  return large.length >= 2 ? large : defined;
}

/**
 * The lowest and the highest of the groups that may be judged.
 *
 * @param groups Groups of an attribute.
 * @param of The metric of a group.
 * @returns The two, or `null` where fewer than two groups can be compared.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { extremesOf } from "./extremes.ts";
 *
 * const interval = { low: null, high: null, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * const groups = [0.5, 0.75, 0.25].map((tpr) => ({ group: `${tpr}`, count: 50, small: false, tpr }));
 * const { low, high } = extremesOf(groups, ({ tpr }) => ({ estimate: { value: tpr }, interval }))!;
 * assertEquals([low.group, high.group], ["0.25", "0.75"]);
 * ```
 */
export function extremesOf<Group extends GroupCount>(
  groups: readonly Group[],
  of: (group: Group) => Estimate,
): Extremes<Group> | null {
  const judged = judgedGroups(groups, of);
  if (judged.length < 2) return null;
  const sorted = judged.toSorted((a, b) => of(a).estimate.value! - of(b).estimate.value!);
  return { low: sorted[0]!, high: sorted.at(-1)! };
}

/**
 * Whether the extremes differ beyond chance. The gap's test counts every group, and a group of three rows makes any gap look
 * like chance; so where small groups took part, intervals of the extremes that do not overlap show a difference as well.
 *
 * @param gap The gap of all groups, with its test.
 * @param low The metric of the lowest group that may be judged.
 * @param high That of the highest.
 * @returns The end of a sentence, and whether there is a difference.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { gapFinding } from "./extremes.ts";
 *
 * const rest = { level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * const low = { estimate: { value: 0.2 }, interval: { low: 0.1, high: 0.3, ...rest } };
 * const high = { estimate: { value: 0.6 }, interval: { low: 0.5, high: 0.7, ...rest } };
 * const groups = [{ group: "tiny", count: 3, small: true }];
 * const gap = { estimate: { value: 0.4, groups, excluded: [] }, interval: low.interval, pValue: 0.2 };
 * assertEquals(gapFinding(gap, low, high), { beyond: true, text: "beyond chance, for their intervals lie apart" });
 * ```
 */
export function gapFinding(
  gap: DisparityEstimate,
  low: Estimate,
  high: Estimate,
): { readonly beyond: boolean; readonly text: string } {
  const text = chanceText(gap);
  if (isBeyondChance(gap)) return { beyond: true, text };
  // An interval without width belongs to rows that all agree, and shows nothing.
  const known = [low, high].every(({ interval }) =>
    interval.low !== null && interval.high !== null && interval.low < interval.high
  );
  const apart = known && gap.estimate.groups.some(({ small }) => small) && low.interval.high! < high.interval.low!;
  return apart ? { beyond: true, text: "beyond chance, for their intervals lie apart" } : { beyond: false, text };
}
