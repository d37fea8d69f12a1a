import { InputError } from "../../errors.ts";
import { argsortDescending, checkRows, type Column, groupCounts } from "../rows.ts";
import { DISPARITIES } from "../fairness/disparities.ts";
import { type BootstrapOptions, bootstrapScores } from "../inference/bootstrap.ts";
import { quantileOfSorted } from "../inference/intervals.ts";
import type { Estimate } from "../inference/unique_rows.ts";
import type { GroupCount, Value } from "../value.ts";
import { confusionMetric, type ConfusionMetricName, confusionOf, type ConfusionTable } from "./confusion.ts";
import { type LabelledScores, type ScoreInput, type ScoreTable, scoreTable } from "./scores.ts";

/** A decision threshold: selected means `score ≥ threshold`. */
export interface Threshold {
  /** Where to cut. */
  readonly threshold: number;
  /** Share of the weight selected on the data searched. */
  readonly selectionRate: number;
  /** The objective at this threshold. */
  readonly objective: Value;
}

/**
 * Applies a threshold.
 * @throws {RangeError} If there is none: decisions without a threshold would look alike for everybody, and so fair.
 */
export function decide(scores: Column, threshold: number): Uint8Array {
  if (typeof threshold !== "number" || Number.isNaN(threshold)) {
    throw new RangeError(`Expected a number as threshold, found ${threshold}`);
  }
  const decisions = new Uint8Array(scores.length);
  for (let i = 0; i < decisions.length; i++) decisions[i] = scores[i]! >= threshold ? 1 : 0;
  return decisions;
}

/**
 * The threshold that selects a fixed share: the `1 − rate` quantile of the scores with linear interpolation. With ties
 * at the threshold more are selected than asked for. With `counts` each score stands for so many rows.
 * @throws {InputError} If a score is missing.
 * @throws {RangeError} If the rate is outside [0, 1].
 */
export function acceptanceThreshold(scores: Column, rate: number, counts?: Column | null): number {
  checkRows({ scores, counts: counts ?? undefined });
  if (!(rate >= 0 && rate <= 1)) throw new RangeError(`Expected an acceptance rate in [0, 1], found ${rate}`);
  if (counts) return quantileOfCounted(scores, counts, 1 - rate);
  return quantileOfSorted(Float64Array.from(scores).sort(), 1 - rate);
}

/** The same of scores that each stand for several rows. */
function quantileOfCounted(scores: Column, counts: Column, q: number): number {
  const order = argsortDescending(scores).reverse();
  const rows = order.reduce((sum, i) => sum + counts[i]!, 0);
  const position = q * (rows - 1), below = Math.floor(position);
  const at = (row: number) => {
    let last = -1;
    return scores[order.find((i) => (last += counts[i]!) >= row)!]!;
  };
  return quantileOfSorted([at(below), at(Math.min(below + 1, rows - 1))], position - below);
}

/**
 * Searches the threshold that maximises a metric of decisions (balanced accuracy for Youden's J), over all thresholds
 * that make a difference, O(n) after a sort. Of equally good thresholds the highest wins.
 *
 * The threshold lies midway between the last score selected and the first one not, because on other data a threshold
 * right on a score would depend on rounding; the lowest score stands for "select everybody".
 * @throws {InputError} If a cell is missing or out of range, or if the objective is undefined at every threshold.
 */
export function searchThreshold(
  { labels, scores, weights }: LabelledScores,
  objective: ConfusionMetricName,
): Threshold {
  let best: Threshold | undefined;
  let reason = "";
  walk({ labels, scores, weights }, (tp, fp, positives, negatives, threshold) => {
    const counts = { tp, fp, tn: negatives - fp, fn: positives - tp };
    const value = confusionMetric(objective, counts);
    if (value.value === null) reason = value.reason;
    else if (best === undefined || value.value > best.objective.value!) {
      best = { threshold, selectionRate: (tp + fp) / (positives + negatives), objective: value };
    }
  });
  if (best === undefined) throw new InputError(`Expected labels on which ${objective} is defined, found ${reason}`);
  return best;
}

