/** Probabilities of every person's groups from classifiers that have not seen this person. */
import { type LogisticModel, logisticPath, logisticProbabilities } from "./logistic.ts";
import type { Matrix } from "./matrix.ts";
import { standardise, standardiser } from "./standardise.ts";

/** People in folds. */
export interface FoldedData {
  /** `[n, d]` embeddings. */
  readonly x: Matrix;
  /** `[n]` group of each row, 0 to `groups − 1`. */
  readonly codes: Int32Array;
  readonly groups: number;
  /** `[n]` fold of each row, 0 to `folds − 1`. */
  readonly fold: Int32Array;
  /** At least 3: one to predict, one to choose on, one to learn from. */
  readonly folds: number;
}

/**
 * Inverse penalties to choose from. Features are standardised, so that a few hundred of them add up to large margins: with the
 * least C a fit is close to comparing distances to the groups' means, with the greatest it can tell training rows apart at will.
 */
export const PENALTIES: readonly number[] = [1e-4, 1e-3, 1e-2, 1e-1];

/**
 * Out-of-fold probabilities of logistic regression on standardised features, groups weighted alike.
 *
 * C is chosen by nested cross-validation: for an outer fold, each other fold in turn is predicted by a fit on the rest, and the
 * C with the least log loss, groups weighted alike, is taken. The fit without folds f and g serves the choice for f and for g, so
 * that this costs `folds · (folds − 1) / 2` paths. Means and deviations are those of the rows that a fit learns from.
 *
 * @param data People in folds, each group in every fold.
 * @returns `[n · groups]` probabilities and the chosen C of every fold.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { logisticOutOfFold } from "./out_of_fold.ts";
 *
 * const codes = Int32Array.from({ length: 30 }, (_, i) => i % 2);
 * const x = { rows: 30, columns: 1, data: Float64Array.from(codes, (code, i) => 4 * code + Math.sin(i)) };
 * const fold = codes.map((_, i) => Math.floor(i / 2) % 3);
 * const { probabilities } = logisticOutOfFold({ x, codes, groups: 2, fold, folds: 3 });
 * assert(codes.every((code, i) => probabilities[2 * i + code]! > 0.5));
 * ```
 */
export function logisticOutOfFold(data: FoldedData): { probabilities: Float64Array; penalties: number[] } {
  const { x, codes, groups, fold, folds } = data;
  const counts = new Float64Array(groups);
  for (const code of codes) counts[code]! += 1;
  const rowsWhere = (keep: (fold: number) => boolean) => {
    const rows: number[] = [];
    fold.forEach((f, i) => keep(f) && rows.push(i));
    return rows;
  };
  const learn = (train: readonly number[]) => {
    const by = standardiser(x, train);
    const features = standardise(x, train, by);
    const labels = train.map((i) => codes[i]!);
    return {
      fit: (penalties: readonly number[]) =>
        logisticPath(features, labels, groups, penalties, { classWeight: "balanced" }),
      predict: (model: LogisticModel, rows: readonly number[]) =>
        logisticProbabilities(model, standardise(x, rows, by)),
    };
  };

  // [outer fold][C], summed over the folds it is chosen on.
  const losses = Array.from({ length: folds }, () => new Float64Array(PENALTIES.length));
  for (let f = 0; f < folds; f++) {
    for (let g = 0; g < f; g++) {
      const { fit, predict } = learn(rowsWhere((other) => other !== f && other !== g));
      const sides = [{ outer: f, rows: rowsWhere((other) => other === g) }, {
        outer: g,
        rows: rowsWhere((other) => other === f),
      }];
      for (const [p, model] of fit(PENALTIES).entries()) {
        for (const { outer, rows } of sides) {
          const probabilities = predict(model, rows);
          rows.forEach((i, r) => {
            const code = codes[i]!;
            // As in log loss elsewhere, certainty about the wrong group costs much, but not everything.
            const p0 = Math.max(probabilities[r * groups + code]!, Number.EPSILON);
            losses[outer]![p]! -= Math.log(p0) / counts[code]!;
          });
        }
      }
    }
  }

  const probabilities = new Float64Array(x.rows * groups);
  const penalties = losses.map((own, f) => {
    const C = PENALTIES[own.indexOf(Math.min(...own))]!;
    const { fit, predict } = learn(rowsWhere((other) => other !== f));
    const rows = rowsWhere((other) => other === f);
    const predicted = predict(fit([C])[0]!, rows);
    rows.forEach((i, r) => probabilities.set(predicted.subarray(r * groups, (r + 1) * groups), i * groups));
    return C;
  });
  return { probabilities, penalties };
}
