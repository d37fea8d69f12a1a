import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { scoreTable } from "../classification/scores.ts";
import { rocCurves } from "../classification/curves.ts";
import { areaBetween, scoreCurves } from "./score_curves.ts";

Deno.test("rocCurves() on an example small enough to check by hand", () => {
  const table = scoreTable({ labels: [1, 0], scores: [0.75, 0.25], groups: ["a", "a"] });
  assertEquals(rocCurves(table), [{ fpr: Float64Array.of(0, 0, 1), tpr: Float64Array.of(0, 1, 1) }]);
});

Deno.test("areaBetween() on an example small enough to check by hand", () => {
  const perfect = { fpr: Float64Array.of(0, 0, 1), tpr: Float64Array.of(0, 1, 1) };
  const chance = { fpr: Float64Array.of(0, 1), tpr: Float64Array.of(0, 1) };
  assertEquals(areaBetween(perfect, chance), 0.5);
});

Deno.test("scoreCurves() on an example small enough to check by hand", () => {
  const { groups } = scoreCurves({
    labels: [1, 0, 0],
    scores: [0.75, 0.25, 0.5],
    groups: ["a", "a", "b"],
  }, { rng: new Rng(1), resamples: 20 });
  assertEquals(groups.map(({ rocAuc }) => rocAuc.estimate), [
    { value: 1 },
    { value: null, reason: "only one class among the labels" },
  ]);
  assertEquals(groups[1]!.roc, null);
});
