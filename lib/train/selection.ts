/** Which epochs are best, and when training stops because it no longer improves. */
import type { Parameters } from "../model/mod.ts";

/** What validation found after an epoch. */
export interface EpochScore {
  /** From 1. */
  readonly epoch: number;
  /** How well the model ranks, in any unit. */
  readonly utility: number;
  /**
   * How differently it treats groups, at least 0, or with constraints by how much the worst limit exceeds its bound; null
   * where that is undefined.
   */
  readonly gap: number | null;
}

/** An epoch that was best at something, and the model as it was then. */
export interface BestCheckpoint extends EpochScore {
  readonly parameters: Parameters;
}

/** How epochs are compared. */
export interface SelectionRules {
  /** Whether a larger utility is better; a loss is better when smaller. */
  readonly higherIsBetter: boolean;
  /** The largest difference between groups that is acceptable; null accepts any. */
  readonly maxGap: number | null;
  /** [first, last] epoch that may be chosen; null allows all. */
  readonly window: readonly [number, number] | null;
  /** What counts as an improvement for stopping early. */
  readonly improvement: "utility" | "mix";
}

/**
 * What checkpoints are best at: the most useful epoch, the one that treats groups most alike, and the most useful of
 * those whose difference is acceptable.
 */
export const BEST_KINDS = ["utility", "fairness", "constrained"] as const;

/** One of {@linkcode BEST_KINDS}. */
export type BestKind = (typeof BEST_KINDS)[number];

/** The best checkpoints so far; null where there is none. */
export type BestCheckpoints = Record<BestKind, BestCheckpoint | null>;

/**
 * What an epoch is better at than any before. Of equals the earlier stays; of equal differences the more useful wins.
 */
export function bestKinds(
  candidate: EpochScore,
  best: Readonly<Record<BestKind, EpochScore | null>>,
  rules: SelectionRules,
): BestKind[] {
  if (!isAllowed(candidate, rules)) return [];
  const { gap } = candidate;
  const moreUseful = (than: EpochScore) =>
    rules.higherIsBetter ? candidate.utility > than.utility : candidate.utility < than.utility;
  return BEST_KINDS.filter((kind) => {
    if (kind === "constrained" && (rules.maxGap === null || gap === null || gap > rules.maxGap)) return false;
    if (kind === "fairness" && gap === null) return false;
    const before = best[kind];
    if (before === null) return true;
    return kind === "fairness" && gap !== before.gap ? gap! < before.gap! : moreUseful(before);
  });
}

/**
 * The epoch that a training would end with: with a largest acceptable difference the most useful epoch that keeps to
 * it, or else the fairest; without one the most useful. Null while there is none in the window.
 */
export function chosenCheckpoint(
  best: BestCheckpoints,
  { maxGap }: Pick<SelectionRules, "maxGap">,
): { kind: BestKind; checkpoint: BestCheckpoint } | null {
  const order: readonly BestKind[] = maxGap === null ? ["utility"] : ["constrained", "fairness", "utility"];
  for (const kind of order) {
    const checkpoint = best[kind];
    if (checkpoint) return { kind, checkpoint };
  }
  return null;
}

/** Whether an epoch lies in the window of those that may be chosen. */
function isAllowed({ epoch }: Pick<EpochScore, "epoch">, { window }: Pick<SelectionRules, "window">): boolean {
  return window === null || (epoch >= window[0] && epoch <= window[1]);
}

/**
 * The mean of utility and fairness of each epoch, both scaled to [0, 1] over the range they have had: 1 is as useful
 * and as fair as any epoch was. A difference that never changed, or is undefined, says nothing and counts 0.
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
 * How many epochs ago the best one was, of those that may be chosen; 0 if it is the last, or none may be chosen yet.
 */
export function epochsSinceBest(epochs: readonly EpochScore[], rules: SelectionRules): number {
  const allowed = epochs.filter((epoch) => isAllowed(epoch, rules));
  if (allowed.length === 0) return 0;
  const scores = rules.improvement === "mix"
    ? normalisedMix(allowed, rules.higherIsBetter)
    : allowed.map(({ utility }) => rules.higherIsBetter ? utility : -utility);
  return scores.length - 1 - scores.indexOf(Math.max(...scores));
}
