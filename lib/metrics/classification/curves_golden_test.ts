import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { precisionRecallCurves } from "./curves.ts";
import { averagePrecision, scoreTable } from "./scores.ts";

Deno.test("precisionRecallCurves() gives scikit-learn's points, ties in one step", () => {
  const [curve] = precisionRecallCurves(scoreTable({
    labels: [1, 0, 1, 1, 0, 0, 1, 0],
    scores: [0.9, 0.8, 0.8, 0.6, 0.6, 0.4, 0.3, 0.1],
    groups: Array(8).fill("a"),
  }));
  // scikit-learn 1.9.1, precision_recall_curve, reversed; its first point (0, 1) is the precision at the highest score
  // here.
  assertEquals([...curve!.recall], [0, 0.25, 0.5, 0.75, 0.75, 1, 1]);
  assertEquals([...curve!.precision], [1, 1, 2 / 3, 0.6, 0.5, 4 / 7, 0.5]);
});

Deno.test("precisionRecallCurves() enclose the average precision of each group", () => {
  const rng = new Rng(3);
  const groups = Array.from({ length: 200 }, (_, i) => i % 3 ? "a" : "b");
  const labels = groups.map(() => rng.int(2));
  const scores = labels.map((label) => Math.round(10 * (label + rng.normal())) / 10);
  precisionRecallCurves(scoreTable({ labels, scores, groups })).forEach((curve, g) => {
    const own = groups.flatMap((group, i) => group === "ab"[g] ? [i] : []);
    const area = curve!.recall.reduce((sum, r, i) =>
      i === 0 ? 0 : sum + (r - curve!.recall[i - 1]!) * curve!.precision[i]!
    );
    assertAlmostEquals(
      area,
      averagePrecision({ labels: own.map((i) => labels[i]!), scores: own.map((i) => scores[i]!) }).value!,
      1e-12,
    );
  });
});

Deno.test("precisionRecallCurves() has no curve for a group without positives, and one for a group without negatives", () => {
  const curves = precisionRecallCurves(scoreTable({ labels: [0, 1], scores: [0.2, 0.7], groups: ["a", "b"] }));
  assertEquals(curves, [null, { recall: Float64Array.of(0, 1), precision: Float64Array.of(1, 1) }]);
});
