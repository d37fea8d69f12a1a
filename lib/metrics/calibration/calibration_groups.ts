import { type CalibrationError, curveOf, errorOf, type ReliabilityBin } from "./calibration.ts";
import { type BinOptions, calibrationBins, type CalibrationInput } from "./calibration_bins.ts";
import { groupDifference } from "../fairness/derived.ts";
import { groupCounts } from "../fairness/group_values.ts";
import type { Groups } from "../groups.ts";
import { type Disparity, type GroupCount, SMALL_GROUP } from "../value.ts";

/** The calibration of one group. */
export interface GroupCalibration extends CalibrationError, GroupCount {
  /** Its reliability curve, over the same bins for every group. */
  readonly curve: readonly ReliabilityBin[];
}

/** Calibration by group. */
export interface CalibrationByGroup {
  readonly overall: CalibrationError & { readonly curve: readonly ReliabilityBin[] };
  readonly groups: readonly GroupCalibration[];
  /** Largest minus smallest expected calibration error. */
  readonly eceGap: Disparity;
  /** Largest minus smallest signed gap: how differently the same score must be read. */
  readonly biasGap: Disparity;
}

/**
 * Calibration errors of every group, and how far the groups lie apart.
 *
 * A score that means 70 % for one group and 50 % for another is unfair even where decisions are balanced (calibration within
 * groups; Kleinberg, Mullainathan & Raghavan 2016). Small groups have noisy bins, which raises their ECE: an ECE is a mean of
 * absolute values and cannot average noise away. Compare counts before errors.
 *
 * @param input Columns of length `n` and `[n]` group names.
 * @param options Number and kind of bins.
 * @returns Errors and reliability curves, overall and by group, and the gaps.
 * @throws {InputError} If a label is not 0 or 1 or a score lies outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { calibrationByGroup } from "./calibration_groups.ts";
 *
 * const { groups, eceGap } = calibrationByGroup({
 *   labels: [1, 0, 1, 1],
 *   scores: [0.5, 0.5, 0.75, 0.75],
 *   groups: ["a", "a", "b", "b"],
 * });
 * assertEquals(groups.map(({ bias }) => bias.value), [0, -0.25]);
 * assertEquals(eceGap.value, 0.25);
 * ```
 */
export function calibrationByGroup(
  input: CalibrationInput & { readonly groups: Groups; readonly smallBelow?: number | undefined },
  options: BinOptions = {},
): CalibrationByGroup {
  const bins = calibrationBins(input, input.groups, options);
  const width = bins.edges.length - 1;
  const rows = Float64Array.from(bins.names, (_, g) => {
    return bins.rows.subarray(g * width, (g + 1) * width).reduce((a, b) => a + b, 0);
  });
  const counts = groupCounts({ names: bins.names, rows, smallBelow: input.smallBelow ?? SMALL_GROUP });
  const groups = counts.map((count, g): GroupCalibration => ({
    ...count,
    ...errorOf(bins, g),
    curve: curveOf(bins, g),
  }));
  const overall = { ...errorOf(bins), curve: curveOf(bins) };
  const gap = (key: "ece" | "bias") =>
    groupDifference({ groups: counts, values: groups.map((group) => group[key]), overall: overall[key] });
  return { overall, groups, eceGap: gap("ece"), biasGap: gap("bias") };
}