/** Visits every threshold that changes a decision, from "nobody" down to "everybody". */
function walk(
  { labels, scores, weights }: LabelledScores,
  visit: (tp: number, fp: number, positives: number, negatives: number, threshold: number) => void,
): void {
  const n = checkRows({ labels, scores, weights });
  const order = argsortDescending(scores);
  let positives = 0, negatives = 0;
  for (let i = 0; i < n; i++) {
    if (labels[i] === 1) positives += weights?.[i] ?? 1;
    else negatives += weights?.[i] ?? 1;
  }
  let tp = 0, fp = 0;
  const highest = scores[order[0]!]!;
  visit(tp, fp, positives, negatives, nextAbove(highest));
  for (let k = 0; k < n; k++) {
    const i = order[k]!;
    if (labels[i] === 1) tp += weights?.[i] ?? 1;
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

const CURVES: Readonly<Record<ThresholdCurveName, (table: ConfusionTable) => Value>> = {
  demographicParityDifference: DISPARITIES.demographicParityDifference.of,
  equalizedOddsDifference: DISPARITIES.equalizedOddsDifference.of,
  f1: (table: ConfusionTable) => confusionMetric("f1", confusionOf(table), table.labelled),
  selectionRate: (table: ConfusionTable) => confusionMetric("selectionRate", confusionOf(table), table.labelled),
};

/** What is followed over the threshold. */
export type ThresholdCurveName = "demographicParityDifference" | "equalizedOddsDifference" | "f1" | "selectionRate";

const NAMES = Object.keys(CURVES) as ThresholdCurveName[];

/** Disparities and quality over the threshold. */
export interface ThresholdCurves {
  /** The groups of the rows. */
  readonly groups: readonly GroupCount[];
  /** `[T]` thresholds, as given. */
  readonly thresholds: readonly number[];
  /** `[T]` each, at the threshold of the same place. */
  readonly curves: Readonly<Record<ThresholdCurveName, readonly Estimate[]>>;
}

/**
 * What each threshold would do: demographic parity and equalized odds differences, F1 and selection rate, with an
 * interval at each threshold. The intervals of differences are those of `disparityInterval` without a test.
 * @throws {InputError} If a cell is missing or out of range.
 */
export function thresholdCurves(
  input: ScoreInput,
  thresholds: readonly number[],
  options: BootstrapOptions,
): ThresholdCurves {
  const table = scoreTable(input);
  const falling = thresholds.map((threshold, t) => ({ threshold, t })).sort((a, b) => b.threshold - a.threshold);
  const size = thresholds.length;
  const evaluate = (scores: ScoreTable, mass: Float64Array): Value[] => {
    const values = Array<Value>(NAMES.length * size);
    const decisions = {
      names: table.names,
      rows: table.rows,
      cells: new Float64Array(4 * table.names.length),
      labelled: table.labelled,
      smallBelow: table.smallBelow,
    };
    const { cells } = decisions;
    const cellOf = (k: number) => 4 * scores.codes[k]! + 2 * scores.labels[k]!;
    for (let k = 0; k < mass.length; k++) cells[cellOf(k)]! += mass[k]!;
    let k = 0;
    for (const { threshold, t } of falling) {
      for (; k < mass.length && scores.scores[k]! >= threshold; k++) {
        cells[cellOf(k)]! -= mass[k]!;
        cells[cellOf(k) + 1]! += mass[k]!;
      }
      NAMES.forEach((name, j) => values[j * size + t] = CURVES[name](decisions));
    }
    return values;
  };
  const { intervals } = bootstrapScores(
    table,
    (scores, mass) => evaluate(scores, mass).map(({ value }) => value ?? NaN),
    options,
    NAMES.flatMap((name) => thresholds.map(() => name.endsWith("Difference") ? "difference" as const : "value")),
  );
  const estimates = evaluate(table, table.mass);
  return {
    groups: groupCounts(table),
    thresholds,
    curves: Object.fromEntries(NAMES.map((name, j) => [
      name,
      thresholds.map((_, t): Estimate => ({ estimate: estimates[j * size + t]!, interval: intervals[j * size + t]! })),
    ])) as Record<ThresholdCurveName, Estimate[]>,
  };
}
