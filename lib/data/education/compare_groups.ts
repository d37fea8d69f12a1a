import { DEGREE_LEVELS, type DegreeLevel } from "./degree_level.ts";

/**
 * The order of groups in tables: degree levels from none to the highest, then all other names by the alphabet.
 *
 * @param a, b Names of groups.
 * @returns Below 0 if `a` comes first, above 0 if `b` does, else 0: what `sort` asks for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { compareGroups } from "./compare_groups.ts";
 *
 * const levels = ["master", "bachelor", "high school", "none mentioned", "doctorate", "associate"];
 * assertEquals(levels.sort(compareGroups).slice(0, 3), ["none mentioned", "high school", "associate"]);
 * assertEquals(["rural", "city"].sort(compareGroups), ["city", "rural"]);
 * ```
 */
export function compareGroups(a: string, b: string): number {
  const [rankA, rankB] = [rank(a), rank(b)];
  return rankA !== rankB ? rankA - rankB : a < b ? -1 : a > b ? 1 : 0;
}

function rank(group: string): number {
  const level = DEGREE_LEVELS.indexOf(group as DegreeLevel);
  return level === -1 ? DEGREE_LEVELS.length : level;
}
