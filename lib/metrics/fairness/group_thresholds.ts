import { InputError } from "../../errors.ts";
import type { Rng } from "../../random.ts";
import { argsortDescending, checkRows, type Column, countGroups, type GroupedRowsWith } from "../rows.ts";
import { type Confusion, CONFUSION_METRICS } from "../classification/confusion.ts";

/** Select above (or below) a threshold. */
export interface ThresholdOperation {
  /** Which side is selected. */
  readonly operator: ">" | "<";
  /** Where to cut; ±Infinity for nobody and everybody. */
  readonly threshold: number;
}

/** What one operation reaches: a constrained rate `x` and an objective `y`. */
export interface CurvePoint {
  readonly x: number;
  readonly y: number;
  readonly operation: ThresholdOperation;
}

/** Two operations, one of them applied by chance. */
export interface Mixture {
  /** Chance of the first operation. */
  readonly p0: number;
  /** The first operation. */
  readonly operation0: ThresholdOperation;
  /** Chance of the second operation. */
  readonly p1: number;
  /** The second operation. */
  readonly operation1: ThresholdOperation;
}

/**
 * The upper convex hull of points, from the lowest to the highest `x` (Andrew's monotone chain). Any point on it can be
 * reached on average by mixing its two neighbours.
 */
export function upperHull(points: readonly CurvePoint[]): CurvePoint[] {
  const corners: CurvePoint[] = [];
  for (const point of [...points].sort((a, b) => a.x - b.x || a.y - b.y)) {
    // Of points at one x only the highest matters.
    if (corners.at(-1)?.x === point.x) corners.pop();
    while (corners.length >= 2) {
      const [a, b] = corners.slice(-2) as [CurvePoint, CurvePoint];
      if ((b.y - a.y) * (point.x - a.x) > (point.y - a.y) * (b.x - a.x)) break;
      corners.pop();
    }
    corners.push(point);
  }
  return corners;
}

/** The height of a hull and the mixture of its corners that reaches it. */
export function heightAt(hull: readonly CurvePoint[], x: number): { y: number; mixture: Mixture } {
  let low = 0, high = hull.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (hull[middle]!.x < x) low = middle;
    else high = middle;
  }
  const [left, right] = [hull[low]!, hull[high]!];
  const p0 = (right.x - x) / (right.x - left.x);
  const p1 = 1 - p0;
  return {
    y: p0 * left.y + p1 * right.y,
    mixture: { p0, operation0: left.operation, p1, operation1: right.operation },
  };
}

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
  /** What must be equal. */
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

/** One group's rule: with chance `ignore` select with chance `constant`, else apply one of two thresholds by chance. */
export interface ThresholdRule extends Mixture {
  /** Chance that the score does not count. */
  readonly ignore: number;
  /** Chance of being selected where it does not. */
  readonly constant: number;
}

/** Rules of all groups with what they reach. */
export interface GroupThresholds {
  /** What is equal. */
  readonly constraint: ThresholdConstraint;
  /** What was maximised. */
  readonly objective: GroupThresholdObjective;
  /**
   * The constrained rate per group; for equalized odds the false positive rate. All equal unless a tolerance was given.
   */
  readonly rates: Readonly<Record<string, number>>;
  /** The mean of the groups' objectives, weighted by their size; for equalized odds the true positive rate. */
  readonly reached: number;
  /** The rule of each group, by name. */
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
 * Thresholds per group that equalise a rate and give up as little accuracy as possible: the randomised solution of
 * Hardt, Price & Srebro (2016) on the convex hull of each group's trade-off curve. fairlearn's `ThresholdOptimizer`.
 *
 * The rules need the group of everybody they decide on, and two people with the same score may be treated differently
 * because of it; in some places and uses the law forbids that, whatever the intention.
 * @throws {InputError} If a cell is missing, or a group has labels of one class only.
 * @throws {RangeError} If equalized odds is asked for with another objective or with a tolerance.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupThresholds } from "@fair-embeddings/lib/metrics";
 *
 * const { rates, rules } = groupThresholds({
 *   labels: [1, 1, 0, 0, 1, 1, 0, 0],
 *   scores: [0.875, 0.75, 0.5, 0.25, 0.5, 0.375, 0.25, 0.125],
 *   groups: ["PhD", "PhD", "PhD", "PhD", "none", "none", "none", "none"],
 * }, { constraint: "demographicParity" });
 * assertEquals(rates, { none: 0.5, PhD: 0.5 });
 * assertEquals(rules.PhD!.operation1, { operator: ">", threshold: 0.625 });
 * assertEquals(rules.none!.operation1, { operator: ">", threshold: 0.3125 });
 * ```
 */
export function groupThresholds(
  { labels, scores, groups }: GroupedRowsWith<"labels" | "scores">,
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
  const { names, codes } = countGroups({ groups }, n);
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
      operatingPoints({ rows, labels, scores, flip }).map(({ operation, counts }): CurvePoint => (
        { x: x.of(counts), y: y.of(counts), operation }
      )),
    );
  });
  const grid = Array.from({ length: gridSize + 1 }, (_, i) => i === gridSize ? 1 : i * (1 / gridSize));
  const curves = hulls.map((hull) => grid.map((at) => heightAt(hull, at)));
  const shares = members.map((rows) => rows.length / n);
  const best = odds
    ? bestOdds(curves, { grid, labels, n, objective })
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
function operatingPoints(
  { rows, labels, scores, flip }: {
    readonly rows: readonly number[];
    readonly labels: Column;
    readonly scores: Column;
    readonly flip: boolean;
  },
) {
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
  { grid, labels, n, objective }: {
    readonly grid: readonly number[];
    readonly labels: Column;
    readonly n: number;
    readonly objective: GroupThresholdObjective;
  },
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

/**
 * The chance of being selected under group thresholds.
 * @throws {InputError} If a group has no rule.
 */
export function selectionChances(
  thresholds: GroupThresholds,
  { scores, groups }: GroupedRowsWith<"scores">,
): Float64Array {
  const { names, codes } = countGroups({ groups }, checkRows({ scores }));
  const rules = names.map((name) => {
    const rule = Object.hasOwn(thresholds.rules, name) ? thresholds.rules[name] : undefined;
    if (rule === undefined) throw new InputError(`Expected a group with a threshold, found ${name}`);
    return rule;
  });
  const passes = ({ operator, threshold }: ThresholdOperation, score: number) =>
    Number(operator === ">" ? score > threshold : score < threshold);
  return Float64Array.from(codes, (code, i) => {
    const { ignore, constant, p0, operation0, p1, operation1 } = rules[code]!;
    const score = scores[i]!;
    return ignore * constant + (1 - ignore) * (p0 * passes(operation0, score) + p1 * passes(operation1, score));
  });
}

/** Draws decisions from chances. */
export function drawDecisions(chances: Column, rng: Rng): Uint8Array {
  return Uint8Array.from(chances, (chance) => rng.uniform() < chance ? 1 : 0);
}
