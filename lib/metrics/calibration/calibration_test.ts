import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { assertGolden, fairnessCases, type GoldenCase, type GoldenFrame } from "../golden_testing.ts";
import {
  binOf,
  type BinOptions,
  calibrationBins,
  calibrationByGroup,
  calibrationError,
  checkProbabilities,
  curveOf,
  errorOf,
} from "./calibration.ts";
import type { LabelledScores } from "../classification/scores.ts";
import { fitTemperature } from "./temperature.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const cases = await whenPermitted(async () => (await fairnessCases()).filter((c) => c.name !== "d_intersectional"));

function columns({ inputs }: GoldenCase) {
  const { y_true: labels, y_score: scores, sample_weight: weights, groups } = inputs;
  return { labels, scores, weights, groups };
}

/** The reliability curve of everybody. */
function reliabilityCurve(input: LabelledScores, options: BinOptions = {}) {
  return calibrationByGroup({ ...input, groups: Array.from(input.labels, () => "all") }, options).overall.curve;
}

permittedTest("calibrationByGroup() equals the golden ECE and MCE, overall and for every group", () => {
  let compared = 0;
  for (const golden of cases) {
    const expected: GoldenFrame = golden.expected.fairlearn.nan_for_undefined.soft;
    const { overall, groups, eceDifference } = calibrationByGroup(columns(golden));
    assertGolden(overall.ece, expected.overall.ece10, `${golden.name} ece`);
    assertGolden(overall.mce, expected.overall.mce10, `${golden.name} mce`);
    for (const { group, ece, mce } of groups) {
      assertGolden(ece, expected.by_group[group]!.ece10, `${golden.name} ${group} ece`);
      assertGolden(mce, expected.by_group[group]!.mce10, `${golden.name} ${group} mce`);
      compared++;
    }
    if (groups.length > 1) assertGolden(eceDifference, expected.difference_between_groups.ece10, `${golden.name} gap`);
    else assertEquals(eceDifference.value, null);
  }
  assert(compared > 50, `only ${compared} groups compared`);
});

permittedTest("calibrationError() equals NumPy 2.4.6 on quantile bins", () => {
  const golden = cases.find((c) => c.name === "b_four_groups")!;
  const { ece } = calibrationError(columns(golden), { bins: 5, strategy: "quantile" });
  assertAlmostEquals(ece.value!, 0.018521168, 1e-12);
});

permittedTest("calibrationError() bounds its signed gap by the expected error and that by the maximum error", () => {
  for (const golden of cases) {
    const { ece, mce, bias } = calibrationError(columns(golden));
    assert(Math.abs(bias.value!) <= ece.value! + 1e-12 && ece.value! <= mce.value! + 1e-12, golden.name);
  }
});

Deno.test("calibrationError() counts a weight as that many rows", () => {
  const weighted = calibrationError({ labels: [1, 0, 1], scores: [0.8, 0.3, 0.4], weights: [3, 1, 2] });
  const repeated = calibrationError({ labels: [1, 1, 1, 0, 1, 1], scores: [0.8, 0.8, 0.8, 0.3, 0.4, 0.4] });
  assertAlmostEquals(weighted.ece.value!, repeated.ece.value!, 1e-15);
  assertAlmostEquals(weighted.mce.value!, repeated.mce.value!, 1e-15);
});

Deno.test("a reliability curve puts a score on an edge into the bin below, and keeps empty bins undefined", () => {
  const curve = reliabilityCurve({ labels: [0, 1, 1], scores: [0, 0.5, 1] }, { bins: 4 });
  assertEquals(curve.map(({ count }) => count), [1, 1, 0, 1]);
  assertEquals(curve[2]!.meanScore, { value: null, reason: "no row in this bin" });
});

Deno.test("a reliability curve refuses scores that are not probabilities", () => {
  assertThrows(() => reliabilityCurve({ labels: [0, 1], scores: [-3, 2] }), InputError, "scores[0]");
});

Deno.test("calibrationByGroup() leaves a group without weight out of the gap and names it", () => {
  const { groups, eceDifference } = calibrationByGroup({
    labels: [1, 0, 1],
    scores: [0.5, 0.5, 0.9],
    weights: [1, 1, 0],
    groups: ["a", "b", "c"],
  });
  assertEquals(groups[2]!.ece.value, null);
  assertEquals(eceDifference.value, 0);
  assertEquals(eceDifference.excluded, [{ group: "c", reason: "no rows" }]);
});

