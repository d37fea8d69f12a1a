import { counterfactualFlips, counterfactualIntervals, counterfactualShift, type Grouping } from "../metrics/mod.ts";
import type { AuditInput, Chance } from "./audit_input.ts";
import { measuresOf } from "./measure.ts";
import type { CounterfactualAudit, Measures } from "./result.ts";

/**
 * Shifts and flips between people and their twins, for one attribute and overall. The twin meets the threshold that the
 * original meets.
 *
 * @param input The columns.
 * @param groups `[n]` groups of the attribute.
 * @param threshold Selected means score ≥ threshold.
 * @param chance How to draw.
 * @returns The parts by group and those of everybody; `null` without scores of twins.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../metrics/mod.ts";
 * import { Rng } from "../random.ts";
 * import { auditCounterfactual } from "./audit_counterfactual.ts";
 *
 * const groups = groupRows(["BA", "PhD"]);
 * const twins = auditCounterfactual({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.25, 0.75) },
 *   counterfactualScore: { name: "twin", values: Float64Array.of(0.5, 0.75) },
 *   groups: [{ name: "education", groups }],
 * }, groups, 0.5, { rng: new Rng(1), resamples: 20, level: 0.95 });
 * assertEquals(twins!.overall.rate!.value, 0.5);
 * ```
 */
export function auditCounterfactual(
  input: AuditInput,
  groups: Grouping,
  threshold: number,
  chance: Chance,
): (CounterfactualAudit & { readonly overall: Measures }) | null {
  if (input.counterfactualScore === undefined) return null;
  const columns = { original: input.score.values, counterfactual: input.counterfactualScore.values, groups };
  const shift = counterfactualShift(columns);
  const flips = counterfactualFlips(columns, { threshold });
  const intervals = counterfactualIntervals(columns, [threshold, threshold], {
    ...chance,
    rng: chance.rng.derive("counterfactual"),
  });
  return {
    overall: measuresOf({ ...shift.overall, ...flips.overall }, intervals.overall),
    groups: shift.groups.map(({ group, count, small, ...values }, g) => {
      const { rate, gained, lost } = flips.groups[g]!;
      return { group, count, small, metrics: measuresOf({ ...values, rate, gained, lost }, intervals.groups[g]!) };
    }),
  };
}
