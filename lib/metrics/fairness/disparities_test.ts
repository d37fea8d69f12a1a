import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { compositeScore } from "./composite.ts";
import { type ConfusionTable, confusionTable } from "../classification/confusion.ts";
import { differentialFairness } from "./differential_fairness.ts";
import { disparateImpact } from "./disparate_impact.ts";
import {
  accuracyDifference,
  demographicParityDifference,
  demographicParityRatio,
  equalOpportunityDifference,
  equalOpportunityRatio,
  predictiveParityDifference,
} from "./disparities.ts";
import { betweenGroupEntropy, generalizedEntropy, theilIndex } from "./entropy.ts";
import { equalizedOddsDifference, equalizedOddsRatio } from "./equalized_odds.ts";
import { assertGolden, fairnessCases, type GoldenCase, type GoldenFrame } from "../golden_testing.ts";
import { pairDisparities, type PairMeasure } from "./pair_disparities.ts";
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

Deno.test("pairDisparities() equals AIF360 where all rates are defined, and is undefined where AIF360 says NaN", () => {
  const names: Record<string, PairMeasure> = {
    statistical_parity_difference: "statisticalParityDifference",
    disparate_impact: "disparateImpact",
    average_odds_difference: "averageOddsDifference",
    average_abs_odds_difference: "averageAbsOddsDifference",
    equalized_odds_difference: "equalizedOddsDifference",
    equal_opportunity_difference: "equalOpportunityDifference",
    average_predictive_value_difference: "averagePredictiveValueDifference",
    error_rate_difference: "errorRateDifference",
    error_rate_ratio: "errorRateRatio",
  };
  let compared = 0;
  for (const golden of cases) {
    const table = tableOf(golden);
    for (const [pair, expected] of Object.entries<Record<string, number | string>>(golden.expected.aif360.pairs)) {
      const [unprivileged, privileged] = pair.split("|") as [string, string];
      const ours = pairDisparities(table, {
        privileged,
        unprivileged: unprivileged === "*rest" ? undefined : unprivileged,
      });
      for (const [theirs, measure] of Object.entries(names)) {
        const value = expected[theirs]!;
        if (ours[measure].value === null) {
          // AIF360 passes a 0/0 through numpy, or through Python's max, where its position decides, or as 0 for NPV.
          const rates = golden.expected.fairlearn.nan_for_undefined.hard.by_group;
          const hidden = unprivileged !== "*rest" &&
            [rates[privileged], rates[unprivileged]].some((row) => Object.values(row).includes("NaN"));
          assert(typeof value === "string" || hidden, `${golden.name} ${pair} ${theirs}: ${value}`);
        } else {
          assertGolden(ours[measure], value, `${golden.name} ${pair} ${theirs}`);
          compared++;
        }
      }
    }
  }
  assert(compared > 250, `compared ${compared}`);
});

Deno.test("entropy and differential fairness equal AIF360, which ignores weights in the former", () => {
  for (const golden of cases) {
    const expected = golden.expected.aif360.dataset;
    const unweighted = confusionTable({
      labels: golden.inputs.y_true,
      predictions: golden.inputs.y_pred,
      groups: golden.inputs.groups,
    });
    const at = golden.name;
    assertGolden(theilIndex(unweighted), expected.theil_index, at);
    assertGolden(generalizedEntropy(unweighted, 1), expected["generalized_entropy_index.alpha1"], at);
    assertGolden(generalizedEntropy(unweighted), expected["generalized_entropy_index.alpha2"], at);
    const zero = generalizedEntropy(unweighted, 0);
    if (zero.value !== null) {
      const n = golden.inputs.y_true.length;
      const benefit = golden.inputs.y_pred.reduce((sum, p, i) => sum + 1 + p - golden.inputs.y_true[i]!, 0) / n;
      assertGolden({ value: zero.value / benefit }, expected["generalized_entropy_index.alpha0"], at);
    } else assertEquals(expected["generalized_entropy_index.alpha0"], "Infinity");
    if (unweighted.names.length < 2) continue;
    for (const alpha of [1, 2]) {
      const key = `between_all_groups_generalized_entropy_index.alpha${alpha}`;
      assertGolden(betweenGroupEntropy(unweighted, alpha), expected[key], `${at} ${key}`);
    }
    const weighted = tableOf(golden);
    const predictions = differentialFairness(weighted);
    const labels = differentialFairness(weighted, { outcome: "label" });
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
