/** Where a model that brings no threshold decides. */
import { InputError } from "../errors.ts";
import { acceptanceThreshold, drawDecisions, type GroupThresholds, selectionChances } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import type { EvaluateOptions } from "./evaluate.ts";
import type { ModelEvaluation } from "./evaluation.ts";
import type { ScoredTable } from "./table.ts";

/** A threshold, and where it comes from. */
export interface ChosenThreshold {
  /** Decision 1 means score ≥ threshold; `null` where decisions were given. */
  readonly threshold: number | null;
  readonly from: ModelEvaluation["thresholdFrom"];
  /** The median of the scores, where that is what decides. */
  readonly median?: number;
}

/**
 * The threshold that the options ask for: a number, a share of the rows, the median of the scores, or 0.5. Throws an
 * InputError if two are asked for, or none follows from the scores.
 */
export function thresholdOf(
  { name, scores, counts }: Pick<ScoredTable, "counts"> & { readonly name: string; readonly scores: Float64Array },
  inUnit: boolean,
  { threshold, acceptanceRate, standard, favourable = "high" }: Omit<EvaluateOptions, "threshold"> & {
    readonly threshold?: number | undefined;
  },
): ChosenThreshold {
  if (threshold !== undefined && acceptanceRate !== undefined) {
    throw new InputError("Expected either a threshold or an acceptance rate, found both");
  }
  if (threshold !== undefined) return { threshold, from: "option" };
  if (acceptanceRate !== undefined) {
    const from = "acceptanceRate";
    if (favourable === "high") return { threshold: acceptanceThreshold(scores, acceptanceRate, counts), from };
    // The lowest scores up to this one are taken, with its ties.
    return { threshold: smallestAbove(scores, acceptanceThreshold(scores, 1 - acceptanceRate, counts)), from };
  }
  // A tool that selects, and says 0 or 1, has selection rates; one that scores has scoring rates.
  if (standard === "nyc-ll144" && !scores.every((score) => score === 0 || score === 1)) {
    const median = acceptanceThreshold(scores, 0.5, counts);
    // Above the median, or below it: in neither case those who are on it.
    return { threshold: favourable === "high" ? smallestAbove(scores, median) : median, from: "median", median };
  }
  if (!inUnit) {
    throw new InputError(
      `Column "${name}": expected scores in [0, 1], for which the threshold is 0.5, found others; ` +
        "give a threshold or an acceptance rate",
    );
  }
  return { threshold: 0.5, from: "default" };
}

function smallestAbove(scores: Float64Array, number: number): number {
  let smallest = Infinity;
  for (const score of scores) if (score > number && score < smallest) smallest = score;
  if (smallest < Infinity) return smallest;
  return Math.min(Number.MAX_VALUE, number + Math.max(Math.abs(number), Number.MIN_VALUE) * 2 * Number.EPSILON);
}

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
