/**
 * What an estimate says. The one place that decides it: text, pages, figures and cards only phrase it. Want of evidence
 * is never "fine": "not significant" and "equivalent" are different answers, and the second needs a margin that the
 * user states.
 */
import { METRICS } from "./metrics.ts";
import { FOUR_FIFTHS } from "../metrics/mod.ts";
import type { DisparityEstimate, Estimate, ModelEvaluation, PairEvaluation } from "./evaluation.ts";

/** What an estimate says. */
export type Conclusion =
  /** The number does not exist. */
  | { readonly kind: "undefined"; readonly reason: string }
  /** Fewer than two groups are large enough to be compared. */
  | { readonly kind: "too few people" }
  /** Statistically significant at the level of the intervals. */
  | { readonly kind: "difference shown" }
  /** The whole interval lies within the margin that the user stated (two one-sided tests). */
  | { readonly kind: "equivalent"; readonly margin: number }
  /** Neither shown to differ nor shown to be alike. */
  | { readonly kind: "no evidence either way" };

/** What it takes to conclude. */
export interface ConcludeOptions {
  /** Level of the intervals; tests are held against its complement. */
  readonly confidence: number;
  /** The largest difference that the user calls equivalent to none; nothing is equivalent without one. */
  readonly margin?: number | null;
  /** Groups that are not small; absent where the estimate is not about groups. */
  readonly largeGroups?: number;
}

/**
 * What a disparity between groups says.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { conclude } from "@fair-embeddings/lib";
 *
 * const disparity = { metric: "demographicParityDifference", value: 0.02, interval: null, pValue: 0.6 };
 * assertEquals(conclude(disparity, { confidence: 0.95 }).kind, "no evidence either way");
 * ```
 */
export function conclude(
  disparity: Pick<Estimate, "value" | "interval"> & Pick<DisparityEstimate, "metric" | "pValue"> & { reason?: string },
  { confidence, margin = null, largeGroups = 2 }: ConcludeOptions,
): Conclusion {
  if (disparity.value === null) return { kind: "undefined", reason: disparity.reason ?? "" };
  if (largeGroups < 2) return { kind: "too few people" };
  const ideal = METRICS[disparity.metric]?.ideal ?? 0;
  if (isEquivalent(disparity, ideal, margin)) return { kind: "equivalent", margin: margin! };
  const significant = disparity.pValue === null
    ? excludes(disparity.interval, ideal)
    : disparity.pValue <= 1 - confidence + 1e-12;
  return { kind: significant ? "difference shown" : "no evidence either way" };
}

/** What the test of a pair of groups says: of this pair alone, not adjusted for the number of pairs. */
export function concludePair({ pValue }: Pick<PairEvaluation, "pValue">, confidence: number): Conclusion {
  if (pValue.value === null) return { kind: "undefined", reason: pValue.reason };
  return { kind: pValue.value <= 1 - confidence + 1e-12 ? "difference shown" : "no evidence either way" };
}

/** What a ratio of selection rates says by the Uniform Guidelines, 29 CFR 1607.4 D. */
export type AdverseImpact =
  /** Below four fifths, and shown by Fisher's exact test or by two standard deviations. */
  | "adverse impact"
  /** Below four fifths, but one decision more would turn the rates round. */
  | "rests on one decision"
  /** Below four fifths, but neither test shows a difference. */
  | "not significant"
  /** Not below four fifths, but a test shows the group to be selected less. */
  | "significant within four fifths"
  /** Neither. */
  | "none"
  /** There is no ratio. */
  | "undefined";

/** What the Uniform Guidelines' four fifths and courts' two standard deviations say of a pair. */
export function adverseImpact(pair: PairEvaluation, confidence: number): AdverseImpact {
  const { ratio, standardDeviations, oneMore } = pair;
  if (ratio.value === null) return "undefined";
  const shown = concludePair(pair, confidence).kind === "difference shown" || (standardDeviations.value ?? 0) <= -2;
  if (ratio.value >= FOUR_FIFTHS) return shown && ratio.value < 1 ? "significant within four fifths" : "none";
  if (!shown) return oneMore.reverses ? "rests on one decision" : "not significant";
  return "adverse impact";
}

/** Whether labels that are missing are missing by decision, so that nobody knows what became of those refused. */
export type LabelSelection = "only the selected" | "more of the selected" | "more of the others" | "no sign";

/** What is known of whose labels are missing; `null` where none are. */
export function labelSelection({ labels }: Pick<ModelEvaluation, "labels">, confidence: number): LabelSelection | null {
  if (labels === null) return null;
  const { selected, others, pValue } = labels;
  if (others.rows > 0 && others.labelled === 0 && selected.labelled > 0) return "only the selected";
  if (pValue > 1 - confidence) return "no sign";
  const moreSelected = selected.labelled * others.rows > others.labelled * selected.rows;
  return moreSelected ? "more of the selected" : "more of the others";
}

/** What a change from one model to another says: it is shown where its interval excludes none. */
export function concludeChange(
  change: Pick<Estimate, "value" | "interval"> & { reason?: string },
  { margin = null }: Pick<ConcludeOptions, "margin"> = {},
): Conclusion {
  if (change.value === null) return { kind: "undefined", reason: change.reason ?? "" };
  if (isEquivalent(change, 0, margin)) return { kind: "equivalent", margin: margin! };
  return { kind: excludes(change.interval, 0) ? "difference shown" : "no evidence either way" };
}

/** Whether a change that is shown is for the better; `null` where it is not shown, or neither direction is better. */
export function isBetter(
  metric: string,
  change: Pick<Estimate, "value" | "interval"> & { reason?: string },
): boolean | null {
  const better = METRICS[metric]?.better ?? 0;
  if (better === 0 || concludeChange(change).kind !== "difference shown") return null;
  return change.value! * better > 0;
}

function isEquivalent({ interval }: Pick<Estimate, "interval">, ideal: number, margin: number | null): boolean {
  return margin !== null && interval !== null && interval.low !== null && interval.high !== null &&
    interval.low >= ideal - margin && interval.high <= ideal + margin;
}

function excludes(interval: Estimate["interval"], value: number): boolean {
  return interval !== null && interval.low !== null && interval.high !== null &&
    (interval.low > value || interval.high < value);
}
