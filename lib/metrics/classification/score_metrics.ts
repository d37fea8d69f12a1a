import { NO_LABELS } from "./confusion_metrics.ts";
import type { ScoreTable } from "./score_table.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/** Metrics of scores, in the order in which {@linkcode scoreStatistics} lays them out. */
export const SCORE_METRIC_NAMES = ["meanScore", "rocAuc", "averagePrecision", "logLoss", "brier"] as const;

/** The name of a metric of scores. */
export type ScoreMetricName = typeof SCORE_METRIC_NAMES[number];

/** For the heading of a table. */
export const SCORE_METRIC_TITLES: Readonly<Record<ScoreMetricName, string>> = {
  meanScore: "Mean score",
  rocAuc: "ROC-AUC",
  averagePrecision: "Average precision",
  logLoss: "Log loss",
  brier: "Brier score",
};

/** What is held fixed when a gap of a metric is tested against chance; only ROC-AUC does not depend on base rates. */
export const SCORE_METRIC_WITHIN: Readonly<Record<ScoreMetricName, "nothing" | "label">> = {
  meanScore: "nothing",
  rocAuc: "label",
  averagePrecision: "nothing",
  logLoss: "nothing",
  brier: "nothing",
};

const REASONS: Readonly<Record<ScoreMetricName, string>> = {
  meanScore: "no rows",
  rocAuc: "only one class among the labels",
  averagePrecision: "no row with a positive label",
  logLoss: "a score outside [0, 1] is not a probability",
  brier: "a score outside [0, 1] is not a probability",
};

/** Why a metric of scores is undefined where {@linkcode scoreStatistics} gives NaN. */
function reasonFor(name: ScoreMetricName, table: ScoreTable, rows: number): string {
  if (rows === 0) return REASONS.meanScore;
  return name !== "meanScore" && !table.labelled ? NO_LABELS : REASONS[name];
}

// Clipping as in scikit-learn's log_loss: a probability of 0 or 1 costs ln(2^52), not infinity.
const EPSILON = Number.EPSILON;

/**
 * All metrics of scores for every group and for everybody, in one pass over the sorted rows.
 *
 * - `meanScore`: `Σ w·s / Σ w`.
 * - `rocAuc`: the probability that a positive scores above a negative, ties counting one half (Mann–Whitney).
 * - `averagePrecision`: `Σ (Rₙ − Rₙ₋₁) Pₙ` over distinct scores, without interpolation.
 * - `logLoss`: natural logarithm, probabilities clipped to [2⁻⁵², 1 − 2⁻⁵²].
 * - `brier`: `Σ w·(s − y)² / Σ w`.
 *
 * All as scikit-learn's, except that average precision without positives is undefined, not 0.
 *
 * @param table The sorted rows.
 * @param mass `[K]` masses to use instead of the table's, for a resample.
 * @returns `[(G + 1) · 5]` values with NaN for undefined, group by group, everybody last.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreStatistics } from "./score_metrics.ts";
 * import { scoreTable } from "./score_table.ts";
 *
 * const table = scoreTable({ labels: [0, 1], scores: [0.25, 0.75], groups: ["a", "a"] });
 * const [meanScore, rocAuc] = scoreStatistics(table);
 * assertEquals([meanScore, rocAuc], [0.5, 1]);
 * ```
 */
