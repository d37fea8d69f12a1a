import { assertAlmostEquals, assertEquals } from "@std/assert";
import { calibrationByGroup } from "./calibration_groups.ts";
import { reliabilityByGroup } from "./reliability_intervals.ts";
import { wilsonInterval } from "./wilson.ts";

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
