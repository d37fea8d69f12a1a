/** Which epochs are kept, and when training stops because it no longer improves. */

/** What validation found after an epoch. */
export interface EpochScore {
  /** From 1. */
  readonly epoch: number;
  /** How well the model ranks, in any unit. */
  readonly utility: number;
  /** How differently it treats groups, at least 0; null where that is undefined. */
  readonly gap: number | null;
}

/** How epochs are compared. */
export interface SelectionRules {
  /** Whether a larger utility is better; a loss is better when smaller. */
  readonly higherIsBetter: boolean;
  /** The largest gap that is acceptable; null accepts any. */
  readonly maxGap: number | null;
  /** [first, last] epoch that may be kept; null allows all. */
  readonly window: readonly [number, number] | null;
  /** What counts as an improvement for stopping early. */
  readonly improvement: "utility" | "mix";
}

/**
 * The kinds of epochs that are kept: the most useful, the one with the smallest gap, and the most useful of those whose
 * gap is acceptable.
 */
export const KEPT = ["utility", "fairness", "constrained"] as const;

/** One of {@linkcode KEPT}. */
export type Kept = (typeof KEPT)[number];

/**
 * Whether an epoch takes the place of the one kept so far. Of equals the earlier stays; of equal gaps the more useful wins.
 *
 * @param kind What it is kept for.
 * @param candidate The epoch.
 * @param best The one kept so far; null if none.
 * @param rules How epochs are compared.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { isBetter } from "./selection.ts";
 *
 * const rules = { higherIsBetter: true, maxGap: 0.1, window: null, improvement: "utility" } as const;
 * const fair = { epoch: 1, utility: 0.8, gap: 0.05 }, useful = { epoch: 2, utility: 0.9, gap: 0.3 };
 * assertEquals(isBetter("utility", useful, fair, rules), true);
 * assertEquals(isBetter("constrained", useful, fair, rules), false);
 * ```
 */
export function isBetter(kind: Kept, candidate: EpochScore, best: EpochScore | null, rules: SelectionRules): boolean {
  if (!isAllowed(candidate, rules)) return false;
  const { gap } = candidate;
  if (kind === "constrained" && (rules.maxGap === null || gap === null || gap > rules.maxGap)) return false;
  if (kind === "fairness" && gap === null) return false;
  if (best === null) return true;
  const better = (a: EpochScore, b: EpochScore) => rules.higherIsBetter ? a.utility > b.utility : a.utility < b.utility;
  if (kind !== "fairness" || gap === best.gap) return better(candidate, best);
  return gap! < best.gap!;
}

/** Whether an epoch lies in the window of those that may be kept. */
export function isAllowed({ epoch }: Pick<EpochScore, "epoch">, { window }: Pick<SelectionRules, "window">): boolean {
  return window === null || (epoch >= window[0] && epoch <= window[1]);
}

/**
 * The mean of utility and fairness of each epoch, both scaled to [0, 1] over the range they have had: 1 is as useful and
 * as fair as any epoch was. A gap that never changed, or is undefined, says nothing and counts 0.
 *
 * @param epochs In order.
 * @param higherIsBetter Whether a larger utility is better.
 * @returns `[epochs]` in [0, 1]
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { normalisedMix } from "./selection.ts";
 *
 * const epochs = [{ epoch: 1, utility: 0.8, gap: 0.1 }, { epoch: 2, utility: 0.9, gap: 0.3 }, {
 *   epoch: 3, utility: 0.85, gap: 0.1,
 * }];
 * assertEquals(normalisedMix(epochs, true).map((mix) => Number(mix.toFixed(3))), [0.5, 0.5, 0.75]);
 * ```
 */
export function normalisedMix(epochs: readonly EpochScore[], higherIsBetter: boolean): number[] {
  const utility = scaled(epochs.map((epoch) => higherIsBetter ? epoch.utility : -epoch.utility));
  const fairness = scaled(epochs.map(({ gap }) => gap === null ? null : -gap));
  return epochs.map((_, i) => (utility[i]! + fairness[i]!) / 2);
}

/** From the least to the largest value, 0 to 1; 0 for what is undefined, and for all if nothing varies. */
function scaled(values: readonly (number | null)[]): number[] {
  const known = values.filter((value) => value !== null);
  const least = Math.min(...known), range = Math.max(...known) - least;
  return values.map((value) => value === null || range === 0 ? 0 : (value - least) / range);
}

/**
 * How many epochs ago the best one was, counting only those that may be kept.
 *
 * @param epochs All epochs so far, in order.
 * @param rules How epochs are compared.
 * @returns 0 if the last epoch is the best so far, or none may be kept yet.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { epochsSinceBest } from "./selection.ts";
 *
 * const epochs = [0.7, 0.9, 0.8].map((utility, i) => ({ epoch: i + 1, utility, gap: null }));
 * const rules = { higherIsBetter: true, maxGap: null, window: null, improvement: "utility" } as const;
 * assertEquals(epochsSinceBest(epochs, rules), 1);
 * ```
 */
export function epochsSinceBest(epochs: readonly EpochScore[], rules: SelectionRules): number {
  const allowed = epochs.filter((epoch) => isAllowed(epoch, rules));
  if (allowed.length === 0) return 0;
  const scores = rules.improvement === "mix"
    ? normalisedMix(allowed, rules.higherIsBetter)
    : allowed.map(({ utility }) => rules.higherIsBetter ? utility : -utility);
  return scores.length - 1 - scores.indexOf(Math.max(...scores));
}
