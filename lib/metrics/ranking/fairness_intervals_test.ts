import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { readGolden } from "../golden_testing.ts";
import { rankingFairness, rankingFairnessIntervals, rankingQualityIntervals } from "./fairness.ts";
import { rankingQuality } from "./quality.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const { inputs } = await whenPermitted(async () =>
  // deno-lint-ignore no-explicit-any -- parsed JSON
  (await readGolden("ranking")).cases.find(({ name }: any) => name === "i_graded")
);
const table = {
  queries: inputs.flatMap(({ id, score }: { id: string; score: number[] }) => score.map(() => id)),
  scores: inputs.flatMap(({ score }: { score: number[] }) => score),
  groups: inputs.flatMap(({ groups }: { groups: string[] }) => groups),
  relevance: inputs.flatMap(({ relevance }: { relevance: number[] }) => relevance),
};

permittedTest("rankingFairnessIntervals() contain what they are about", () => {
  const fairness = rankingFairness(table, 5);
  const intervals = rankingFairnessIntervals(fairness, { rng: new Rng(1), resamples: 400 });
  fairness.groups.forEach(({ pooled }, g) => {
    for (const name of ["topKShare", "selectionRate", "exposure", "exposureToRelevance"] as const) {
      const { low, high } = intervals.groups[g]![name];
      const value = pooled[name].value!;
      assert(low! <= value && value <= high!, `${name} ${low} ${value} ${high}`);
      assert(low! < high!);
    }
  });
  assert(intervals.ndkl.low! <= fairness.ndkl.value! && fairness.ndkl.value! <= intervals.ndkl.high!);
  assert(Math.abs(intervals.exposureRatio.bias!) < 0.2);
});

Deno.test("rankingQualityIntervals() of one query have no width", () => {
  const quality = rankingQuality({ queries: ["a", "a"], scores: [1, 2], relevance: [1, 0] }, 1);
  const { mrr } = rankingQualityIntervals(quality, { rng: new Rng(1), resamples: 50 });
  assertEquals([mrr.low, mrr.high], [0.5, 0.5]);
});

Deno.test("rankingQualityIntervals() of 6,000 queries, drawn in blocks, are as wide as the standard error says", () => {
  const rng = new Rng(5), queries = 6000;
  const input = {
    queries: Array.from({ length: 3 * queries }, (_, i) => `job ${Math.floor(i / 3)}`),
    scores: Array.from({ length: 3 * queries }, () => rng.uniform()),
    relevance: Array.from({ length: 3 * queries }, (_, i) => Number(i % 3 === 0)),
  };
  const quality = rankingQuality(input, 2);
  const { mrr } = rankingQualityIntervals(quality, { rng: new Rng(6) });
  const mean = quality.mrr.value!;
  const variance = quality.judged.reduce((sum, { mrr }) => sum + (mrr.value! - mean) ** 2, 0) / queries;
  // Both ends are 1.96 standard errors away; blocks and resamples leave 10% of that open (2.5 standard errors of both).
  const expected = 1.96 * Math.sqrt(variance / queries);
  assertAlmostEquals(mrr.high! - mean, expected, 0.1 * expected);
  assertAlmostEquals(mean - mrr.low!, expected, 0.1 * expected);
});
