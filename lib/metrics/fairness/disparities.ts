import { CONFUSION_METRICS, confusionOf, confusionTableOf, NO_LABELS } from "../classification/confusion.ts";
import type { ConfusionInput, ConfusionMetricName, ConfusionTable } from "../classification/confusion.ts";
import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import { reachIdeal } from "../inference/intervals.ts";
import { confusionPValues, type PermutationOptions } from "../inference/permutation.ts";
import { type PermuteWithin, shuffledTables } from "../inference/shuffles.ts";
import { tableMaker, uniqueDecisions } from "../inference/unique_rows.ts";
import { groupCounts } from "../rows.ts";
import { defined, undefinedBecause } from "../value.ts";
import type { Disparity, ExcludedGroup, GroupCount, Interval, Value } from "../value.ts";
import { type Comparison, DERIVED, joinDisparities, metricByGroup } from "./by_group.ts";

/** A disparity of decisions: how it is computed, and how its significance is tested. */
export interface DisparityDefinition {
  /** The value of perfect fairness: 0 for differences, 1 for ratios. */
  readonly ideal: 0 | 1;
  /** Whether it reads the labels, or the decisions alone. */
  readonly needsLabels: boolean;
  /** What is held fixed when it is tested; `null` where no exchange of rows fits the question. */
  readonly within: PermuteWithin | null;
  /** Its value from the counts of each group; the extremes of the groups are compared unless told otherwise. */
  readonly of: (table: ConfusionTable, comparison?: Comparison) => Disparity;
}

/** The name of a disparity in {@linkcode DISPARITIES}. */
// deno-fmt-ignore
export type DisparityName = "demographicParityDifference" | "demographicParityRatio" | "differentialFairness" |
  "equalizedOddsDifference" | "equalizedOddsMeanDifference" | "equalOpportunityDifference" |
  "falsePositiveRateDifference" | "predictiveParityDifference" | "accuracyDifference" | "compositeScore";

/** How parts are named where one of them is undefined. */
const PART_NAMES: Readonly<Partial<Record<ConfusionMetricName, string>>> = {
  selectionRate: "selection rate",
  tpr: "true positive rate",
  fpr: "false positive rate",
  ppv: "precision",
};

const meanOfTwo = (a: number, b: number) => (a + b) / 2;

/**
 * A disparity from base metrics by group, joined where there are several. It needs labels if one of its metrics does,
 * and its test holds fixed what all of them ask for.
 */
function fromMetrics(
  compare: "difference" | "ratio",
  metrics: readonly ConfusionMetricName[],
  join?: (...values: number[]) => number,
): DisparityDefinition {
  const [within, ...others] = new Set(metrics.map((name) => CONFUSION_METRICS[name].within));
  return {
    ideal: compare === "difference" ? 0 : 1,
    needsLabels: metrics.some((name) => CONFUSION_METRICS[name].needsLabels),
    within: others.length === 0 ? within! : null,
    of: (table, comparison) => {
      const parts = metrics.map((name) => DERIVED[compare](metricByGroup(table, name), comparison));
      return join === undefined ? parts[0]! : joinDisparities(parts, metrics.map((name) => PART_NAMES[name]!), join);
    },
  };
}

/**
 * The disparities of decisions, in the order of a report. An entry is the only definition of its disparity, and is made
 * from base metrics ({@linkcode CONFUSION_METRICS}); the functions of this file that are called as fairlearn's read it.
 *
 * Demographic parity compares selection rates, equal opportunity true positive rates (Hardt, Price & Srebro 2016),
 * predictive parity precisions (Chouldechova 2017). Equalized odds needs both true and false positive rates: fairlearn
 * takes Python's `max`, in which a NaN counts or not depending on its position. The composite, for ranking models, is
 * the mean of demographic parity, mean equalized odds and predictive parity: they cannot all be 0 when base rates
 * differ, so read it beside its parts.
 */
