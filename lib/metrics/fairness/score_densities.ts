import type { ScoreInput } from "../classification/scores.ts";
import { quantileOfSorted } from "../inference/intervals.ts";
import type { Estimate } from "../inference/unique_rows.ts";
import { checkRows, type Column, groupRows } from "../rows.ts";
import type { GroupCount } from "../value.ts";
import type { DisparityEstimate } from "./disparities.ts";
import { frameIntervals, type FrameIntervalsOptions } from "./frame_intervals.ts";
import { metricFrame } from "./metric_frame.ts";

/**
 * A density by Gaussian kernels, `f(x) = 1/(n h) Σᵢ φ((x − xᵢ)/h)`, mirrored at bounds (Silverman, "Density estimation
 * for statistics and data analysis", 1986, §2.4 and §2.10), so that it integrates to 1 within them. The bandwidth h is
 * {@linkcode silvermanBandwidth} if absent.
 */
export function density(
  values: Column,
  at: Column,
  options: { bandwidth?: number | undefined; bounds?: readonly [number, number] | undefined } = {},
): Float64Array {
  const n = checkRows({ scores: values });
  const { bandwidth = silvermanBandwidth(values), bounds } = options;
  if (!(bandwidth > 0)) throw new RangeError(`Expected a bandwidth above 0, found ${bandwidth}`);
  const height = 1 / (n * bandwidth * Math.sqrt(2 * Math.PI));
  const kernel = (distance: number) => Math.exp(-0.5 * (distance / bandwidth) ** 2);
  return Float64Array.from(at, (x) => {
    if (bounds !== undefined && (x < bounds[0] || x > bounds[1])) return 0;
    let sum = 0;
    for (let i = 0; i < n; i++) {
      sum += kernel(x - values[i]!);
      if (bounds !== undefined) sum += kernel(x - 2 * bounds[0] + values[i]!) + kernel(x - 2 * bounds[1] + values[i]!);
    }
    return height * sum;
  });
}

/**
 * Silverman's rule of thumb, `0.9 min(s, IQR/1.34) n^(−1/5)` (1986, equation 3.31; R's `bw.nrd0`). Where the quartiles
 * coincide the standard deviation alone counts, and where all values do there is nothing to estimate.
 */
export function silvermanBandwidth(values: Column): number {
  const n = checkRows({ scores: values });
  const sorted = Float64Array.from(values).sort();
  const mean = sorted.reduce((sum, x) => sum + x, 0) / n;
  const deviation = n < 2 ? 0 : Math.sqrt(sorted.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1));
  const quartiles = (quantileOfSorted(sorted, 0.75) - quantileOfSorted(sorted, 0.25)) / 1.34;
  return 0.9 * (quartiles > 0 ? Math.min(deviation, quartiles) : deviation) * n ** -0.2;
}

/** How the scores of one group are distributed. */
export interface GroupDensity extends GroupCount {
  /** Their mean. */
  readonly meanScore: Estimate;
  /** Share of the rows with a score of at least the threshold; `null` for a group without rows. */
  readonly selected: number | null;
  /** `[m]` densities at the places of all groups; `null` where there are too few different scores for a curve. */
  readonly density: Float64Array | null;
  /** The scores themselves, where there is no curve. */
  readonly scores: readonly number[];
}

/** How the scores of all groups are distributed. */
export interface ScoreDensities {
  /** Selected means `score ≥ threshold`. */
  readonly threshold: number;
  /** `[m]` places, evenly spaced: from 0 to 1 for scores between them, else past the lowest and the highest score. */
  readonly at: Float64Array;
  /** The groups, in order of their names. */
  readonly groups: readonly GroupDensity[];
  /** Largest minus smallest mean score, with its test. */
  readonly meanDifference: DisparityEstimate;
}

const PLACES = 121;
/** Bandwidths past which little of a kernel is left. */
const TAIL = 3;
/** Fewer different scores are shown one by one. */
const FEWEST = 8;

/**
 * The distribution of scores in each group, as curves of equal area ({@linkcode density}).
 * @throws {InputError} If a cell is missing.
 */
export function scoreDensities(input: ScoreInput, threshold: number, options: FrameIntervalsOptions): ScoreDensities {
  const { names, codes } = groupRows(input.groups);
  const { scores, clusters, smallBelow } = input;
  const frameInput = { scores, clusters, smallBelow, attributes: { group: { names, codes } } };
  const frame = metricFrame(frameInput);
  const { meanScore } = frameIntervals(frameInput, options);
  const lists: number[][] = names.map(() => []);
  codes.forEach((code, i) => lists[code]!.push(scores[i]!));
  const sorted = Float64Array.from(scores).sort();
  const [lowest, highest] = [sorted[0]!, sorted.at(-1)!];
  const probabilities = lowest >= 0 && highest <= 1;
  const tail = TAIL * silvermanBandwidth(scores);
  const [from, to] = probabilities ? [0, 1] : [lowest - tail, highest + tail];
  const bounds = probabilities ? [0, 1] as const : undefined;
  const at = Float64Array.from({ length: PLACES }, (_, i) => from + (to - from) * i / (PLACES - 1));
  return {
    threshold,
    at,
    groups: frame.groups.map(({ group, count, small, metrics }, g) => {
      const own = lists[g]!;
      const drawn = new Set(own).size >= FEWEST && silvermanBandwidth(own) > 0;
      return {
        group,
        count,
        small,
        meanScore: { estimate: metrics.meanScore, interval: meanScore!.groups[g]! },
        selected: count === 0 ? null : own.filter((score) => score >= threshold).length / count,
        density: drawn ? density(own, at, { bounds }) : null,
        scores: drawn ? [] : own,
      };
    }),
    meanDifference: {
      estimate: frame.derived.meanScore.difference.betweenGroups,
      interval: meanScore!.difference.betweenGroups,
      pValue: meanScore!.pValues.difference.betweenGroups,
    },
  };
}
