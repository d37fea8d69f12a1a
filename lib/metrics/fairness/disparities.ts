import { confusionOf, type ConfusionTable, NO_LABELS } from "../classification/confusion.ts";
import {
  type Comparison,
  groupCounts,
  groupDifference,
  groupRatio,
  joinDisparities,
  metricByGroup,
} from "./by_group.ts";
import { defined, type Disparity, type ExcludedGroup, undefinedBecause, type Value } from "../value.ts";

/** How a disparity compares groups. */
export interface DisparityOptions {
  /** Whom a group is compared with; the extremes of the groups with each other if absent. */
  readonly comparison?: Comparison;
}

/**
 * Demographic parity difference: the gap of selection rates. fairlearn's `demographic_parity_difference`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable, demographicParityDifference } from "@fair-embeddings/lib/metrics";
 *
 * const table = confusionTable({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * assertEquals(demographicParityDifference(table).value, 0.5);
 * ```
 */
export function demographicParityDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "selectionRate"), options.comparison);
}

/** Demographic parity ratio: the lowest selection rate over the highest. fairlearn's `demographic_parity_ratio`. */
export function demographicParityRatio(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupRatio(metricByGroup(table, "selectionRate"), options.comparison);
}

/**
 * Equal opportunity difference: the gap of true positive rates (Hardt, Price & Srebro 2016). fairlearn's
 * `equal_opportunity_difference`, except that a group without positives is left out instead of counting as a rate of 0.
 */
export function equalOpportunityDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "tpr"), options.comparison);
}

/** Equal opportunity ratio: the lowest true positive rate over the highest. fairlearn's `equal_opportunity_ratio`. */
export function equalOpportunityRatio(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupRatio(metricByGroup(table, "tpr"), options.comparison);
}

/**
 * Predictive parity difference: the gap of precisions (Chouldechova 2017). A group in which nobody is selected has none
 * and is left out.
 */
export function predictiveParityDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "ppv"), options.comparison);
}

/** Accuracy parity difference: the gap of accuracies. */
export function accuracyDifference(table: ConfusionTable, options: DisparityOptions = {}): Disparity {
  return groupDifference(metricByGroup(table, "accuracy"), options.comparison);
}

/** How equalized odds joins the gaps of the true and the false positive rate. */
export interface EqualizedOddsOptions extends DisparityOptions {
  /** The larger gap (`worstCase`, fairlearn's default and ours) or the `mean` of both. */
  readonly aggregate?: "worstCase" | "mean";
}

/**
 * Equalized odds difference: the gaps of true and of false positive rates (Hardt, Price & Srebro 2016), the larger of the
 * two or their mean. fairlearn's `equalized_odds_difference`.
 *
 * It needs both gaps. fairlearn takes Python's `max` of the two, in which a NaN counts or is passed over depending on its
 * position, and a group without positives counts as a true positive rate of 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable, equalizedOddsDifference } from "@fair-embeddings/lib/metrics";
 *
 * const table = confusionTable({
 *   labels: [1, 1, 0, 0, 1, 0],
 *   predictions: [1, 0, 0, 0, 1, 1],
 *   groups: ["BA", "BA", "BA", "BA", "PhD", "PhD"],
 * });
 * assertEquals(equalizedOddsDifference(table).value, 1);
 * assertEquals(equalizedOddsDifference(table, { aggregate: "mean" }).value, 0.75);
 * ```
 */
export function equalizedOddsDifference(table: ConfusionTable, options: EqualizedOddsOptions = {}): Disparity {
  return joinDisparities({
    "true positive rate": groupDifference(metricByGroup(table, "tpr"), options.comparison),
    "false positive rate": groupDifference(metricByGroup(table, "fpr"), options.comparison),
  }, options.aggregate === "mean" ? meanOfTwo : Math.max);
}

/**
 * Equalized odds ratio: the ratios of true and of false positive rates, the smaller of the two or their mean. fairlearn's
 * `equalized_odds_ratio`.
 */
export function equalizedOddsRatio(table: ConfusionTable, options: EqualizedOddsOptions = {}): Disparity {
  return joinDisparities({
    "true positive rate": groupRatio(metricByGroup(table, "tpr"), options.comparison),
    "false positive rate": groupRatio(metricByGroup(table, "fpr"), options.comparison),
  }, options.aggregate === "mean" ? meanOfTwo : Math.min);
}

function meanOfTwo(a: number, b: number): number {
  return (a + b) / 2;
}

/**
 * One number for ranking models: the mean of the demographic parity difference, the mean equalized odds difference and the
 * predictive parity difference. Those three cannot all be 0 when base rates differ (Chouldechova 2017), so read it as a
 * summary beside its parts, never instead of them.
 */
export function compositeScore(table: ConfusionTable): Disparity {
  return joinDisparities({
    "selection rate": groupDifference(metricByGroup(table, "selectionRate")),
    "true positive rate": groupDifference(metricByGroup(table, "tpr")),
    "false positive rate": groupDifference(metricByGroup(table, "fpr")),
    "precision": groupDifference(metricByGroup(table, "ppv")),
  }, (selection, tpr, fpr, precision) => (selection + (tpr + fpr) / 2 + precision) / 3);
}

