import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { decide } from "../metrics/mod.ts";
import { evaluateFront } from "./front.ts";
import type { SeedModel, SeedRun } from "./seeds.ts";

/** Eight people of two towns; the scores rank them, and those from 0.5 on are accepted. */
function runOf(scores: readonly number[]): SeedRun {
  return {
    rows: [1, 2, 3, 4, 5, 6, 7, 8],
    people: ["a", "b", "c", "d", "e", "f", "g", "h"],
    labels: [1, 1, 0, 0, 1, 1, 0, 0],
    groundTruth: null,
    groups: { town: ["x", "x", "x", "x", "y", "y", "y", "y"] },
    scores: Float64Array.from(scores),
    decisions: decide(scores, 0.5),
    counterfactual: null,
    leakage: null,
  };
}

const model = (name: string, seeds: Record<number, readonly number[]>): SeedModel => ({
  name,
  reference: null,
  runs: new Map(Object.entries(seeds).map(([seed, scores]) => [Number(seed), runOf(scores)])),
  testShare: null,
});

// Plain: everybody in order but one pair in town y; 3 of town x and 1 of y are accepted. Fair: two of each.
const PLAIN = [0.9, 0.8, 0.6, 0.1, 0.7, 0.3, 0.4, 0.2], FAIR = [0.9, 0.8, 0.1, 0.4, 0.6, 0.45, 0.55, 0.2];
const OPTIONS = { metric: "demographicParityDifference", attribute: "town", confidence: 0.9, resamples: 300 } as const;

Deno.test("evaluateFront() by hand: what was removed, what it cost, and the hypervolume", () => {
  const front = evaluateFront([model("plain", { 1: PLAIN, 2: PLAIN }), model("fair", { 1: FAIR, 2: FAIR })], OPTIONS)!;
  const [plain, fair] = front.points;
  // Matches 0.9, 0.8, 0.7, 0.3 over failures 0.6, 0.1, 0.4, 0.2: all but two of 16 pairs; then all but one.
  assertAlmostEquals(plain!.rocAuc.value, 14 / 16);
  assertAlmostEquals(fair!.rocAuc.value, 15 / 16);
  assertAlmostEquals(plain!.disparity.value, 0.75 - 0.25);
  assertAlmostEquals(fair!.disparity.value, 0);
  assertAlmostEquals(fair!.removed.value, 0.5);
  assertAlmostEquals(fair!.lost.value, -1 / 16);
  assertAlmostEquals(fair!.perPoint!, -1 / 16 / 50);
  assertEquals([plain!.perPoint, plain!.lost.value, front.seeds], [null, 0, 2]);
  assertAlmostEquals(front.hypervolume.value, 7 / 16);
  for (const { low, value, high } of [front.hypervolume, fair!.removed, plain!.disparity]) {
    assert(low <= high && low <= value + 0.5, `${low} ${value} ${high}`);
  }
});

Deno.test("a front is that of the seeds that all its models have", () => {
  const plain = model("plain", { 1: PLAIN, 2: FAIR }), fair = model("fair", { 1: FAIR });
  assertAlmostEquals(evaluateFront([plain, fair], OPTIONS)!.points[0]!.rocAuc.value, 14 / 16);
  assertEquals(evaluateFront([plain, model("other", { 3: FAIR })], OPTIONS), null);
});
