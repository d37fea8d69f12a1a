import { assertEquals } from "@std/assert";
import { precisionRecallCurves } from "./curves.ts";
import { scoreTable } from "./scores.ts";

Deno.test("precisionRecallCurves() on an example small enough to check by hand", () => {
  const table = scoreTable({ labels: [1, 0, 1], scores: [0.75, 0.5, 0.25], groups: ["a", "a", "a"] });
  assertEquals(precisionRecallCurves(table), [{
    recall: Float64Array.of(0, 0.5, 0.5, 1),
    precision: Float64Array.of(1, 1, 0.5, 2 / 3),
  }]);
});