export const DISPARITIES: Readonly<Record<DisparityName, DisparityDefinition>> = {
  demographicParityDifference: fromMetrics("difference", ["selectionRate"]),
  demographicParityRatio: fromMetrics("ratio", ["selectionRate"]),
  differentialFairness: { ideal: 0, needsLabels: false, within: "nothing", of: (table) => differentialFairness(table) },
  equalizedOddsDifference: fromMetrics("difference", ["tpr", "fpr"], Math.max),
  equalizedOddsMeanDifference: fromMetrics("difference", ["tpr", "fpr"], meanOfTwo),
  equalOpportunityDifference: fromMetrics("difference", ["tpr"]),
  falsePositiveRateDifference: fromMetrics("difference", ["fpr"]),
  predictiveParityDifference: fromMetrics("difference", ["ppv"]),
  accuracyDifference: fromMetrics("difference", ["accuracy"]),
  compositeScore: fromMetrics(
    "difference",
    ["selectionRate", "tpr", "fpr", "ppv"],
    (selection, tpr, fpr, precision) => (selection! + (tpr! + fpr!) / 2 + precision!) / 3,
  ),
};

/** Ratios that fairlearn names, beside those of the report. */
const RATIOS = {
  equalOpportunity: fromMetrics("ratio", ["tpr"]),
  equalizedOdds: fromMetrics("ratio", ["tpr", "fpr"], Math.min),
  equalizedOddsMean: fromMetrics("ratio", ["tpr", "fpr"], meanOfTwo),
};

/** How a disparity compares groups. */
export interface DisparityOptions {
  /** Whom a group is compared with; the extremes of the groups with each other if absent. */
  readonly comparison?: Comparison;
}

/** How equalized odds joins true and false positive rates. */
export interface EqualizedOddsOptions extends DisparityOptions {
  /** The worse of the two (`worstCase`, fairlearn's default and ours) or the `mean` of both. */
  readonly aggregate?: "worstCase" | "mean";
}

/** A disparity of decisions, from rows or from counts. */
export type NamedDisparity<Options = DisparityOptions> = (
  input: ConfusionInput | ConfusionTable,
  options?: Options,
) => Disparity;

const named = ({ of }: DisparityDefinition): NamedDisparity => (input, { comparison } = {}) =>
  of(confusionTableOf(input), comparison);

const aggregated =
  (worstCase: DisparityDefinition, mean: DisparityDefinition): NamedDisparity<EqualizedOddsOptions> =>
  (input, { aggregate, ...options } = {}) => named(aggregate === "mean" ? mean : worstCase)(input, options);

/**
 * Demographic parity difference: the largest minus the smallest selection rate. fairlearn's
 * `demographic_parity_difference`. Like the disparities below it throws an `InputError` where a cell is missing or not
 * 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { demographicParityDifference } from "@fair-embeddings/lib/metrics";
 *
 * const difference = demographicParityDifference({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * assertEquals(difference.value, 0.5);
 * ```
 */
export const demographicParityDifference: NamedDisparity = named(DISPARITIES.demographicParityDifference);

/** Demographic parity ratio: the lowest selection rate over the highest. fairlearn's `demographic_parity_ratio`. */
export const demographicParityRatio: NamedDisparity = named(DISPARITIES.demographicParityRatio);

/**
 * Equal opportunity difference: the largest minus the smallest true positive rate. fairlearn's
 * `equal_opportunity_difference`, except that a group without positives is left out instead of counting as a rate of 0.
 */
export const equalOpportunityDifference: NamedDisparity = named(DISPARITIES.equalOpportunityDifference);

/** Equal opportunity ratio: the lowest true positive rate over the highest. fairlearn's `equal_opportunity_ratio`. */
export const equalOpportunityRatio: NamedDisparity = named(RATIOS.equalOpportunity);

/**
 * Equalized odds difference: the differences of true and of false positive rates, the larger of the two or their mean.
 * fairlearn's `equalized_odds_difference`.
 */
export const equalizedOddsDifference: NamedDisparity<EqualizedOddsOptions> = aggregated(
  DISPARITIES.equalizedOddsDifference,
  DISPARITIES.equalizedOddsMeanDifference,
);

/**
 * Equalized odds ratio: those of true and of false positive rates, the smaller or the mean. fairlearn's
 * `equalized_odds_ratio`.
 */
export const equalizedOddsRatio: NamedDisparity<EqualizedOddsOptions> = aggregated(
  RATIOS.equalizedOdds,
  RATIOS.equalizedOddsMean,
);

