import { Matrix } from "ml-matrix";
import { whenPermitted } from "../../_testing.ts";
import { Rng } from "../../random.ts";

/** A case of `testdata/logistic.json`, which scikit-learn computed; its `meta` says how. */
export interface LogisticCase {
  name: string;
  labels: number[];
  x: number[][];
  scaler: { mean: number[]; scale: number[] };
  fits: {
    C: number;
    class_weight: "none" | "balanced";
    coef: number[][];
    intercept: number[];
    probabilities: number[][];
  }[];
  metrics: {
    probabilities: number[][];
    accuracy: number;
    balanced_accuracy: number;
    recall: number[];
    roc_auc_ovr_macro: number;
  };
}

/** Reads the cases. */
export async function logisticCases(): Promise<LogisticCase[]> {
  const url = new URL("../../testdata/logistic.json", import.meta.url);
  return await whenPermitted(async () => JSON.parse(await Deno.readTextFile(url)).cases);
}

/** Normal numbers. */
export function normalMatrix(rows: number, columns: number, seed: number): Matrix {
  const rng = new Rng(seed);
  return new Matrix(Array.from({ length: rows }, () => Array.from({ length: columns }, () => rng.normal())));
}

/** The matrix with every number replaced. */
export function mapped(x: Matrix, map: (value: number, row: number, column: number) => number): Matrix {
  return new Matrix(x.to2DArray().map((row, i) => row.map((value, j) => map(value, i, j))));
}
