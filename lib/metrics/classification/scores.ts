import { argsortDescending } from "../argsort.ts";
import { checkGroupLength, checkRows, type Column, countGroups, groupRows } from "../rows.ts";
import type { GroupedRowsWith, Grouping, RowsWith } from "../rows.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";
import { NO_LABELS } from "./confusion.ts";

/**
 * Rows sorted by score from high to low, with their group, label and mass. Sorted once, every score metric of every
 * group is one pass, and a resample is the same table with other masses.
 */
export interface ScoreTable {
  /** The groups, sorted by name. */
  readonly names: readonly string[];
  /** `[G]` rows of each group. */
  readonly rows: Float64Array;
  /** `[K]` scores, descending. */
  readonly scores: Float64Array;
  /** `[K]` labels, 0 or 1; all 0 without labels. */
  readonly labels: Uint8Array;
  /** `[K]` group of each entry. */
  readonly codes: Int32Array;
  /** `[K]` weight of each entry (number of rows × their weight). */
  readonly mass: Float64Array;
  /** `[K]` rows of each entry; 1 if absent. */
  readonly counts?: Float64Array | undefined;
  /** What rows belong together; rows are independent if absent. */
  readonly clusters?: Grouping | undefined;
  /** Whether labels were given. */
  readonly labelled: boolean;
  /** Groups with fewer rows are flagged. */
  readonly smallBelow: number;
}

/** Scores by group; without labels only mean scores are known. */
export type ScoreInput = GroupedRowsWith<"scores">;

/**
 * Sorts rows by score, O(n).
 * @throws {InputError} If a cell is missing or out of range.
 */
export function scoreTable(input: ScoreInput): ScoreTable {
  const { labels, scores, weights, counts } = input;
  const n = checkRows({ labels, scores, weights, counts });
  const { names, codes, rows, smallBelow } = countGroups(input, n);
  const clusters = input.clusters && groupRows(input.clusters);
  if (clusters !== undefined) checkGroupLength(clusters, n);
  const order = argsortDescending(scores);
  return {
    names,
    rows,
    scores: taken(scores, order, new Float64Array(n)),
    labels: labels === undefined ? new Uint8Array(n) : taken(labels, order, new Uint8Array(n)),
    codes: taken(codes, order, new Int32Array(n)),
    mass: massOf(order, weights, counts),
    counts: counts && taken(counts, order, new Float64Array(n)),
    clusters: clusters && { names: clusters.names, codes: taken(clusters.codes, order, new Int32Array(n)) },
    labelled: labels !== undefined,
    smallBelow,
  };
}

/** A loop, since `from` calls a function for each row: a tenth of the time where rows are a million. */
function taken<T extends Float64Array | Int32Array | Uint8Array>(column: Column, order: Uint32Array, into: T): T {
  for (let k = 0; k < order.length; k++) into[k] = column[order[k]!]!;
  return into;
}

function massOf(order: Uint32Array, weights: Column | undefined, counts: Column | undefined): Float64Array {
  const mass = new Float64Array(order.length).fill(1);
  for (const column of [weights, counts]) {
    if (column !== undefined) { for (let k = 0; k < order.length; k++) mass[k]! *= column[order[k]!]!; }
  }
  return mass;
}

/** Sorted rows, or those sorted already. */
export function sortedScores(input: ScoreInput | ScoreTable): ScoreTable {
  return "mass" in input ? input : scoreTable(input);
}

/** Metrics of scores, in the order in which {@linkcode scoreStatistics} lays them out. */
export const SCORE_METRIC_NAMES: readonly ScoreMetricName[] = [
  "meanScore",
  "rocAuc",
  "averagePrecision",
  "logLoss",
  "brier",
];

/** The name of a metric of scores. */
export type ScoreMetricName = "meanScore" | "rocAuc" | "averagePrecision" | "logLoss" | "brier";

const NO_PROBABILITY = "a score outside [0, 1] is not a probability";

/**
 * What is held fixed when differences of a metric are tested (only ROC-AUC does not depend on base rates), and why it
 * is undefined.
 */
export const SCORE_METRICS: Readonly<Record<ScoreMetricName, { within: "nothing" | "label"; reason: string }>> = {
  meanScore: { within: "nothing", reason: "no rows" },
  rocAuc: { within: "label", reason: "only one class among the labels" },
  averagePrecision: { within: "nothing", reason: "no row with a positive label" },
  logLoss: { within: "nothing", reason: NO_PROBABILITY },
  brier: { within: "nothing", reason: NO_PROBABILITY },
};

function reasonFor(name: ScoreMetricName, table: ScoreTable, rows: number): string {
  if (rows === 0) return SCORE_METRICS.meanScore.reason;
  return name !== "meanScore" && !table.labelled ? NO_LABELS : SCORE_METRICS[name].reason;
}

// Clipping as in scikit-learn's log_loss: a probability of 0 or 1 costs ln(2^52), not infinity.
const EPSILON = Number.EPSILON;

function logLossOf(score: number, label: number): number {
  if (score < 0 || score > 1) return NaN;
  return -Math.log(Math.min(Math.max(label === 1 ? score : 1 - score, EPSILON), 1 - EPSILON));
}

