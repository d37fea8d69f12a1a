import { assert, assertEquals } from "@std/assert";
import { pairwiseAccuracy } from "./pairwise.ts";
import { Rng } from "../../random.ts";
import { rankingFairness, rankingFairnessIntervals, rankingQualityIntervals } from "./fairness.ts";
import { rankingQuality } from "./quality.ts";

Deno.test("rankingFairnessIntervals() on an example small enough to check by hand", () => {
  // Every job takes the candidate with a degree, so no resample of jobs says otherwise.
  const rows = Array.from({ length: 40 }, (_, i) => i);
  const fairness = rankingFairness({
    queries: rows.map((i) => i >> 1),
    scores: rows.map((i) => i % 2),
    groups: rows.map((i) => i % 2 ? "BA" : "none"),
  }, 1);
  const { low, high } = rankingFairnessIntervals(fairness, { rng: new Rng(1) }).groups[0]!.topKShare;
  assertEquals([low, high], [1, 1]);
});

Deno.test("rankingQualityIntervals() on an example small enough to check by hand", () => {
  const rows = Array.from({ length: 60 }, (_, i) => i);
  const quality = rankingQuality({
    queries: rows.map((i) => i >> 1),
    scores: rows.map((i) => i * 37 % 60),
    relevance: rows.map((i) => i % 2),
  }, 1);
  const { low, high } = rankingQualityIntervals(quality, { rng: new Rng(1) }).hit;
  assert(low! <= quality.hit.value! && quality.hit.value! <= high!);
});

Deno.test("pairwiseAccuracy() as a reader would call it", () => {
  const { groups } = pairwiseAccuracy({
    scores: [0.9, 0.2, 0.5, 0.1],
    relevance: [1, 0, 0, 1],
    groups: ["PhD", "PhD", "BA", "BA"],
  });
  assertEquals(groups.map(({ group, accuracy }) => [group, accuracy.value]), [["BA", 0], ["PhD", 1]]);
});

Deno.test("rankingFairness() as a reader would call it", () => {
  const { groups } = rankingFairness({
    queries: ["cook", "cook", "nurse", "nurse"],
    scores: [0.9, 0.1, 0.8, 0.2],
    groups: ["PhD", "BA", "PhD", "BA"],
  }, 1);
  assertEquals(groups.map(({ group, pooled }) => [group, pooled.topKShare.value]), [["BA", 0], ["PhD", 1]]);
});
