import type { Rng } from "../../random.ts";
import type { ConfusionInput, ConfusionTable } from "../classification/confusion.ts";
import { groupDifference, metricByGroup } from "./by_group.ts";
import {
  accuracyDifference,
  compositeScore,
  demographicParityDifference,
  demographicParityRatio,
  differentialFairness,
  equalizedOddsDifference,
  equalOpportunityDifference,
  predictiveParityDifference,
} from "./disparities.ts";
import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import { reachIdeal } from "../inference/intervals.ts";
import { confusionPValues } from "../inference/permutation.ts";
import { type PermuteWithin, shuffledTables } from "../inference/shuffles.ts";
import { confusionKinds, tableMaker } from "../inference/unique_rows.ts";
import { defined, type Disparity, type Interval, undefinedBecause, type Value } from "../value.ts";

/** A disparity of decisions, and how chance is judged against it. */
export interface ConfusionGap {
  /** For a person to read. */
  readonly title: string;
  /** The value of perfect fairness: 0 for differences, 1 for ratios. */
  readonly ideal: 0 | 1;
  readonly needsLabels: boolean;
  /** What is held fixed when the gap is tested; `null` where no exchange of rows fits the question. */
  readonly within: PermuteWithin | null;
  readonly of: (table: ConfusionTable) => Disparity;
}

/** The disparities of decisions, in the order of a report. */
export const CONFUSION_GAPS = {
  demographicParityDifference: {
    title: "Demographic parity difference",
    ideal: 0,
    needsLabels: false,
    within: "nothing",
    of: demographicParityDifference,
  },
  demographicParityRatio: {
    title: "Demographic parity ratio (disparate impact)",
    ideal: 1,
    needsLabels: false,
    within: "nothing",
    of: demographicParityRatio,
  },
  differentialFairness: {
    title: "Differential fairness ε (smoothed)",
    ideal: 0,
    needsLabels: false,
    within: "nothing",
    of: differentialFairness,
  },
  equalizedOddsDifference: {
    title: "Equalized odds difference",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: equalizedOddsDifference,
  },
  equalizedOddsMeanDifference: {
    title: "Equalized odds difference, mean",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: (table) => equalizedOddsDifference(table, { aggregate: "mean" }),
  },
  equalOpportunityDifference: {
    title: "Equal opportunity difference",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: equalOpportunityDifference,
  },
  falsePositiveRateDifference: {
    title: "False positive rate difference",
    ideal: 0,
    needsLabels: true,
    within: "label",
    of: (table) => groupDifference(metricByGroup(table, "fpr")),
  },
  predictiveParityDifference: {
    title: "Predictive parity difference",
    ideal: 0,
    needsLabels: true,
    within: "prediction",
    of: predictiveParityDifference,
  },
  accuracyDifference: {
    title: "Accuracy difference",
    ideal: 0,
    needsLabels: true,
    within: "nothing",
    of: accuracyDifference,
  },
  compositeScore: {
    title: "Composite (mean of DP, mean EO and PPV gaps)",
    ideal: 0,
    needsLabels: true,
    within: null,
    of: compositeScore,
  },
} as const satisfies Record<string, ConfusionGap>;

/** The name of a disparity in {@linkcode CONFUSION_GAPS}. */
export type ConfusionGapName = keyof typeof CONFUSION_GAPS;

/** A disparity with its interval and its test. */
export interface GapEstimate {
  readonly estimate: Disparity;
  /** It reaches perfect fairness exactly where the test finds nothing; see `gapInterval`. */
  readonly interval: Interval;
  /** Permutation p-value: how often chance alone gives so large a gap. `null` where no test applies. */
  readonly pValue: number | null;
}

/**
 * Disparities of decisions with intervals that hold close to perfect fairness, and a permutation test of each. Both work on
 * counts of row kinds, so the cost does not grow with the rows.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { Rng } from "@fair-embeddings/lib";
 * import { CONFUSION_GAPS, confusionGaps } from "@fair-embeddings/lib/metrics";
 *
 * const rows = Array.from({ length: 400 }, (_, i) => i);
 * const { parity } = confusionGaps(
 *   { predictions: rows.map((i) => i % 8 < 3 ? 1 : 0), groups: rows.map((i) => i % 2 === 0 ? "BA" : "PhD") },
 *   { parity: CONFUSION_GAPS.demographicParityDifference },
 *   { rng: new Rng(7) },
 * );
 * assertEquals(parity.estimate.value, 0.25);
 * assert(parity.interval.low! > 0.1 && parity.interval.high! < 0.4 && parity.pValue! < 0.01);
 * ```
 */
export function confusionGaps<Name extends string>(
  input: ConfusionInput,
  gaps: Readonly<Record<Name, ConfusionGap>>,
  options: BootstrapOptions,
): Record<Name, GapEstimate> {
  const names = Object.keys(gaps) as Name[];
  const list = names.map((name) => gaps[name]);
  const kinds = confusionKinds(input, options.stratified ?? true);
  const make = tableMaker(kinds);
  const values = (of: readonly ConfusionGap[], table: ConfusionTable) => of.map((gap) => gap.of(table).value ?? NaN);
  const { intervals } = bootstrap(
    kinds,
    (counts) => values(list, make(counts)),
    { ...options, rng: options.rng.derive("intervals") },
    list.map(({ ideal }) => ideal === 0 ? "difference" : "ratio"),
  );
  const pValues = new Map<ConfusionGap, number | null>();
  for (const within of ["nothing", "label", "prediction"] as const) {
    const tested = list.filter((gap) => gap.within === within && (kinds.table.labelled || !gap.needsLabels));
    if (tested.length === 0) continue;
    confusionPValues(kinds, within, tested.map(({ ideal }) => ideal), (table) => values(tested, table), {
      rng: options.rng,
      permutations: options.resamples ?? 1000,
    }).forEach((pValue, j) => pValues.set(tested[j]!, pValue));
  }
  return Object.fromEntries(names.map((name, s) => {
    const { of, ideal } = gaps[name];
    const pValue = pValues.get(gaps[name]) ?? null;
    const interval = options.method === undefined ? reachIdeal(intervals[s]!, ideal, pValue) : intervals[s]!;
    return [name, { estimate: of(kinds.table), interval, pValue }];
  })) as Record<Name, GapEstimate>;
}

/** How to permute. */
export interface NoiseFloorOptions {
  readonly rng: Rng;
  /** Permutations; 1000 if absent. */
  readonly permutations?: number | undefined;
}

/**
 * The gap to expect where decisions have nothing to do with the group: the mean over random exchanges of group names.
 *
 * A gap is a largest minus a smallest rate, so chance alone makes it positive, the more the smaller and the more numerous the
 * groups. What a gap has in excess of this number is not explained by that. What is held fixed in the exchange is what
 * holds in the gap's test (see `permutationTest`): whole clusters are exchanged where there are any.
 *
 * @throws {InputError} If a cell is missing or not 0 or 1.
 */
export function noiseFloor(input: ConfusionInput, gap: ConfusionGap, options: NoiseFloorOptions): Value {
  const { rng, permutations = 1000 } = options;
  if (gap.within === null) return undefinedBecause("no exchange of rows fits this gap");
  const shuffle = shuffledTables(confusionKinds(input, false), gap.within);
  if (shuffle === null) return undefinedBecause("clusters span groups");
  let sum = 0, count = 0;
  for (let r = 0; r < permutations; r++) {
    const { value } = gap.of(shuffle(rng));
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? undefinedBecause("the gap is undefined on every permutation") : defined(sum / count);
}
