import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { scoreTable } from "../classification/scores.ts";
import {
  onGrid,
  resampler,
  rowsOfClusters,
  strataOf,
  tableMaker,
  uniqueClusters,
  uniqueDecisions,
  uniqueScores,
} from "./unique_rows.ts";

Deno.test("uniqueClusters() on an example small enough to check by hand", () => {
  const { counts, kind, times } = uniqueClusters(["ann", "ann", "bob", "bob"], {
    kindOf: [0, 1, 1, 0],
    groupOf: [0, 0],
  });
  assertEquals([counts, kind, times], [Float64Array.of(2), Int32Array.of(0, 1), Float64Array.of(1, 1)]);
});

Deno.test("strataOf() on an example small enough to check by hand", () => {
  assertEquals(strataOf(Int32Array.of(0, 1, 0), 2), [Int32Array.of(0, 2), Int32Array.of(1)]);
});

Deno.test("resampler() on an example small enough to check by hand", () => {
  const draw = resampler({ counts: Float64Array.of(600, 400, 7), strata: [Int32Array.of(0, 1), Int32Array.of(2)] });
  const counts = new Float64Array(3);
  draw(new Rng(1), counts);
  assertEquals([counts[0]! + counts[1]!, counts[2]], [1000, 7]);
});

Deno.test("rowsOfClusters() on an example small enough to check by hand", () => {
  const clusters = uniqueClusters(["ann", "ann", "bob"], { kindOf: [0, 1, 1], groupOf: [0, 0] });
  assertEquals(rowsOfClusters(clusters, 2)(Float64Array.of(2, 0)), Float64Array.of(2, 2));
});

Deno.test("uniqueScores() on an example small enough to check by hand", () => {
  const table = scoreTable({ scores: [1, 0.5], groups: ["a", "a"] });
  assertEquals(uniqueScores(table).kindOf, Int32Array.of(0, 1));
});

Deno.test("onGrid() on an example small enough to check by hand", () => {
  const table = scoreTable({ labels: [1, 1, 0, 0], scores: [1, 0.5, 0.25, 0], groups: ["a", "a", "a", "a"] });
  const { counts, table: coarse } = onGrid(table, 2);
  assertEquals(coarse.scores, Float64Array.of(0.75, 0.125));
  assertEquals(counts, Float64Array.of(2, 2));
});

Deno.test("onGrid() makes as many cells as asked for, of about equal size, where their size is no whole number", () => {
  const scores = Array.from({ length: 5000 }, (_, i) => i);
  const { counts } = onGrid(scoreTable({ scores, groups: { names: ["a"], codes: new Int32Array(5000) } }));
  assertEquals([counts.length, Math.min(...counts), Math.max(...counts)], [128, 39, 40]);
});

Deno.test("uniqueDecisions() on an example small enough to check by hand", () => {
  const kinds = uniqueDecisions({ labels: [1, 1, 0], predictions: [1, 1, 0], groups: ["a", "a", "a"] });
  assertEquals(kinds.counts, Float64Array.of(1, 2));
  assertEquals(kinds.cell, Int32Array.of(0, 3));
});

Deno.test("tableMaker() on an example small enough to check by hand", () => {
  const kinds = uniqueDecisions({ labels: [1, 0], predictions: [1, 0], groups: ["a", "a"] });
  assertEquals(tableMaker(kinds)(Float64Array.of(2, 0)).cells, Float64Array.of(2, 0, 0, 0));
});
