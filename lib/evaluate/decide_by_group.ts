import { drawDecisions, type GroupThresholds, selectionChances } from "../metrics/mod.ts";
import { Rng } from "../random.ts";

/**
 * Decides by thresholds of each group. Its rules may leave a decision to chance; it is drawn once, the same for all metrics.
 *
 * @param groupThresholds The thresholds.
 * @param scores `[n]` scores of the tuned model.
 * @param groups `[n]` groups of the attribute that the thresholds are for.
 * @param seed The run's seed.
 * @returns `[n]` decisions, 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupThresholds } from "../metrics/mod.ts";
 * import { decideByGroup } from "./decide_by_group.ts";
 *
 * const [labels, scores, groups] = [[1, 0, 1, 0], Float64Array.of(0.75, 0.25, 0.5, 0.125), ["a", "a", "b", "b"]];
 * const rules = groupThresholds({ labels, scores, groups }, { constraint: "equalizedOdds" });
 * assertEquals(decideByGroup({ attribute: "education", rules }, scores, groups, 1), Uint8Array.of(1, 0, 1, 0));
 * ```
 */
export function decideByGroup(
  { rules }: { readonly rules: GroupThresholds },
  scores: Float64Array,
  groups: readonly string[],
  seed: number,
): Uint8Array {
  return drawDecisions(selectionChances(rules, { scores, groups }), new Rng(seed).derive("group thresholds"));
}
