import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { rocAuc, scoreTable } from "../classification/scores.ts";
import { fairnessCases } from "../golden_testing.ts";
import { type RocCurve, rocCurves } from "../classification/curves.ts";
import { abroca, areaBetween } from "./score_curves.ts";
import { permittedTest } from "../../_testing.ts";

function curve(points: [number, number][]): RocCurve {
  return { fpr: Float64Array.from(points, ([x]) => x), tpr: Float64Array.from(points, ([, y]) => y) };
}

Deno.test("areaBetween() adds up both sides of a crossing, where the AUCs cancel", () => {
  // y = x below and above: (0,0)-(0.5,0)-(0.5,1)-(1,1) against the diagonal, two triangles of 1/8.
  const step = curve([[0, 0], [0.5, 0], [0.5, 1], [1, 1]]);
  const diagonal = curve([[0, 0], [1, 1]]);
  assertAlmostEquals(areaBetween(step, diagonal), 0.25, 1e-15);
  assertAlmostEquals(areaBetween(diagonal, step), 0.25, 1e-15);
  assertEquals(areaBetween(step, step), 0);
});

Deno.test("areaBetween() finds a crossing inside a segment", () => {
  // y = x and y = 0.8 on (0.5, 1] after y = 1.6x: they cross at x = 0.8; area = 0.15 + 0.045 + 0.02 by hand, where
  // ∫₀^.5 0.6x = 0.075, ∫.5^.8 (0.8 − x) = 0.045, ∫.8^1 (x − 0.8) = 0.02.
  const bent = curve([[0, 0], [0.5, 0.8], [1, 0.8], [1, 1]]);
  assertAlmostEquals(areaBetween(bent, curve([[0, 0], [1, 1]])), 0.075 + 0.045 + 0.02, 1e-15);
});

Deno.test("areaBetween() agrees with a fine Riemann sum on random curves", () => {
  const rng = new Rng(17);
  const groups = Array.from({ length: 80 }, (_, i) => i % 2 ? "a" : "b");
  const labels = groups.map(() => rng.int(2));
  const scores = labels.map((label, i) => Math.round(8 * (label + rng.normal() + (i % 2))) / 8);
  const [a, b] = rocCurves(scoreTable({ labels, scores, groups })) as [RocCurve, RocCurve];
  const height = ({ fpr, tpr }: RocCurve, x: number) => {
    let i = 1;
    while (fpr[i]! < x) i++;
    return tpr[i - 1]! + (tpr[i]! - tpr[i - 1]!) * (x - fpr[i - 1]!) / (fpr[i]! - fpr[i - 1]!);
  };
  const steps = 200000;
  let sum = 0;
  for (let k = 0; k < steps; k++) sum += Math.abs(height(a, (k + 0.5) / steps) - height(b, (k + 0.5) / steps)) / steps;
  assertAlmostEquals(areaBetween(a, b), sum, 1e-5);
});

permittedTest("the area under a ROC curve is the AUC, on the golden cases", async () => {
  const zero = curve([[0, 0], [1, 0], [1, 1]]);
  for (const { inputs, name } of (await fairnessCases()).slice(0, 4)) {
    const { y_true: labels, y_score: scores, sample_weight: weights } = inputs;
    const table = scoreTable({ labels, scores, weights, groups: labels.map(() => "all") });
    assertAlmostEquals(
      areaBetween(rocCurves(table)[0]!, zero),
      rocAuc({ labels, scores, weights }).value!,
      1e-12,
      name,
    );
  }
});

Deno.test("abroca() leaves out groups with one class and needs two others", () => {
  const table = scoreTable({ labels: [1, 0, 1], scores: [0.75, 0.5, 0.25], groups: ["a", "a", "b"] });
  const { value, pair, excluded } = abroca(table);
  assertEquals([value, pair], [null, null]);
  assertEquals(excluded, [{ group: "b", reason: "only one class among the labels" }]);
});

Deno.test("abroca() as a reader would call it", () => {
  const table = scoreTable({
    labels: [1, 0, 1, 0],
    scores: [0.75, 0.25, 0.5, 0.5],
    groups: ["PhD", "PhD", "BA", "BA"],
  });
  const { value, pair } = abroca(table);
  assertEquals({ value, pair }, { value: 0.5, pair: ["BA", "PhD"] });
});
