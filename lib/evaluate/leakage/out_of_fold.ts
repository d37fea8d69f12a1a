/** Probabilities of every person's groups from classifiers that have not seen this person. */
import type { Rng } from "../../random.ts";
import { logisticPath, logisticProbabilities } from "./logistic.ts";
import type { Matrix } from "./matrix.ts";
import { mlpClassifier, mlpProbabilities } from "./mlp.ts";
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

/** What a classifier says of people whom it has not seen. */
export interface OutOfFold {
  /** `[n · groups]`, row by row, each row adding up to 1. */
  readonly probabilities: Float64Array;
  /** `[folds]` what was chosen among the people that a fold is predicted from: C or epochs. */
  readonly chosen: number[];
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
 * @returns Probabilities, and the C chosen for each fold.
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
export function logisticOutOfFold(data: FoldedData): OutOfFold {
  const { codes, groups, folds } = data;
  const counts = new Float64Array(groups);
  for (const code of codes) counts[code]! += 1;
  const losses = Array.from({ length: folds }, () => new Float64Array(PENALTIES.length)); // [fold][C]
  for (let f = 0; f < folds; f++) {
    for (let g = 0; g < f; g++) {
      const { train, test } = divide(data, (fold) => fold !== f && fold !== g, (fold) => fold === f || fold === g);
      const path = logisticPath(train.x, train.labels, groups, PENALTIES, { classWeight: "balanced" });
      for (const [p, model] of path.entries()) {
        const probabilities = logisticProbabilities(model, test.x);
        test.labels.forEach((code, r) => {
          // As in log loss elsewhere, certainty about the wrong group costs much, but not everything.
          const own = Math.max(probabilities[r * groups + code]!, Number.EPSILON);
          const chosenFor = data.fold[test.rows[r]!] === f ? g : f;
          losses[chosenFor]![p]! -= Math.log(own) / counts[code]!;
        });
      }
    }
  }
  return predictFolds(data, (fold) => {
    const own = losses[fold]!;
    const C = PENALTIES[own.indexOf(Math.min(...own))]!;
    const { train, test } = divide(data, (other) => other !== fold, (other) => other === fold);
    const [model] = logisticPath(train.x, train.labels, groups, [C], { classWeight: "balanced" });
    return { rows: test.rows, probabilities: logisticProbabilities(model!, test.x), chosen: C };
  });
}

// Enough to see that a network has begun to learn its training rows by heart, which takes it some ten passes.
const PATIENCE = 10;

/**
 * Out-of-fold probabilities of a network with one hidden layer on standardised features, groups weighted alike.
 *
 * For an outer fold, the next fold says after how many passes over the others to stop; then the network is trained anew for as many
 * passes on all folds but the outer one.
 *
 * @param data People in folds, each group in every fold.
 * @param rng Initial weights and the order of rows.
 * @returns Probabilities, and the passes of each fold.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { mlpOutOfFold } from "./out_of_fold.ts";
 *
 * const codes = Int32Array.from({ length: 60 }, (_, i) => i % 2);
 * const x = { rows: 60, columns: 1, data: Float64Array.from(codes, (code, i) => 6 * code + Math.sin(i)) };
 * const fold = codes.map((_, i) => Math.floor(i / 2) % 3);
 * const { probabilities } = mlpOutOfFold({ x, codes, groups: 2, fold, folds: 3 }, new Rng(1));
 * assert(codes.every((code, i) => probabilities[2 * i + code]! > 0.5));
 * ```
 */
export function mlpOutOfFold(data: FoldedData, rng: Rng): OutOfFold {
  const { groups, folds } = data;
  return predictFolds(data, (fold) => {
    const next = (fold + 1) % folds;
    const inner = divide(data, (other) => other !== fold && other !== next, (other) => other === next);
    const { epochs } = mlpClassifier(inner.train.x, inner.train.labels, groups, {
      rng: rng.derive(`stop ${fold}`),
      classWeight: "balanced",
      stop: { ...inner.test, patience: PATIENCE },
    });
    const { train, test } = divide(data, (other) => other !== fold, (other) => other === fold);
    const model = mlpClassifier(train.x, train.labels, groups, {
      rng: rng.derive(`fit ${fold}`),
      classWeight: "balanced",
      epochs,
    });
    return { rows: test.rows, probabilities: mlpProbabilities(model, test.x), chosen: epochs };
  });
}

/** The rows of some folds to learn from and of others to test on, all standardised by the former. */
function divide(
  { x, codes, fold }: FoldedData,
  isTrain: (fold: number) => boolean,
  isTest: (fold: number) => boolean,
) {
  const rowsOf = (chosen: (fold: number) => boolean) => [...fold.keys()].filter((i) => chosen(fold[i]!));
  const train = rowsOf(isTrain), test = rowsOf(isTest);
  const by = standardiser(x, train);
  const part = (rows: number[]) => ({ rows, x: standardise(x, rows, by), labels: rows.map((i) => codes[i]!) });
  return { train: part(train), test: part(test) };
}

function predictFolds(
  { x, groups, folds }: FoldedData,
  predict: (fold: number) => { rows: readonly number[]; probabilities: Float64Array; chosen: number },
): OutOfFold {
  const probabilities = new Float64Array(x.rows * groups);
  const chosen = Array.from({ length: folds }, (_, fold) => {
    const predicted = predict(fold);
    predicted.rows.forEach((i, r) =>
      probabilities.set(predicted.probabilities.subarray(r * groups, (r + 1) * groups), i * groups)
    );
    return predicted.chosen;
  });
  return { probabilities, chosen };
}
