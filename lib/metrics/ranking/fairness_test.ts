import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { pairwiseAccuracy, rankingQuality } from "./quality.ts";
import { Rng } from "../../random.ts";
import { rankingFairness, rankingFairnessIntervals, rankingQualityIntervals } from "./fairness.ts";

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

/**
 * The school categories of the first ten candidates of each of 12 jobs, by the scores of three models, and each
 * category's share of the exposure of these places as published: github.com/Edwarddev0723/bge-lora-fairness-finetuning,
 * data/eval/all_models_scored.csv and notebooks/05_scoring_and_counterfactual_eval.ipynb (MIT).
 */
// deno-fmt-ignore
const PUBLISHED = {
  baseline: {
    jobs: "CBCDABCACA CACCACCDAB DCDCCBBCDA DADCCCCADC DADDBDBCAA DAADAABACA DCAABCCCAC ABBDBDCDAB CCABAABACA " +
      "DAAABCAAAA CABABACAAA BACDADBCBD",
    shares: [0.3258675005358673, 0.16296036011327353, 0.2866040931345047, 0.2245680462163544],
  },
  fair: {
    jobs: "ACCCCBDAAC ACCABAADAC DCCCAAAAAC CDCCDAAACC DACCBDCABD BCDCBBCBAC DDCCCCCCBB CADACDAADA CABCABACAD " +
      "BBABCAACCC BCAAABABBC CBCDDBBCDA",
    shares: [0.27078886756016146, 0.18873874636946175, 0.375263364591311, 0.165209021479066],
  },
  bert: {
    jobs: "AADBABAAAA ACBCCAACAA AACCBADCCC ACCDCCCCAD CBDBCACDDD BDCCCAADAB AACBBCDDAA DBABCBACCC CCAACABACA " +
      "CADAACCCCA DBAAAABCCC CCABCCBDAC",
    shares: [0.3545186344493886, 0.15262184422677993, 0.3576994778201896, 0.13516004350364205],
  },
};

Deno.test("rankingFairness() gives the exposure shares of the first ten places that the original project published", () => {
  for (const { jobs, shares } of Object.values(PUBLISHED)) {
    const places = jobs.split(" ").flatMap((groups, job) => [...groups].map((group, rank) => ({ job, group, rank })));
    // One more candidate a job, on the eleventh place, whose exposure must not count.
    const rows = [...places, ...jobs.split(" ").map((_, job) => ({ job, group: "A", rank: 10 }))];
    const fairness = rankingFairness({
      queries: rows.map(({ job }) => job),
      scores: rows.map(({ rank }) => -rank),
      groups: rows.map(({ group }) => group),
    }, 10);
    // They add 1e-9 to the rank within the logarithm.
    fairness.groups.forEach(({ pooled }, g) => assertAlmostEquals(pooled.topKExposureShare.value!, shares[g]!, 1e-9));
    const { groups } = rankingFairnessIntervals(fairness, { rng: new Rng(1), resamples: 200 });
    groups.forEach(({ topKExposureShare: { low, high } }, g) =>
      assert(low! < shares[g]! && shares[g]! < high!, `${low} ${high}`)
    );
  }
});
