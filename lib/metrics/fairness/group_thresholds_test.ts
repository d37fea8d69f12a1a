import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import {
  confusionMetric,
  type ConfusionMetricName,
  confusionOf,
  type ConfusionTable,
} from "../classification/confusion.ts";
import { assertGolden, fairnessCases, type Numbers, readGolden } from "../golden_testing.ts";
import { groupRows } from "../rows.ts";
import { SMALL_GROUP } from "../value.ts";
import {
  drawDecisions,
  type GroupThresholdOptions,
  groupThresholds,
  heightAt,
  selectionChances,
  upperHull,
} from "./group_thresholds.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

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

const cases = await whenPermitted(async () =>
  new Map((await fairnessCases()).map((golden) => [golden.name, golden.inputs]))
);
const { tests } = await whenPermitted(() => readGolden("fairness_thresholds"));

permittedTest("groupThresholds() equals fairlearn's ThresholdOptimizer", () => {
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
        assertThrows(() => groupThresholds({ labels, scores, groups }, options), Error);
        continue;
      }
      const found = groupThresholds({ labels, scores, groups }, options);
      assertGolden({ value: found.reached }, expected.y_best, at);
      for (const [group, rate] of Object.entries(found.rates)) {
        assertGolden({ value: rate }, expected.x_best_per_group?.[group] ?? expected.x_best, `${at} ${group}`);
      }
      const table = expectedConfusion(labels, selectionChances(found, { scores, groups }), groups);
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
    () =>
      groupThresholds({ labels: [1, 0, 1], scores: [0.5, 0.25, 0.75], groups: ["a", "a", "b"] }, {
        constraint: "demographicParity",
      }),
    InputError,
    "Expected both labels in group b, found one class only",
  );
});

Deno.test("selectionChances() refuses a group it has no threshold for", () => {
  const thresholds = groupThresholds({ labels: [1, 0], scores: [0.5, 0.25], groups: ["a", "a"] }, {
    constraint: "equalOpportunity",
  });
  assertThrows(() => selectionChances(thresholds, { scores: [0.5], groups: ["b"] }), InputError, "found b");
});

Deno.test("drawDecisions() selects with the chances given", () => {
  const chances = new Float64Array(20000).fill(0.3);
  const selected = drawDecisions(chances, new Rng(6)).reduce((sum, decision) => sum + decision, 0);
  assertAlmostEquals(selected / chances.length, 0.3, 4 * Math.sqrt(0.21 / chances.length));
  assertEquals(drawDecisions(chances, new Rng(6)), drawDecisions(chances, new Rng(6)));
});

Deno.test("selectionChances() on an example small enough to check by hand", () => {
  const [labels, scores, groups] = [[1, 0, 1, 0], [0.75, 0.25, 0.5, 0.125], ["a", "a", "b", "b"]];
  const thresholds = groupThresholds({ labels, scores, groups }, { constraint: "equalizedOdds" });
  assertEquals(selectionChances(thresholds, { scores, groups }), Float64Array.of(1, 0, 1, 0));
});

Deno.test("drawDecisions() on an example small enough to check by hand", () => {
  assertEquals(drawDecisions([1, 0], new Rng(1)), Uint8Array.of(1, 0));
});

Deno.test("upperHull() on an example small enough to check by hand", () => {
  const operation = { operator: ">", threshold: 0 } as const;
  const hull = upperHull([[0, 0], [0.5, 0.25], [0.25, 0.75], [1, 1]].map(([x, y]) => ({ x: x!, y: y!, operation })));
  assertEquals(hull.map(({ x }) => x), [0, 0.25, 1]);
});

Deno.test("heightAt() on an example small enough to check by hand", () => {
  const at = (x: number, threshold: number) => ({ x, y: x, operation: { operator: ">", threshold } as const });
  const { y, mixture } = heightAt([at(0, Infinity), at(1, -Infinity)], 0.25);
  assertEquals([y, mixture.p0, mixture.p1], [0.25, 0.75, 0.25]);
});

/** The confusion counts to be expected from chances, so that a randomised rule is compared exactly. */
function expectedConfusion(
  labels: readonly number[],
  chances: Float64Array,
  groups: readonly string[],
): ConfusionTable {
  const { names, codes } = groupRows(groups);
  const rows = new Float64Array(names.length);
  const cells = new Float64Array(4 * names.length);
  codes.forEach((code, i) => {
    rows[code]! += 1;
    cells[4 * code + 2 * labels[i]!]! += 1 - chances[i]!;
    cells[4 * code + 2 * labels[i]! + 1]! += chances[i]!;
  });
  return { names, rows, cells, labelled: true, smallBelow: SMALL_GROUP };
}
