import { assertEquals } from "@std/assert";
import { confusionMetric, confusionOf, confusionTable } from "./confusion.ts";

Deno.test("confusionOf() on an example small enough to check by hand", () => {
  const table = confusionTable({ labels: [1, 0], predictions: [1, 1], groups: ["a", "a"] });
  assertEquals(confusionOf(table), { tp: 1, fp: 1, tn: 0, fn: 0 });
});

Deno.test("confusionMetric() on an example small enough to check by hand", () => {
  const counts = { tp: 3, fp: 1, tn: 4, fn: 0 };
  assertEquals(confusionMetric("ppv", counts), { value: 0.75 });
  assertEquals(confusionMetric("tpr", { ...counts, tp: 0 }), {
    value: null,
    reason: "no row with a positive label",
  });
});

Deno.test("confusionTable() as a reader would call it", () => {
  const table = confusionTable({ labels: [1, 1, 0], predictions: [1, 0, 0], groups: ["PhD", "BA", "BA"] });
  assertEquals(table.names, ["BA", "PhD"]);
  assertEquals(confusionOf(table, 0), { tp: 0, fp: 0, tn: 1, fn: 1 });
  assertEquals(confusionOf(table), { tp: 1, fp: 0, tn: 1, fn: 1 });
});
