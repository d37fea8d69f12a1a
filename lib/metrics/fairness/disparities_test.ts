import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { permittedTest, whenPermitted } from "../../_testing.ts";
import { Rng } from "../../random.ts";
import { type ConfusionTable, confusionTable } from "../classification/confusion.ts";
import { assertGolden, fairnessCases, type GoldenCase, type GoldenFrame } from "../golden_testing.ts";
import type { Disparity, Value } from "../value.ts";
import type { Comparison } from "./by_group.ts";
import {
  demographicParityDifference,
  demographicParityRatio,
  differentialFairness,
  disparateImpact,
  DISPARITIES,
  equalizedOddsDifference,
  equalizedOddsRatio,
  equalOpportunityDifference,
  equalOpportunityRatio,
  estimateDisparities,
  expectedUnderIndependence,
} from "./disparities.ts";
import { metricFrame } from "./metric_frame.ts";

const cases = await whenPermitted(async () => (await fairnessCases()).filter((c) => c.name !== "d_intersectional"));

function tableOf({ inputs }: GoldenCase, weights = inputs.sample_weight): ConfusionTable {
  return confusionTable({ labels: inputs.y_true, predictions: inputs.y_pred, groups: inputs.groups, weights });
}

/** Every group has positives, negatives, selected and not selected, so that the libraries' zeros play no part. */
function clean(golden: GoldenCase): boolean {
  const frame: GoldenFrame = golden.expected.fairlearn.nan_for_undefined.hard;
  const rates = Object.values(frame.by_group).flatMap((row) => [row.tpr, row.fpr, row.precision]);
  return rates.length > 3 && rates.every((rate) => rate !== "NaN");
}

permittedTest("disparities equal fairlearn's named functions wherever every rate is defined", () => {
  const { predictiveParityDifference, accuracyDifference } = DISPARITIES;
  const names = {
    demographic_parity_difference: demographicParityDifference,
    demographic_parity_ratio: demographicParityRatio,
    equal_opportunity_difference: equalOpportunityDifference,
    equal_opportunity_ratio: equalOpportunityRatio,
    predictive_parity_difference: (table, { comparison }) => predictiveParityDifference.of(table, comparison),
    accuracy_difference: (table, { comparison }) => accuracyDifference.of(table, comparison),
  } satisfies Record<string, (table: ConfusionTable, options: { comparison: Comparison }) => Disparity>;
  const compared = cases.filter(clean);
  assert(compared.length >= 8);
  for (const golden of compared) {
    const table = tableOf(golden);
    const expected = golden.expected.disparities.values;
    const frame: GoldenFrame = golden.expected.fairlearn.nan_for_undefined.hard;
    for (const [theirs, comparison] of [["between_groups", "betweenGroups"], ["to_overall", "toOverall"]] as const) {
      for (const [name, disparity] of Object.entries(names)) {
        const value = expected[`${name}.${theirs}`];
        assertGolden(disparity(table, { comparison }), value, `${golden.name} ${name} ${theirs}`);
      }
      for (const [theirAggregate, aggregate] of [["worst_case", "worstCase"], ["mean", "mean"]] as const) {
        const options = { comparison, aggregate };
        const key = `${theirs}.${theirAggregate}`;
        const difference = equalizedOddsDifference(table, options);
        assertGolden(difference, expected[`equalized_odds_difference.${key}`], `${golden.name} difference ${key}`);
        const ratio = equalizedOddsRatio(table, options);
        // With a perfect or a perfectly wrong predictor one of the ratios is 0/0: fairlearn passes over it, depending
        // on which of the two it is, and here both are needed.
        const zero = ["tpr", "fpr"].some((rate) => frame.ratio_between_groups[rate] === "NaN");
        const expectedRatio = zero ? "NaN" : expected[`equalized_odds_ratio.${key}`];
        assertGolden(ratio, expectedRatio, `${golden.name} ratio ${key}`);
      }
    }
  }
});

permittedTest(
  "equalizedOddsDifference() leaves out a group without positives, which fairlearn counts as a rate of 0",
  () => {
    const golden = cases.find((c) => c.name === "c_group_without_positives")!;
    assertEquals(golden.expected.disparities.values["equalized_odds_difference.between_groups.worst_case"], 2 / 3);
    const odds = equalizedOddsDifference(tableOf(golden));
    assertEquals(odds.value, null);
    assertEquals(odds.excluded, [{ group: "B", reason: "true positive rate: no row with a positive label" }]);
    assert(odds.groups.every(({ small }) => small));
  },
);

