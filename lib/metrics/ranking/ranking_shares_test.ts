import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { rankingFairness } from "./fairness.ts";
import { sharesByRank } from "./exposure.ts";

function ranking(bonus: number) {
  const rng = new Rng(11);
  const queries: string[] = [], scores: number[] = [], groups: string[] = [];
  for (let q = 0; q < 60; q++) {
    for (let i = 0; i < 3 + q % 5; i++) {
      const degree = rng.uniform() < 0.6;
      queries.push(`job ${q}`);
      groups.push(degree ? "degree" : "none");
      scores.push(rng.normal() + (degree ? bonus : 0));
    }
  }
  return { queries, scores, groups };
}

Deno.test("sharesByRank() agrees with rankingFairness() at every k", () => {
  const input = ranking(0.5);
  for (const { k, shares } of sharesByRank(input, [1, 3, 6], { rng: new Rng(1), resamples: 20 }).ranks) {
    const { groups } = rankingFairness(input, k);
    groups.forEach(({ pooled }, g) => assertAlmostEquals(shares[g]!.estimate.value!, pooled.topKShare.value!, 1e-12));
  }
});

Deno.test("sharesByRank() expects of a lot the share of all candidates where everybody is among the first", () => {
  const input = ranking(0);
  const [last] = sharesByRank(input, [7], { rng: new Rng(1), resamples: 20 }).ranks;
  const share = input.groups.filter((group) => group === "degree").length / input.groups.length;
  assertAlmostEquals(last!.expected[0]!.value!, share, 1e-12);
  assertAlmostEquals(last!.excess[0]!.estimate.value!, 0, 1e-12);
  assertEquals(last!.queries, 12);
});

Deno.test("sharesByRank() sees a planted advantage that is statistically significant, and none where there is none", () => {
  const excess = (bonus: number) =>
    sharesByRank(ranking(bonus), [1], { rng: new Rng(2), resamples: 400 }).ranks[0]!.excess[0]!.interval;
  assert(excess(2).low! > 0.1);
  assert(excess(0).low! < 0 && 0 < excess(0).high!);
});

Deno.test("sharesByRank() refuses a rank below 1", () => {
  assertThrows(() => sharesByRank(ranking(0), [0], { rng: new Rng(1) }), RangeError, "at least 1, found 0");
});
