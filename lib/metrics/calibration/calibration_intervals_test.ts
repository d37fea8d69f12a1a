import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { fairnessCases } from "../golden_testing.ts";
import { quantileOfSorted } from "../inference/intervals.ts";
import type { Interval, Value } from "../value.ts";
import { calibrationBins, calibrationByGroup, calibrationError } from "./calibration.ts";
import { biasByGroup, calibrationIntervals, reliabilityByGroup } from "./calibration_intervals.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const { y_true: labels, y_score: scores, groups } = await whenPermitted(async () =>
  (await fairnessCases()).find(({ name }) => name === "b_four_groups")!.inputs
);

permittedTest("calibrationIntervals() agree with drawing rows one by one", () => {
  const resamples = 1000;
  const all = labels.map(() => "all");
  const options = { rng: new Rng(1), resamples, method: "percentile" as const };
  const { overall } = calibrationIntervals(calibrationBins({ labels, scores, groups: all }), options);
  const rng = new Rng(2);
  const draws = { ece: new Float64Array(resamples), bias: new Float64Array(resamples) };
  for (let r = 0; r < resamples; r++) {
    const rows = labels.map(() => rng.int(labels.length));
    const error = calibrationError({ labels: rows.map((i) => labels[i]!), scores: rows.map((i) => scores[i]!) });
    draws.ece[r] = error.ece.value!;
    draws.bias[r] = error.bias.value!;
  }
  for (const name of ["ece", "bias"] as const) {
    draws[name].sort();
    assertAlmostEquals(overall[name].low!, quantileOfSorted(draws[name], 0.025), 0.006);
    assertAlmostEquals(overall[name].high!, quantileOfSorted(draws[name], 0.975), 0.006);
  }
});

/** Up to rounding: the estimate and its interval add the same numbers up in another order. */
function assertInside({ value }: Value, { low, high }: Interval) {
  assert(low! - 1e-12 <= value! && value! <= high! + 1e-12, `${low} ${value} ${high}`);
}

permittedTest("calibrationIntervals() contain the errors of every group and their gap", () => {
  const result = calibrationByGroup({ labels, scores, groups });
  const intervals = calibrationIntervals(calibrationBins({ labels, scores, groups }), {
    rng: new Rng(3),
    resamples: 300,
  });
  result.groups.forEach(({ ece, bias }, g) => {
    assertInside(ece, intervals.groups[g]!.ece);
    assertInside(bias, intervals.groups[g]!.bias);
  });
  assertInside(result.eceDifference, intervals.eceDifference);
});

permittedTest("calibrationIntervals() on an example small enough to check by hand", () => {
  const labels = Array.from({ length: 100 }, (_, i) => i % 4 === 0 ? 1 : 0);
  const bins = calibrationBins({ labels, scores: labels.map(() => 0.5), groups: labels.map(() => "all") });
  const { low, high } = calibrationIntervals(bins, { rng: new Rng(1) }).overall.bias;
  assert(low! < 0.25 && 0.25 < high!);
});

permittedTest("reliabilityByGroup() on an example small enough to check by hand", () => {
  const rows = Array.from({ length: 10 }, () => "a");
  const [{ points }] = reliabilityByGroup({
    labels: rows.map(() => 0),
    scores: rows.map(() => 0.25),
    groups: rows,
  }, { bins: 2 }) as [ReturnType<typeof reliabilityByGroup>[number]];
  assertEquals([points[0]!.count, points[1]!.interval], [10, null]);
  assertAlmostEquals(points[0]!.interval!.high, 0.2775, 1e-4);
});

permittedTest("biasByGroup() on an example small enough to check by hand", () => {
  const [bias] = biasByGroup({ labels: [1, 0], scores: [0.75, 0.75], groups: ["a", "a"] }, {
    rng: new Rng(1),
    resamples: 20,
  });
  assertEquals(bias!.estimate, { value: 0.25 });
});
