import type { ConfusionTable } from "../classification/confusion.ts";
import { groupRatio } from "./derived.ts";
import { metricByGroup } from "./group_values.ts";
import { defined, type Disparity, undefinedBecause, type Value } from "../value.ts";

/** A group's selection rate over that of the group selected most. */
export interface ImpactRatio {
  readonly group: string;
  readonly ratio: Value;
  /** Whether the ratio is at least four fifths; `null` where it is undefined. */
  readonly fourFifths: boolean | null;
}

/** The lowest impact ratio, with that of each group. */
export type DisparateImpact = Disparity & {
  /** The group selected most, `null` if no group has a selection rate. */
  readonly reference: string | null;
  /** Whether every ratio is at least four fifths; `null` where the value is undefined. */
  readonly fourFifths: boolean | null;
  readonly ratios: readonly ImpactRatio[];
};

// Rates such as 0.4 / 0.5 fall a rounding error short of 0.8, and a rule of thumb must not turn on that.
const FOUR_FIFTHS = 0.8 - 1e-12;

/**
 * Disparate impact: each group's selection rate over that of the group selected most, and whether it reaches four fifths
 * (EEOC Uniform Guidelines, 29 CFR § 1607.4 D).
 *
 * The rule is a screening rule, not a test: with small groups chance alone breaks it, and with large ones a gap well within it
 * can be certain. Read it with the interval of the ratio. The Guidelines ask for it only for groups above 2 % of applicants.
 *
 * @param table The counts of every group.
 * @returns The lowest ratio in [0, 1] and that of each group; undefined if nobody is selected.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { disparateImpact } from "./disparate_impact.ts";
 *
 * const table = confusionTable({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * const { value, reference, fourFifths } = disparateImpact(table);
 * assertEquals({ value, reference, fourFifths }, { value: 0.5, reference: "PhD", fourFifths: false });
 * ```
 */
export function disparateImpact(table: ConfusionTable): DisparateImpact {
  const rates = metricByGroup(table, "selectionRate");
  const lowest = groupRatio(rates);
  const highest = rates.values.reduce((best, { value }) => Math.max(best, value ?? -1), -1);
  const top = highest < 0 ? -1 : rates.values.findIndex(({ value }) => value === highest);
  return {
    ...lowest,
    reference: rates.groups[top]?.group ?? null,
    fourFifths: passes(lowest),
    ratios: rates.values.map((rate, g): ImpactRatio => {
      const ratio = rate.value === null
        ? rate
        : highest === 0
        ? undefinedBecause("nobody is selected")
        : defined(rate.value / highest);
      return { group: rates.groups[g]!.group, ratio, fourFifths: passes(ratio) };
    }),
  };
}

function passes(ratio: Value): boolean | null {
  return ratio.value === null ? null : ratio.value >= FOUR_FIFTHS;
}
