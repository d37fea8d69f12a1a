import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { averagePrecision } from "../metrics/mod.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import type { ModelComparison } from "./evaluation.ts";
import type { EvaluationInput } from "./table.ts";

const OPTIONS: EvaluateOptions = { resamples: 50, threshold: 0.5 };

// At 0.5 base selects 3 of the four in "a" and 1 in "b", tuned 2 and 2.
const base = [0.9, 0.8, 0.6, 0.3, 0.7, 0.4, 0.2, 0.1];
const tuned = [0.9, 0.4, 0.6, 0.3, 0.7, 0.6, 0.2, 0.1];
const labels = [1, 0, 1, 1, 1, 1, 0, 0];
const group = ["a", "a", "a", "a", "b", "b", "b", "b"];
const rows: EvaluationInput = { source: "eight", scores: { base, tuned }, labels, groups: { g: group } };

const compared = (input: EvaluationInput, options: EvaluateOptions = {}) =>
  evaluate(input, { ...OPTIONS, ...options }).comparisons[0]!;
const plain = compared(rows);

/** All values of a comparison by path. */
function valuesOf({ overall, attributes }: ModelComparison): Record<string, number | null> {
  const list: [string, number | null][] = Object.entries(overall).map(([name, { value }]) => [name, value]);
  for (const { disparities, groups } of attributes) {
    for (const { metric, against, value } of disparities) list.push([`${metric} ${against}`, value]);
    for (const { group, against, rates } of groups) {
      for (const [rate, { change, relative }] of Object.entries(rates)) {
        list.push([`${group} ${rate} ${against}`, change.value], [`${group} ${rate} ${against} rel`, relative.value]);
      }
    }
  }
  return Object.fromEntries(list);
}
function assertValues(found: Readonly<Record<string, number | null>>, expected: Readonly<Record<string, number>>) {
  for (const [name, value] of Object.entries(expected)) assertAlmostEquals(found[name]!, value, 1e-12, name);
}

Deno.test("compareModels() by hand: quality for everybody", () => {
  assertEquals([plain.from, plain.to], ["base", "tuned"]);
  const precision = (scores: number[]) => averagePrecision({ labels, scores }).value!;
  assertValues(valuesOf(plain), {
    // Pairs of five positives and three negatives: 11 of 15 in order before, 14 after.
    rocAuc: 14 / 15 - 11 / 15,
    averagePrecision: precision(tuned) - precision(base),
    // Right: 5 of 8, then 7.
    accuracy: 2 / 8,
    // 2·3 / (2·3 + 1 + 2), then 2·4 / (2·4 + 0 + 1).
    f1: 8 / 9 - 6 / 9,
    // Four of eight both times.
    selectionRate: 0,
  });
});

Deno.test("compareModels() by hand: disparities", () => {
  assertValues(valuesOf(plain), {
    "demographicParityDifference null": 0 - 0.5,
    // TPR 2/3 and 1/2, FPR 1 and 0; then TPR 2/3 and 1, FPR 0 and 0.
    "equalizedOddsDifference label": 1 / 3 - 1,
    "equalOpportunityDifference label": 1 / 3 - 1 / 6,
    "falsePositiveRateDifference label": 0 - 1,
  });
});

Deno.test("compareModels() by hand: each group's rates, and the same less everybody's change", () => {
  assertValues(valuesOf(plain), {
    "a selectionRate label": -1 / 4,
    "b selectionRate label": 1 / 4,
    "a selectionRate label rel": -1 / 4,
    // Everybody's TPR: 3/5, then 4/5; FPR: 1/3, then 0.
    "a tpr label": 0,
    "b tpr label": 1 / 2,
    "a tpr label rel": 0 - 1 / 5,
    "b tpr label rel": 1 / 2 - 1 / 5,
    "a fpr label": -1,
    "b fpr label": 0,
    "a fpr label rel": -1 + 1 / 3,
    "b fpr label rel": 1 / 3,
  });
});

Deno.test("swapping the models flips the sign of every change", () => {
  const swapped = valuesOf(compared(rows, { comparisons: [["tuned", "base"]] }));
  const values = valuesOf(plain);
  assert(Object.values(values).filter((value) => value !== null && value !== 0).length > 10);
  for (const [name, value] of Object.entries(values)) assertAlmostEquals(swapped[name]!, -value!, 1e-12, name);
});

