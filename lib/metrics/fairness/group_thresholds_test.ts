import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { confusionOf } from "../classification/confusion.ts";
import { confusionMetric, type ConfusionMetricName } from "../classification/confusion_metrics.ts";
import { assertGolden, fairnessCases, type Numbers, readGolden } from "../golden_testing.ts";
import { type GroupThresholdOptions, groupThresholds } from "./group_thresholds.ts";
import { drawDecisions, expectedConfusion, selectionChances } from "./randomised_decisions.ts";

const CONSTRAINTS: Record<string, GroupThresholdOptions["constraint"]> = {
  demographic_parity: "demographicParity",
  equalized_odds: "equalizedOdds",
  true_positive_rate_parity: "equalOpportunity",
  false_positive_rate_parity: "falsePositiveRateParity",
  false_negative_rate_parity: "falseNegativeRateParity",
  true_negative_rate_parity: "trueNegativeRateParity",
};

const OBJECTIVES: Record<string, GroupThresholdOptions["objective"]> = {
  accuracy_score: "accuracy",
  balanced_accuracy_score: "balancedAccuracy",
  selection_rate: "selectionRate",
  true_positive_rate: "tpr",
};

const RATES: Record<string, ConfusionMetricName> = {
  selection_rate: "selectionRate",
  tpr: "tpr",
  fpr: "fpr",
  accuracy: "accuracy",
  balanced_accuracy: "balancedAccuracy",
};

const cases = new Map((await fairnessCases()).map((golden) => [golden.name, golden.inputs]));
const { tests } = await readGolden("fairness_thresholds");

Deno.test("groupThresholds() equals fairlearn's ThresholdOptimizer", () => {
  let runs = 0;
  for (const { source, runs: golden } of tests) {
    const { y_true: labels, y_score: scores, groups } = cases.get(source.case)!;
    for (const { constraints, objective, grid_size: gridSize, flip, tol: tolerance, expected } of golden) {
      const at = `${source.case} ${constraints} ${objective} ${flip ?? ""} ${tolerance ?? ""}`;
      const options = {
        constraint: CONSTRAINTS[constraints]!,
        objective: OBJECTIVES[objective],
        gridSize,
        flip,
        tolerance,
      };
      if (expected.error !== undefined) {
        assertThrows(() => groupThresholds(labels, scores, groups, options), Error);
        continue;
      }
      const found = groupThresholds(labels, scores, groups, options);
      assertGolden({ value: found.reached }, expected.y_best, at);
      for (const [group, rate] of Object.entries(found.rates)) {
        assertGolden({ value: rate }, expected.x_best_per_group?.[group] ?? expected.x_best, `${at} ${group}`);
      }
      const table = expectedConfusion(labels, selectionChances(found, scores, groups), groups);
      const check = (row: Numbers, group?: number) => {
        for (const [theirs, ours] of Object.entries(RATES)) {
          assertGolden(confusionMetric(ours, confusionOf(table, group)), row[theirs], `${at} ${group} ${theirs}`);
        }
      };
      check(expected.expected_overall);
      table.names.forEach((name, g) => check(expected.expected_by_group[name], g));
      runs++;
    }
  }
  assert(runs >= 30, `compared ${runs}`);
});

Deno.test("groupThresholds() refuses a group with one class and names it", () => {
  assertThrows(
    () => groupThresholds([1, 0, 1], [0.5, 0.25, 0.75], ["a", "a", "b"], { constraint: "demographicParity" }),
    InputError,
    "Expected both labels in group b, found one class only",
  );
});

Deno.test("selectionChances() refuses a group it has no threshold for", () => {
  const thresholds = groupThresholds([1, 0], [0.5, 0.25], ["a", "a"], { constraint: "equalOpportunity" });
  assertThrows(() => selectionChances(thresholds, [0.5], ["b"]), InputError, "found b");
});

Deno.test("drawDecisions() selects with the chances given", () => {
  const chances = new Float64Array(20000).fill(0.3);
  const selected = drawDecisions(chances, new Rng(6)).reduce((sum, decision) => sum + decision, 0);
  assertAlmostEquals(selected / chances.length, 0.3, 4 * Math.sqrt(0.21 / chances.length));
  assertEquals(drawDecisions(chances, new Rng(6)), drawDecisions(chances, new Rng(6)));
});
