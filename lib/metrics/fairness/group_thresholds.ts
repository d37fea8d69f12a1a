import { InputError } from "../../errors.ts";
import { argsortDescending } from "../argsort.ts";
import type { Confusion } from "../classification/confusion.ts";
import { CONFUSION_METRICS } from "../classification/confusion_metrics.ts";
import { groupRows, type Groups } from "../groups.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";
import {
  type CurvePoint,
  heightAt,
  type Mixture,
  type ThresholdOperation,
  upperHull,
} from "../classification/tradeoff_curve.ts";

/** What must be equal in all groups. */
export type ThresholdConstraint =
  | "demographicParity"
  | "equalOpportunity"
  | "falsePositiveRateParity"
  | "falseNegativeRateParity"
  | "trueNegativeRateParity"
  | "equalizedOdds";

/** What is maximised under the constraint; equalized odds knows the two accuracies only. */
export type GroupThresholdObjective = "accuracy" | "balancedAccuracy" | "selectionRate" | "tpr" | "tnr";

/** How to search. */
export interface GroupThresholdOptions {
  readonly constraint: ThresholdConstraint;
  /** `accuracy` if absent. */
  readonly objective?: GroupThresholdObjective | undefined;
  /** Steps of the grid over the constrained rate; 1000 if absent, fairlearn's default. */
  readonly gridSize?: number | undefined;
  /** Whether to also consider selecting *below* a threshold; no if absent. */
  readonly flip?: boolean | undefined;
  /** How far apart the constrained rate may lie; 0 if absent. Not for equalized odds. */
  readonly tolerance?: number | undefined;
}

/**
 * One group's rule: with chance `ignore` select with chance `constant`, else apply one of two thresholds by chance.
 */
export interface ThresholdRule extends Mixture {
  readonly ignore: number;
  readonly constant: number;
}

/** Rules of all groups with what they reach. */
export interface GroupThresholds {
  readonly constraint: ThresholdConstraint;
  readonly objective: GroupThresholdObjective;
  /** The constrained rate per group; for equalized odds the false positive rate. All equal unless a tolerance was given. */
  readonly rates: Readonly<Record<string, number>>;
  /** The mean of the groups' objectives, weighted by their size; for equalized odds the true positive rate. */
  readonly reached: number;
  readonly rules: Readonly<Record<string, ThresholdRule>>;
}

const RATES = {
  demographicParity: CONFUSION_METRICS.selectionRate,
  equalOpportunity: CONFUSION_METRICS.tpr,
  falsePositiveRateParity: CONFUSION_METRICS.fpr,
  falseNegativeRateParity: CONFUSION_METRICS.fnr,
  trueNegativeRateParity: CONFUSION_METRICS.tnr,
  equalizedOdds: CONFUSION_METRICS.fpr,
} as const;

/**
 * Thresholds per group that equalise a rate and give up as little accuracy as possible: the randomised solution of Hardt,
 * Price & Srebro (2016) on the convex hull of each group's trade-off curve. fairlearn's `ThresholdOptimizer`.
 *
 * The rules need the group of everybody they decide on, and two people with the same score may be treated differently
 * because of it; in some places and uses the law forbids that, whatever the intention.
 *
 * @param labels `[n]` true labels, 0 or 1.
 * @param scores `[n]` scores.
 * @param groups `[n]` group names.
 * @param options What to equalise and what to maximise.
 * @returns A rule per group.
 * @throws {InputError} If a cell is missing, or a group has labels of one class only.
 * @throws {RangeError} If equalized odds is asked for with another objective or with a tolerance.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupThresholds } from "./group_thresholds.ts";
 *
 * const { rates, rules } = groupThresholds(
 *   [1, 1, 0, 0, 1, 1, 0, 0],
 *   [0.875, 0.75, 0.5, 0.25, 0.5, 0.375, 0.25, 0.125],
 *   ["PhD", "PhD", "PhD", "PhD", "none", "none", "none", "none"],
 *   { constraint: "demographicParity" },
 * );
 * assertEquals(rates, { none: 0.5, PhD: 0.5 });
 * assertEquals(rules.PhD!.operation1, { operator: ">", threshold: 0.625 });
 * assertEquals(rules.none!.operation1, { operator: ">", threshold: 0.3125 });
 * ```
 */
