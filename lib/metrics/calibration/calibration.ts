import { InputError } from "../../errors.ts";
import type { LabelledScores } from "../classification/scores.ts";
import { groupDifference } from "../fairness/by_group.ts";
import { quantileOfSorted } from "../inference/intervals.ts";
import { checkRows, type Column, countGroups, type GroupedRowsWith } from "../rows.ts";
import { defined, type Disparity, type GroupCount, undefinedBecause, type Value } from "../value.ts";

/** How scores are cut into bins. */
export interface BinOptions {
  /** Number of bins, 10 if absent. */
  readonly bins?: number | undefined;
  /**
   * `uniform`: bins of equal width. `quantile`: bins of equal number of rows, for scores that crowd in a corner of [0,
   * 1]. `uniform` if absent, as in scikit-learn.
   */
  readonly strategy?: "uniform" | "quantile" | undefined;
}

/** Sums per group and bin, from which every calibration metric follows without the rows. */
export interface CalibrationBins {
  /** The groups, sorted by name. */
  readonly names: readonly string[];
  /** `[B + 1]` edges; bin b holds scores in `(edges[b], edges[b + 1]]`, and bin 0 its lower edge too. */
  readonly edges: Float64Array;
  /** `[G·B]` rows. */
  readonly rows: Float64Array;
  /** `[G·B]` sums of weights. */
  readonly weight: Float64Array;
  /** `[G·B]` sums of weight × label. */
  readonly positive: Float64Array;
  /** `[G·B]` sums of weight × score. */
  readonly score: Float64Array;
}

/**
 * Sums labels and scores by group and score bin in one pass over the rows.
 *
 * Bins are closed on the right, as in scikit-learn's `calibration_curve` and Guo et al. 2017.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 * @throws {RangeError} If lengths differ or the number of bins is not a positive integer.
 */
export function calibrationBins(
  input: GroupedRowsWith<"labels" | "scores">,
  options: BinOptions = {},
): CalibrationBins {
  const { labels, scores, weights, counts, groups } = input;
  const { bins = 10, strategy = "uniform" } = options;
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`Expected at least one bin, found ${bins}`);
  const n = checkRows({ labels, scores, weights, counts });
  checkProbabilities(scores);
  const { names, codes } = countGroups({ groups }, n);
  const edges = strategy === "uniform" ? uniformEdges(bins) : quantileEdges(scores, bins);
  const size = names.length * bins;
  const rows = new Float64Array(size);
  const weight = new Float64Array(size);
  const positive = new Float64Array(size);
  const score = new Float64Array(size);
  for (let i = 0; i < n; i++) {
    const s = scores[i]!;
    const times = counts?.[i] ?? 1;
    const w = (weights?.[i] ?? 1) * times;
    const at = codes[i]! * bins + binOf(s, edges);
    rows[at]! += times;
    weight[at]! += w;
    positive[at]! += w * labels[i]!;
    score[at]! += w * s;
  }
  return { names, edges, rows, weight, positive, score };
}

/** Throws an `InputError` unless every score is a probability. */
export function checkProbabilities(scores: Column): void {
  for (let i = 0; i < scores.length; i++) {
    const s = scores[i]!;
    if (!(s >= 0 && s <= 1)) throw new InputError(`scores[${i}]: expected a probability in [0, 1], found ${s}`);
  }
}

function uniformEdges(bins: number): Float64Array {
  // numpy.linspace multiplies by the step; i / bins would move a score on an edge such as 0.3 to another bin.
  const edges = Float64Array.from({ length: bins + 1 }, (_, i) => i * (1 / bins));
  edges[bins] = 1;
  return edges;
}

function quantileEdges(scores: Column, bins: number): Float64Array {
  const sorted = Float64Array.from(scores).sort();
  return Float64Array.from({ length: bins + 1 }, (_, i) => quantileOfSorted(sorted, i / bins));
}

