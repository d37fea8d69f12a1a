import { assertEquals, assertStringIncludes } from "@std/assert";
import { thresholdCurves } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { fairnessRows } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { thresholdGaps } from "./threshold_gaps.ts";

function inputOf({ labels, tuned: scores, groups, clusters }: ReturnType<typeof fairnessRows>) {
  const thresholds = [0.1, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9];
  const curves = thresholdCurves({ labels, scores, groups, clusters }, thresholds, { rng: new Rng(1), resamples: 100 });
  return { attribute: "education", model: "tuned", curves, chosen: 0.6, confidence: 0.95, candidates: 70 };
}

const input = inputOf(fairnessRows());
const figure = thresholdGaps(input);

Deno.test("thresholdGaps() looks as reviewed", () => assertSnapshot(figure));

Deno.test("thresholdGaps() compares the gap in use with those of thresholds that cost little F1", () => {
  const { demographicParityDifference: gaps, f1 } = input.curves.curves;
  const near = gaps.filter((_, i) => f1[i]!.estimate.value! >= f1[3]!.estimate.value! - 0.02)
    .map(({ estimate }) => estimate.value!);
  assertEquals(
    figure.title,
    `Selection rates of the tuned model differ by ${
      gaps[3]!.estimate.value!.toFixed(2)
    }; thresholds that cost at most 0.02 of F1 ` +
      `give ${Math.min(...near).toFixed(2)} to ${Math.max(...near).toFixed(2)}`,
  );
});

Deno.test("thresholdGaps() of one group has nothing to compare", () => {
  const alone = thresholdGaps(inputOf(fairnessRows([["a", 60]])));
  assertStringIncludes(alone.title, "only one group");
  assertStringIncludes(alone.alt, "demographic parity undefined, a disparity needs two groups, found 1");
});
