import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import fc from "fast-check";
import { Matrix } from "ml-matrix";
import { Rng } from "../../random.ts";
import { logisticCases, mapped, normalMatrix } from "./_testing.ts";
import { type LogisticModel, logisticPath, logisticProbabilities, rowSpace } from "./logistic.ts";

/** What a row of each class costs if classes weigh alike. */
function balanced(labels: readonly number[], classes: number): number[] {
  return Array.from({ length: classes }, (_, c) => labels.length / (classes * labels.filter((l) => l === c).length));
}

for (const { name, x: rows, labels, fits } of await logisticCases()) {
  Deno.test(`logisticPath() equals scikit-learn: ${name}`, () => {
    const x = new Matrix(rows);
    const classes = Math.max(...labels) + 1;
    for (const { C, class_weight: classWeight, coef, intercept, probabilities } of fits) {
      const costs = classWeight === "balanced" ? balanced(labels, classes) : new Array<number>(classes).fill(1);
      const [model] = logisticPath({ x, labels }, [C], { costs, tolerance: 1e-12 });
      const coefficients = model!.coefficients.transpose().to2DArray();
      // One vector for two classes there.
      const own = classes === 2 ? [coefficients[1]!.map((v, j) => v - coefficients[0]![j]!)] : coefficients;
      const constants = classes === 2 ? [model!.intercepts[1]! - model!.intercepts[0]!] : model!.intercepts;
      const where = `C ${C}, ${classWeight}`;
      coef.flat().forEach((value, i) => assertAlmostEquals(own.flat()[i]!, value, 1e-6, `${where}, coefficient ${i}`));
      intercept.forEach((value, c) => assertAlmostEquals(constants[c]!, value, 2e-6, `${where}, intercept ${c}`));
      const predicted = logisticProbabilities(model!, x).flat();
      probabilities.flat().forEach((value, i) => assertAlmostEquals(predicted[i]!, value, 1e-7, `${where}, p ${i}`));
    }
  });
}

/** Length of the gradient of the objective, written down anew. */
function slope(x: Matrix, labels: readonly number[], C: number, model: LogisticModel): number {
  const { coefficients, intercepts } = model;
  const strength = intercepts.length === 2 ? C / 2 : C;
  const p = logisticProbabilities(model, x);
  let squares = 0;
  for (let c = 0; c < intercepts.length; c++) {
    const residuals = labels.map((label, i) => strength * (p[i]![c]! - Number(label === c)));
    squares += residuals.reduce((sum, r) => sum + r, 0) ** 2;
    for (let j = 0; j < x.columns; j++) {
      const derivative = residuals.reduce((sum, r, i) => sum + r * x.get(i, j), 0);
      squares += (coefficients.get(j, c) + derivative) ** 2;
    }
  }
  assertAlmostEquals(intercepts.reduce((sum, b) => sum + b, 0), 0, 1e-6);
  return Math.sqrt(squares);
}

Deno.test("logisticPath() ends where no derivative is left, whatever the data", () => {
  const cases = fc.record({
    seed: fc.nat(),
    classes: fc.integer({ min: 2, max: 5 }),
    rows: fc.integer({ min: 5, max: 30 }),
    columns: fc.integer({ min: 1, max: 40 }),
    logC: fc.double({ min: -9, max: 5, noNaN: true }),
    correlated: fc.boolean(),
  });
  fc.assert(
    fc.property(cases, ({ seed, classes, rows, columns, logC, correlated }) => {
      const rng = new Rng(seed);
      const noise = normalMatrix(rows, columns, seed);
      const x = correlated ? mapped(noise, (v, i) => 0.01 * v + noise.get(i, 0) + 3) : noise;
      const labels = Array.from({ length: rows }, (_, i) => i < classes ? i : rng.int(classes));
      const C = Math.exp(logC);
      const start = slope(x, labels, C, {
        coefficients: Matrix.zeros(columns, classes),
        intercepts: new Array<number>(classes).fill(0),
        iterations: 0,
      });
      const costs = new Array<number>(classes).fill(1);
      const [model] = logisticPath({ x, labels }, [C], { costs, tolerance: 1e-7 });
      assertLess(slope(x, labels, C, model!), 1.01e-7 * start + 1e-12);
    }),
    { seed: 3, numRuns: 150 },
  );
});

