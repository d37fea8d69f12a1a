import { type Confusion, confusionOf, type ConfusionTable } from "../classification/confusion.ts";
import { CONFUSION_METRICS, NO_LABELS } from "../classification/confusion_metrics.ts";
import { groupCounts } from "./group_values.ts";
import { defined, type Disparity, type ExcludedGroup, undefinedBecause } from "../value.ts";

/** The names of the pairwise measures. */
export type PairMeasure = keyof typeof MEASURES;

/** Who is compared with whom. */
export interface PairOptions {
  /** The reference group. */
  readonly privileged: string;
  /** The other group; all other groups together if absent. */
  readonly unprivileged?: string | undefined;
}

const { selectionRate, tpr, fpr, ppv, npv, accuracy } = CONFUSION_METRICS;
const gap = (metric: { of: (c: Confusion) => number }, u: Confusion, p: Confusion) => metric.of(u) - metric.of(p);

const MEASURES = {
  statisticalParityDifference: (u: Confusion, p: Confusion) => gap(selectionRate, u, p),
  disparateImpact: (u: Confusion, p: Confusion) => selectionRate.of(u) / selectionRate.of(p),
  averageOddsDifference: (u: Confusion, p: Confusion) => (gap(tpr, u, p) + gap(fpr, u, p)) / 2,
  averageAbsOddsDifference: (u: Confusion, p: Confusion) => (Math.abs(gap(tpr, u, p)) + Math.abs(gap(fpr, u, p))) / 2,
  equalizedOddsDifference: (u: Confusion, p: Confusion) => Math.max(Math.abs(gap(tpr, u, p)), Math.abs(gap(fpr, u, p))),
  equalOpportunityDifference: (u: Confusion, p: Confusion) => gap(tpr, u, p),
  // AIF360 states it with the false omission rate, FOR = 1 − NPV.
  averagePredictiveValueDifference: (u: Confusion, p: Confusion) => (gap(ppv, u, p) - gap(npv, u, p)) / 2,
  errorRateDifference: (u: Confusion, p: Confusion) => -gap(accuracy, u, p),
  errorRateRatio: (u: Confusion, p: Confusion) => (1 - accuracy.of(u)) / (1 - accuracy.of(p)),
} as const;

const NEEDS_NO_LABELS: readonly string[] = ["statisticalParityDifference", "disparateImpact"];

/**
 * AIF360's measures of one group against a privileged one, `unprivileged − privileged` (or over it): negative differences and
 * ratios below 1 mean that the unprivileged group fares worse.
 *
 * Beware of `averageOddsDifference`, `((FPRᵤ − FPRₚ) + (TPRᵤ − TPRₚ)) / 2`: its two parts cancel. A model that finds 20 points
 * fewer of the unprivileged group's positives and wrongly selects 20 points more of its negatives scores 0, perfectly fair. It
 * is here because auditors ask for it; `averageAbsOddsDifference` and the equalized odds difference do not cancel.
 *
 * Undefined where a rate of either group is, also where AIF360 gives Infinity or a NaN that its `max` may pass over.
 *
 * @param table The counts of every group.
 * @param options Who is compared with whom.
 * @returns Every measure by name.
 * @throws {RangeError} If a group is not in the table.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { pairDisparities } from "./pair_disparities.ts";
 *
 * const table = confusionTable({
 *   labels: [1, 1, 0, 0, 1, 1, 0, 0],
 *   predictions: [1, 1, 0, 0, 1, 0, 1, 0],
 *   groups: ["PhD", "PhD", "PhD", "PhD", "none", "none", "none", "none"],
 * });
 * const pair = pairDisparities(table, { privileged: "PhD", unprivileged: "none" });
 * assertEquals(pair.averageOddsDifference.value, 0);
 * assertEquals(pair.averageAbsOddsDifference.value, 0.5);
 * ```
 */
export function pairDisparities(table: ConfusionTable, options: PairOptions): Record<PairMeasure, Disparity> {
  const p = indexOf(table, options.privileged);
  const reference = confusionOf(table, p);
  const other = options.unprivileged === undefined
    ? minus(confusionOf(table), reference)
    : confusionOf(table, indexOf(table, options.unprivileged));
  const groups = groupCounts(table);
  const excluded: ExcludedGroup[] = [];
  const measures = Object.entries(MEASURES).map(([name, of]): [string, Disparity] => {
    if (!table.labelled && !NEEDS_NO_LABELS.includes(name)) {
      return [name, { ...undefinedBecause(NO_LABELS), groups, excluded }];
    }
    const value = of(other, reference);
    return [name, {
      ...Number.isFinite(value)
        ? defined(value)
        : undefinedBecause("a rate it needs is undefined or a denominator is 0"),
      groups,
      excluded,
    }];
  });
  return Object.fromEntries(measures) as Record<PairMeasure, Disparity>;
}

function indexOf(table: ConfusionTable, group: string): number {
  const index = table.names.indexOf(group);
  if (index < 0) throw new RangeError(`Expected a group among ${table.names.join(", ")}, found ${group}`);
  return index;
}

function minus(all: Confusion, part: Confusion): Confusion {
  return { tp: all.tp - part.tp, fp: all.fp - part.fp, tn: all.tn - part.tn, fn: all.fn - part.fn };
}
