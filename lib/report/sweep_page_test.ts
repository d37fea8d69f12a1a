import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { evaluateSeeds, type SeedRun } from "../evaluate/mod.ts";
import { sweepPage } from "./sweep_page.ts";

/** A run on eight rows of four people; a model selects where `decisions` has 1. */
function run(decisions: string, attribute: string): SeedRun {
  const labels = [0, 1, 0, 1, 0, 1, 0, 1];
  return {
    rows: labels.map((_, i) => i + 1),
    people: labels.map((_, i) => `p${i >> 1}`),
    labels,
    groundTruth: null,
    groups: { [attribute]: [..."aaaabbbb"] },
    scores: Float64Array.from(decisions, Number),
    decisions: Uint8Array.from(decisions, Number),
    counterfactual: null,
    leakage: null,
  };
}

Deno.test("sweepPage() has a figure for each disparity of each attribute, and shows a hostile name as text", () => {
  const attribute = "</script><b>";
  const models = Object.entries({ plain: "11100100", fair: "01010101" }).map(([name, decisions]) => ({
    name,
    reference: name === "plain" ? null : "plain",
    runs: new Map([[1, run(decisions, attribute)]]),
    testShare: null,
  }));
  const evaluation = evaluateSeeds(models, { source: "test splits", confidence: 0.95, resamples: 50, smallBelow: 30 });
  const text = sweepPage("s", [{ evaluation }], { file: "assets/plotly.min.js" });
  assertEquals(text.match(/<figure /g)!.length, 4); // the disparities that need no ground truth
  assertStringIncludes(text, "“fair” has the highest ROC-AUC, 1.000");
  assertStringIncludes(text, "mean over up to 1 seeds");
  assert(!text.includes("</script><b>"), text);
});
