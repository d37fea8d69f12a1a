import { compareGroups } from "./education/compare_groups.ts";
import { type Example, labelClass, type SplitName } from "./example.ts";

/** How many examples of one group and label class each part holds. */
export interface SplitCount extends Record<SplitName, number> {
  attribute: string;
  group: string;
  /** 1 for labels from 0.5, 0 for others, `null` without label. */
  label: 0 | 1 | null;
}

/**
 * Counts the examples of each part by attribute, group and label class.
 *
 * @param parts The three parts.
 * @param attributes The attributes to count by; without any, everybody is one group: attribute and group are `"all"`.
 * @returns One row per combination that occurs, sorted by attribute (as given), group (degree levels by rank) and label.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { splitDistribution } from "./split_distribution.ts";
 *
 * const ids = { candidateId: "c1", jobId: "j1" };
 * const one = { row: 1, resume: "", job: "", label: 1, ...ids, groups: { city: "X" }, groundTruth: null, split: null };
 * assertEquals(splitDistribution({ train: [one, one], validation: [], test: [one] }, ["city"]), [
 *   { attribute: "city", group: "X", label: 1, train: 2, validation: 0, test: 1 },
 * ]);
 * ```
 */
export function splitDistribution(
  parts: Record<SplitName, readonly Example[]>,
  attributes: readonly string[],
): SplitCount[] {
  return (attributes.length === 0 ? ["all"] : attributes).flatMap((attribute) => {
    const rows = new Map<string, SplitCount>();
    for (const name of ["train", "validation", "test"] as const) {
      for (const example of parts[name]) {
        const group = attributes.length === 0 ? "all" : example.groups[attribute]!;
        const label = example.label === null ? null : labelClass(example);
        const key = `${label} ${group}`;
        if (!rows.has(key)) rows.set(key, { attribute, group, label, train: 0, validation: 0, test: 0 });
        rows.get(key)![name]++;
      }
    }
    return [...rows.values()].sort((a, b) => compareGroups(a.group, b.group) || (a.label ?? -1) - (b.label ?? -1));
  });
}
