import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import type { DisparityEstimate, ModelEvaluation } from "./evaluation.ts";
import type { EvaluationInput } from "./table.ts";

const OPTIONS: EvaluateOptions = { resamples: 50, threshold: 0.5 };
const scores = [0.9, 0.8, 0.6, 0.3, 0.7, 0.4, 0.2, 0.1];
const labels = [1, 0, 1, 1, 1, 1, 0, 0];
const group = ["a", "a", "a", "a", "b", "b", "b", "b"];
const gender = ["f", "m", "f", "m", "f", "m", "f", "m"];
const rows: EvaluationInput = { source: "eight", scores: { m: scores }, labels, groups: { g: group } };
const modelOf = (input: EvaluationInput, options: EvaluateOptions = {}) =>
  evaluate(input, { ...OPTIONS, ...options }).models[0]!;
const plain = modelOf(rows);
const find = (list: readonly DisparityEstimate[], metric: string) => list.find((own) => own.metric === metric)!;

/** All values of a model by path. */
function valuesOf({ overall, attributes }: ModelEvaluation): Record<string, number | null> {
  const list: [string, number | null][] = [];
  const add = (path: string, estimates: Readonly<Record<string, { readonly value: number | null }>>) => {
    for (const [name, { value }] of Object.entries(estimates)) list.push([`${path}${name}`, value]);
  };
  add("", { ...overall.metrics, ...overall.calibration });
  for (const { groups, disparities, distances } of attributes) {
    for (const { group, metrics, calibration, impactRatio } of groups) {
      add(`${group} `, { ...metrics, ...calibration, impactRatio });
    }
    for (const { metric, value } of disparities) list.push([metric, value]);
    for (const { meanDifference, wasserstein, kolmogorovSmirnov } of distances) {
      add("distance ", { meanDifference, wasserstein, kolmogorovSmirnov });
    }
  }
  return Object.fromEntries(list);
}
function assertValues(
  found: Readonly<Record<string, number | null>>,
  expected: Readonly<Record<string, number | null>>,
) {
  for (const [name, value] of Object.entries(expected)) {
    if (value === null) assertEquals(found[name], null, name);
    else assertAlmostEquals(found[name]!, value, 1e-12, name);
  }
}

Deno.test("evaluateAttribute() by hand: everybody and each group", () => {
  assertValues(valuesOf(plain), {
    selectionRate: 4 / 8,
    accuracy: 5 / 8,
    meanScore: 4 / 8,
    // Of 15 pairs, 0.9 wins 3 and each of the other four positives 2.
    rocAuc: 11 / 15,
    "a selectionRate": 3 / 4,
    "b selectionRate": 1 / 4,
    "a tpr": 2 / 3,
    "b tpr": 1 / 2,
    "a fpr": 1,
    "b fpr": 0,
    "a ppv": 2 / 3,
    "b ppv": 1,
    "a rocAuc": 1 / 3,
    "b rocAuc": 1,
    "a impactRatio": 1,
    "b impactRatio": 1 / 3,
  });
  const { groups } = plain.attributes[0]!;
  assertEquals(groups.map(({ group, count, positives, fourFifths }) => [group, count, positives, fourFifths]), [
    ["a", 4, 3, true],
    ["b", 4, 2, false],
  ]);
});

Deno.test("evaluateAttribute() by hand: disparities and distances", () => {
  assertValues(valuesOf(plain), {
    demographicParityDifference: 1 / 2,
    demographicParityRatio: 1 / 3,
    equalizedOddsDifference: 1,
    equalOpportunityDifference: 2 / 3 - 1 / 2,
    meanScoreDifference: 0.65 - 0.35,
    rocAucDifference: 1 - 1 / 3,
    // The curve of "b" is 1 everywhere, that of "a" 1/3: the area between them is 2/3.
    abroca: 2 / 3,
    // Sorted scores differ by 0.2, 0.4, 0.4, 0.2.
    "distance wasserstein": 0.3,
    "distance meanDifference": 0.3,
    // Below 0.5 lie 1/4 and 3/4.
    "distance kolmogorovSmirnov": 0.5,
  });
});

Deno.test("a weight of w counts a row w times, in every number", () => {
  const weights = [1, 3, 2, 1, 2, 1, 4, 1];
  const times = <T>(values: readonly T[]) => values.flatMap((value, i) => Array<T>(weights[i]!).fill(value));
  const weighted = modelOf({ ...rows, weights });
  const repeated = modelOf({
    ...rows,
    scores: { m: times(scores) },
    labels: times(labels),
    groups: { g: times(group) },
  });
  const expected = valuesOf(repeated);
  assert(Object.keys(expected).length > 40);
  assertValues(valuesOf(weighted), expected);
  assertEquals(weighted.attributes[0]!.groups.map(({ count }) => count), [4, 4]);
  assertEquals(weighted.attributes[0]!.distances[0]!.wassersteinP.value, null);
});

Deno.test("permuted and clustered rows, and another attribute beside, move no number", () => {
  const order = [7, 2, 5, 0, 1, 6, 4, 3];
  const take = <T>(values: readonly T[]) => order.map((i) => values[i]!);
  const permuted = { ...rows, scores: { m: take(scores) }, labels: take(labels), groups: { g: take(group) } };
  const { "distance meanDifference": signed, ...expected } = valuesOf(plain);
  const found = valuesOf(modelOf(permuted));
  assertValues(found, expected);
  assertAlmostEquals(Math.abs(found["distance meanDifference"]!), Math.abs(signed!), 1e-12);
  assertValues(valuesOf(modelOf({ ...rows, clusters: ["p", "q", "p", "q", "r", "s", "r", "s"] })), expected);
  const [own] = modelOf({ ...rows, groups: { g: group, gender } }).attributes;
  assertValues(valuesOf({ ...plain, attributes: [own!] }), expected);
});

