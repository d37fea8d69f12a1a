import { groupCounts } from "../fairness/group_values.ts";
import { groupRows, type Groups } from "../groups.ts";
import { quantileOfSorted } from "../inference/quantile.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";
import { acceptanceThreshold } from "../classification/thresholds.ts";
import { defined, type GroupCount, ratio, SMALL_GROUP, undefinedBecause, type Value } from "../value.ts";

/** Scores of the same people, as they are and as if they were of another group. */
export interface CounterfactualInput {
  /** `[n]` scores as they are. */
  readonly original: Column;
  /** `[n]` scores of the twins: the same texts with only the sensitive mention changed. */
  readonly counterfactual: Column;
  /** `[n]` the groups people are really in, for the parts by group. */
  readonly groups?: Groups | undefined;
  /** Groups with fewer rows are flagged; {@linkcode SMALL_GROUP} if absent. */
  readonly smallBelow?: number | undefined;
}

/** How far scores move. Shift means counterfactual minus original. */
export interface ScoreShift {
  readonly mean: Value;
  readonly meanAbsolute: Value;
  /** 95th percentile of absolute shifts, linear interpolation. */
  readonly p95Absolute: Value;
  readonly maxAbsolute: Value;
}

/** How often the decision changes. */
export interface Flips {
  /** Share of rows whose decision changes. */
  readonly rate: Value;
  /** Share of rows that only the twin would be selected. */
  readonly gained: Value;
  /** Share of rows that only the original is selected. */
  readonly lost: Value;
}

/** Where the decision is made. */
export type DecisionRule = { readonly threshold: number } | {
  /** Share of the original scores to select. */
  readonly acceptanceRate: number;
  /**
   * `original`: the twin meets the threshold of the original scores, as one changed application among unchanged ones would.
   * `each`: the twins are ranked among each other. `original` if absent.
   */
  readonly thresholdFrom?: "original" | "each" | undefined;
};

/** {@linkcode ScoreShift} for everybody and by group. */
export interface CounterfactualShift {
  readonly count: number;
  readonly overall: ScoreShift;
  readonly groups: readonly (GroupCount & ScoreShift)[];
}

/** {@linkcode Flips} for everybody and by group. */
export interface CounterfactualFlips {
  readonly count: number;
  /** Threshold of the original scores. */
  readonly threshold: number;
  /** Threshold of the counterfactual scores. */
  readonly counterfactualThreshold: number;
  readonly overall: Flips;
  readonly groups: readonly (GroupCount & Flips)[];
}

/**
 * How far the scores of people move when only the sensitive mention in their text changes (counterfactual fairness in the sense
 * of Garg et al., "Counterfactual fairness in text classification through robustness", 2019: the mean absolute shift is their
 * counterfactual token fairness gap). A mean shift near 0 can hide large shifts that cancel; the absolute ones cannot.
 *
 * @param input Columns of length `n`.
 * @returns The shifts, in units of the score.
 * @throws {InputError} If a score is missing.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { counterfactualShift } from "./counterfactual.ts";
 *
 * const { overall } = counterfactualShift({ original: [0.5, 0.5], counterfactual: [0.75, 0.25] });
 * assertEquals([overall.mean.value, overall.meanAbsolute.value], [0, 0.25]);
 * ```
 */
export function counterfactualShift(input: CounterfactualInput): CounterfactualShift {
  const { n, counts, codes } = prepare(input);
  const shifts = Float64Array.from({ length: n }, (_, i) => input.counterfactual[i]! - input.original[i]!);
  return {
    count: n,
    overall: shiftOf(shifts),
    groups: counts.map((count, g) => ({ ...count, ...shiftOf(shifts.filter((_, i) => codes[i] === g)) })),
  };
}

/**
 * How often the decision about a person changes when only the sensitive mention in their text changes, by direction.
 *
 * @param input Columns of length `n`.
 * @param rule A threshold, or an acceptance rate that sets it.
 * @returns The flip rates; `rate = gained + lost`.
 * @throws {InputError} If a score is missing.
 * @throws {RangeError} If lengths differ or the acceptance rate is outside [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { counterfactualFlips } from "./counterfactual.ts";
 *
 * const scores = { original: [0.25, 0.5, 0.75, 1], counterfactual: [0.75, 0.25, 0.75, 1] };
 * const { overall } = counterfactualFlips(scores, { threshold: 0.5 });
 * assertEquals([overall.rate.value, overall.gained.value, overall.lost.value], [0.5, 0.25, 0.25]);
 * ```
 */
export function counterfactualFlips(input: CounterfactualInput, rule: DecisionRule): CounterfactualFlips {
  const { n, counts, codes } = prepare(input);
  const { original, counterfactual } = input;
  const [threshold, counterfactualThreshold] = thresholdsOf(input, rule);
  const gained = new Float64Array(counts.length);
  const lost = new Float64Array(counts.length);
  let allGained = 0, allLost = 0;
  for (let i = 0; i < n; i++) {
    const before = original[i]! >= threshold;
    const after = counterfactual[i]! >= counterfactualThreshold;
    if (before === after) continue;
    if (after) allGained++;
    else allLost++;
    if (counts.length > 0) (after ? gained : lost)[codes[i]!]! += 1;
  }
  return {
    count: n,
    threshold,
    counterfactualThreshold,
    overall: flipsOf(allGained, allLost, n),
    groups: counts.map((count, g) => ({ ...count, ...flipsOf(gained[g]!, lost[g]!, count.count) })),
  };
}

function prepare(input: CounterfactualInput) {
  const n = checkRows({ scores: input.original });
  if (input.counterfactual.length !== n) {
    throw new RangeError(`Expected one counterfactual score per score, found ${input.counterfactual.length} and ${n}`);
  }
  checkRows({ scores: input.counterfactual });
  if (input.groups === undefined) return { n, counts: [], codes: new Int32Array(n) };
  checkGroupLength(input.groups, n);
  const { names, codes } = groupRows(input.groups);
  const rows = new Float64Array(names.length);
  for (const code of codes) rows[code]! += 1;
  return { n, counts: groupCounts({ names, rows, smallBelow: input.smallBelow ?? SMALL_GROUP }), codes };
}

function shiftOf(shifts: Float64Array): ScoreShift {
  if (shifts.length === 0) {
    const nobody = undefinedBecause("no rows");
    return { mean: nobody, meanAbsolute: nobody, p95Absolute: nobody, maxAbsolute: nobody };
  }
  const absolute = shifts.map(Math.abs).sort();
  const mean = (values: Float64Array) => defined(values.reduce((a, b) => a + b) / values.length);
  return {
    mean: mean(shifts),
    meanAbsolute: mean(absolute),
    p95Absolute: defined(quantileOfSorted(absolute, 0.95)),
    maxAbsolute: defined(absolute[absolute.length - 1]!),
  };
}

function flipsOf(gained: number, lost: number, rows: number): Flips {
  return {
    rate: ratio(gained + lost, rows, "no rows"),
    gained: ratio(gained, rows, "no rows"),
    lost: ratio(lost, rows, "no rows"),
  };
}

function thresholdsOf({ original, counterfactual }: CounterfactualInput, rule: DecisionRule): [number, number] {
  if ("threshold" in rule) return [rule.threshold, rule.threshold];
  const threshold = acceptanceThreshold(original, rule.acceptanceRate);
  return [
    threshold,
    rule.thresholdFrom === "each" ? acceptanceThreshold(counterfactual, rule.acceptanceRate) : threshold,
  ];
}
