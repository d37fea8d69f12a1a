import { argsortDescending, checkGroupLength, checkRows, countGroups, groupRows } from "../rows.ts";
import type { Column, GroupedRowsWith, Grouping, RowsWith } from "../rows.ts";
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

interface Losses {
  readonly labels: Uint8Array;
  /** `[K]` the loss of each entry, NaN where the score is no probability. */
  readonly losses: Float64Array;
  readonly haveAll: boolean;
}

const LOSSES = new WeakMap<Float64Array, Losses>();

/** Logarithms are found once for a table that is resampled a thousand times. */
function lossesOf({ scores, labels }: ScoreTable): Losses {
  const known = LOSSES.get(scores);
  if (known?.labels === labels) return known;
  const losses = new Float64Array(scores.length);
  for (let k = 0; k < losses.length; k++) losses[k] = logLossOf(scores[k]!, labels[k]!);
  const own = { labels, losses, haveAll: !losses.includes(NaN) };
  LOSSES.set(scores, own);
  return own;
}

/** Sums of a group, or of everybody, over the rows down to a score. */
const P = 0, Q = 1, TIED_P = 2, TIED_Q = 3, LOST = 4, PRECISION = 5, SCORE = 6, LOSS = 7, BRIER = 8, SUMS = 9;

/**
 * All metrics of scores for every group and for everybody, in one pass over the sorted rows; the functions below that
 * are called as scikit-learn's give the formulas. `meanScore` is `Σ w·s / Σ w`.
 */
export function scoreStatistics(table: ScoreTable, mass: Float64Array = table.mass): Float64Array {
  const { scores, labels, codes, names: { length: groups } } = table;
  const { losses, haveAll } = lossesOf(table);
  const sums = new Float64Array((groups + 1) * SUMS);
  const all = groups * SUMS;
  for (let k = 0, n = scores.length; k < n;) {
    const s = scores[k]!;
    let end = k + 1;
    while (end < n && scores[end] === s) end++;
    for (let j = k; j < end; j++) {
      const m = mass[j]!;
      // Adding nothing is faster than asking whether there is something, but for a loss that is none.
      if (!haveAll && m === 0) continue;
      const label = labels[j]!, at = codes[j]! * SUMS, miss = s - label;
      sums[at + SCORE]! += m * s;
      sums[at + LOSS]! += m * losses[j]!;
      sums[at + BRIER]! += m * miss * miss;
      if (end === k + 1) {
        addTie(sums, at, m * label, m - m * label);
        addTie(sums, all, m * label, m - m * label);
      } else {
        sums[at + TIED_Q - label]! += m;
        sums[all + TIED_Q - label]! += m;
      }
    }
    if (end > k + 1) {
      // A group's further entries find that its tie is closed.
      for (let j = k; j < end; j++) closeTie(sums, codes[j]! * SUMS);
      closeTie(sums, all);
    }
    k = end;
  }
  for (let at = 0; at < all; at += SUMS) for (let j = SCORE; j < SUMS; j++) sums[all + j]! += sums[at + j]!;
  const result = new Float64Array((groups + 1) * SCORE_METRIC_NAMES.length);
  for (let g = 0; g <= groups; g++) writeMetrics(sums, g, table.labelled, result);
  return result;
}

function closeTie(sums: Float64Array, at: number): void {
  addTie(sums, at, sums[at + TIED_P]!, sums[at + TIED_Q]!);
  sums[at + TIED_P] = sums[at + TIED_Q] = 0;
}

/** Counts the pairs in which the negative is above: those a positive wins lie further down and are not known yet. */
function addTie(sums: Float64Array, at: number, p: number, q: number): void {
  const above = sums[at + Q]!, positives = sums[at + P]! + p, negatives = above + q;
  sums[at + LOST]! += p * (above + q / 2);
  sums[at + P] = positives;
  sums[at + Q] = negatives;
  sums[at + PRECISION]! += p * positives / (positives + negatives || 1);
}

function writeMetrics(sums: Float64Array, g: number, labelled: boolean, into: Float64Array): void {
  const at = g * SUMS, to = g * SCORE_METRIC_NAMES.length;
  const p = sums[at + P]!, q = sums[at + Q]!, loss = sums[at + LOSS]!;
  into[to] = sums[at + SCORE]! / (p + q);
  into[to + 1] = labelled ? 1 - sums[at + LOST]! / (p * q) : NaN;
  into[to + 2] = labelled && p > 0 ? sums[at + PRECISION]! / p : NaN;
  into[to + 3] = labelled ? loss / (p + q) : NaN;
  into[to + 4] = labelled && !Number.isNaN(loss) ? sums[at + BRIER]! / (p + q) : NaN;
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
