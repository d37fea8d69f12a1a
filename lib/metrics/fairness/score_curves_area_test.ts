import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { scoreCurves } from "./score_curves.ts";

const rng = new Rng(9);
const groups = Array.from({ length: 240 }, (_, i) => i % 2 ? "degree" : "none");
const labels = groups.map(() => rng.int(2));
const scores = labels.map((label, i) => label * (groups[i] === "degree" ? 3 : 0.3) + rng.normal());
const curves = scoreCurves({ labels, scores, groups }, { rng: new Rng(1), resamples: 200 });

Deno.test("scoreCurves() have the area under the ROC curve that is stated", () => {
  for (const { roc, rocAuc } of [curves.overall, ...curves.groups]) {
    const { fpr, tpr } = roc!;
    const area = fpr.reduce((sum, x, i) => i === 0 ? 0 : sum + (x - fpr[i - 1]!) * (tpr[i]! + tpr[i - 1]!) / 2, 0);
    assertAlmostEquals(area, rocAuc.estimate.value!, 1e-12);
  }
});

Deno.test("scoreCurves() finds a planted gap of AUC that is statistically significant", () => {
  const { estimate, interval, pValue } = curves.differences.rocAuc;
  assert(estimate.value! > 0.2 && interval.low! > 0.05 && pValue! < 0.01);
  assertEquals(curves.groups.map(({ group }) => group), ["degree", "none"]);
});
