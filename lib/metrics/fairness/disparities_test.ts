import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { type ConfusionTable, confusionTable } from "../classification/confusion.ts";
import {
  accuracyDifference,
  compositeScore,
  demographicParityDifference,
  demographicParityRatio,
  differentialFairness,
  disparateImpact,
  equalizedOddsDifference,
  equalizedOddsRatio,
  equalOpportunityDifference,
  equalOpportunityRatio,
  predictiveParityDifference,
} from "./disparities.ts";
import { assertGolden, fairnessCases, type GoldenCase, type GoldenFrame } from "../golden_testing.ts";
import type { Value } from "../value.ts";

const cases = (await fairnessCases()).filter((c) => c.name !== "d_intersectional");

function tableOf({ inputs }: GoldenCase, weights = inputs.sample_weight): ConfusionTable {
  return confusionTable({ labels: inputs.y_true, predictions: inputs.y_pred, groups: inputs.groups, weights });
}

/** Every group has positives, negatives, selected and not selected, so that the libraries' zeros play no part. */
function clean(golden: GoldenCase): boolean {
  const frame: GoldenFrame = golden.expected.fairlearn.nan_for_undefined.hard;
  const rates = Object.values(frame.by_group).flatMap((row) => [row.tpr, row.fpr, row.precision]);
  return rates.length > 3 && rates.every((rate) => rate !== "NaN");
}

Deno.test("disparities equal fairlearn's named functions wherever every rate is defined", () => {
  const names = {
    demographic_parity_difference: demographicParityDifference,
    demographic_parity_ratio: demographicParityRatio,
    equal_opportunity_difference: equalOpportunityDifference,
    equal_opportunity_ratio: equalOpportunityRatio,
    predictive_parity_difference: predictiveParityDifference,
    accuracy_difference: accuracyDifference,
  };
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
        // With a perfect or a perfectly wrong predictor one of the ratios is 0/0: fairlearn passes over it, depending on which
        // of the two it is, and here both are needed.
        const zero = ["tpr", "fpr"].some((rate) => frame.ratio_between_groups[rate] === "NaN");
        const expectedRatio = zero ? "NaN" : expected[`equalized_odds_ratio.${key}`];
        assertGolden(ratio, expectedRatio, `${golden.name} ratio ${key}`);
      }
    }
  }
});

Deno.test("equalizedOddsDifference() leaves out a group without positives, which fairlearn counts as a rate of 0", () => {
  const golden = cases.find((c) => c.name === "c_group_without_positives")!;
  assertEquals(golden.expected.disparities.values["equalized_odds_difference.between_groups.worst_case"], 2 / 3);
  const odds = equalizedOddsDifference(tableOf(golden));
  assertEquals(odds.value, null);
  assertEquals(odds.excluded, [{ group: "B", reason: "true positive rate: no row with a positive label" }]);
  assert(odds.groups.every(({ small }) => small));
});

Deno.test("a disparity of a single group is undefined, never 0 or 1", () => {
  const table = tableOf(cases.find((c) => c.name === "c_single_group")!);
  const reason = "a disparity needs two groups, found 1";
  for (const disparity of [demographicParityDifference, demographicParityRatio, differentialFairness]) {
    const { value, ...rest } = disparity(table) as Value & { reason: string };
    assertEquals([value, rest.reason], [null, reason]);
  }
  assertEquals(compositeScore(table).value, null);
});

Deno.test("differentialFairness() equals AIF360", () => {
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

Deno.test("compositeScore() is the mean of its three parts", () => {
  for (const golden of cases.filter(clean)) {
    const table = tableOf(golden);
    const parts = [
      demographicParityDifference(table),
      equalizedOddsDifference(table, { aggregate: "mean" }),
      predictiveParityDifference(table),
    ];
    assertAlmostEquals(compositeScore(table).value!, parts.reduce((sum, { value }) => sum + value!, 0) / 3, 1e-12);
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

Deno.test("compositeScore() on an example small enough to check by hand", () => {
  const table = confusionTable({
    labels: [1, 0, 1, 0],
    predictions: [1, 1, 1, 0],
    groups: ["BA", "BA", "PhD", "PhD"],
  });
  assertEquals(compositeScore(table).value, 0.5);
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

Deno.test("predictiveParityDifference() on an example small enough to check by hand", () => {
  const table = confusionTable({ labels: [1, 0, 1], predictions: [1, 1, 1], groups: ["BA", "BA", "PhD"] });
  assertEquals(predictiveParityDifference(table).value, 0.5);
});

Deno.test("accuracyDifference() on an example small enough to check by hand", () => {
  const table = confusionTable({ labels: [1, 0, 1], predictions: [1, 1, 1], groups: ["BA", "BA", "PhD"] });
  assertEquals(accuracyDifference(table).value, 0.5);
});