export function scoreStatistics(table: ScoreTable, mass: Float64Array = table.mass): Float64Array {
  const { scores, labels, codes, labelled } = table;
  const groups = table.names.length;
  const all = groups;
  const positives = new Float64Array(groups + 1);
  const negatives = new Float64Array(groups + 1);
  const tiedPositives = new Float64Array(groups + 1);
  const tiedNegatives = new Float64Array(groups + 1);
  // Pairs in which the negative is above: those a positive wins lie further down and are not known yet.
  const lostPairs = new Float64Array(groups + 1);
  const precision = new Float64Array(groups + 1);
  const scoreSum = new Float64Array(groups + 1);
  const lossSum = new Float64Array(groups + 1);
  const brierSum = new Float64Array(groups + 1);
  const touched: number[] = [all];

  const closeTies = () => {
    for (const g of touched) {
      const p = tiedPositives[g]!;
      const q = tiedNegatives[g]!;
      lostPairs[g]! += p * (negatives[g]! + q / 2);
      positives[g]! += p;
      negatives[g]! += q;
      if (p > 0) precision[g]! += p * positives[g]! / (positives[g]! + negatives[g]!);
      tiedPositives[g] = tiedNegatives[g] = 0;
    }
    touched.length = 1;
  };

  const last = scores.length - 1;
  for (let k = 0; k <= last; k++) {
    const m = mass[k]!;
    const s = scores[k]!;
    if (m > 0) {
      const g = codes[k]!;
      if (tiedPositives[g] === 0 && tiedNegatives[g] === 0) touched.push(g);
      const tied = labels[k] === 1 ? tiedPositives : tiedNegatives;
      tied[g]! += m;
      tied[all]! += m;
      scoreSum[g]! += m * s;
      const miss = s - labels[k]!;
      brierSum[g]! += m * miss * miss;
      const probability = labels[k] === 1 ? s : 1 - s;
      lossSum[g]! -= m * (s < 0 || s > 1 ? NaN : Math.log(Math.min(Math.max(probability, EPSILON), 1 - EPSILON)));
    }
    if (k === last || scores[k + 1] !== s) closeTies();
  }

  for (let g = 0; g < groups; g++) {
    scoreSum[all]! += scoreSum[g]!;
    lossSum[all]! += lossSum[g]!;
    brierSum[all]! += brierSum[g]!;
  }
  const result = new Float64Array((groups + 1) * SCORE_METRIC_NAMES.length).fill(NaN);
  for (let g = 0; g <= groups; g++) {
    const p = positives[g]!;
    const q = negatives[g]!;
    const at = g * SCORE_METRIC_NAMES.length;
    result[at] = scoreSum[g]! / (p + q);
    if (!labelled) continue;
    result[at + 1] = 1 - lostPairs[g]! / (p * q);
    result[at + 2] = p > 0 ? precision[g]! / p : NaN;
    result[at + 3] = lossSum[g]! / (p + q);
    result[at + 4] = Number.isNaN(lossSum[g]!) ? NaN : brierSum[g]! / (p + q);
  }
  return result;
}

/**
 * Evaluates all metrics of scores.
 *
 * @param table The sorted rows.
 * @returns Values of each group in the order of `table.names`, and of everybody.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreMetrics } from "./score_metrics.ts";
 * import { scoreTable } from "./score_table.ts";
 *
 * const table = scoreTable({ labels: [0, 1, 1], scores: [0.25, 0.75, 0.5], groups: ["a", "a", "b"] });
 * const { groups, overall } = scoreMetrics(table);
 * assertEquals(overall.rocAuc, { value: 1 });
 * assertEquals(groups[1]!.rocAuc, { value: null, reason: "only one class among the labels" });
 * ```
 */
export function scoreMetrics(
  table: ScoreTable,
): { groups: Record<ScoreMetricName, Value>[]; overall: Record<ScoreMetricName, Value> } {
  const numbers = scoreStatistics(table);
  const read = (g: number, rows: number) =>
    Object.fromEntries(SCORE_METRIC_NAMES.map((name, j) => {
      const x = numbers[g * SCORE_METRIC_NAMES.length + j]!;
      return [name, Number.isFinite(x) ? defined(x) : undefinedBecause(reasonFor(name, table, rows))];
    })) as Record<ScoreMetricName, Value>;
  return {
    groups: table.names.map((_, g) => read(g, table.rows[g]!)),
    overall: read(table.names.length, table.scores.length),
  };
}
