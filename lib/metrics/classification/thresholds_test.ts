import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { fairnessCases } from "../golden_testing.ts";
import { f1, recall } from "./confusion.ts";
import { acceptanceThreshold, decide, searchThreshold, thresholdCurves } from "./thresholds.ts";
import { permittedTest } from "../../_testing.ts";

fc.configureGlobal({ seed: 2019 });

const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: -4, max: 4 })), {
  minLength: 1,
  maxLength: 30,
});

Deno.test("searchThreshold() finds the best F1 of all thresholds, and its threshold gives that F1", () => {
  fc.assert(fc.property(rows, (list) => {
    const labels = list.map(([label]) => label);
    const scores = list.map(([, score]) => score / 4);
    fc.pre(labels.includes(1));
    const best = searchThreshold({ labels, scores }, "f1");
    const tried = [...scores, Infinity].map((threshold) =>
      f1({ labels, predictions: decide(scores, threshold) }).value ?? 0
    );
    assertAlmostEquals(best.objective.value!, Math.max(...tried), 1e-12);
    const decisions = decide(scores, best.threshold);
    assertEquals(f1({ labels, predictions: decisions }), best.objective);
    assertAlmostEquals(decisions.reduce((sum, d) => sum + d, 0) / list.length, best.selectionRate, 1e-12);
  }));
});

permittedTest("searchThreshold() by balanced accuracy maximises Youden's J, TPR − FPR on real data", async () => {
  const { y_true: labels, y_score: scores } = (await fairnessCases()).find((c) => c.name === "e_law_tier")!.inputs;
  const { threshold, objective } = searchThreshold({ labels, scores }, "balancedAccuracy");
  const decisions = decide(scores, threshold);
  const flipped = labels.map((label) => 1 - label);
  assertAlmostEquals(
    2 * objective.value! - 1,
    recall({ labels, predictions: decisions }).value! - recall({ labels: flipped, predictions: decisions }).value!,
    1e-12,
  );
  for (const other of [threshold - 0.05, threshold + 0.05, 0.5]) {
    const d = decide(scores, other);
    assert(
      recall({ labels, predictions: d }).value! - recall({ labels: flipped, predictions: d }).value! <=
        2 * objective.value! - 1,
    );
  }
});

Deno.test("searchThreshold() says why no threshold will do", () => {
  assertThrows(
    () => searchThreshold({ labels: [1, 1], scores: [0.5, 0.25] }, "balancedAccuracy"),
    InputError,
    "Expected labels on which balancedAccuracy is defined, found only one class among the labels",
  );
});

Deno.test("a threshold between neighbouring floats still parts them", () => {
  const low = 0.1;
  const high = low + Number.EPSILON / 16;
  const { threshold } = searchThreshold({ labels: [0, 1], scores: [low, high] }, "f1");
  assertEquals(decide([low, high], threshold), Uint8Array.of(0, 1));
});

Deno.test("acceptanceThreshold() is numpy.quantile(scores, 1 - rate)", () => {
  // numpy 2.4: np.quantile([3, 1, 2, 10], [0.9, 0.75, 0.0, 1.0])
  const scores = [3, 1, 2, 10];
  const expected = [[0.1, 7.9], [0.25, 4.75], [1, 1], [0, 10]] as const;
  for (const [rate, threshold] of expected) assertAlmostEquals(acceptanceThreshold(scores, rate), threshold, 1e-12);
  assertEquals(decide(scores, acceptanceThreshold(scores, 0.25)), Uint8Array.of(0, 0, 0, 1));
});

Deno.test("thresholdCurves() on an example small enough to check by hand", () => {
  const { curves } = thresholdCurves(
    {
      labels: [1, 0, 1, 0],
      scores: [0.75, 0.5, 0.5, 0.25],
      groups: ["PhD", "PhD", "BA", "BA"],
    },
    [0.5, 0.75],
    { rng: new Rng(1), resamples: 20 },
  );
  assertEquals(curves.demographicParityDifference.map(({ estimate }) => estimate.value), [0.5, 0.5]);
  assertEquals(curves.selectionRate.map(({ estimate }) => estimate.value), [0.75, 0.25]);
});

Deno.test("decide() on an example small enough to check by hand", () => {
  assertEquals(decide([0.2, 0.5, 0.7], 0.5), Uint8Array.of(0, 1, 1));
});

Deno.test("acceptanceThreshold() on an example small enough to check by hand", () => {
  assertAlmostEquals(acceptanceThreshold([0, 0.25, 0.5, 0.75, 1], 0.4), 0.6);
});

Deno.test("searchThreshold() as a reader would call it", () => {
  const best = searchThreshold({ labels: [0, 0, 1, 1], scores: [0.125, 0.5, 0.25, 0.75] }, "f1");
  assertEquals(best.threshold, 0.1875);
  assertEquals(best.objective, { value: 0.8 });
});
