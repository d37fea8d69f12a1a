import type { GapEstimate } from "../../metrics/confusion_gaps.ts";
import type { GroupQuality, QualityMetric } from "../../run/quality.ts";
import { chanceText, isBeyondChance } from "./wording.ts";

/** The groups between which a metric differs most. */
export interface Extremes {
  readonly low: GroupQuality;
  readonly high: GroupQuality;
}

/**
 * The groups that a title may judge: those on which a metric is defined, and of them those that are not small, if two are left.
 *
 * @param groups Groups of an attribute.
 * @param metric The metric.
 * @returns Some of the groups, in their order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { judgedGroups } from "./extremes.ts";
 *
 * assertEquals(judgedGroups([], "tpr"), []);
 * ```
 */
export function judgedGroups(groups: readonly GroupQuality[], metric: QualityMetric): readonly GroupQuality[] {
  const defined = groups.filter(({ metrics }) => metrics[metric].estimate.value !== null);
  const large = defined.filter(({ small }) => !small);
  return large.length >= 2 ? large : defined;
}

/**
 * The lowest and the highest of the groups that may be judged.
 *
 * @param groups Groups of an attribute.
 * @param metric The metric.
 * @returns The two, or `null` where fewer than two groups can be compared.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { extremesOf } from "./extremes.ts";
 *
 * assertEquals(extremesOf([], "tpr"), null);
 * ```
 */
export function extremesOf(groups: readonly GroupQuality[], metric: QualityMetric): Extremes | null {
  const judged = judgedGroups(groups, metric);
  if (judged.length < 2) return null;
  const value = ({ metrics }: GroupQuality) => metrics[metric].estimate.value!;
  return judged.reduce<Extremes>(({ low, high }, group) => ({
    low: value(group) < value(low) ? group : low,
    high: value(group) > value(high) ? group : high,
  }), { low: judged[0]!, high: judged[0]! });
}

/**
 * Whether the extremes differ beyond chance. The gap's test counts every group, and a group of three rows makes any gap look
 * like chance; so where small groups took part, intervals of the extremes that do not overlap show a difference as well.
 *
 * @param gap The gap of all groups, with its test.
 * @param extremes Of the groups that may be judged.
 * @param metric The metric.
 * @returns The end of a sentence, and whether there is a difference.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measureQuality } from "../../run/quality.ts";
 * import { extremesOf, gapFinding } from "./extremes.ts";
 *
 * const rows = Array.from({ length: 200 }, (_, i) => i);
 * const model = { scores: rows.map((i) => i / 200), threshold: 0.5 };
 * const { groups, gaps } = measureQuality({
 *   labels: rows.map((i) => i % 2),
 *   merit: null,
 *   attributes: { education: rows.map((i) => i < 80 ? "none" : "degree") },
 *   models: { base: model, tuned: model },
 * }, { seed: 1, resamples: 50, confidence: 0.95, smallGroup: 30 }).base.attributes.education!;
 * const extremes = extremesOf(groups, "selectionRate")!;
 * assertEquals([extremes.low.group, extremes.high.group], ["none", "degree"]);
 * assertEquals(gapFinding(gaps.demographicParityDifference, extremes, "selectionRate"), {
 *   beyond: true,
 *   text: "beyond chance (p\u00a0=\u00a00.020)",
 * });
 * ```
 */
export function gapFinding(
  gap: GapEstimate,
  { low, high }: Extremes,
  metric: QualityMetric,
): { readonly beyond: boolean; readonly text: string } {
  const text = chanceText(gap);
  if (isBeyondChance(gap)) return { beyond: true, text };
  const [below, above] = [low, high].map(({ metrics }) => metrics[metric].interval);
  // An interval without width belongs to rows that all agree, and shows nothing.
  const known = [below!, above!].every((own) => own.low !== null && own.high !== null && own.low < own.high);
  const apart = known && gap.estimate.groups.some(({ small }) => small) && below!.high! < above!.low!;
  return apart ? { beyond: true, text: "beyond chance, for their intervals lie apart" } : { beyond: false, text };
}
