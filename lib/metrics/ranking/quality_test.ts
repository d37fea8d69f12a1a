import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { checkRelevance, qualityAt, rankingQuality, splitQueries } from "./quality.ts";

Deno.test("qualityAt() discounts gains by rank, over those of the best order", () => {
  assertEquals(qualityAt({ relevance: [0, 2, 1], scores: [0.1, 0.9, 0.5] }, 1).ndcg, { value: 1 });
  assertAlmostEquals(qualityAt({ relevance: [0, 1], scores: [0.9, 0.1] }, 2).ndcg.value!, 1 / Math.log2(3));
});

Deno.test("qualityAt() counts the relevant among the first k", () => {
  assertEquals(qualityAt({ relevance: [0, 1], scores: [0.9, 0.1] }, 1).hit, { value: 0 });
  const { precision, recall } = qualityAt({ relevance: [0, 1, 1], scores: [0.9, 0.5, 0.1] }, 2);
  assertEquals([precision, recall], [{ value: 0.5 }, { value: 0.5 }]);
});

Deno.test("qualityAt() looks at the whole list for the reciprocal rank and the average precision", () => {
  assertEquals(qualityAt({ relevance: [0, 1], scores: [0.9, 0.1] }, 1).mrr, { value: 0.5 });
  assertEquals(qualityAt({ relevance: [1, 0, 0, 1], scores: [0.9, 0.8, 0.7, 0.6] }, 1).map, { value: 0.75 });
});

Deno.test("checkRelevance() on an example small enough to check by hand", () => {
  assertThrows(() => checkRelevance([1, -1], 2), Error, "relevance[1]: expected a finite number ≥ 0, found -1");
});

Deno.test("splitQueries() on an example small enough to check by hand", () => {
  assertEquals(splitQueries(["nurse", "cook", "nurse"]), [
    { query: "cook", rows: Uint32Array.of(1) },
    { query: "nurse", rows: Uint32Array.of(0, 2) },
  ]);
});

Deno.test("rankingQuality() as a reader would call it", () => {
  const queries = ["nurse", "nurse", "cook", "cook"];
  const { mrr, hit } = rankingQuality({ queries, scores: [0.9, 0.1, 0.9, 0.1], relevance: [1, 0, 0, 1] }, 1);
  assertEquals([mrr, hit], [{ value: 0.75 }, { value: 0.5 }]);
});
