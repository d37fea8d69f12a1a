import { NO_LABELS } from "../classification/confusion.ts";
import { curveRoom, precisionRecallCurves, rocCurves } from "../classification/curves.ts";
import type { CurveRoom, PrecisionRecallCurve, RocCurve } from "../classification/curves.ts";
import { type ScoreInput, type ScoreTable, scoreTable } from "../classification/scores.ts";
import type { Estimate } from "../inference/unique_rows.ts";
import { type Column, groupCounts, groupRows } from "../rows.ts";
import { defined, type Disparity, type ExcludedGroup, type GroupCount, undefinedBecause } from "../value.ts";
import type { DisparityEstimate } from "./disparities.ts";
import { frameIntervals, type FrameIntervalsOptions } from "./frame_intervals.ts";
import { metricFrame } from "./metric_frame.ts";

/** ABROCA with the pair of groups that sets it. */
export type Abroca = Disparity & {
  /** The two groups whose curves lie furthest apart; `null` where the value is undefined. */
  readonly pair: readonly [string, string] | null;
};

/**
 * The area between two ROC curves, `∫ |TPRₐ(x) − TPR_b(x)| dx`, exact: the curves are straight between their points.
 */
export function areaBetween(a: RocCurve, b: RocCurve): number {
  let area = 0, x = 0, i = 1, j = 1;
  while (i < a.fpr.length && j < b.fpr.length) {
    // A vertical step has no width: only its end matters to what follows.
    if (a.fpr[i]! <= x) {
      i++;
      continue;
    }
    if (b.fpr[j]! <= x) {
      j++;
      continue;
    }
    const next = Math.min(a.fpr[i]!, b.fpr[j]!);
    const left = heightAt(a, i, x) - heightAt(b, j, x);
    const right = heightAt(a, i, next) - heightAt(b, j, next);
    const sum = Math.abs(left) + Math.abs(right);
    const mean = left * right >= 0 ? sum / 2 : (left * left + right * right) / (2 * sum);
    area += mean * (next - x);
    x = next;
  }
  return area;
}

/** The height at x on the segment that ends in point i. */
function heightAt({ fpr, tpr }: RocCurve, i: number, x: number): number {
  const from = fpr[i - 1]!;
  return tpr[i - 1]! + (tpr[i]! - tpr[i - 1]!) * (x - from) / (fpr[i]! - from);
}

/**
 * ABROCA, the area between ROC curves (Gardner, Brooks & Baker 2019), of the two groups whose curves lie furthest
 * apart. Unlike a difference of AUCs it does not cancel where the curves cross. It is never negative and therefore
 * above 0 by chance alone: judge it with the permutation test.
 */
export function abroca(table: ScoreTable, mass: Float64Array = table.mass): Abroca {
  const groups = groupCounts(table);
  const excluded: ExcludedGroup[] = [];
  if (!table.labelled) return { ...undefinedBecause(NO_LABELS), groups, excluded, pair: null };
  const kept: { name: string; curve: RocCurve }[] = [];
  rocCurves(table, mass).forEach((curve, g) => {
    const name = table.names[g]!;
    if (curve === null) {
      excluded.push({ group: name, reason: table.rows[g] === 0 ? "no rows" : "only one class among the labels" });
    } else kept.push({ name, curve });
  });
  const [best, i, j] = furthest(kept.map(({ curve }) => curve));
  const pair = i === undefined || j === undefined ? null : [kept[i]!.name, kept[j]!.name] as const;
  const value = pair === null
    ? undefinedBecause(`a disparity needs two groups with both classes, found ${kept.length} of ${groups.length}`)
    : defined(best);
  return { ...value, groups, excluded, pair };
}

/** The largest area between two curves, and whose they are; −1 where there are no two. */
function furthest(curves: readonly RocCurve[]): [area: number, i?: number, j?: number] {
  let best: [number, number?, number?] = [-1];
  for (let i = 0; i < curves.length; i++) {
    for (let j = i + 1; j < curves.length; j++) {
      const area = areaBetween(curves[i]!, curves[j]!);
      if (area > best[0]) best = [area, i, j];
    }
  }
  return best;
}

/**
 * Finds the value of {@linkcode abroca} alone, NaN where it is undefined, of one table after the other: what they need
 * of memory is used again.
 */
export function abrocaOf(): (table: ScoreTable, mass: Float64Array) => number {
  let room: CurveRoom | undefined;
  return (table, mass) => {
    if (!table.labelled) return NaN;
    if (room?.positives.length !== table.codes.length + table.names.length) room = curveRoom(table);
    const [area] = furthest(rocCurves(table, mass, room).filter((curve) => curve !== null));
    return area < 0 ? NaN : area;
  };
}

/** The curves of one group or of everybody, with the areas under them. */
export interface CurvesOf {
  /** Rows with label 1. */
  readonly positives: number;
  /** `null` with one class only. */
  readonly roc: RocCurve | null;
  /** `null` without a positive label. */
  readonly precisionRecall: PrecisionRecallCurve | null;
  /** Area under the ROC curve. */
  readonly rocAuc: Estimate;
  /** Area under the steps of the precision–recall curve. */
  readonly averagePrecision: Estimate;
}

/** How scores rank within each group. */
export interface ScoreCurves {
  /** Rows. */
  readonly count: number;
  /** Of everybody. */
  readonly overall: CurvesOf;
  /** Of each group, in order of their names. */
  readonly groups: readonly (GroupCount & CurvesOf)[];
  /** Largest minus smallest area of the groups, with tests against chance. */
  readonly differences: Readonly<Record<"rocAuc" | "averagePrecision", DisparityEstimate>>;
}

/**
 * ROC and precision–recall curves of every group and of everybody, with intervals of the areas under them and tests of
 * their differences.
 * @throws {InputError} If a cell is missing or out of range.
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
  const difference = (name: "rocAuc" | "averagePrecision"): DisparityEstimate => ({
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
    differences: { rocAuc: difference("rocAuc"), averagePrecision: difference("averagePrecision") },
  };
}