/** Finds the bin of a score. */
export function binOf(score: number, edges: Float64Array): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (score <= edges[middle + 1]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** One point of a reliability curve. */
export interface ReliabilityBin {
  /** Lower edge of the scores, exclusive but for the first bin. */
  readonly low: number;
  /** Upper edge of the scores, inclusive. */
  readonly high: number;
  /** Rows in the bin. */
  readonly count: number;
  /** Sum of their weights. */
  readonly weight: number;
  /** Mean score; undefined in an empty bin. */
  readonly meanScore: Value;
  /** Share of positives; undefined in an empty bin. */
  readonly positiveRate: Value;
}

/** How far scores are from being probabilities. */
export interface CalibrationError {
  /** Expected calibration error, the weighted mean of the bins' errors. */
  readonly ece: Value;
  /** Maximum calibration error, the largest of the bins' errors. */
  readonly mce: Value;
  /** Mean score minus share of positives; above 0 the scores promise too much. */
  readonly bias: Value;
}

/**
 * Expected and maximum calibration error: `ECE = Σ_b (W_b / W) |Σ_b w·y / W_b − Σ_b w·p / W_b|` and the largest of
 * those, empty bins skipped (Guo et al., "On calibration of modern neural networks", 2017).
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { calibrationError } from "@fair-embeddings/lib/metrics";
 *
 * const { ece, mce, bias } = calibrationError({ labels: [0, 1, 1, 1], scores: [0.25, 0.5, 0.75, 1] }, { bins: 2 });
 * assertEquals([ece.value, mce.value, bias.value], [0.125, 0.125, -0.125]);
 * ```
 */
export function calibrationError(input: LabelledScores, options: BinOptions = {}): CalibrationError {
  const groups = { names: ["all"], codes: new Int32Array(input.scores.length) };
  return errorOf(calibrationBins({ ...input, groups }, options));
}

/** Reads the reliability curve of one group, or of everybody, from the sums. */
export function curveOf(bins: CalibrationBins, group?: number): ReliabilityBin[] {
  return Array.from({ length: bins.edges.length - 1 }, (_, b) => {
    const weight = sum(bins, "weight", b, group);
    const mean = (key: "score" | "positive") =>
      weight > 0 ? defined(sum(bins, key, b, group) / weight) : undefinedBecause("no row in this bin");
    return {
      low: bins.edges[b]!,
      high: bins.edges[b + 1]!,
      count: sum(bins, "rows", b, group),
      weight,
      meanScore: mean("score"),
      positiveRate: mean("positive"),
    };
  });
}

/** Reads the calibration errors of one group, or of everybody, from the sums. */
export function errorOf(bins: CalibrationBins, group?: number): CalibrationError {
  const ofBins = (of: (bin: number) => number) => Float64Array.from({ length: bins.edges.length - 1 }, (_, b) => of(b));
  const excess = ofBins((b) => sum(bins, "score", b, group) - sum(bins, "positive", b, group));
  const [ece, mce, bias] = errorsOf(excess, ofBins((b) => sum(bins, "weight", b, group)));
  if (Number.isNaN(ece)) {
    const nobody = undefinedBecause("no rows");
    return { ece: nobody, mce: nobody, bias: nobody };
  }
  return { ece: defined(ece), mce: defined(mce), bias: defined(bias) };
}

/**
 * ECE, MCE and bias from what scores promise in excess of labels in each bin, and the bins' weights; NaN without rows.
 */
export function errorsOf(excess: Float64Array, mass: Float64Array): [number, number, number] {
  let total = 0, signed = 0, absolute = 0, largest = 0;
  for (let b = 0; b < mass.length; b++) {
    if (mass[b] === 0) continue;
    total += mass[b]!;
    signed += excess[b]!;
    absolute += Math.abs(excess[b]!);
    largest = Math.max(largest, Math.abs(excess[b]!) / mass[b]!);
  }
  return total === 0 ? [NaN, NaN, NaN] : [absolute / total, largest, signed / total];
}

function sum(
  bins: CalibrationBins,
  key: "rows" | "weight" | "positive" | "score",
  bin: number,
  group: number | undefined,
): number {
  const width = bins.edges.length - 1;
  if (group !== undefined) return bins[key][group * width + bin]!;
  let total = 0;
  for (let at = bin; at < bins[key].length; at += width) total += bins[key][at]!;
  return total;
}

/** The calibration of one group. */
export interface GroupCalibration extends CalibrationError, GroupCount {
  /** Its reliability curve, over the same bins for every group. */
  readonly curve: readonly ReliabilityBin[];
}

/** Calibration by group. */
export interface CalibrationByGroup {
  /** Of everybody. */
  readonly overall: CalibrationError & { readonly curve: readonly ReliabilityBin[] };
  /** Of each group, in order of their names. */
  readonly groups: readonly GroupCalibration[];
  /** Largest minus smallest expected calibration error. */
  readonly eceDifference: Disparity;
  /** Largest minus smallest bias: how differently the same score must be read. */
  readonly biasDifference: Disparity;
}

/**
 * Calibration errors of every group, and how far the groups lie apart.
 *
 * A score that means 70% for one group and 50% for another is unfair even where decisions are balanced (Kleinberg,
 * Mullainathan & Raghavan 2016). Small groups have noisy bins, which raises their ECE: compare counts before errors.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { calibrationByGroup } from "@fair-embeddings/lib/metrics";
 *
 * const { groups, eceDifference } = calibrationByGroup({
 *   labels: [1, 0, 1, 1],
 *   scores: [0.5, 0.5, 0.75, 0.75],
 *   groups: ["a", "a", "b", "b"],
 * });
 * assertEquals(groups.map(({ bias }) => bias.value), [0, -0.25]);
 * assertEquals(eceDifference.value, 0.25);
 * ```
 */
export function calibrationByGroup(
  input: GroupedRowsWith<"labels" | "scores">,
  options: BinOptions = {},
): CalibrationByGroup {
  const bins = calibrationBins(input, options);
  const { counts } = countGroups(input, input.scores.length);
  const groups = counts.map((count, g): GroupCalibration => ({
    ...count,
    ...errorOf(bins, g),
    curve: curveOf(bins, g),
  }));
  const overall = { ...errorOf(bins), curve: curveOf(bins) };
  const difference = (key: "ece" | "bias") =>
    groupDifference({ groups: counts, values: groups.map((group) => group[key]), overall: overall[key] });
  return { overall, groups, eceDifference: difference("ece"), biasDifference: difference("bias") };
}