Deno.test("logisticPath() takes few steps where features are correlated and outnumber the rows", () => {
  const rng = new Rng(5);
  const common = normalMatrix(8, 200, 6);
  const labels = Array.from({ length: 120 }, () => rng.int(4));
  const x = new Matrix(labels.map((label) => {
    const parts = Array.from({ length: 8 }, (_, f) => 3 / (1 + f) * rng.normal() + Number(f === label));
    return Array.from(
      { length: 200 },
      (_, j) => 0.3 * rng.normal() + parts.reduce((sum, v, f) => sum + v * common.get(f, j), 0),
    );
  }));
  // Measured without the first guess of the Hessian: 22, 81, 172 and 195 steps.
  const steps = logisticPath({ x, labels }, [1e-4, 1e-3, 1e-2, 1e-1], { costs: [1, 1, 1, 1] }).map(({ iterations }) =>
    iterations
  );
  steps.forEach((count) => assertLess(count, 20));
});

Deno.test("logisticPath() equals separate fits, in whatever order, and is deterministic", () => {
  const rows = { x: normalMatrix(30, 6, 7), labels: Array.from({ length: 30 }, (_, i) => i % 3) };
  const options = { costs: [1, 1, 1], tolerance: 1e-10 };
  const path = logisticPath(rows, [10, 0.01, 1], options);
  for (const [p, C] of [10, 0.01, 1].entries()) {
    const [alone] = logisticPath(rows, [C], options);
    const expected = alone!.coefficients.to1DArray();
    path[p]!.coefficients.to1DArray().forEach((v, i) => assertAlmostEquals(v, expected[i]!, 1e-8));
  }
  assertEquals(logisticPath(rows, [10, 0.01, 1], options), path);
});

Deno.test("logisticPath() stays finite where classes are told apart with certainty or features say nothing", () => {
  const apart = new Matrix([[-1000], [-999], [999], [1000]]);
  const [certain] = logisticPath({ x: apart, labels: [0, 0, 1, 1] }, [1e6], { costs: [1, 1] });
  assert(certain!.coefficients.to1DArray().every(Number.isFinite));
  assertLess(0.999, logisticProbabilities(certain!, apart)[0]![0]!);
  const labels = [0, 1, 1];
  const x = new Matrix([[0, 2], [0, 2], [0, 2]]);
  const [nothing] = logisticPath({ x, labels }, [1], { costs: balanced(labels, 2) });
  assertEquals(nothing!.coefficients.to1DArray(), [0, 0, 0, 0]);
  assertEquals(logisticProbabilities(nothing!, new Matrix([[5, 7]])), [[0.5, 0.5]]);
});

Deno.test("without features that say anything, probabilities are the shares of the classes", () => {
  const x = Matrix.zeros(4, 1);
  const [model] = logisticPath({ x, labels: [0, 1, 1, 1] }, [1], { costs: [1, 1] });
  assertAlmostEquals(logisticProbabilities(model!, x)[0]![1]!, 0.75, 1e-5);
});

function assertRotation(x: Matrix) {
  const { coordinates, lift } = rowSpace(x);
  assertEquals([coordinates.rows, coordinates.columns], [x.rows, x.rows]);
  const angles = coordinates.mmulByTranspose().to1DArray();
  x.mmulByTranspose().to1DArray().forEach((value, at) =>
    assertAlmostEquals(angles[at]!, value, 1e-10, `product ${at}`)
  );
  const lifted = lift(coordinates.transpose()).transpose().to1DArray();
  x.to1DArray().forEach((value, at) => assertAlmostEquals(lifted[at]!, value, 1e-10, `number ${at}`));
}

for (const [rows, columns] of [[1, 1], [1, 5], [4, 4], [5, 9], [6, 30]] as const) {
  Deno.test(`rowSpace() keeps lengths and angles of ${rows} rows of ${columns}, and lift() leads back`, () => {
    assertRotation(normalMatrix(rows, columns, rows));
  });
}

Deno.test("rowSpace() needs no rank: equal, opposite and empty rows", () => {
  assertRotation(new Matrix([[1, 2, 3, 4], [1, 2, 3, 4], [-1, -2, -3, -4], [0, 0, 0, 0]]));
  assertRotation(new Matrix([[0, 0, 0, 0], [0, 0, 0, 5]]));
  assertRotation(Matrix.zeros(2, 3));
});
