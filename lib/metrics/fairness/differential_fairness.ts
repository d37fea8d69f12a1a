import { confusionOf, type ConfusionTable } from "../classification/confusion.ts";
import { NO_LABELS } from "../classification/confusion_metrics.ts";
import { groupCounts } from "./group_values.ts";
import { defined, type Disparity, type ExcludedGroup, undefinedBecause } from "../value.ts";

/**
 * Smoothed empirical differential fairness (Foulds et al. 2020, "An intersectional definition of fairness"): the largest
 * `|ln(P(y | a) / P(y | b))|` over groups `a`, `b` and outcomes `y`, with `P(y = 1 | g) = (selected + c/2) / (rows + c)`.
 * `e^ε ≤ 1.25` corresponds to the four-fifths rule. AIF360's `smoothed_edf`.
 *
 * The smoothing keeps a group in which nobody (or everybody) is selected from making it infinite, which is why intersections
 * with few members can be compared at all.
 *
 * @param table The counts of every group.
 * @param options `concentration`: the prior's weight in rows, 1 if absent. `outcome`: whether the model's decisions are judged
 *   (`prediction`, if absent) or the labels that it learnt from (`label`); their difference is the bias amplification.
 * @returns ε ≥ 0, 0 for parity; groups without rows are left out.
 * @throws {RangeError} If the concentration is not positive.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { differentialFairness } from "./differential_fairness.ts";
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
