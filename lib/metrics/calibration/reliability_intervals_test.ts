import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { wilsonInterval } from "../inference/intervals.ts";
import { calibrationByGroup } from "./calibration.ts";
import { biasByGroup, reliabilityByGroup } from "./calibration_intervals.ts";

const labels = [1, 0, 1, 1, 0, 0, 1, 0];
const scores = [0.9, 0.8, 0.7, 0.6, 0.4, 0.3, 0.2, 0.1];
const groups = ["a", "a", "b", "b", "a", "a", "b", "b"];

Deno.test("reliabilityByGroup() has the points of calibrationByGroup()", () => {
  const points = reliabilityByGroup({ labels, scores, groups }, { bins: 4 }).map((group) =>
    group.points.map(({ meanScore, positiveRate, count }) => ({ meanScore, positiveRate, count }))
  );
  const expected = calibrationByGroup({ labels, scores, groups }, { bins: 4 }).groups.map(({ curve }) =>
    curve.map(({ meanScore, positiveRate, count }) => ({ meanScore, positiveRate, count }))
  );
  assertEquals(points, expected);
});

Deno.test("reliabilityByGroup() counts a candidate once in a bin", () => {
  const clusters = ["x", "x", "y", "y", "x", "z", "y", "w"];
  const [a, b] = reliabilityByGroup({ labels, scores, groups, clusters }, { bins: 2 });
  assertEquals([a!.points, b!.points].map((points) => points.map((point) => point.clusters)), [[2, 1], [2, 1]]);
  assertAlmostEquals(a!.points[1]!.interval!.high, wilsonInterval(0.5, 1).high, 1e-12);
});

Deno.test("biasByGroup() is the bias of calibrationByGroup(), and its interval finds scores that promise too much", () => {
  const rng = new Rng(4);
  const rows = Array.from({ length: 300 }, (_, i) => i);
  const groups = rows.map((i) => i % 2 ? "fair" : "flattered");
  const scores = rows.map(() => 0.2 + 0.6 * rng.uniform());
  const labels = rows.map((i) => Number(rng.uniform() < scores[i]! - (i % 2 ? 0 : 0.2)));
  const biases = biasByGroup({ labels, scores, groups }, { rng: new Rng(1), resamples: 300 });
  const expected = calibrationByGroup({ labels, scores, groups }).groups;
  biases.forEach(({ estimate }, g) => assertAlmostEquals(estimate.value!, expected[g]!.bias.value!, 1e-12));
  assertEquals(biases.map(({ interval }) => interval.low! > 0), [false, true]);
});
