import { InputError } from "../../errors.ts";
import { argsortDescending } from "../argsort.ts";
import { confusionMetric, type ConfusionMetricName } from "./confusion_metrics.ts";
import { quantileOfSorted } from "../inference/quantile.ts";
import { checkRows, type Column } from "../rows.ts";
import { undefinedBecause, type Value } from "../value.ts";

/** What a threshold search maximises: any metric of decisions, or Youden's J = TPR − FPR. */
export type ThresholdObjective = ConfusionMetricName | "youden";

/** A decision threshold: selected means `score ≥ threshold`. */
export interface Threshold {
  readonly threshold: number;
  /** Share of the weight selected on the data searched. */
  readonly selectionRate: number;
  /** The objective at this threshold. */
  readonly objective: Value;
}

/**
 * Applies a threshold.
 *
 * @param scores `[n]` scores.
 * @param threshold Selected means `score ≥ threshold`.
 * @returns `[n]` decisions, 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { decide } from "./thresholds.ts";
 *
 * assertEquals(decide([0.2, 0.5, 0.7], 0.5), Uint8Array.of(0, 1, 1));
 * ```
 */
export function decide(scores: Column, threshold: number): Uint8Array {
  return Uint8Array.from(scores, (score) => score >= threshold ? 1 : 0);
}

/**
 * The threshold that selects a fixed share: the `1 − rate` quantile of the scores with linear interpolation.
 * With ties at the threshold more are selected than asked for.
 *
 * @param scores `[n]` scores.
 * @param rate The share to select, in [0, 1].
 * @returns The threshold; selected means `score ≥ threshold`.
 * @throws {InputError} If a score is missing.
 * @throws {RangeError} If the rate is outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { acceptanceThreshold } from "./thresholds.ts";
 *
 * assertAlmostEquals(acceptanceThreshold([0, 0.25, 0.5, 0.75, 1], 0.4), 0.6);
 * ```
 */
export function acceptanceThreshold(scores: Column, rate: number): number {
  checkRows({ scores });
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`Expected an acceptance rate in [0, 1], found ${rate}`);
  return quantileOfSorted(Float64Array.from(scores).sort(), 1 - rate);
}

/**
 * Searches the threshold that maximises a metric of decisions, over all thresholds that make a difference, O(n) after a
 * sort. Of equally good thresholds the highest wins.
 *
 * The threshold lies midway between the last score selected and the first one not, because on other data a threshold right
 * on a score would depend on rounding; the lowest score stands for "select everybody".
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param scores `[n]` scores.
 * @param objective What to maximise, such as `"f1"` or `"youden"`.
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns The best threshold.
 * @throws {InputError} If a cell is missing or out of range, or if the objective is undefined at every threshold.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { searchThreshold } from "./thresholds.ts";
 *
 * const best = searchThreshold([0, 0, 1, 1], [0.125, 0.5, 0.25, 0.75], "f1");
 * assertEquals(best.threshold, 0.1875);
 * assertEquals(best.objective, { value: 0.8 });
 * ```
 */
export function searchThreshold(
  labels: Column,
  scores: Column,
  objective: ThresholdObjective,
  weights?: Column,
): Threshold {
  let best: Threshold | undefined;
  let reason = "";
  walk(labels, scores, weights, (tp, fp, positives, negatives, threshold) => {
    const counts = { tp, fp, tn: negatives - fp, fn: positives - tp };
    const value = objective === "youden" ? youden(tp, fp, positives, negatives) : confusionMetric(objective, counts);
    if (value.value === null) reason = value.reason;
    else if (best === undefined || value.value > best.objective.value!) {
      best = { threshold, selectionRate: (tp + fp) / (positives + negatives), objective: value };
    }
  });
  if (best === undefined) throw new InputError(`Expected labels on which ${objective} is defined, found ${reason}`);
  return best;
}

/**
 * Searches the threshold whose selection rate comes closest to a target; unlike {@linkcode acceptanceThreshold} it knows
 * weights and, when scores tie, takes the nearer side.
 *
 * @param scores `[n]` scores.
 * @param rate The share to select, in [0, 1].
 * @param weights `[n]` sample weights, 1 if absent.
 * @returns The threshold; its objective is minus the distance to the target.
 * @throws {InputError} If a cell is missing or all weights are 0.
 * @throws {RangeError} If the rate is outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { searchRate } from "./thresholds.ts";
 *
 * assertEquals(searchRate([0.5, 0.5, 0.5, 0.75], 0.375).selectionRate, 0.25);
 * ```
 */
export function searchRate(scores: Column, rate: number, weights?: Column): Threshold {
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`Expected a selection rate in [0, 1], found ${rate}`);
  let best: Threshold | undefined;
  walk(undefined, scores, weights, (_tp, selected, _positives, total, threshold) => {
    const distance = Math.abs(selected / total - rate);
    if (best === undefined || -distance > best.objective.value!) {
      best = { threshold, selectionRate: selected / total, objective: { value: -distance } };
    }
  });
  if (best === undefined || !Number.isFinite(best.selectionRate)) {
    throw new InputError("Expected a row with a positive weight, found none");
  }
  return best;
}

function youden(tp: number, fp: number, positives: number, negatives: number): Value {
  return positives > 0 && negatives > 0
    ? { value: tp / positives - fp / negatives }
    : undefinedBecause("only one class among the labels");
}

/** Visits every threshold that changes a decision, from "nobody" down to "everybody". */
function walk(
  labels: Column | undefined,
  scores: Column,
  weights: Column | undefined,
  visit: (tp: number, fp: number, positives: number, negatives: number, threshold: number) => void,
): void {
  const n = checkRows({ labels, scores, weights });
  const order = argsortDescending(scores);
  let positives = 0, negatives = 0;
  for (let i = 0; i < n; i++) {
    if (labels?.[i] === 1) positives += weights?.[i] ?? 1;
    else negatives += weights?.[i] ?? 1;
  }
  let tp = 0, fp = 0;
  const highest = scores[order[0]!]!;
  visit(tp, fp, positives, negatives, nextAbove(highest));
  for (let k = 0; k < n; k++) {
    const i = order[k]!;
    if (labels?.[i] === 1) tp += weights?.[i] ?? 1;
    else fp += weights?.[i] ?? 1;
    const score = scores[i]!;
    const next = k + 1 < n ? scores[order[k + 1]!]! : undefined;
    if (next === score) continue;
    const middle = next === undefined ? score : next + (score - next) / 2;
    visit(tp, fp, positives, negatives, next !== undefined && middle <= next ? score : middle);
  }
}

/** The smallest threshold that is certainly above a score. */
function nextAbove(score: number): number {
  return score + Math.max(Math.abs(score), 1) * Number.EPSILON * 2;
}
