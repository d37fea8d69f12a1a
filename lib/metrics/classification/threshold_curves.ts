import type { BootstrapOptions } from "../inference/bootstrap.ts";
import { confusionOf, type ConfusionTable } from "./confusion.ts";
import { confusionMetric } from "./confusion_metrics.ts";
import type { Estimate } from "./confusion_bootstrap.ts";
import { demographicParityDifference } from "../fairness/disparities.ts";
import { equalizedOddsDifference } from "../fairness/equalized_odds.ts";
import { groupCounts } from "../fairness/group_values.ts";
import { bootstrapScores } from "./score_bootstrap.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "./score_table.ts";
import type { GroupCount, Value } from "../value.ts";

const CURVES = {
  demographicParityDifference,
  equalizedOddsDifference,
  f1: (table: ConfusionTable) => confusionMetric("f1", confusionOf(table), table.labelled),
  selectionRate: (table: ConfusionTable) => confusionMetric("selectionRate", confusionOf(table), table.labelled),
} as const satisfies Record<string, (table: ConfusionTable) => Value>;

/** What is followed over the threshold. */
export type ThresholdCurveName = keyof typeof CURVES;

const NAMES = Object.keys(CURVES) as ThresholdCurveName[];

/** Gaps and quality over the threshold. */
export interface ThresholdCurves {
  readonly groups: readonly GroupCount[];
  /** `[T]` thresholds, as given. */
  readonly thresholds: readonly number[];
  /** `[T]` each, at the threshold of the same place. */
  readonly curves: Readonly<Record<ThresholdCurveName, readonly Estimate[]>>;
}

/**
 * What each threshold would do: demographic parity and equalized odds differences, F1 and selection rate, with an interval at
 * each threshold. The intervals of gaps are those of `gapInterval` without a test.
 *
 * @param input Columns of length `n`, with labels.
 * @param thresholds The thresholds; selected means `score ≥ threshold`.
 * @param options How to bootstrap.
 * @returns The curves.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { thresholdCurves } from "./threshold_curves.ts";
 *
 * const { curves } = thresholdCurves({
 *   labels: [1, 0, 1, 0],
 *   scores: [0.75, 0.5, 0.5, 0.25],
 *   groups: ["PhD", "PhD", "BA", "BA"],
 * }, [0.5, 0.75], { rng: new Rng(1), resamples: 20 });
 * assertEquals(curves.demographicParityDifference.map(({ estimate }) => estimate.value), [0.5, 0.5]);
 * assertEquals(curves.selectionRate.map(({ estimate }) => estimate.value), [0.75, 0.25]);
 * ```
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
