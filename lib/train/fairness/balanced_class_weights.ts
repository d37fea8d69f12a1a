/**
 * Class weights that give every class the same total weight: n / (k·n_c), scikit-learn's `"balanced"`. With them an
 * adversary gains nothing by guessing the largest group.
 *
 * @param counts Members of each class, n_c; k of them are not 0, and n is their sum.
 * @returns One weight per class; 0 for a class without members.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { balancedClassWeights } from "./balanced_class_weights.ts";
 *
 * assertEquals(balancedClassWeights([6, 2, 0]), [8 / 12, 8 / 4, 0]);
 * ```
 */
export function balancedClassWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const classes = counts.filter((count) => count > 0).length;
  return counts.map((count) => count > 0 ? total / (classes * count) : 0);
}
