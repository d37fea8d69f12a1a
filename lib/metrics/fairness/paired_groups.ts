import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import type { Estimate } from "../classification/confusion_bootstrap.ts";
import { groupCounts } from "./group_values.ts";
import { groupRows } from "../groups.ts";
import { type PairedInput, pairedKinds } from "./paired_gaps.ts";
import { checkRows } from "../rows.ts";
import { type GroupCount, SMALL_GROUP, undefinedBecause, type Value } from "../value.ts";

/** Rates of selection that two models are compared by: of all, of label 1, and of label 0. */
export const PAIRED_RATES = ["selectionRate", "tpr", "fpr"] as const;

/** One of {@linkcode PAIRED_RATES}. */
export type PairedRate = (typeof PAIRED_RATES)[number];

/** How a rate changes, `after − before`. */
export interface RateChange {
  readonly change: Estimate;
  /** The change less that of everybody together: whom the other model favours, and at whose cost. */
  readonly relative: Estimate;
}

/** How a group fares with another model. */
export interface GroupChange extends GroupCount {
  readonly rates: Readonly<Record<PairedRate, RateChange>>;
}

/** How everybody and each group fare with another model. */
export interface PairedGroups {
  readonly overall: Readonly<Record<PairedRate, Estimate>>;
  readonly groups: readonly GroupChange[];
}

/**
 * How rates of selection change from one model to another that decides about the same rows, for everybody and for each group.
 * Both models see the same resamples.
 *
 * A model that selects fewer lowers every group's rate. So each change also comes less the change of everybody: above 0 a group
 * gains against the others, below 0 it pays.
 *
 * @param input Columns of length `n`, with labels for rates among labels.
 * @param options How to bootstrap, and which groups are small.
 * @returns The changes, groups sorted by name.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { pairedGroups } from "./paired_groups.ts";
 *
 * const { overall, groups } = pairedGroups({
 *   labels: [1, 1, 1, 1],
 *   before: [1, 1, 1, 0],
 *   after: [1, 1, 0, 0],
 *   groups: ["BA", "BA", "none", "none"],
 * }, { rng: new Rng(1), resamples: 20 });
 * assertEquals(overall.tpr.estimate, { value: -0.25 });
 * assertEquals(groups.map(({ rates }) => rates.tpr.relative.estimate), [{ value: 0.25 }, { value: -0.25 }]);
 * ```
 */
export function pairedGroups(
  input: PairedInput,
  options: BootstrapOptions & { readonly smallBelow?: number | undefined },
): PairedGroups {
  const { labels, before, after } = input;
  for (const predictions of [before, after]) checkRows({ labels, predictions });
  const groups = groupRows(input.groups);
  const size = groups.names.length;
  const kinds = pairedKinds({ ...input, groups }, options.stratified ?? true);
  // Per rate: everybody's change, then each group's change, then each less everybody's.
  const width = 1 + 2 * size;
  const changes = (counts: Float64Array): Float64Array => {
    const result = new Float64Array(PAIRED_RATES.length * width);
    PAIRED_RATES.forEach((rate, r) => {
      let rows = 0, difference = 0;
      for (let g = 0; g < size; g++) {
        const own = groupOf(counts, g, rate);
        rows += own.rows;
        difference += own.difference;
        result[r * width + 1 + g] = own.difference / own.rows;
      }
      result[r * width] = difference / rows;
      for (let g = 0; g < size; g++) {
        result[r * width + 1 + size + g] = result[r * width + 1 + g]! - difference / rows;
      }
    });
    return result;
  };
  const { estimates, intervals } = bootstrap(kinds, changes, options);
  const estimate = (rate: PairedRate, at: number): Estimate => {
    const s = PAIRED_RATES.indexOf(rate) * width + at;
    const value = estimates[s]!;
    const found: Value = labels === undefined && rate !== "selectionRate"
      ? undefinedBecause("no labels")
      : Number.isNaN(value)
      ? undefinedBecause(`no row with label ${rate === "tpr" ? 1 : 0}`)
      : { value };
    return { estimate: found, interval: intervals[s]! };
  };
  const byRate = <T>(of: (rate: PairedRate) => T) =>
    Object.fromEntries(PAIRED_RATES.map((rate) => [rate, of(rate)])) as Record<PairedRate, T>;
  const rows = Float64Array.from(groups.names, (_, g) => groupOf(kinds.counts, g, "selectionRate").rows);
  return {
    overall: byRate((rate) => estimate(rate, 0)),
    groups: groupCounts({ names: groups.names, rows, smallBelow: options.smallBelow ?? SMALL_GROUP }).map((own, g) => ({
      ...own,
      rates: byRate((rate) => ({ change: estimate(rate, 1 + g), relative: estimate(rate, 1 + size + g) })),
    })),
  };
}

/** The rows that a rate is of, and how many more of them the one model selects than the other. */
function groupOf(counts: Float64Array, group: number, rate: PairedRate): { rows: number; difference: number } {
  let rows = 0, difference = 0;
  for (let kind = 8 * group; kind < 8 * group + 8; kind++) {
    const label = kind >> 2 & 1;
    if (rate !== "selectionRate" && label !== Number(rate === "tpr")) continue;
    rows += counts[kind]!;
    difference += counts[kind]! * ((kind & 1) - (kind >> 1 & 1));
  }
  return { rows, difference };
}
