import { assertEquals } from "@std/assert";
import { scoreMetrics, scoreStatistics, scoreTable } from "./scores.ts";

Deno.test("scoreStatistics() on an example small enough to check by hand", () => {
  const table = scoreTable({ labels: [0, 1], scores: [0.25, 0.75], groups: ["a", "a"] });
  const [meanScore, rocAuc] = scoreStatistics(table);
  assertEquals([meanScore, rocAuc], [0.5, 1]);
});

Deno.test("scoreMetrics() on an example small enough to check by hand", () => {
  const table = scoreTable({ labels: [0, 1, 1], scores: [0.25, 0.75, 0.5], groups: ["a", "a", "b"] });
  const { groups, overall } = scoreMetrics(table);
  assertEquals(overall.rocAuc, { value: 1 });
  assertEquals(groups[1]!.rocAuc, { value: null, reason: "only one class among the labels" });
});

Deno.test("scoreTable() on an example small enough to check by hand", () => {
  const table = scoreTable({ labels: [0, 1], scores: [0.2, 0.7], groups: ["a", "b"] });
  assertEquals(table.scores, Float64Array.of(0.7, 0.2));
  assertEquals(table.labels, Uint8Array.of(1, 0));
});
