import { InputError } from "../../errors.ts";
import { groupRows, type Groups } from "../groups.ts";
import { quantileOfSorted } from "../inference/quantile.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";

/** What the calibration metrics read. */
export interface CalibrationInput {
  /** `[n]` true labels, 0 or 1. */
  readonly labels: Column;
  /** `[n]` probabilities of label 1. */
  readonly scores: Column;
  /** `[n]` sample weights, 1 if absent. */
  readonly weights?: Column | undefined;
}

/** How scores are cut into bins. */
export interface BinOptions {
  /** Number of bins, 10 if absent. */
  readonly bins?: number | undefined;
  /**
   * `uniform`: bins of equal width. `quantile`: bins of equal number of rows, for scores that crowd in a corner of [0, 1].
   * `uniform` if absent, as in scikit-learn.
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
 *
 * @param input Columns of length `n`.
 * @param groups `[n]` group names.
 * @param options Number and kind of bins.
 * @returns The sums. Quantile bins are cut on all rows together, so that groups share their bins.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 * @throws {RangeError} If lengths differ or the number of bins is not a positive integer.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { calibrationBins } from "./calibration_bins.ts";
 *
 * const bins = calibrationBins({ labels: [0, 1, 1], scores: [0.1, 0.5, 0.9] }, ["a", "a", "b"], { bins: 2 });
 * assertEquals(bins.rows, Float64Array.of(2, 0, 0, 1));
 * ```
 */
export function calibrationBins(input: CalibrationInput, groups: Groups, options: BinOptions = {}): CalibrationBins {
  const { labels, scores, weights } = input;
  const { bins = 10, strategy = "uniform" } = options;
  if (!Number.isInteger(bins) || bins < 1) throw new RangeError(`Expected at least one bin, found ${bins}`);
  const n = checkRows({ labels, scores, weights });
  checkProbabilities(scores);
  checkGroupLength(groups, n);
  const { names, codes } = groupRows(groups);
  const edges = strategy === "uniform" ? uniformEdges(bins) : quantileEdges(scores, bins);
  const size = names.length * bins;
  const rows = new Float64Array(size);
  const weight = new Float64Array(size);
  const positive = new Float64Array(size);
  const score = new Float64Array(size);
  for (let i = 0; i < n; i++) {
    const s = scores[i]!;
    const w = weights?.[i] ?? 1;
    const at = codes[i]! * bins + binOf(s, edges);
    rows[at]! += 1;
    weight[at]! += w;
    positive[at]! += w * labels[i]!;
    score[at]! += w * s;
  }
  return { names, edges, rows, weight, positive, score };
}

/**
 * Throws unless every score is a probability.
 *
 * @param scores `[n]` scores.
 * @throws {InputError} If a score lies outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { checkProbabilities } from "./calibration_bins.ts";
 *
 * assertThrows(() => checkProbabilities([0.2, 1.5]), Error, "scores[1]: expected a probability in [0, 1], found 1.5");
 * ```
 */
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

/**
 * Finds the bin of a score.
 *
 * @param score Within the edges.
 * @param edges `[B + 1]` edges of a {@linkcode CalibrationBins}.
 * @returns The index of the bin.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { binOf } from "./calibration_bins.ts";
 *
 * const edges = Float64Array.of(0, 0.5, 1);
 * assertEquals([0, 0.5, 0.75].map((score) => binOf(score, edges)), [0, 0, 1]);
 * ```
 */
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
