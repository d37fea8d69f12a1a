import { drawDecisions, type GroupThresholds, selectionChances } from "../metrics/mod.ts";
import { Rng } from "../random.ts";

/**
 * Decides by thresholds of each group. Rules may leave a decision to chance; it is drawn once, the same for all
 * metrics.
 */
export function decideByGroup(
  rules: GroupThresholds,
  columns: { readonly scores: Float64Array; readonly groups: readonly string[] },
  seed: number,
): Uint8Array {
  return drawDecisions(selectionChances(rules, columns), new Rng(seed).derive("group thresholds"));
}