/**
 * Smoothed empirical differential fairness (Foulds et al. 2020, "An intersectional definition of fairness"): the
 * largest `|ln(P(y | a) / P(y | b))|` over groups `a`, `b` and outcomes `y`, with `P(y = 1 | g) = (selected + c/2) /
 * (rows + c)`. `e^ε ≤ 1.25` corresponds to the four-fifths rule. AIF360's `smoothed_edf`.
 *
 * The smoothing keeps a group in which nobody (or everybody) is selected from making it infinite, which is why
 * intersections with few members can be compared at all.
 * @throws {RangeError} If the concentration is not positive.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { differentialFairness } from "@fair-embeddings/lib/metrics";
 *
 * const rows = { predictions: [1, 0, 0, 0], groups: ["BA", "BA", "PhD", "PhD"] };
 * assertAlmostEquals(differentialFairness(rows).value!, Math.log(1.5 / 0.5));
 * ```
 */
export function differentialFairness(
  input: ConfusionInput | ConfusionTable,
  options: { readonly concentration?: number; readonly outcome?: "prediction" | "label" } = {},
): Disparity {
  const table = confusionTableOf(input);
  const { concentration = 1, outcome = "prediction" } = options;
  if (!(concentration > 0)) throw new RangeError(`Expected a concentration > 0, found ${concentration}`);
  const groups = groupCounts(table);
  const excluded: ExcludedGroup[] = [];
  if (outcome === "label" && !table.labelled) return { ...undefinedBecause(NO_LABELS), groups, excluded };
  const rates: number[] = [];
  let least = 1;
  table.names.forEach((group, g) => {
    const { tp, fp, tn, fn } = confusionOf(table, g);
    const total = tp + fp + tn + fn;
    const positive = outcome === "label" ? tp + fn : tp + fp;
    if (total === 0) excluded.push({ group, reason: "no rows" });
    else {
      rates.push((positive + concentration / 2) / (total + concentration));
      least = Math.min(least, (total - positive + concentration / 2) / (total + concentration));
    }
  });
  if (rates.length < 2) {
    return { ...undefinedBecause(`a disparity needs two groups, found ${rates.length}`), groups, excluded };
  }
  const low = Math.min(...rates), high = Math.max(...rates);
  // Rounding makes 1 − rate 0 where weights are very large and everybody is selected.
  const others = Math.log((1 - low) / (1 - high || least));
  return { ...defined(Math.max(Math.log(high / low), others)), groups, excluded };
}

/** A group's selection rate over that of the reference. */
export interface ImpactRatio {
  /** Its name. */
  readonly group: string;
  /** In [0, 1] where the reference is the group selected most. */
  readonly ratio: Value;
  /** Whether the ratio is at least four fifths; `null` where it is undefined. */
  readonly fourFifths: boolean | null;
}

/** The lowest impact ratio, with that of each group. */
export type DisparateImpact = Disparity & {
  /** The group that the others are compared with, `null` if none has a selection rate. */
  readonly reference: string | null;
  /** Whether every ratio is at least four fifths; `null` where the value is undefined. */
  readonly fourFifths: boolean | null;
  readonly ratios: readonly ImpactRatio[];
};

/** Rates such as 0.4 / 0.5 fall a rounding error short of 0.8, and a rule of thumb must not turn on that. */
export const FOUR_FIFTHS: number = 0.8 - 1e-12;

/**
 * Disparate impact: each group's selection rate over that of the group selected most among those `eligible`, and
 * whether it reaches four fifths (EEOC Uniform Guidelines, 29 CFR § 1607.4 D). Without an eligible group all are: a
 * handful of people who are all selected should not be what the others are measured by.
 *
 * The rule is a screening rule, not a test: with small groups chance alone breaks it, and with large ones a difference
 * well within it can be certain. Read it with the interval of the ratio. The Guidelines ask for it only for groups
 * above 2% of applicants.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { disparateImpact } from "@fair-embeddings/lib/metrics";
 *
 * const impact = disparateImpact({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
 * assertEquals([impact.value, impact.reference, impact.fourFifths], [0.5, "PhD", false]);
 * ```
 */
