import type { Rng } from "../../random.ts";
import type { ConfusionTable } from "../classification/confusion.ts";
import type { ConfusionKinds } from "../classification/confusion_bootstrap.ts";
import { hypergeometric } from "./discrete.ts";

/** What rows share within which groups are exchanged. */
export type PermuteWithin = "nothing" | "label" | "prediction";

/** What is dealt out to the groups anew: rows that no statistic can tell apart, or clusters of such rows. */
interface Units {
  /** What one unit adds to the cells of its group, cell by cell. */
  readonly cells: readonly { readonly bin: number; readonly mass: number }[];
  /** `[G]` units in each group. */
  readonly counts: Float64Array;
}

/**
 * Deals group names out again at random: to rows, or to whole clusters where rows come in clusters. On counts, by hypergeometric
 * draws, so the cost does not depend on the number of rows.
 *
 * @param kinds The data.
 * @param within What is held fixed; ignored for clusters, whose rows may differ in it.
 * @returns A function that draws a table, which its next call reuses; `null` if a cluster spans groups, so that no name
 *   can be dealt to it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { confusionKinds } from "../classification/confusion_bootstrap.ts";
 * import { shuffledTables } from "./shuffle_tables.ts";
 *
 * const kinds = confusionKinds({ predictions: [1, 1, 0, 0], groups: ["a", "a", "b", "b"] }, false);
 * const { cells } = shuffledTables(kinds, "nothing")!(new Rng(1));
 * assertEquals([cells[0]! + cells[1]!, cells[1]! + cells[5]!], [2, 2]);
 * ```
 */
export function shuffledTables(kinds: ConfusionKinds, within: PermuteWithin): ((rng: Rng) => ConfusionTable) | null {
  const strata = kinds.clusters === undefined ? rowUnits(kinds, within) : clusterUnits(kinds);
  if (strata === null) return null;
  const { table } = kinds;
  const groups = table.names.length;
  const shuffled = { ...table, cells: new Float64Array(table.cells.length) };
  const sizes = strata.map((units) =>
    Float64Array.from({ length: groups }, (_, g) => units.reduce((sum, { counts }) => sum + counts[g]!, 0))
  );
  const totals = strata.map((units) => units.map(({ counts }) => counts.reduce((sum, count) => sum + count, 0)));
  return (rng) => {
    shuffled.cells.fill(0);
    strata.forEach((units, s) => {
      const left = totals[s]!.slice();
      let all = left.reduce((sum, count) => sum + count, 0);
      for (let g = 0; g < groups; g++) {
        let wanted = sizes[s]![g]!;
        let pool = all;
        for (let j = 0; j < units.length && wanted > 0; j++) {
          const drawn = hypergeometric(left[j]!, pool - left[j]!, wanted, rng);
          pool -= left[j]!;
          if (drawn === 0) continue;
          left[j]! -= drawn;
          wanted -= drawn;
          for (const { bin, mass } of units[j]!.cells) shuffled.cells[4 * g + bin]! += drawn * mass;
        }
        all -= sizes[s]![g]!;
      }
    });
    return shuffled;
  };
}

function rowUnits({ counts, cell, weight, table }: ConfusionKinds, within: PermuteWithin): Units[][] {
  const strata = new Map<number, Map<string, Units>>();
  for (let k = 0; k < counts.length; k++) {
    const bin = cell[k]! & 3;
    const stratum = within === "label" ? bin >> 1 : within === "prediction" ? bin & 1 : 0;
    const units = strata.get(stratum) ?? new Map<string, Units>();
    strata.set(stratum, units);
    add(units, `${bin} ${weight[k]}`, [{ bin, mass: weight[k]! }], cell[k]! >> 2, counts[k]!, table.names.length);
  }
  return [...strata.values()].map((units) => [...units.values()]);
}

function clusterUnits({ clusters, cell, weight, table }: ConfusionKinds): Units[][] | null {
  const { counts, offsets, kind, times } = clusters!;
  const units = new Map<string, Units>();
  for (let c = 0; c < counts.length; c++) {
    const rows = Array.from({ length: offsets[c + 1]! - offsets[c]! }, (_, j) => offsets[c]! + j);
    const group = cell[kind[rows[0]!]!]! >> 2;
    if (rows.some((j) => cell[kind[j]!]! >> 2 !== group)) return null;
    const cells = rows.map((j) => ({ bin: cell[kind[j]!]! & 3, mass: times[j]! * weight[kind[j]!]! }));
    add(units, cells.map(({ bin, mass }) => `${bin} ${mass}`).join(), cells, group, counts[c]!, table.names.length);
  }
  return [[...units.values()]];
}

function add(
  units: Map<string, Units>,
  key: string,
  cells: Units["cells"],
  group: number,
  count: number,
  groups: number,
): void {
  const own = units.get(key) ?? { cells, counts: new Float64Array(groups) };
  own.counts[group]! += count;
  units.set(key, own);
}
