import { density, silvermanBandwidth } from "./density.ts";
import type { Estimate } from "../classification/confusion_bootstrap.ts";
import type { GapEstimate } from "./confusion_gaps.ts";
import { frameIntervals, type FrameIntervalsOptions } from "./frame_intervals.ts";
import { groupRows } from "../groups.ts";
import { metricFrame } from "./metric_frame.ts";
import { type ScoreInput } from "../classification/score_table.ts";
import type { GroupCount } from "../value.ts";

/** How the scores of one group are distributed. */
export interface GroupDensity extends GroupCount {
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
  readonly threshold: number;
  /** `[m]` places, evenly spaced: from 0 to 1 for scores between them, else past the lowest and the highest score. */
  readonly at: Float64Array;
  readonly groups: readonly GroupDensity[];
  /** Largest minus smallest mean score, with its test. */
  readonly meanGap: GapEstimate;
}

const PLACES = 121;
/** Bandwidths past which little of a kernel is left. */
const TAIL = 3;
/** Fewer different scores are shown one by one. */
const FEWEST = 8;

/**
 * The distribution of scores in each group, as curves of equal area ({@linkcode density}).
 *
 * @param input Columns of length `n`.
 * @param threshold Selected means `score ≥ threshold`.
 * @param options How to bootstrap and to test the mean scores.
 * @returns The curves.
 * @throws {InputError} If a cell is missing.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { scoreDensities } from "./score_densities.ts";
 *
 * const { groups } = scoreDensities({ scores: [0.25, 0.75], groups: ["a", "a"] }, 0.5, { rng: new Rng(1), resamples: 20 });
 * assertEquals([groups[0]!.selected, groups[0]!.density, groups[0]!.scores], [0.5, null, [0.25, 0.75]]);
 * ```
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
    meanGap: {
      estimate: frame.derived.meanScore.difference.betweenGroups,
      interval: meanScore!.difference.betweenGroups,
      pValue: meanScore!.pValues.difference.betweenGroups,
    },
  };
}