export function disparateImpact(
  input: ConfusionInput | ConfusionTable,
  { eligible = () => true }: { readonly eligible?: (group: GroupCount) => boolean } = {},
): DisparateImpact {
  const table = confusionTableOf(input);
  const rates = metricByGroup(table, "selectionRate");
  const lowest = DISPARITIES.demographicParityRatio.of(table);
  const best = (of: (group: GroupCount) => boolean) =>
    rates.values.reduce((best, { value }, g) => of(rates.groups[g]!) ? Math.max(best, value ?? -1) : best, -1);
  const candidates = best(eligible) < 0 ? () => true : eligible;
  const highest = best(candidates);
  const top = highest < 0
    ? -1
    : rates.values.findIndex(({ value }, g) => value === highest && candidates(rates.groups[g]!));
  return {
    ...lowest,
    reference: rates.groups[top]?.group ?? null,
    fourFifths: passes(lowest),
    ratios: rates.values.map((rate, g): ImpactRatio => {
      const ratio = rate.value === null
        ? rate
        : highest === 0
        ? undefinedBecause(best(() => true) === 0 ? "nobody is selected" : "nobody of the reference is selected")
        : defined(rate.value / highest);
      return { group: rates.groups[g]!.group, ratio, fourFifths: passes(ratio) };
    }),
  };
}

function passes(ratio: Value): boolean | null {
  return ratio.value === null ? null : ratio.value >= FOUR_FIFTHS;
}

/** A disparity with its interval and its test. */
export interface DisparityEstimate {
  /** The disparity on the data. */
  readonly estimate: Disparity;
  /** It reaches perfect fairness exactly where the test finds nothing; see `disparityInterval`. */
  readonly interval: Interval;
  /** Permutation p-value: how often chance alone gives so large a disparity. `null` where no test applies. */
  readonly pValue: number | null;
}

/**
 * Disparities of decisions with intervals that hold close to perfect fairness, and a permutation test of each. Both
 * work on counts of unique rows, so the cost does not grow with the rows.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 */
export function estimateDisparities<Name extends string>(
  input: ConfusionInput,
  disparities: Readonly<Record<Name, DisparityDefinition>>,
  options: BootstrapOptions,
): Record<Name, DisparityEstimate> {
  const names = Object.keys(disparities) as Name[];
  const list = names.map((name) => disparities[name]);
  const unique = uniqueDecisions(input);
  const make = tableMaker(unique);
  const values = (of: readonly DisparityDefinition[], table: ConfusionTable) =>
    of.map((own) => own.of(table).value ?? NaN);
  const { intervals } = bootstrap(
    unique,
    (counts) => values(list, make(counts)),
    { ...options, rng: options.rng.derive("intervals") },
    list.map(({ ideal }) => ideal === 0 ? "difference" : "ratio"),
  );
  const pValues = new Map<DisparityDefinition, number | null>();
  for (const within of ["nothing", "label", "prediction"] as const) {
    const tested = list.filter((own) => own.within === within && (unique.table.labelled || !own.needsLabels));
    if (tested.length === 0) continue;
    confusionPValues(unique, {
      within,
      ideals: tested.map(({ ideal }) => ideal),
      statistic: (table) => values(tested, table),
    }, {
      rng: options.rng.derive(`within ${within}`),
      permutations: options.resamples,
    }).forEach((pValue, j) => pValues.set(tested[j]!, pValue));
  }
  return Object.fromEntries(names.map((name, s) => {
    const { of, ideal } = disparities[name];
    const pValue = pValues.get(disparities[name]) ?? null;
    const interval = options.method === undefined ? reachIdeal(intervals[s]!, ideal, pValue) : intervals[s]!;
    return [name, { estimate: of(unique.table), interval, pValue }];
  })) as Record<Name, DisparityEstimate>;
}

/**
 * The disparity to expect where decisions are independent of the group: the mean over random exchanges of group names.
 *
 * A difference is a largest minus a smallest rate, so chance alone makes it positive, the more the smaller and the more
 * numerous the groups. What is held fixed in the exchange is what the disparity's test holds fixed (see
 * `PermutationQuestion`): whole clusters are exchanged where there are any.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 */
export function expectedUnderIndependence(
  input: ConfusionInput,
  disparity: DisparityDefinition,
  options: PermutationOptions,
): Value {
  const { rng, permutations = 1000 } = options;
  if (disparity.within === null) return undefinedBecause("no exchange of rows fits this disparity");
  const shuffle = shuffledTables(uniqueDecisions(input), disparity.within);
  if (shuffle === null) return undefinedBecause("clusters span groups");
  let sum = 0, count = 0;
  for (let r = 0; r < permutations; r++) {
    const { value } = disparity.of(shuffle(rng));
    if (value === null) continue;
    sum += value;
    count++;
  }
  return count === 0 ? undefinedBecause("the disparity is undefined on every permutation") : defined(sum / count);
}