Deno.test("a model compared with its copy changes nothing, in no resample", () => {
  const { overall, attributes } = compared({ ...rows, scores: { base, copy: [...base] } });
  const estimates = [...Object.values(overall), ...attributes[0]!.disparities];
  assertEquals(estimates.length, 9);
  for (const { value, interval } of estimates) {
    assertEquals([value, interval?.low ?? 0, interval?.high ?? 0], [0, 0, 0]);
  }
});

Deno.test("permuted, doubled or clustered rows, and renamed groups, move no change", () => {
  const values = valuesOf(plain);
  const take = (order: readonly number[]): EvaluationInput => ({
    ...rows,
    scores: { base: order.map((i) => base[i]!), tuned: order.map((i) => tuned[i]!) },
    labels: order.map((i) => labels[i]!),
    groups: { g: order.map((i) => group[i]!) },
  });
  const order = [7, 2, 5, 0, 1, 6, 4, 3];
  assertValues(valuesOf(compared(take(order))), values as Record<string, number>);
  assertValues(valuesOf(compared(take([...order, ...order]))), values as Record<string, number>);
  const clusters = ["p", "q", "p", "q", "r", "s", "r", "s"];
  assertValues(valuesOf(compared({ ...rows, clusters })), values as Record<string, number>);
  const renamed = compared({ ...rows, groups: { g: group.map((own) => own === "a" ? "z" : "y") } });
  assertEquals(renamed.attributes[0]!.groups.map((own) => own.group), ["y", "z"]);
  assertValues(valuesOf(renamed), { "z fpr label": -1, "y tpr label": 0.5 });
});

Deno.test("without labels only what needs none is compared", () => {
  const { overall, attributes: [own] } = compared({ ...rows, labels: null });
  assertEquals(Object.keys(overall), ["selectionRate"]);
  assertEquals(own!.disparities.map(({ metric, value }) => [metric, value]), [["demographicParityDifference", -0.5]]);
  for (const { against, rates } of own!.groups) {
    assertEquals([against, rates.tpr!.change.value], [null, null]);
    assert("reason" in rates.tpr!.change && rates.tpr!.change.reason.length > 0);
  }
});

Deno.test("a change that one label alone leaves undefined is null with a reason", () => {
  const { overall, attributes: [own] } = compared({ ...rows, labels: labels.map(() => 1) });
  assertEquals([overall.rocAuc!.value, overall.rocAuc!.interval], [null, null]);
  // All positive: accuracy is the selection rate.
  assertEquals(overall.accuracy!.value, 0);
  const fpr = own!.disparities.find(({ metric }) => metric === "falsePositiveRateDifference")!;
  assertEquals([fpr.value, fpr.interval], [null, null]);
});

Deno.test("changes of counterfactual means are over the rows of which both models have scored one", () => {
  const { overall } = compared({
    ...rows,
    scores: {
      // Shifts 0.1, 0.2 and −0.3 (which loses a place); the last row has none.
      base: { scores: base, counterfactual: [1, 1, 0.3, NaN, NaN, NaN, NaN, NaN] },
      // Shifts 0, none, −0.2 (which loses a place), −0.3.
      tuned: { scores: tuned, counterfactual: [0.9, NaN, 0.4, 0, NaN, NaN, NaN, NaN] },
    },
  });
  // Rows 0 and 2: (0 − 0.1 + −0.2 + 0.3) / 2, and |·|: (0 − 0.1 + 0.2 − 0.3) / 2.
  assertAlmostEquals(overall.meanShift!.value!, 0, 1e-12);
  assertAlmostEquals(overall.meanAbsoluteShift!.value!, -0.1, 1e-12);
  assertEquals(overall.flipRate!.value, 0);
});

Deno.test("of three models the first is compared with each other; weighted rows compare none", () => {
  const { comparisons } = evaluate({ ...rows, scores: { base, tuned, third: tuned } }, OPTIONS);
  assertEquals(comparisons.map(({ from, to }) => [from, to]), [["base", "tuned"], ["base", "third"]]);
  assertEquals(valuesOf(comparisons[1]!), valuesOf(comparisons[0]!));
  const weighted = evaluate({ ...rows, weights: labels.map(() => 2) }, OPTIONS);
  assertEquals(weighted.comparisons, []);
  assert(weighted.unavailable.some(({ part }) => part === "comparisons of models"));
});
