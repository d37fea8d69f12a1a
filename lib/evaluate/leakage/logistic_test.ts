import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../../random.ts";
import { logisticCases, matrix, normalMatrix } from "./_testing.ts";
import { type LogisticModel, logisticPath, logisticProbabilities, multinomialLogistic } from "./logistic.ts";
import type { Matrix } from "./matrix.ts";

for (const { name, x: rows, labels, fits } of await logisticCases()) {
  Deno.test(`multinomialLogistic() equals scikit-learn: ${name}`, () => {
    const x = matrix(rows);
    const classes = Math.max(...labels) + 1;
    for (const { C, class_weight: classWeight, coef, intercept, probabilities } of fits) {
      const model = multinomialLogistic(x, labels, classes, { C, classWeight, tolerance: 1e-12 });
      const coefficients = Array.from(
        { length: classes },
        (_, c) => [...model.coefficients.subarray(c * x.columns, (c + 1) * x.columns)],
      );
      // One vector for two classes there.
      const own = classes === 2 ? [coefficients[1]!.map((v, j) => v - coefficients[0]![j]!)] : coefficients;
      const constants = classes === 2 ? [model.intercepts[1]! - model.intercepts[0]!] : [...model.intercepts];
      const where = `C ${C}, ${classWeight}`;
      coef.flat().forEach((value, i) => assertAlmostEquals(own.flat()[i]!, value, 1e-6, `${where}, coefficient ${i}`));
      intercept.forEach((value, c) => assertAlmostEquals(constants[c]!, value, 2e-6, `${where}, intercept ${c}`));
      const predicted = logisticProbabilities(model, x);
      probabilities.flat().forEach((value, i) => assertAlmostEquals(predicted[i]!, value, 1e-7, `${where}, p ${i}`));
    }
  });
}

/** Length of the gradient of the objective, written down anew. */
function slope(x: Matrix, labels: readonly number[], C: number, model: LogisticModel): number {
  const { classes, coefficients, intercepts } = model;
  const strength = classes === 2 ? C / 2 : C;
  const p = logisticProbabilities(model, x);
  let squares = 0;
  for (let c = 0; c < classes; c++) {
    const residuals = labels.map((label, i) => strength * (p[i * classes + c]! - Number(label === c)));
    squares += residuals.reduce((sum, r) => sum + r, 0) ** 2;
    for (let j = 0; j < x.columns; j++) {
      const derivative = residuals.reduce((sum, r, i) => sum + r * x.data[i * x.columns + j]!, 0);
      squares += (coefficients[c * x.columns + j]! + derivative) ** 2;
    }
  }
  assertAlmostEquals(intercepts.reduce((sum, b) => sum + b, 0), 0, 1e-6);
  return Math.sqrt(squares);
}

Deno.test("multinomialLogistic() ends where no derivative is left, whatever the data", () => {
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
      const x = normalMatrix(rows, columns, seed);
      if (correlated) x.data.forEach((v, at) => x.data[at] = 0.01 * v + x.data[at - at % columns]! + 3);
      const labels = Array.from({ length: rows }, (_, i) => i < classes ? i : rng.int(classes));
      const C = Math.exp(logC);
      const start = slope(x, labels, C, {
        classes,
        features: columns,
        coefficients: new Float64Array(classes * columns),
        intercepts: new Float64Array(classes),
        iterations: 0,
      });
      const model = multinomialLogistic(x, labels, classes, { C, tolerance: 1e-7 });
      assertLess(slope(x, labels, C, model), 1.01e-7 * start + 1e-12);
    }),
    { seed: 3, numRuns: 150 },
  );
});

Deno.test("multinomialLogistic() takes few steps where features are correlated and outnumber the rows", () => {
  const rng = new Rng(5);
  const common = normalMatrix(8, 200, 6);
  const labels = Array.from({ length: 120 }, () => rng.int(4));
  const x = matrix(labels.map((label) => {
    const parts = Array.from({ length: 8 }, (_, f) => 3 / (1 + f) * rng.normal() + Number(f === label));
    return Array.from(
      { length: 200 },
      (_, j) => 0.3 * rng.normal() + parts.reduce((sum, v, f) => sum + v * common.data[f * 200 + j]!, 0),
    );
  }));
  // Measured without the first guess of the Hessian: 22, 81, 172 and 195 steps.
  const steps = logisticPath(x, labels, 4, [1e-4, 1e-3, 1e-2, 1e-1]).map(({ iterations }) => iterations);
  steps.forEach((count) => assertLess(count, 20));
});

Deno.test("logisticPath() equals separate fits, in whatever order, and is deterministic", () => {
  const x = normalMatrix(30, 6, 7);
  const labels = Array.from({ length: 30 }, (_, i) => i % 3);
  const options = { classWeight: "balanced", tolerance: 1e-10 } as const;
  const path = logisticPath(x, labels, 3, [10, 0.01, 1], options);
  for (const [p, C] of [10, 0.01, 1].entries()) {
    const alone = multinomialLogistic(x, labels, 3, { C, ...options });
    path[p]!.coefficients.forEach((v, i) => assertAlmostEquals(v, alone.coefficients[i]!, 1e-8));
  }
  assertEquals(logisticPath(x, labels, 3, [10, 0.01, 1], options), path);
});

Deno.test("multinomialLogistic() stays finite where classes are told apart with certainty or features say nothing", () => {
  const apart = matrix([[-1000], [-999], [999], [1000]]);
  const certain = multinomialLogistic(apart, [0, 0, 1, 1], 2, { C: 1e6 });
  assert(certain.coefficients.every(Number.isFinite));
  assertLess(0.999, logisticProbabilities(certain, apart)[0]!);
  const nothing = multinomialLogistic(matrix([[0, 2], [0, 2], [0, 2]]), [0, 1, 1], 2, { classWeight: "balanced" });
  assertEquals(nothing.coefficients, new Float64Array(4));
  assertEquals(logisticProbabilities(nothing, matrix([[5, 7]])), Float64Array.of(0.5, 0.5));
});

Deno.test("multinomialLogistic() says what is wrong", () => {
  const x = matrix([[1], [2], [3]]);
  assertThrows(() => multinomialLogistic(x, [0, 1], 2), RangeError, "Expected 3 labels, one per row, found 2");
  assertThrows(() => multinomialLogistic(x, [0, 0, 2], 3), RangeError, "found none of class 1");
  assertThrows(() => multinomialLogistic(x, [0, 0, 0], 1), RangeError, "at least two classes, found 1");
  assertThrows(() => multinomialLogistic(x, [0, 1, 1], 2, { C: 0 }), RangeError, "Expected C > 0, found 0");
  const model = multinomialLogistic(x, [0, 1, 1], 2);
  assertThrows(() => logisticProbabilities(model, matrix([[1, 2]])), RangeError, "Expected 1 features, found 2");
});
