import { Rng } from "../../random.ts";
import type { Matrix } from "./matrix.ts";

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
  return JSON.parse(await Deno.readTextFile(new URL("../../testdata/logistic.json", import.meta.url))).cases;
}

/** A matrix from rows. */
export function matrix(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, columns: rows[0]!.length, data: Float64Array.from(rows.flat()) };
}

/** Normal numbers. */
export function normalMatrix(rows: number, columns: number, seed: number): Matrix {
  const rng = new Rng(seed);
  return { rows, columns, data: Float64Array.from({ length: rows * columns }, () => rng.normal()) };
}

/** `[n · k]` inner products of the rows of two matrices, the plain way. */
export function products(a: Matrix, b: Matrix): Float64Array {
  return Float64Array.from({ length: a.rows * b.rows }, (_, at) => {
    const i = Math.floor(at / b.rows), j = at % b.rows;
    let sum = 0;
    for (let k = 0; k < a.columns; k++) sum += a.data[i * a.columns + k]! * b.data[j * b.columns + k]!;
    return sum;
  });
}

/** The matrix with rows and columns exchanged. */
export function transposed({ rows, columns, data }: Matrix): Matrix {
  return {
    rows: columns,
    columns: rows,
    data: Float64Array.from({ length: data.length }, (_, at) => data[(at % rows) * columns + Math.floor(at / rows)]!),
  };
}
