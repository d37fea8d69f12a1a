import { DEGREE_LEVELS } from "../../data/mod.ts";

const RANKS: ReadonlyMap<string, number> = new Map(DEGREE_LEVELS.map((level, rank) => [level, rank]));
const collator = new Intl.Collator("en", { numeric: true });

/**
 * Groups in the order in which people read them: degrees by their level, others after them by name, numbers by size.
 *
 * @param names The groups' names.
 * @returns The names, sorted.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { orderGroups } from "./group_order.ts";
 *
 * assertEquals(orderGroups(["bachelor", "doctorate", "high school"]), ["high school", "bachelor", "doctorate"]);
 * assertEquals(orderGroups(["10 years", "2 years"]), ["2 years", "10 years"]);
 * ```
 */
export function orderGroups(names: readonly string[]): string[] {
  const rank = (name: string) => RANKS.get(name.toLowerCase()) ?? RANKS.size;
  return [...names].sort((a, b) => rank(a) - rank(b) || collator.compare(a, b));
}

/**
 * Things that belong to groups, in the order of {@linkcode orderGroups}.
 *
 * @param items Such as rates of groups.
 * @returns The items, sorted by their group.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { byGroup } from "./group_order.ts";
 *
 * assertEquals(byGroup([{ group: "master" }, { group: "associate" }])[0], { group: "associate" });
 * ```
 */
export function byGroup<T extends { readonly group: string }>(items: readonly T[]): T[] {
  const order = orderGroups(items.map(({ group }) => group));
  return [...items].sort((a, b) => order.indexOf(a.group) - order.indexOf(b.group));
}
