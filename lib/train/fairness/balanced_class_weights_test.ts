import { assertAlmostEquals, assertEquals } from "@std/assert";
import { balancedClassWeights } from "./balanced_class_weights.ts";

Deno.test("balancedClassWeights() gives every class the same total and keeps the sum of all rows", () => {
  const counts = [5, 1, 14];
  const totals = balancedClassWeights(counts).map((weight, i) => weight * counts[i]!);
  for (const total of totals) assertAlmostEquals(total, 20 / 3, 1e-12);
});

Deno.test("balancedClassWeights() of no rows are 0", () => {
  assertEquals(balancedClassWeights([0, 0]), [0, 0]);
});