// The roots of the derivative by scipy.optimize.brentq, SciPy 1.17.1.
for (
  const [name, temperature, before, after] of [
    ["b_four_groups", 0.9386822143825561, 0.4861794555555035, 0.48571910715208655],
    ["g_weighted", 0.9248057987067755, 0.5038577406971052, 0.5031875327165254],
  ] as const
) {
  permittedTest(`fitTemperature() equals SciPy's minimum on ${name}`, () => {
    const fit = fitTemperature(columns(cases.find((c) => c.name === name)!));
    assertAlmostEquals(fit.temperature.value!, temperature, 1e-10);
    assertAlmostEquals(fit.logLossBefore.value!, before, 1e-12);
    assertAlmostEquals(fit.logLossAfter.value!, after, 1e-12);
  });
}

permittedTest(
  "fitTemperature() finds temperature 1 on its own output, and reads logits as it reads probabilities",
  () => {
    const { labels, scores } = columns(cases.find((c) => c.name === "b_four_groups")!);
    const fit = fitTemperature({ labels, scores });
    const scaled = scores.map((p) => 1 / (1 + ((1 - p) / p) ** (1 / fit.temperature.value!)));
    assertAlmostEquals(fitTemperature({ labels, scores: scaled }).temperature.value!, 1, 1e-9);
    const logits = scores.map((p) => Math.log(p / (1 - p)));
    assertAlmostEquals(
      fitTemperature({ labels, scores: logits, scale: "logit" }).temperature.value!,
      fit.temperature.value!,
      1e-9,
    );
  },
);

Deno.test("fitTemperature() is undefined where no finite temperature is best", () => {
  const separated = fitTemperature({ labels: [0, 1], scores: [0.2, 0.9] });
  assertEquals(separated.temperature.value, null);
  const inverted = fitTemperature({ labels: [1, 0], scores: [0.2, 0.9] });
  assertEquals(inverted.temperature.value, null);
  const weightless = fitTemperature({ labels: [1, 0], scores: [0.2, 0.9], weights: [0, 0] });
  assertEquals(weightless.logLossBefore, { value: null, reason: "all weights are 0" });
});

Deno.test("a reliability curve on an example small enough to check by hand", () => {
  const [low, high] = reliabilityCurve({ labels: [0, 1, 1, 1], scores: [0.25, 0.5, 0.75, 1] }, { bins: 2 });
  assertEquals(low!.positiveRate, { value: 0.5 });
  assertEquals(high!.meanScore, { value: 0.875 });
});

Deno.test("curveOf() on an example small enough to check by hand", () => {
  const bins = calibrationBins({ labels: [0, 1], scores: [0.5, 0.25], groups: ["a", "b"] }, { bins: 1 });
  assertEquals(curveOf(bins, 1)[0]!.positiveRate, { value: 1 });
});

Deno.test("errorOf() on an example small enough to check by hand", () => {
  const bins = calibrationBins({ labels: [0, 1], scores: [0.5, 0.25], groups: ["a", "b"] }, { bins: 1 });
  assertEquals(errorOf(bins, 1).ece, { value: 0.75 });
});

Deno.test("calibrationBins() on an example small enough to check by hand", () => {
  const bins = calibrationBins({ labels: [0, 1, 1], scores: [0.1, 0.5, 0.9], groups: ["a", "a", "b"] }, { bins: 2 });
  assertEquals(bins.rows, Float64Array.of(2, 0, 0, 1));
});

Deno.test("checkProbabilities() on an example small enough to check by hand", () => {
  assertThrows(() => checkProbabilities([0.2, 1.5]), Error, "scores[1]: expected a probability in [0, 1], found 1.5");
});

Deno.test("binOf() on an example small enough to check by hand", () => {
  const edges = Float64Array.of(0, 0.5, 1);
  assertEquals([0, 0.5, 0.75].map((score) => binOf(score, edges)), [0, 0, 1]);
});

Deno.test("fitTemperature() as a reader would call it", () => {
  // Right three times in four, but claiming 9 to 1: the temperature is ln 9 / ln 3.
  const { temperature } = fitTemperature({ labels: [1, 1, 1, 0], scores: [0.9, 0.9, 0.9, 0.9] });
  assertAlmostEquals(temperature.value!, 2);
});
