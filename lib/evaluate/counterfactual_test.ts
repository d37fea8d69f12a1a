import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { COUNTERFACTUAL_MEANS, counterfactualColumns, NO_COUNTERFACTUAL } from "./counterfactual.ts";
import { decidedModel, evaluate } from "./evaluate.ts";
import type { Estimates } from "./evaluation.ts";
import type { EvaluationInput } from "./table.ts";

const OPTIONS = { resamples: 50, threshold: 0.5 };
const scores = [0.9, 0.6, 0.4, 0.2];
const counterfactual = [0.4, 0.7, 0.6, 0.2];
const groups = { g: ["a", "b", "a", "b"] };
const input = (own: ArrayLike<number> = counterfactual): EvaluationInput => ({
  source: "four people",
  scores: { m: { scores, counterfactual: Array.from(own) } },
  groups,
});
const found = (own: EvaluationInput) => {
  const { overall, attributes } = evaluate(own, OPTIONS).models[0]!;
  return { overall: overall.counterfactual!, groups: attributes[0]!.counterfactual! };
};
function assertNumbers(metrics: Estimates, expected: Readonly<Record<string, number>>) {
  for (const [name, value] of Object.entries(expected)) assertAlmostEquals(metrics[name]!.value!, value, 1e-12, name);
}

Deno.test("counterfactualColumns() has NaN where there is no counterfactual, in every column", () => {
  const columns = counterfactualColumns(decidedModel({ name: "m", scores, counterfactual: [0.4, NaN, 0.6, 0.2] }));
  assertEquals([...columns.flipRate], [1, NaN, 1, 0]);
  assertEquals([...columns.gained], [0, NaN, 1, 0]);
  assertEquals([...columns.lost], [1, NaN, 0, 0]);
  assertEquals([...columns.meanShift].map((shift) => Math.round(10 * shift)), [-5, NaN, 2, 0]);
  assertEquals([...columns.meanAbsoluteShift].map((shift) => Math.round(10 * shift)), [5, NaN, 2, 0]);
});

// Shifts −0.5, 0.1, 0.2, 0; decisions 1, 1, 0, 0 become 0, 1, 1, 0. The 95% quantile of 0, 0.1, 0.2, 0.5 lies at
// 0.95 · 3 = 2.85, so it is 0.2 + 0.85 · 0.3.
const EVERYBODY = {
  flipRate: 0.5,
  gained: 0.25,
  lost: 0.25,
  meanShift: -0.05,
  meanAbsoluteShift: 0.2,
  p95AbsoluteShift: 0.455,
  maxAbsoluteShift: 0.5,
};
const OF_A = { flipRate: 1, gained: 0.5, lost: 0.5, meanShift: -0.15, meanAbsoluteShift: 0.35, maxAbsoluteShift: 0.5 };
const OF_B = { flipRate: 0, gained: 0, lost: 0, meanShift: 0.05, meanAbsoluteShift: 0.05, maxAbsoluteShift: 0.1 };

Deno.test("evaluate() of counterfactuals by hand, for everybody and by group", () => {
  const { overall, groups: [a, b] } = found(input());
  assertEquals(overall.rows, 4);
  assertNumbers(overall.metrics, EVERYBODY);
  assertNumbers(a!.metrics, OF_A);
  assertNumbers(b!.metrics, OF_B);
  assertEquals([a!.group, a!.count, b!.group, b!.count], ["a", 2, "b", 2]);
});

Deno.test("clusters, and decisions as given, move no number of counterfactuals", () => {
  const clustered = found({ ...input(), clusters: ["w", "x", "y", "z"] });
  const decided = found({
    ...input(),
    scores: { m: { scores, counterfactual, decisions: [1, 1, 0, 0], counterfactualDecisions: [0, 1, 1, 0] } },
  });
  for (const { overall, groups: [a, b] } of [clustered, decided]) {
    assertNumbers(overall.metrics, EVERYBODY);
    assertNumbers(a!.metrics, OF_A);
    assertNumbers(b!.metrics, OF_B);
  }
});

Deno.test("counterfactuals equal to the originals shift and flip nothing, with certainty", () => {
  const { overall } = found(input(scores));
  for (const name of COUNTERFACTUAL_MEANS) {
    const { value, interval } = overall.metrics[name]!;
    assertEquals([value, interval?.low ?? 0, interval?.high ?? 0], [0, 0, 0], name);
  }
});

Deno.test("swapping originals and counterfactuals swaps gained and lost and the sign of the shift", () => {
  const before = found(input()).overall.metrics;
  const after =
    found({ ...input(), scores: { m: { scores: counterfactual, counterfactual: scores } } }).overall.metrics;
  assertNumbers(after, {
    gained: before.lost!.value!,
    lost: before.gained!.value!,
    meanShift: -before.meanShift!.value!,
    flipRate: before.flipRate!.value!,
    meanAbsoluteShift: before.meanAbsoluteShift!.value!,
  });
});

Deno.test("a group without counterfactuals has null with the reason; the other keeps its numbers", () => {
  const { overall, groups: [a, b] } = found(input([0.4, NaN, 0.6, NaN]));
  assertEquals([overall.rows, a!.count, b!.count, b!.small], [2, 2, 0, true]);
  assertNumbers(overall.metrics, OF_A);
  for (const [name, own] of Object.entries(b!.metrics)) {
    assertEquals(own, { value: null, reason: NO_COUNTERFACTUAL, interval: null }, name);
  }
});

Deno.test("without counterfactual scores nothing is computed, and the evaluation says so", () => {
  const evaluation = evaluate({ source: "plain", scores: { m: scores }, groups }, OPTIONS);
  const { overall, attributes } = evaluation.models[0]!;
  assertEquals([overall.counterfactual, attributes[0]!.counterfactual], [null, null]);
  assert(evaluation.unavailable.some(({ part }) => part === "counterfactuals"));
});

Deno.test("decisions as given need decisions about the counterfactuals beside them", () => {
  const model = { name: "m", scores, decisions: [1, 1, 0, 0], counterfactual };
  assertThrows(() => decidedModel(model), RangeError, "decisions about counterfactuals");
});
