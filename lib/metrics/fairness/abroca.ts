import { NO_LABELS } from "../classification/confusion_metrics.ts";
import { groupCounts } from "./group_values.ts";
import type { ScoreTable } from "../classification/score_table.ts";
import { defined, type Disparity, type ExcludedGroup, undefinedBecause } from "../value.ts";

/** A ROC curve: `[m]` false and true positive rates from (0, 0) to (1, 1), joined by straight lines. */
export interface RocCurve {
  readonly fpr: Float64Array;
  readonly tpr: Float64Array;
}

/** ABROCA with the pair of groups that sets it. */
export type Abroca = Disparity & {
  /** The two groups whose curves lie furthest apart; `null` where the value is undefined. */
  readonly pair: readonly [string, string] | null;
};

/**
 * ROC curves of every group, one point per distinct score.
 *
 * @param table The sorted rows, with labels.
 * @param mass `[K]` masses to use instead of the table's, for a resample.
 * @returns One curve per group; `null` for a group with one class only.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rocCurves } from "./abroca.ts";
 * import { scoreTable } from "../classification/score_table.ts";
 *
 * const table = scoreTable({ labels: [1, 0], scores: [0.75, 0.25], groups: ["a", "a"] });
 * assertEquals(rocCurves(table), [{ fpr: Float64Array.of(0, 0, 1), tpr: Float64Array.of(0, 1, 1) }]);
 * ```
 */
export function rocCurves(table: ScoreTable, mass: Float64Array = table.mass): (RocCurve | null)[] {
  const { names, scores, labels, codes } = table;
  const curves = names.map(() => ({ fpr: [0], tpr: [0], p: 0, q: 0, last: NaN }));
  for (let k = 0; k < scores.length; k++) {
    const m = mass[k]!;
    if (m === 0) continue;
    const curve = curves[codes[k]!]!;
    if (labels[k] === 1) curve.p += m;
    else curve.q += m;
    if (scores[k] !== curve.last) {
      curve.fpr.push(curve.q);
      curve.tpr.push(curve.p);
      curve.last = scores[k]!;
    } else {
      curve.fpr[curve.fpr.length - 1] = curve.q;
      curve.tpr[curve.tpr.length - 1] = curve.p;
    }
  }
  return curves.map(({ fpr, tpr, p, q }) =>
    p > 0 && q > 0 ? { fpr: Float64Array.from(fpr, (x) => x / q), tpr: Float64Array.from(tpr, (y) => y / p) } : null
  );
}

/**
 * The area between two ROC curves, `∫ |TPRₐ(x) − TPR_b(x)| dx`, exact: the curves are straight between their points.
 *
 * @param a One curve.
 * @param b The other.
 * @returns A number in [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { areaBetween } from "./abroca.ts";
 *
 * const perfect = { fpr: Float64Array.of(0, 0, 1), tpr: Float64Array.of(0, 1, 1) };
 * const chance = { fpr: Float64Array.of(0, 1), tpr: Float64Array.of(0, 1) };
 * assertEquals(areaBetween(perfect, chance), 0.5);
 * ```
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
 * ABROCA, the area between ROC curves (Gardner, Brooks & Baker 2019), of the two groups whose curves lie furthest apart.
 * Unlike a gap of AUCs it does not cancel where the curves cross. It is never negative and therefore above 0 by chance alone:
 * judge it with the permutation test.
 *
 * @param table The sorted rows, with labels.
 * @param mass `[K]` masses to use instead of the table's, for a resample.
 * @returns A number in [0, 1]; groups with one class only are left out.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { abroca } from "./abroca.ts";
 * import { scoreTable } from "../classification/score_table.ts";
 *
 * const table = scoreTable({
 *   labels: [1, 0, 1, 0],
 *   scores: [0.75, 0.25, 0.5, 0.5],
 *   groups: ["PhD", "PhD", "BA", "BA"],
 * });
 * const { value, pair } = abroca(table);
 * assertEquals({ value, pair }, { value: 0.5, pair: ["BA", "PhD"] });
 * ```
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
  let best = -1;
  let pair: [string, string] | null = null;
  for (let i = 0; i < kept.length; i++) {
    for (let j = i + 1; j < kept.length; j++) {
      const area = areaBetween(kept[i]!.curve, kept[j]!.curve);
      if (area > best) [best, pair] = [area, [kept[i]!.name, kept[j]!.name]];
    }
  }
  const value = pair === null
    ? undefinedBecause(`a disparity needs two groups with both classes, found ${kept.length} of ${groups.length}`)
    : defined(best);
  return { ...value, groups, excluded, pair };
}
