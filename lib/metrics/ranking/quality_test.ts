import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import {
  checkRelevance,
  dcgAt,
  hitAt,
  ndcgAt,
  precisionAt,
  rankedPrecision,
  recallAt,
  reciprocalRank,
  splitQueries,
} from "./quality.ts";

Deno.test("dcgAt() on an example small enough to check by hand", () => {
  assertEquals(dcgAt({ relevance: [0, 2, 1], scores: [0.1, 0.9, 0.5] }, 1), { value: 2 });
});

Deno.test("ndcgAt() on an example small enough to check by hand", () => {
  const { value } = ndcgAt({ relevance: [0, 1], scores: [0.9, 0.1] }, 2);
  assertAlmostEquals(value!, 1 / Math.log2(3));
});

Deno.test("hitAt() on an example small enough to check by hand", () => {
  assertEquals(hitAt({ relevance: [0, 1], scores: [0.9, 0.1] }, 1), { value: 0 });
});

Deno.test("precisionAt() on an example small enough to check by hand", () => {
  assertEquals(precisionAt({ relevance: [0, 1, 1], scores: [0.9, 0.5, 0.1] }, 2), { value: 0.5 });
});

Deno.test("recallAt() on an example small enough to check by hand", () => {
  assertEquals(recallAt({ relevance: [0, 1, 1], scores: [0.9, 0.5, 0.1] }, 2), { value: 0.5 });
});

Deno.test("reciprocalRank() on an example small enough to check by hand", () => {
  assertEquals(reciprocalRank({ relevance: [0, 1], scores: [0.9, 0.1] }), { value: 0.5 });
});

Deno.test("rankedPrecision() on an example small enough to check by hand", () => {
  assertEquals(rankedPrecision({ relevance: [1, 0, 0, 1], scores: [0.9, 0.8, 0.7, 0.6] }), { value: 0.75 });
});

Deno.test("checkRelevance() on an example small enough to check by hand", () => {
  assertThrows(() => checkRelevance([1, -1]), Error, "relevance[1]: expected a finite number ≥ 0, found -1");
});

Deno.test("splitQueries() on an example small enough to check by hand", () => {
  assertEquals(splitQueries(["nurse", "cook", "nurse"]), [
    { query: "cook", rows: Uint32Array.of(1) },
    { query: "nurse", rows: Uint32Array.of(0, 2) },
  ]);
});
