import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { consistency } from "./consistency.ts";
import { assertGolden, readGolden } from "../golden_testing.ts";

const { inputs, expected } = (await readGolden("fairness_small")).cases[1];

Deno.test("consistency() equals AIF360's on the golden features", () => {
  assertGolden(consistency(inputs.y_pred, inputs.features), expected.aif360.dataset.consistency5, "b_four_groups");
});

Deno.test("consistency() equals NumPy 2.4.6 without the row itself among its neighbours", () => {
  const { value } = consistency(inputs.y_pred, inputs.features, { includeSelf: false });
  assertAlmostEquals(value!, 0.554, 1e-12);
});

Deno.test("consistency() is 1 for constant decisions", () => {
  assertEquals(consistency(inputs.y_pred.map(() => 1), inputs.features), { value: 1 });
});

Deno.test("consistency() judges a random sample of rows, all of them when the sample is large enough", () => {
  const all = consistency(inputs.y_pred, inputs.features);
  const sampled = consistency(inputs.y_pred, inputs.features, { sample: { rows: 200, rng: new Rng(3) } });
  // Four standard errors: one row's inconsistency lies in [0, 0.8], so its deviation is at most 0.4.
  assertAlmostEquals(sampled.value!, all.value!, 4 * 0.4 / Math.sqrt(200));
  const whole = consistency(inputs.y_pred, inputs.features, { sample: { rows: 9999, rng: new Rng(3) } });
  assertAlmostEquals(whole.value!, all.value!, 1e-12);
});

Deno.test("consistency() reads an embedding matrix row by row", () => {
  const embeddings = [[1, 0], [0.99, 0.1], [0, 1], [0.1, 0.99]].map((row) => Float32Array.from(row));
  assertEquals(consistency([1, 1, 0, 0], embeddings, { neighbours: 2 }), { value: 1 });
  assertEquals(consistency([1, 0, 1, 0], embeddings, { neighbours: 2 }), { value: 0.5 });
});

Deno.test("consistency() is undefined with fewer rows than neighbours, and refuses ragged or missing features", () => {
  assertEquals(consistency([1], [[0]]), { value: null, reason: "fewer rows than neighbours" });
  assertThrows(() => consistency([1, 0], [[0], [0, 1]], { neighbours: 1 }), RangeError, "rows of width 1");
  assertThrows(() => consistency([1, 0], [[0], [NaN]], { neighbours: 1 }), RangeError, "NaN in row 1");
  assertThrows(() => consistency([1], [[0], [1]]), RangeError, "one prediction per row");
});
