import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { frameIntervals } from "./frame_intervals.ts";
import { Rng } from "../../random.ts";
import { assertGolden, fairnessCases, type GoldenCase, type GoldenFrame, type Numbers } from "../golden_testing.ts";
import { type FrameInput, type MetricFrame, metricFrame, type MetricName } from "./metric_frame.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const cases = await whenPermitted(fairnessCases);
const flat = cases.filter((c) => c.name !== "d_intersectional");
const crossed = cases.find((c) => c.name === "d_intersectional")!;

/** fairlearn's and scikit-learn's names in the golden files, and ours. */
const NAMES: Record<string, MetricName> = {
  count: "count",
  selection_rate: "selectionRate",
  base_rate: "baseRate",
  tpr: "tpr",
  fpr: "fpr",
  tnr: "tnr",
  fnr: "fnr",
  precision: "ppv",
  npv: "npv",
  accuracy: "accuracy",
  balanced_accuracy: "balancedAccuracy",
  f1: "f1",
  roc_auc: "rocAuc",
  average_precision: "averagePrecision",
  log_loss: "logLoss",
  brier: "brier",
  mean_prediction: "meanScore",
};

function input({ inputs }: GoldenCase, attributes: FrameInput["attributes"]): FrameInput {
  const { y_true: labels, y_pred: predictions, y_score: scores, sample_weight: weights } = inputs;
  return { labels, predictions, scores, weights, attributes };
}

/** Compares with the frame that keeps undefined metrics as NaN; where it has one group left, we refuse to answer. */
function assertFrame(frame: MetricFrame, expected: GoldenFrame, where: string): void {
  for (const [theirs, ours] of Object.entries(NAMES)) {
    if (!(theirs in expected.overall)) continue;
    const at = `${where} ${theirs}`;
    assertGolden(frame.overall[ours], expected.overall[theirs], at);
    for (const { group, metrics } of frame.groups) {
      assertGolden(metrics[ours], expected.by_group[group]![theirs], `${at} ${group}`);
    }
    const { difference, ratio, groupMin, groupMax } = frame.derived[ours];
    const left = Number(expected.defined_groups[theirs]);
    const unlessFew = (numbers: Numbers) => left < 2 ? "NaN" : numbers[theirs];
    assertGolden(difference.betweenGroups, unlessFew(expected.difference_between_groups), `${at} difference`);
    assertGolden(difference.toOverall, unlessFew(expected.difference_to_overall), `${at} difference to overall`);
    assertGolden(ratio.betweenGroups, unlessFew(expected.ratio_between_groups), `${at} ratio`);
    assertGolden(ratio.toOverall, unlessFew(expected.ratio_to_overall), `${at} ratio to overall`);
    assertGolden(groupMin, expected.group_min[theirs], `${at} min`);
    assertGolden(groupMax, expected.group_max[theirs], `${at} max`);
    assertEquals(frame.groups.length - difference.betweenGroups.excluded.length, left, `${at} groups left`);
  }
}

permittedTest("metricFrame() equals fairlearn's MetricFrame of scikit-learn metrics on every golden case", () => {
  assert(flat.length >= 17);
  for (const golden of flat) {
    const frame = metricFrame(input(golden, { groups: golden.inputs.groups }));
    const { hard, soft } = golden.expected.fairlearn.nan_for_undefined;
    assertFrame(frame, hard, golden.name);
    assertFrame(frame, soft, golden.name);
  }
});

permittedTest("metricFrame() equals fairlearn on one attribute and on intersections, an empty one among them", () => {
  const { education, gender } = crossed.inputs;
  for (const [key, attributes] of Object.entries({ education: { education }, gender: { gender } })) {
    const { hard, soft } = crossed.expected[key].fairlearn.nan_for_undefined;
    assertFrame(metricFrame(input(crossed, attributes)), hard, key);
    assertFrame(metricFrame(input(crossed, attributes)), soft, key);
  }
  const frame = metricFrame(input(crossed, { education, gender }));
  const { hard, soft } = crossed.expected.intersection.fairlearn.nan_for_undefined;
  assertFrame(frame, hard, "intersection");
  assertFrame(frame, soft, "intersection");
  const empty = frame.groups.find(({ group }) => group === "PhD|X")!;
  assertEquals(empty.levels, { education: "PhD", gender: "X" });
  assertEquals(empty.count, 0);
  assertEquals(empty.metrics.tpr, { value: null, reason: "no rows" });
});

Deno.test("metricFrame() without labels keeps what needs none and says why the rest is missing", () => {
  const frame = metricFrame({ predictions: [1, 0], scores: [0.5, 3], attributes: { g: ["a", "b"] } });
  assertEquals(frame.overall.selectionRate, { value: 0.5 });
  assertEquals(frame.overall.meanScore, { value: 1.75 });
  for (const name of ["tpr", "accuracy", "rocAuc", "logLoss"] as const) {
    assertEquals(frame.overall[name], { value: null, reason: "no labels were given" });
  }
});

Deno.test("metricFrame() leaves log loss and Brier undefined where a score is not a probability", () => {
  const frame = metricFrame({ labels: [1, 0, 1], scores: [0.5, -0.25, 0.75], attributes: { g: ["a", "b", "a"] } });
  assertEquals(frame.overall.brier.value, null);
  assertEquals(frame.overall.logLoss, { value: null, reason: "a score outside [0, 1] is not a probability" });
  assertAlmostEquals(frame.groups[0]!.metrics.brier.value!, (0.25 + 0.0625) / 2);
});

Deno.test("frameIntervals() as a reader would call it", () => {
  const rows = Array.from({ length: 300 }, (_, i) => i);
  const predictions = rows.map((i) => i % 4 ? 0 : 1);
  const columns = { predictions, attributes: { sex: rows.map((i) => i % 2 ? "F" : "M") } };
  const { low, high } = frameIntervals(columns, { rng: new Rng(1) }).selectionRate!.overall;
  assert(low! < 0.25 && 0.25 < high!);
});

Deno.test("metricFrame() as a reader would call it", () => {
  const frame = metricFrame({
    labels: [1, 0, 1, 0],
    predictions: [1, 0, 1, 1],
    attributes: { education: ["BA", "BA", "PhD", "PhD"] },
  });
  assertEquals(frame.overall.accuracy, { value: 0.75 });
  assertEquals(frame.groups.map((group) => group.metrics.fpr.value), [0, 1]);
  assertEquals(frame.derived.selectionRate.difference.betweenGroups.value, 0.5);
  assertEquals(frame.overall.rocAuc, { value: null, reason: "no scores were given" });
});