/**
 * Smoothed empirical differential fairness (Foulds et al. 2020, "An intersectional definition of fairness"): the largest
 * `|ln(P(y | a) / P(y | b))|` over groups `a`, `b` and outcomes `y`, with `P(y = 1 | g) = (selected + c/2) / (rows + c)`.
 * `e^ε ≤ 1.25` corresponds to the four-fifths rule. AIF360's `smoothed_edf`.
 *
 * The smoothing keeps a group in which nobody (or everybody) is selected from making it infinite, which is why intersections
 * with few members can be compared at all.
 *
 * @throws {RangeError} If the concentration is not positive.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { confusionTable, differentialFairness } from "@fair-embeddings/lib/metrics";
 *
 * const table = confusionTable({ predictions: [1, 1, 1, 0], groups: ["BA", "PhD", "PhD", "PhD"] });
 * // P(1 | BA) = 1.5 / 2 and P(1 | PhD) = 2.5 / 4, so ε = ln(0.375 / 0.25).
 * assertAlmostEquals(differentialFairness(table).value!, Math.log(1.5));
 * ```
 */
export function differentialFairness(
  table: ConfusionTable,
  options: { readonly concentration?: number; readonly outcome?: "prediction" | "label" } = {},
): Disparity {
  const { concentration = 1, outcome = "prediction" } = options;
  if (!(concentration > 0)) throw new RangeError(`Expected a concentration > 0, found ${concentration}`);
  const groups = groupCounts(table);
  const excluded: ExcludedGroup[] = [];
  if (outcome === "label" && !table.labelled) return { ...undefinedBecause(NO_LABELS), groups, excluded };
  const rates: number[] = [];
  table.names.forEach((group, g) => {
    const { tp, fp, tn, fn } = confusionOf(table, g);
    const total = tp + fp + tn + fn;
    const positive = outcome === "label" ? tp + fn : tp + fp;
    if (total === 0) excluded.push({ group, reason: "no rows" });
    else rates.push((positive + concentration / 2) / (total + concentration));
  });
  if (rates.length < 2) {
    return { ...undefinedBecause(`a disparity needs two groups, found ${rates.length}`), groups, excluded };
  }
  const low = Math.min(...rates);
  const high = Math.max(...rates);
  return { ...defined(Math.max(Math.log(high / low), Math.log((1 - low) / (1 - high)))), groups, excluded };
}

/** A group's selection rate over that of the group selected most. */
export interface ImpactRatio {
  readonly group: string;
  readonly ratio: Value;
  /** Whether the ratio is at least four fifths; `null` where it is undefined. */
  readonly fourFifths: boolean | null;
}

/** The lowest impact ratio, with that of each group. */
export type DisparateImpact = Disparity & {
  /** The group selected most, `null` if no group has a selection rate. */
  readonly reference: string | null;
  /** Whether every ratio is at least four fifths; `null` where the value is undefined. */
  readonly fourFifths: boolean | null;
  readonly ratios: readonly ImpactRatio[];
};

// Rates such as 0.4 / 0.5 fall a rounding error short of 0.8, and a rule of thumb must not turn on that.
const FOUR_FIFTHS = 0.8 - 1e-12;

/**
 * Disparate impact: each group's selection rate over that of the group selected most, and whether it reaches four fifths
 * (EEOC Uniform Guidelines, 29 CFR § 1607.4 D).
 *
 * The rule is a screening rule, not a test: with small groups chance alone breaks it, and with large ones a gap well within it
 * can be certain. Read it with the interval of the ratio. The Guidelines ask for it only for groups above 2 % of applicants.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable, disparateImpact } from "@fair-embeddings/lib/metrics";
 *
 * const table = confusionTable({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * const { value, reference, fourFifths } = disparateImpact(table);
 * assertEquals({ value, reference, fourFifths }, { value: 0.5, reference: "PhD", fourFifths: false });
 * ```
 */
export function disparateImpact(table: ConfusionTable): DisparateImpact {
  const rates = metricByGroup(table, "selectionRate");
  const lowest = groupRatio(rates);
  const highest = rates.values.reduce((best, { value }) => Math.max(best, value ?? -1), -1);
  const top = highest < 0 ? -1 : rates.values.findIndex(({ value }) => value === highest);
  return {
    ...lowest,
    reference: rates.groups[top]?.group ?? null,
    fourFifths: passes(lowest),
    ratios: rates.values.map((rate, g): ImpactRatio => {
      const ratio = rate.value === null
        ? rate
        : highest === 0
        ? undefinedBecause("nobody is selected")
        : defined(rate.value / highest);
      return { group: rates.groups[g]!.group, ratio, fourFifths: passes(ratio) };
    }),
  };
}

function passes(ratio: Value): boolean | null {
  return ratio.value === null ? null : ratio.value >= FOUR_FIFTHS;
}
