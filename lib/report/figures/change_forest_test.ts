import { assertEquals, assertStringIncludes } from "@std/assert";
import { fairnessQuality, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { changeForest } from "./change_forest.ts";

const { quality } = fairnessQuality();
const common = { attribute: "education", confidence: 0.95, candidates: quality.candidates };
const figure = changeForest({ ...common, changes: [{ from: "base", to: "tuned", change: quality.change }] });

Deno.test("changeForest() looks as reviewed", () => assertSnapshot(figure));

const line = (value: number, low: number, high: number) => ({
  estimate: { value },
  interval: { low, high, level: 0.95, method: "hull", resamples: 9, undefinedResamples: 0, bias: 0 } as const,
});

Deno.test("changeForest() counts more quality and less gap as better, and an interval with 0 as neither", () => {
  const change = {
    overall: {
      rocAuc: line(0.09, 0.05, 0.14),
      groundTruthRocAuc: line(-0.02, -0.04, -0.01),
      f1: line(0.1, -0.1, 0.2),
      flipRate: line(-0.06, -0.08, -0.04),
    },
    gaps: {
      education: {
        demographicParityDifference: line(-0.1, -0.2, -0.004),
        equalizedOddsDifference: line(0.2, 0.1, 0.3),
      },
    },
  };
  const { title, layout } = changeForest({ ...common, changes: [{ from: "base", to: "fair", change }] });
  assertEquals(
    title,
    "From base to fair, better: ROC-AUC +0.09, demographic parity −0.10 and decisions that twins flip −0.06; worse: ROC-AUC against ground truth −0.02 and equalized odds +0.20",
  );
  assertEquals(layout.annotations!.map(({ text }) => text), [
    "better",
    "worse",
    "unclear",
    "better",
    "worse",
    "better",
  ]);
  assertEquals((layout.yaxis!.ticktext as string[])[3], "Demographic parity<br>−0.10 [−0.20, −0.004]");
});

Deno.test("changeForest() shows models' names as text", () => {
  const change = { from: "base", to: HOSTILE, change: quality.change };
  const hostile = changeForest({ ...common, changes: [change, change] });
  assertEquals(plotTexts([hostile.data, hostile.layout]).filter((text) => text.includes('"R&D"')), []);
  assertStringIncludes(hostile.title, HOSTILE);
});
