import { assertAlmostEquals, assertEquals } from "@std/assert";
import { logisticCases, matrix } from "./_testing.ts";
import { standardise, standardiser } from "./standardise.ts";

for (const { name, x, scaler } of await logisticCases()) {
  Deno.test(`standardiser() equals scikit-learn's StandardScaler: ${name}`, () => {
    const { means, scales } = standardiser(matrix(x), [...x.keys()]);
    scaler.mean.forEach((value, j) => assertAlmostEquals(means[j]!, value, 1e-12));
    scaler.scale.forEach((value, j) => assertAlmostEquals(scales[j]!, value, 1e-12));
  });
}

Deno.test("standardise() keeps a constant feature at 0, whatever rounding made of its mean", () => {
  const x = matrix([[0.1, 1e9], [0.1, 1e9], [0.1, 1e9]]);
  assertEquals(standardise(x, [0, 2], standardiser(x, [0, 1, 2])).data.map(Math.round), new Float64Array(4));
  assertEquals(standardiser(x, [0, 1, 2]).scales, Float64Array.of(1, 1));
});
