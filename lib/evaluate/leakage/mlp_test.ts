import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { matrix, normalMatrix } from "./_testing.ts";
import type { Matrix } from "./matrix.ts";
import { type Activation, mlpClassifier, mlpLoss, mlpProbabilities, type MlpWeights } from "./mlp.ts";

for (const activation of ["tanh", "relu"] as const) {
  Deno.test(`mlpLoss() has the gradient of central differences: ${activation}`, () => {
    const rng = new Rng(1);
    const weights: MlpWeights = {
      input: Float64Array.from({ length: 5 * 4 }, () => rng.normal()),
      inputBias: Float64Array.from({ length: 5 }, () => rng.normal()),
      output: Float64Array.from({ length: 3 * 5 }, () => rng.normal()),
      outputBias: Float64Array.from({ length: 3 }, () => rng.normal()),
    };
    const x = normalMatrix(7, 4, 2);
    const labels = [0, 1, 2, 2, 1, 0, 2];
    const costs = [1, 0.5, 2, 1, 0, 3, 1];
    const loss = () => mlpLoss(weights, activation, x, labels, costs).loss;
    const { gradient } = mlpLoss(weights, activation, x, labels, costs);
    for (const part of ["input", "inputBias", "output", "outputBias"] as const) {
      weights[part].forEach((value, i) => {
        const at = (moved: number) => {
          weights[part][i] = moved;
          return loss();
        };
        const difference = (at(value + 1e-6) - at(value - 1e-6)) / 2e-6;
        weights[part][i] = value;
        assertAlmostEquals(gradient[part][i]!, difference, 1e-8, `${part}[${i}]`);
      });
    }
  });
}

/** Points in four corners, with noise and with features that say nothing; opposite corners are of one class. */
function corners(n: number, seed: number): { x: Matrix; labels: number[] } {
  const rng = new Rng(seed);
  const sides = Array.from({ length: n }, () => [rng.int(2), rng.int(2)]);
  const x = matrix(sides.map((s) => [...s.map((v) => 2 * v - 1 + 0.4 * rng.normal()), rng.normal(), rng.normal()]));
  return { x, labels: sides.map(([a, b]) => a! ^ b!) };
}

function accuracyOn({ x, labels }: ReturnType<typeof corners>, model: ReturnType<typeof mlpClassifier>): number {
  const p = mlpProbabilities(model, x);
  return labels.filter((label, i) => p[2 * i + label]! > 0.5).length / labels.length;
}

for (const activation of ["tanh", "relu"] as Activation[]) {
  Deno.test(`mlpClassifier() learns exclusive or and says it of new points: ${activation}`, () => {
    const train = corners(200, 1);
    const model = mlpClassifier(train.x, train.labels, 2, { rng: new Rng(3), activation, epochs: 80 });
    // The best that is possible with this noise is 0.988.
    assertLess(0.93, accuracyOn(corners(500, 2), model));
  });
}

Deno.test("mlpClassifier() keeps the weights that did best on the rows to stop by", () => {
  const rng = new Rng(4);
  const labels = Array.from({ length: 60 }, () => rng.int(2));
  const noise = normalMatrix(60, 30, 5);
  const stop = { x: normalMatrix(40, 30, 6), labels: labels.slice(0, 40), patience: 5 };
  const stopped = mlpClassifier(noise, labels, 2, { rng: new Rng(7), stop });
  assert(stopped.epochs <= 5, "what is noise cannot be learned for long");
  const again = mlpClassifier(noise, labels, 2, { rng: new Rng(7), epochs: stopped.epochs });
  assertEquals(again, stopped);
});

Deno.test("mlpClassifier() with balanced weights is not drawn to the larger class", () => {
  const rng = new Rng(8);
  const labels = Array.from({ length: 200 }, (_, i) => Number(i % 10 === 0));
  const x = matrix(labels.map((label) => [rng.normal() + label]));
  const share = (classWeight: "balanced" | "none") => {
    const p = mlpProbabilities(
      mlpClassifier(x, labels, 2, { rng: new Rng(9), hidden: 4, epochs: 60, classWeight }),
      x,
    );
    return labels.reduce((sum, _, i) => sum + p[2 * i + 1]!, 0) / 200;
  };
  assertLess(Math.abs(share("none") - 0.1), 0.03);
  assertLess(0.3, share("balanced"));
});

Deno.test("mlpClassifier() says what is wrong", () => {
  const x = matrix([[1], [2]]);
  assertThrows(() => mlpClassifier(x, [0], 2, { rng: new Rng(1) }), RangeError, "Expected 2 labels");
  assertThrows(() => mlpClassifier(x, [0, 0], 2, { rng: new Rng(1) }), RangeError, "found none of class 1");
});