permittedTest("a disparity of a single group is undefined, never 0 or 1", () => {
  const table = tableOf(cases.find((c) => c.name === "c_single_group")!);
  const reason = "a disparity needs two groups, found 1";
  for (const disparity of [demographicParityDifference, demographicParityRatio, differentialFairness]) {
    const { value, ...rest } = disparity(table) as Value & { reason: string };
    assertEquals([value, rest.reason], [null, reason]);
  }
  assertEquals(DISPARITIES.compositeScore.of(table).value, null);
});

permittedTest("differentialFairness() equals AIF360", () => {
  for (const golden of cases) {
    const expected = golden.expected.aif360.dataset;
    const table = tableOf(golden);
    if (table.names.length < 2) continue;
    const at = golden.name;
    const predictions = differentialFairness(table);
    const labels = differentialFairness(table, { outcome: "label" });
    assertGolden(predictions, expected.smoothed_edf_predictions, at);
    assertGolden(labels, expected.smoothed_edf_labels, at);
    const amplification = { value: predictions.value! - labels.value! };
    assertGolden(amplification, expected.differential_fairness_bias_amplification, at);
  }
});

Deno.test("disparateImpact() flags the four-fifths rule for each group against the one selected most", () => {
  const rate = (selected: number, of: number, group: string) =>
    Array.from({ length: of }, (_, i) => [i < selected ? 1 : 0, group] as const);
  const rows = [...rate(30, 50, "A"), ...rate(24, 50, "B"), ...rate(10, 50, "C")];
  const impact = disparateImpact(confusionTable({ predictions: rows.map((r) => r[0]), groups: rows.map((r) => r[1]) }));
  assertEquals(impact.reference, "A");
  assertAlmostEquals(impact.value!, 1 / 3);
  // B is at exactly 0.48 / 0.6 = 0.8, which floats put at 0.7999999999999999 or 0.8.
  assertEquals(impact.ratios.map(({ fourFifths }) => fourFifths), [true, true, false]);
  assertEquals(impact.fourFifths, false);
  assertEquals(disparateImpact(confusionTable({ predictions: [0, 0], groups: ["A", "B"] })).fourFifths, null);
});

permittedTest("the composite is the mean of its three parts", () => {
  for (const golden of cases.filter(clean)) {
    const table = tableOf(golden);
    const parts = [
      demographicParityDifference(table),
      equalizedOddsDifference(table, { aggregate: "mean" }),
      DISPARITIES.predictiveParityDifference.of(table),
    ];
    assertAlmostEquals(
      DISPARITIES.compositeScore.of(table).value!,
      parts.reduce((sum, { value }) => sum + value!, 0) / 3,
      1e-12,
    );
  }
});

Deno.test("equalizedOddsRatio() on an example small enough to check by hand", () => {
  const table = confusionTable({
    labels: [1, 1, 0, 0, 1, 0],
    predictions: [1, 0, 0, 1, 1, 1],
    groups: ["BA", "BA", "BA", "BA", "PhD", "PhD"],
  });
  assertEquals(equalizedOddsRatio(table).value, 0.5);
});

Deno.test("the composite on an example small enough to check by hand", () => {
  const table = confusionTable({
    labels: [1, 0, 1, 0],
    predictions: [1, 1, 1, 0],
    groups: ["BA", "BA", "PhD", "PhD"],
  });
  assertEquals(DISPARITIES.compositeScore.of(table).value, 0.5);
});

Deno.test("demographicParityRatio() on an example small enough to check by hand", () => {
  const table = confusionTable({ predictions: [1, 0, 1, 1], groups: ["BA", "BA", "PhD", "PhD"] });
  assertEquals(demographicParityRatio(table).value, 0.5);
});

Deno.test("equalOpportunityDifference() on an example small enough to check by hand", () => {
  const table = confusionTable({
    labels: [1, 1, 1, 0],
    predictions: [1, 0, 1, 1],
    groups: ["BA", "BA", "PhD", "none"],
  });
  const gap = equalOpportunityDifference(table);
  assertEquals(gap.value, 0.5);
  assertEquals(gap.excluded, [{ group: "none", reason: "no row with a positive label" }]);
});

Deno.test("equalOpportunityRatio() on an example small enough to check by hand", () => {
  const table = confusionTable({ labels: [1, 1, 1], predictions: [1, 0, 1], groups: ["BA", "BA", "PhD"] });
  assertEquals(equalOpportunityRatio(table).value, 0.5);
});

Deno.test("predictive parity on an example small enough to check by hand", () => {
  const table = confusionTable({ labels: [1, 0, 1], predictions: [1, 1, 1], groups: ["BA", "BA", "PhD"] });
  assertEquals(DISPARITIES.predictiveParityDifference.of(table).value, 0.5);
});

Deno.test("the accuracy difference on an example small enough to check by hand", () => {
  const table = confusionTable({ labels: [1, 0, 1], predictions: [1, 1, 1], groups: ["BA", "BA", "PhD"] });
  assertEquals(DISPARITIES.accuracyDifference.of(table).value, 0.5);
});

