import { assertEquals, assertStringIncludes } from "@std/assert";
import { scoreCurves } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { fairnessRows, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { rocCurvesByGroup } from "./roc_curves.ts";

function inputOf({ labels, tuned, groups, clusters }: ReturnType<typeof fairnessRows>) {
  const curves = scoreCurves({ labels, scores: tuned, groups, clusters }, { rng: new Rng(1), resamples: 100 });
  return { attribute: "education", model: "tuned", curves, confidence: 0.95, candidates: 70, smallGroup: 30 };
}

const figure = rocCurvesByGroup(inputOf(fairnessRows()));

Deno.test("rocCurvesByGroup() looks as reviewed", () => assertSnapshot(figure));

Deno.test("rocCurvesByGroup() names a group without a curve with the reason, and every name as text", () => {
  const names = figure.data.map((trace) => (trace as { name: string }).name);
  assertEquals(names[3], "no positives (n = 32):<br>undefined: only one class among<br>the labels");
  assertEquals((figure.data[3] as { x: unknown[] }).x, [null]);
  assertEquals(plotTexts(figure.data).filter((text) => text.includes('"R&D"')), []);
  assertStringIncludes(figure.alt, `${HOSTILE} (n = 45) 0.`);
});

Deno.test("rocCurvesByGroup() finds no difference where there is none, and nothing to compare in one group", () => {
  const even = rocCurvesByGroup(inputOf(fairnessRows([["a", 60], ["b", 60]], 0)));
  assertStringIncludes(even.title, "no difference beyond chance");
  const alone = rocCurvesByGroup(inputOf(fairnessRows([["a", 80]])));
  assertEquals(alone.title, "education: ROC-AUC of the groups cannot be compared");
});

Deno.test("rocCurvesByGroup() draws a few hundred points of a curve of many", () => {
  const many = rocCurvesByGroup(inputOf(fairnessRows([["a", 3000], ["b", 3000]])));
  for (const { x } of many.data as { x: number[] }[]) assertEquals([x.length < 410, x[0], x.at(-1)], [true, 0, 1]);
});