Deno.test("renamed groups keep their numbers and are listed by name", () => {
  const { groups, disparities } = modelOf({ ...rows, groups: { g: group.map((own) => own === "a" ? "z" : "y") } })
    .attributes[0]!;
  assertEquals(groups.map((own) => [own.group, own.metrics.selectionRate!.value]), [["y", 0.25], ["z", 0.75]]);
  assertEquals(find(disparities, "demographicParityDifference").value, 0.5);
});

Deno.test("intersections by hand: two attributes that hide how far apart their intersections are", () => {
  const { attributes } = modelOf({ ...rows, groups: { g: group, gender } }, { intersections: true });
  const parity = attributes.map(({ attribute, disparities }) => [
    attribute,
    find(disparities, "demographicParityDifference").value,
  ]);
  // Selected: a|f 2 of 2, a|m 1 of 2, b|f 1 of 2, b|m none.
  assertEquals(parity, [["g", 0.5], ["gender", 0.5], ["g × gender", 1]]);
  const crossed = attributes[2]!;
  assertEquals(crossed.groups.map((own) => [own.group, own.count, own.metrics.selectionRate!.value]), [
    ["a|f", 2, 1],
    ["a|m", 2, 0.5],
    ["b|f", 2, 0.5],
    ["b|m", 2, 0],
  ]);
  assertEquals([crossed.distances, attributes[0]!.distances.length], [[], 1]);
});

Deno.test("a control column that explains decisions leaves no difference within its levels", () => {
  // "x" are the four that are selected.
  const control = scores.map((score) => score >= 0.5 ? "x" : "y");
  const { controlled, disparities } = modelOf({ ...rows, control }).attributes[0]!;
  const parity = (list: readonly DisparityEstimate[]) => find(list, "demographicParityDifference").value;
  assertEquals(controlled!.map((own) => [own.level, own.count, parity(own.disparities)]), [["x", 4, 0], ["y", 4, 0]]);
  assertEquals(parity(disparities), 0.5);
  assertEquals(plain.attributes[0]!.controlled, null);
});

Deno.test("a small group moves the disparity of all, not that among the large", () => {
  const one = { ...rows, scores: { m: [...scores, 0.05] }, labels: [...labels, 0], groups: { g: [...group, "c"] } };
  const { amongLarge, disparities, groups } = modelOf(one, { smallBelow: 2 }).attributes[0]!;
  assertEquals(groups.map(({ group, small }) => [group, small]), [["a", false], ["b", false], ["c", true]]);
  assertEquals(find(disparities, "demographicParityDifference").value, 0.75);
  assertEquals(amongLarge!.groups, ["a", "b"]);
  assertEquals(find(amongLarge!.disparities, "demographicParityDifference").value, 0.5);
  // Nobody in "c" has label 1: its TPR is left out, and named.
  const opportunity = find(disparities, "equalOpportunityDifference");
  assertAlmostEquals(opportunity.value!, 1 / 6, 1e-12);
  assertEquals(opportunity.excluded.map((own) => own.group), ["c"]);
  // With one large group alone there is nothing to compare; nor is there if none is small.
  assertEquals(modelOf(one, { smallBelow: 5 }).attributes[0]!.amongLarge, null);
  assertEquals(modelOf(one, { smallBelow: 1 }).attributes[0]!.amongLarge, null);
});

Deno.test("ground truth by hand, beside the labels", () => {
  const { disparities } = modelOf({ ...rows, groundTruth: [1, 1, 0, 0, 1, 1, 1, 0] }).attributes[0]!;
  // Among the able, "a" has 2 of 2 and "b" 1 of 3; among the others, 1 of 2 and 0 of 1.
  const able = find(disparities, "groundTruthEqualOpportunityDifference");
  assertAlmostEquals(able.value!, 2 / 3, 1e-12);
  assertEquals(able.against, "groundTruth");
  assertAlmostEquals(find(disparities, "groundTruthEqualizedOddsDifference").value!, 2 / 3, 1e-12);
  assertAlmostEquals(find(disparities, "equalOpportunityDifference").value!, 1 / 6, 1e-12);
});

Deno.test("more than 20 groups have no ABROCA, and more than 300 pairs no distances", () => {
  const many = (k: number) => {
    const n = 2 * k;
    const own = Array.from({ length: n }, (_, i) => ({ score: (i % 7) / 7, label: i % 2, name: `g${i >> 1}` }));
    return modelOf({
      source: "many",
      scores: { m: own.map(({ score }) => score) },
      labels: own.map(({ label }) => label),
      groups: { g: own.map(({ name }) => name) },
    }, { resamples: 5 }).attributes[0]!;
  };
  const [few, more] = [many(20), many(26)];
  assert(find(few.disparities, "abroca").value !== null);
  const left = find(more.disparities, "abroca");
  assert(left.value === null && "reason" in left && left.reason.includes("more than 20 groups"));
  // 20 · 19 / 2 = 190 pairs; 26 · 25 / 2 = 325.
  assertEquals([few.distances.length, more.distances.length], [190, 0]);
});
