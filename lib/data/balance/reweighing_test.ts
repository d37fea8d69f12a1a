import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fairnessCases } from "../../metrics/golden_testing.ts";
import { labelGroupCells } from "./cells.ts";
import { reweighing } from "./reweighing.ts";

Deno.test("reweighing() equals AIF360's weights wherever those are numbers, and is null where they are not", async () => {
  let compared = 0, empty = 0;
  for (const { name, inputs, expected } of await fairnessCases()) {
    const golden = expected.aif360?.reweighing;
    if (golden === undefined) continue;
    const cells = labelGroupCells(inputs.y_true, inputs.groups.map(String));
    const { weights, table } = reweighing(cells, inputs.sample_weight);
    for (const { group, label, weight } of table) {
      // AIF360 leaves out a label that nobody has.
      const value = golden.all_groups[group][label] ?? "NaN";
      if (typeof value === "number") {
        compared++;
        assertAlmostEquals(weight!, value, 1e-9, `${name}, label ${label} of ${group}`);
      } else {
        empty++;
        assertEquals(weight, null, `${name}, label ${label} of ${group}`);
      }
    }
    assertAlmostEquals(weights.reduce((a, b) => a + b, 0), golden.sample_weight_sum, 1e-9 * weights.length, name);
  }
  assertEquals([compared > 50, empty > 3], [true, true]);
});

Deno.test("reweighing() gives every group the label rate of all, and keeps its size", () => {
  const labels = [1, 1, 1, 0, 1, 0, 0, 0, 0, 0], groups = [..."aaaabbbbbb"];
  const { weights, table } = reweighing(labelGroupCells(labels, groups));
  for (const group of ["a", "b"]) {
    const [zero, one] = table.filter((row) => row.group === group);
    assertAlmostEquals(one!.after / (zero!.after + one!.after), 0.4, 1e-12);
    assertAlmostEquals(zero!.after + one!.after, zero!.before + one!.before, 1e-12);
  }
  assertAlmostEquals(weights.reduce((a, b) => a + b), 10, 1e-12);
});

Deno.test("reweighing() leaves finite weights beside an empty cell", () => {
  const { weights, table } = reweighing(labelGroupCells([1, 0, 0, 0], ["a", "a", "b", "b"]));
  // 2 · 3 / (4 · 1), 2 · 1 / (4 · 1), 2 · 3 / (4 · 2)
  assertEquals(table.map(({ weight }) => weight), [1.5, 0.5, 0.75, null]);
  assertEquals(weights.every(Number.isFinite), true);
});

Deno.test("reweighing() refuses weights that are none", () => {
  const cells = labelGroupCells([1, 0], ["a", "a"]);
  assertThrows(() => reweighing(cells, [1]), RangeError, "2 sample weights");
  assertThrows(() => reweighing(cells, [1, -1]), RangeError, "sampleWeights[1]");
  assertThrows(() => reweighing(cells, [NaN, 1]), RangeError, "sampleWeights[0]");
});
