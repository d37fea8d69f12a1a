import { type Confusion, confusionOf, type ConfusionTable } from "../classification/confusion.ts";
import { NO_LABELS } from "../classification/confusion_metrics.ts";
import { defined, undefinedBecause, type Value } from "../value.ts";

/**
 * Generalised entropy of benefits `b = 1 + prediction − label`, where a missed positive gets 0, a right decision 1 and a
 * wrongly selected negative 2 (Speicher et al. 2018): how unequally the model's favours are spread over individuals.
 *
 * `α ∉ {0, 1}`: `mean((b/μ)^α − 1) / (α(α − 1))`; `α = 1` (Theil): `mean(b/μ · ln(b/μ))`; `α = 0` (mean log deviation):
 * `−mean(ln(b/μ))`. AIF360's `generalized_entropy_index`, with two differences: sample weights count here and are ignored
 * there, and AIF360 divides by `μ` once more when `α = 0`.
 *
 * @param table The counts of every group, with labels.
 * @param alpha Higher values weigh the top more; 2 (half the squared coefficient of variation) if absent.
 * @returns A number ≥ 0; undefined if nobody benefits, or for `α ≤ 0` if anybody's benefit is 0.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { generalizedEntropy } from "./entropy.ts";
 *
 * const table = confusionTable({ labels: [1, 0], predictions: [0, 1], groups: ["a", "b"] });
 * assertEquals(generalizedEntropy(table), { value: 0.5 });
 * ```
 */
export function generalizedEntropy(table: ConfusionTable, alpha = 2): Value {
  if (!table.labelled) return undefinedBecause(NO_LABELS);
  const { tp, fp, tn, fn } = confusionOf(table);
  return entropyOf([[0, fn], [1, tp + tn], [2, fp]], alpha);
}

/**
 * Theil's index of benefits, generalised entropy with `α = 1`; AIF360's `theil_index`.
 *
 * @param table The counts of every group, with labels.
 * @returns A number ≥ 0, 0 if every decision is right.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { theilIndex } from "./entropy.ts";
 *
 * const table = confusionTable({ labels: [1, 0], predictions: [0, 1], groups: ["a", "b"] });
 * assertEquals(theilIndex(table), { value: Math.LN2 });
 * ```
 */
export function theilIndex(table: ConfusionTable): Value {
  return generalizedEntropy(table, 1);
}

/**
 * The part of generalised entropy that lies between groups: everybody's benefit is replaced by the mean of their group.
 * AIF360's `between_all_groups_generalized_entropy_index`.
 *
 * @param table The counts of every group, with labels.
 * @param alpha As for {@linkcode generalizedEntropy}.
 * @returns A number ≥ 0, 0 if all groups benefit alike; undefined with fewer than two groups.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionTable } from "../classification/confusion.ts";
 * import { betweenGroupEntropy } from "./entropy.ts";
 *
 * const table = confusionTable({ labels: [1, 0], predictions: [0, 1], groups: ["a", "b"] });
 * assertEquals(betweenGroupEntropy(table), { value: 0.5 });
 * ```
 */
export function betweenGroupEntropy(table: ConfusionTable, alpha = 2): Value {
  if (!table.labelled) return undefinedBecause(NO_LABELS);
  const parts = table.names.flatMap((_, g): [number, number][] => {
    const counts = confusionOf(table, g);
    const total = weightOf(counts);
    return total > 0 ? [[1 + (counts.fp - counts.fn) / total, total]] : [];
  });
  if (parts.length < 2) return undefinedBecause(`a disparity needs two groups, found ${parts.length}`);
  return entropyOf(parts, alpha);
}

function weightOf({ tp, fp, tn, fn }: Confusion): number {
  return tp + fp + tn + fn;
}

/** Generalised entropy of pairs of benefit and weight. */
function entropyOf(parts: readonly (readonly [number, number])[], alpha: number): Value {
  const present = parts.filter(([, weight]) => weight > 0);
  const total = present.reduce((sum, [, weight]) => sum + weight, 0);
  if (total === 0) return undefinedBecause("no rows");
  const mean = present.reduce((sum, [benefit, weight]) => sum + weight * benefit, 0) / total;
  if (mean === 0) return undefinedBecause("nobody benefits");
  if (alpha <= 0 && present.some(([benefit]) => benefit === 0)) {
    return undefinedBecause("a benefit of 0 has no logarithm");
  }
  const term = alpha === 1
    ? (x: number) => x === 0 ? 0 : x * Math.log(x)
    : alpha === 0
    ? (x: number) => -Math.log(x)
    : (x: number) => (x ** alpha - 1) / (alpha * (alpha - 1));
  return defined(present.reduce((sum, [benefit, weight]) => sum + weight * term(benefit / mean), 0) / total);
}
