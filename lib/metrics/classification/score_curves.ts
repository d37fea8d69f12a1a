import { type RocCurve, rocCurves } from "../fairness/abroca.ts";
import type { Estimate } from "./confusion_bootstrap.ts";
import type { GapEstimate } from "../fairness/confusion_gaps.ts";
import { frameIntervals, type FrameIntervalsOptions } from "../fairness/frame_intervals.ts";
import { groupRows } from "../groups.ts";
import { metricFrame } from "../fairness/metric_frame.ts";
import { type PrecisionRecallCurve, precisionRecallCurves } from "./precision_recall.ts";
import type { Column } from "../rows.ts";
import { type ScoreInput, scoreTable } from "./score_table.ts";
import type { GroupCount } from "../value.ts";

/** The curves of one group or of everybody, with the areas under them. */
export interface CurvesOf {
  readonly positives: number;
  /** `null` with one class only. */
  readonly roc: RocCurve | null;
  /** `null` without a positive label. */
  readonly precisionRecall: PrecisionRecallCurve | null;
  readonly rocAuc: Estimate;
  readonly averagePrecision: Estimate;
}

/** How scores rank within each group. */
export interface ScoreCurves {
  readonly count: number;
  readonly overall: CurvesOf;
  readonly groups: readonly (GroupCount & CurvesOf)[];
  /** Largest minus smallest area of the groups, with tests against chance. */
  readonly gaps: Readonly<Record<"rocAuc" | "averagePrecision", GapEstimate>>;
}

/**
 * ROC and precision–recall curves of every group and of everybody, with intervals of the areas under them and tests of their
 * gaps.
 *
 * @param input Columns of length `n`, with labels.
 * @param options How to bootstrap and to test.
 * @returns The curves.
 * @throws {InputError} If a cell is missing or out of range.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { scoreCurves } from "./score_curves.ts";
 *
 * const { groups } = scoreCurves({
 *   labels: [1, 0, 0],
 *   scores: [0.75, 0.25, 0.5],
 *   groups: ["a", "a", "b"],
 * }, { rng: new Rng(1), resamples: 20 });
 * assertEquals(groups.map(({ rocAuc }) => rocAuc.estimate), [
 *   { value: 1 },
 *   { value: null, reason: "only one class among the labels" },
 * ]);
 * assertEquals(groups[1]!.roc, null);
 * ```
 */
export function scoreCurves(
  input: ScoreInput & { readonly labels: Column },
  options: FrameIntervalsOptions,
): ScoreCurves {
  const groups = groupRows(input.groups);
  const { labels, scores, weights, clusters, smallBelow } = input;
  const frameInput = { labels, scores, weights, clusters, smallBelow, attributes: { group: groups } };
  const frame = metricFrame(frameInput);
  const intervals = frameIntervals(frameInput, options);
  const table = scoreTable({ ...input, groups });
  const together = scoreTable({ ...input, groups: { names: ["all"], codes: groups.codes.map(() => 0) } });
  const [roc, precisionRecall] = [rocCurves(table), precisionRecallCurves(table)];
  const positives = new Float64Array(groups.names.length);
  groups.codes.forEach((code, i) => positives[code]! += labels[i]!);
  const gap = (name: "rocAuc" | "averagePrecision"): GapEstimate => ({
    estimate: frame.derived[name].difference.betweenGroups,
    interval: intervals[name]!.difference.betweenGroups,
    pValue: intervals[name]!.pValues.difference.betweenGroups,
  });
  return {
    count: frame.count,
    overall: {
      positives: positives.reduce((sum, count) => sum + count, 0),
      roc: rocCurves(together)[0]!,
      precisionRecall: precisionRecallCurves(together)[0]!,
      rocAuc: { estimate: frame.overall.rocAuc, interval: intervals.rocAuc!.overall },
      averagePrecision: { estimate: frame.overall.averagePrecision, interval: intervals.averagePrecision!.overall },
    },
    groups: frame.groups.map(({ group, count, small, metrics }, g) => ({
      group,
      count,
      small,
      positives: positives[g]!,
      roc: roc[g]!,
      precisionRecall: precisionRecall[g]!,
      rocAuc: { estimate: metrics.rocAuc, interval: intervals.rocAuc!.groups[g]! },
      averagePrecision: { estimate: metrics.averagePrecision, interval: intervals.averagePrecision!.groups[g]! },
    })),
    gaps: { rocAuc: gap("rocAuc"), averagePrecision: gap("averagePrecision") },
  };
}