const LOSSES = new WeakMap<Float64Array, { readonly labels: Uint8Array; readonly losses: Float64Array }>();

/** `[K]` the loss of each entry: logarithms are found once for a table that is resampled a thousand times. */
function lossesOf({ scores, labels }: ScoreTable): Float64Array {
  const known = LOSSES.get(scores);
  if (known?.labels === labels) return known.losses;
  const losses = new Float64Array(scores.length);
  for (let k = 0; k < losses.length; k++) losses[k] = logLossOf(scores[k]!, labels[k]!);
  LOSSES.set(scores, { labels, losses });
  return losses;
}

/**
 * All metrics of scores for every group and for everybody, in one pass over the sorted rows; the functions below that
 * are called as scikit-learn's give the formulas. `meanScore` is `Σ w·s / Σ w`.
 */
export function scoreStatistics(table: ScoreTable, mass: Float64Array = table.mass): Float64Array {
  const { scores, labels, codes, labelled } = table;
  const losses = lossesOf(table);
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

  // What `closeTies` does for a score that one entry has, as most have.
  const addSingle = (g: number, m: number, isPositive: boolean) => {
    if (!isPositive) {
      negatives[g]! += m;
      return;
    }
    lostPairs[g]! += m * negatives[g]!;
    positives[g]! += m;
    precision[g]! += m * positives[g]! / (positives[g]! + negatives[g]!);
  };

  const last = scores.length - 1;
  for (let k = 0, start = 0; k <= last; k++) {
    const m = mass[k]!;
    const s = scores[k]!;
    const ends = k === last || scores[k + 1] !== s;
    if (m > 0) {
      const g = codes[k]!;
      scoreSum[g]! += m * s;
      const miss = s - labels[k]!;
      brierSum[g]! += m * miss * miss;
      lossSum[g]! += m * losses[k]!;
      if (ends && start === k) {
        addSingle(g, m, labels[k] === 1);
        addSingle(all, m, labels[k] === 1);
        start = k + 1;
        continue;
      }
      if (tiedPositives[g] === 0 && tiedNegatives[g] === 0) touched.push(g);
      const tied = labels[k] === 1 ? tiedPositives : tiedNegatives;
      tied[g]! += m;
      tied[all]! += m;
    }
    if (!ends) continue;
    closeTies();
    start = k + 1;
  }

  for (const sums of [scoreSum, lossSum, brierSum]) for (let g = 0; g < groups; g++) sums[all]! += sums[g]!;
  return Float64Array.from({ length: (groups + 1) * SCORE_METRIC_NAMES.length }, (_, at) => {
    const g = Math.floor(at / SCORE_METRIC_NAMES.length);
    const p = positives[g]!, q = negatives[g]!;
    const metric = at % SCORE_METRIC_NAMES.length;
    if (metric === 0) return scoreSum[g]! / (p + q);
    if (!labelled) return NaN;
    if (metric === 1) return 1 - lostPairs[g]! / (p * q);
    if (metric === 2) return p > 0 ? precision[g]! / p : NaN;
    if (metric === 3) return lossSum[g]! / (p + q);
    return Number.isNaN(lossSum[g]!) ? NaN : brierSum[g]! / (p + q);
  });
}

/** Evaluates all metrics of scores. */
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

/** Rows with labels and scores. */
export type LabelledScores = RowsWith<"labels" | "scores">;

/** A metric of the scores of rows with labels. */
export type ScoreMetric = (rows: LabelledScores) => Value;

const everybody = (name: ScoreMetricName): ScoreMetric => ({ labels, scores, weights }) => {
  const codes = new Int32Array(checkRows({ labels, scores }));
  return scoreMetrics(scoreTable({ labels, scores, weights, groups: { names: ["all"], codes } })).overall[name];
};

/**
 * Area under the ROC curve: the probability that a random positive scores above a random negative, ties counting one
 * half; undefined with one class only. scikit-learn's `roc_auc_score`, in O(n) after a radix sort. Like the metrics
 * below it throws an `InputError` where a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rocAuc } from "@fair-embeddings/lib/metrics";
 *
 * assertEquals(rocAuc({ labels: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] }), { value: 0.75 });
 * ```
 */
export const rocAuc: ScoreMetric = everybody("rocAuc");

/**
 * Average precision, `Σ (Rₙ − Rₙ₋₁) Pₙ` over distinct scores from high to low; scikit-learn's
 * `average_precision_score`, which answers 0 without positives, where this is undefined.
 */
export const averagePrecision: ScoreMetric = everybody("averagePrecision");

/**
 * Mean negative log likelihood of the labels, natural logarithm, probabilities clipped to [2⁻⁵², 1 − 2⁻⁵²];
 * scikit-learn's `log_loss(labels=[0, 1])`.
 */
export const logLoss: ScoreMetric = everybody("logLoss");

/** Mean squared distance of probabilities from labels; scikit-learn's `brier_score_loss`. */
export const brierScore: ScoreMetric = everybody("brier");
