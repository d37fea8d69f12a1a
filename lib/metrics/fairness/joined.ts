import { defined, type Disparity, undefinedBecause } from "../value.ts";

/**
 * Joins the disparities of several metrics into one that needs all of them: where a part is undefined, so is the whole.
 *
 * @param parts The disparities on the same groups, by the name that introduces their reasons.
 * @param combine Turns their values, in order, into one.
 * @returns The joined value with the exclusions of every part.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { joinDisparities } from "./joined.ts";
 *
 * const [tpr, fpr] = [0.25, 0.5].map((value) => ({ value, groups: [], excluded: [] }));
 * assertEquals(joinDisparities({ tpr: tpr!, fpr: fpr! }, Math.max).value, 0.5);
 * ```
 */
export function joinDisparities(
  parts: Readonly<Record<string, Disparity>>,
  combine: (...values: number[]) => number,
): Disparity {
  const named = Object.entries(parts);
  const groups = named[0]?.[1].groups ?? [];
  const excluded = named.flatMap(([name, part]) =>
    part.excluded.map(({ group, reason }) => ({ group, reason: `${name}: ${reason}` }))
  );
  const values: number[] = [];
  for (const [name, part] of named) {
    if (part.value === null) return { ...undefinedBecause(`${name}: ${part.reason}`), groups, excluded };
    values.push(part.value);
  }
  return { ...defined(combine(...values)), groups, excluded };
}
