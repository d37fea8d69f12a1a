import { assertEquals, assertStringIncludes } from "@std/assert";
import { sharesByRank } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { fairnessRows, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { exposureByRank } from "./exposure_by_rank.ts";

function inputOf({ base, tuned, groups, jobs: queries }: ReturnType<typeof fairnessRows>) {
  const shares = (scores: number[]) =>
    sharesByRank({ queries, scores, groups }, [1, 2, 4, 8], { rng: new Rng(1), resamples: 200 });
  return {
    attribute: "education",
    models: [{ name: "base", shares: shares(base) }, { name: "tuned", shares: shares(tuned) }],
    topK: 2,
    confidence: 0.95,
    smallGroup: 30,
  };
}

const figure = exposureByRank(inputOf(fairnessRows()));

Deno.test("exposureByRank() looks as reviewed", () => assertSnapshot(figure));

Deno.test("exposureByRank() names the group that holds more places than by lot, if that stands out", () => {
  assertStringIncludes(exposureByRank(inputOf(fairnessRows([["a", 60], ["b", 60]], 3))).title, "“a” holds ");
  assertEquals(
    exposureByRank(inputOf(fairnessRows([["a", 60], ["b", 60]], 0))).title,
    "In the first 2 places of the tuned model, no group holds more or less than by lot beyond chance",
  );
  assertStringIncludes(exposureByRank(inputOf(fairnessRows([["a", 60]]))).title, "only one group");
});

Deno.test("exposureByRank() shows names as text", () => {
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});