export function groupThresholds(
  labels: Column,
  scores: Column,
  groups: Groups,
  options: GroupThresholdOptions,
): GroupThresholds {
  const { constraint, objective = "accuracy", gridSize = 1000, flip = false, tolerance = 0 } = options;
  const odds = constraint === "equalizedOdds";
  if (odds && (tolerance !== 0 || (objective !== "accuracy" && objective !== "balancedAccuracy"))) {
    throw new RangeError(
      `Expected accuracy or balancedAccuracy and no tolerance with equalizedOdds, found ${objective}, ${tolerance}`,
    );
  }
  const n = checkRows({ labels, scores });
  checkGroupLength(groups, n);
  const { names, codes } = groupRows(groups);
  const members: number[][] = names.map(() => []);
  for (const i of argsortDescending(scores)) members[codes[i]!]!.push(i);

  const x = RATES[constraint];
  const y = odds ? CONFUSION_METRICS.tpr : CONFUSION_METRICS[objective];
  const hulls = members.map((rows, g) => {
    const positives = rows.filter((i) => labels[i] === 1).length;
    if (positives === 0 || positives === rows.length) {
      throw new InputError(`Expected both labels in group ${names[g]}, found one class only`);
    }
    return upperHull(
      operatingPoints(rows, labels, scores, flip).map(({ operation, counts }): CurvePoint => (
        { x: x.of(counts), y: y.of(counts), operation }
      )),
    );
  });
  const grid = Array.from({ length: gridSize + 1 }, (_, i) => i === gridSize ? 1 : i * (1 / gridSize));
  const curves = hulls.map((hull) => grid.map((at) => heightAt(hull, at)));
  const shares = members.map((rows) => rows.length / n);
  const best = odds
    ? bestOdds(curves, grid, labels, n, objective)
    : bestBand(curves, shares, Math.floor(tolerance * gridSize + 1e-9));
  const reached = odds
    ? Math.min(...curves.map((curve) => curve[best[0]!]!.y))
    : curves.reduce((sum, curve, g) => sum + shares[g]! * curve[best[g]!]!.y, 0);

  const rules = curves.map((curve, g): ThresholdRule => {
    const { y: height, mixture } = curve[best[g]!]!;
    const constant = odds ? grid[best[g]!]! : 0;
    // Ignoring the score moves a group straight down to the diagonal of the ROC plot, to meet the lowest curve.
    const ignore = odds && height !== constant ? (height - reached) / (height - constant) : 0;
    return { ...mixture, ignore, constant };
  });
  return {
    constraint,
    objective,
    rates: Object.fromEntries(names.map((name, g) => [name, grid[best[g]!]!])),
    reached,
    rules: Object.fromEntries(names.map((name, g) => [name, rules[g]!])),
  };
}

/** All thresholds of one group, midway between neighbouring scores, with the counts they give. */
function operatingPoints(rows: readonly number[], labels: Column, scores: Column, flip: boolean) {
  const positives = rows.filter((i) => labels[i] === 1).length;
  const negatives = rows.length - positives;
  const points: { operation: ThresholdOperation; counts: Confusion }[] = [];
  let tp = 0, fp = 0;
  const add = (threshold: number) => {
    const counts = { tp, fp, tn: negatives - fp, fn: positives - tp };
    points.push({ operation: { operator: ">", threshold }, counts });
    if (flip) {
      points.push({
        operation: { operator: "<", threshold },
        counts: { tp: counts.fn, fp: counts.tn, tn: fp, fn: tp },
      });
    }
  };
  add(Infinity);
  rows.forEach((i, k) => {
    if (labels[i] === 1) tp++;
    else fp++;
    const next = k + 1 < rows.length ? scores[rows[k + 1]!]! : -Infinity;
    if (next !== scores[i]) add((scores[i]! + next) / 2);
  });
  return points;
}

/** Where on the grid the lowest ROC curve does best, for every group the same place. */
function bestOdds(
  curves: readonly (readonly { y: number }[])[],
  grid: readonly number[],
  labels: Column,
  n: number,
  objective: GroupThresholdObjective,
): number[] {
  let positives = 0;
  for (let i = 0; i < n; i++) positives += labels[i]!;
  const negatives = n - positives;
  let best = 0, highest = -Infinity;
  grid.forEach((fpr, i) => {
    const tpr = Math.min(...curves.map((curve) => curve[i]!.y));
    const counts = { tp: tpr * positives, fn: (1 - tpr) * positives, fp: fpr * negatives, tn: (1 - fpr) * negatives };
    // Rounded as fairlearn does, so that rounding errors do not decide between equally good places.
    const value = Math.round(CONFUSION_METRICS[objective].of(counts) * 1e15) / 1e15;
    if (value > highest) [best, highest] = [i, value];
  });
  return curves.map(() => best);
}

/** The best place of every group within the best band of the grid; a band of width 0 is one place for all. */
function bestBand(
  curves: readonly (readonly { y: number }[])[],
  shares: readonly number[],
  width: number,
): number[] {
  const steps = curves[0]!.length;
  let best: number[] = [];
  let highest = -Infinity;
  for (let from = 0; from + width < steps; from++) {
    const places = curves.map((curve) => {
      let place = from;
      for (let i = from + 1; i <= from + width; i++) if (curve[i]!.y > curve[place]!.y) place = i;
      return place;
    });
    const value = places.reduce((sum, place, g) => sum + shares[g]! * curves[g]![place]!.y, 0);
    if (value > highest) [best, highest] = [places, value];
  }
  return best;
}