permittedTest("the named functions equal the frame they wrap, whether they are given rows or counts", () => {
  for (const golden of cases) {
    const { y_true: labels, y_pred: predictions, groups, sample_weight: weights } = golden.inputs;
    const rows = { labels, predictions, groups, weights };
    const { derived } = metricFrame({ labels, predictions, weights, attributes: { groups } });
    for (const comparison of ["betweenGroups", "toOverall"] as const) {
      const options = { comparison };
      const { selectionRate, tpr, fpr } = derived;
      const pairs = [
        [demographicParityDifference(rows, options), selectionRate.difference],
        [demographicParityRatio(rows, options), selectionRate.ratio],
        [equalOpportunityDifference(rows, options), tpr.difference],
        [equalOpportunityRatio(rows, options), tpr.ratio],
      ] as const;
      for (const [disparity, frame] of pairs) assertEquals(disparity, frame[comparison]);
      const [one, other] = [tpr.difference[comparison].value, fpr.difference[comparison].value];
      const worst = one === null || other === null ? null : Math.max(one, other);
      assertEquals(equalizedOddsDifference(rows, options).value, worst);
      assertEquals(equalizedOddsDifference(confusionTable(rows), options), equalizedOddsDifference(rows, options));
    }
  }
});

Deno.test("equalizedOddsDifference() takes the larger difference, or the mean of both", () => {
  const rows = {
    labels: [1, 1, 0, 0, 1, 0],
    predictions: [1, 0, 0, 0, 1, 1],
    groups: ["BA", "BA", "BA", "BA", "PhD", "PhD"],
  };
  assertEquals(equalizedOddsDifference(rows).value, 1);
  assertEquals(equalizedOddsDifference(rows, { aggregate: "mean" }).value, 0.75);
});

Deno.test("differentialFairness() smooths the rates", () => {
  // P(1 | BA) = 1.5 / 2 and P(1 | PhD) = 2.5 / 4, so ε = ln(0.375 / 0.25).
  const rows = { predictions: [1, 1, 1, 0], groups: ["BA", "PhD", "PhD", "PhD"] };
  assertAlmostEquals(differentialFairness(rows).value!, Math.log(1.5));
});

Deno.test("the test of a disparity holds fixed what its base metrics ask for, and none fits the composite", () => {
  const found = Object.entries(DISPARITIES).map((
    [name, { within, needsLabels, ideal }],
  ) => [name, within, needsLabels, ideal]);
  assertEquals(found, [
    ["demographicParityDifference", "nothing", false, 0],
    ["demographicParityRatio", "nothing", false, 1],
    ["differentialFairness", "nothing", false, 0],
    ["equalizedOddsDifference", "label", true, 0],
    ["equalizedOddsMeanDifference", "label", true, 0],
    ["equalOpportunityDifference", "label", true, 0],
    ["falsePositiveRateDifference", "label", true, 0],
    ["predictiveParityDifference", "prediction", true, 0],
    ["accuracyDifference", "nothing", true, 0],
    ["compositeScore", null, true, 0],
  ]);
});

Deno.test("equalizedOddsDifference() of a perfect and a wrong group", () => {
  const rows = { labels: [1, 0, 1, 0], predictions: [1, 1, 1, 0], groups: ["BA", "BA", "PhD", "PhD"] };
  assertEquals(equalizedOddsDifference(rows).value, 1);
  assertEquals(equalizedOddsDifference(rows, { aggregate: "mean" }).value, 0.5);
});

Deno.test("expectedUnderIndependence() on an example small enough to check by hand", () => {
  // Two of four people are selected. Dealt into groups of two, they are apart in 4 of 6 deals: gaps of 0, else of 1.
  const input = { predictions: [1, 1, 0, 0], groups: ["BA", "BA", "PhD", "PhD"] };
  const floor = expectedUnderIndependence(input, DISPARITIES.demographicParityDifference, { rng: new Rng(1) });
  assert(Math.abs(floor.value! - 2 / 6) < 0.05);
});

Deno.test("estimateDisparities() as a reader would call it", () => {
  const rows = Array.from({ length: 400 }, (_, i) => i);
  const { parity } = estimateDisparities(
    { predictions: rows.map((i) => i % 8 < 3 ? 1 : 0), groups: rows.map((i) => i % 2 === 0 ? "BA" : "PhD") },
    { parity: DISPARITIES.demographicParityDifference },
    { rng: new Rng(7) },
  );
  assertEquals(parity.estimate.value, 0.25);
  assert(parity.interval.low! > 0.1 && parity.interval.high! < 0.4 && parity.pValue! < 0.01);
});
