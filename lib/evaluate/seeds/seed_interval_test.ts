import { assertAlmostEquals, assertEquals } from "@std/assert";
import { seedMean } from "./seed_interval.ts";

Deno.test("seedMean() equals Student's interval by hand and scipy", () => {
  // x = 0.88 0.86 0.91 0.87 0.90: mean 0.884, s² = 0.00043; scipy.stats.t.interval(0.95, 4, mean, s/√5).
  const { seeds, mean, deviation, runs } = seedMean([0.88, 0.86, 0.91, 0.87, 0.90], null, 0.95);
  assertEquals(seeds, 5);
  assertAlmostEquals(mean!, 0.884, 1e-12);
  assertAlmostEquals(deviation!, Math.sqrt(0.00043), 1e-12);
  assertAlmostEquals(runs.low!, 0.8582523073, 1e-9);
  assertAlmostEquals(runs.high!, 0.9097476927, 1e-9);
});

Deno.test("seedMean() leaves undefined values out and counts the others", () => {
  assertEquals(seedMean([null, 0.5, null], 0.2, 0.95), {
    seeds: 1,
    mean: 0.5,
    deviation: null,
    runs: { low: null, high: null },
    splits: { low: null, high: null },
  });
  assertEquals(seedMean([null], 0.2, 0.95).mean, null);
  assertEquals(seedMean([1, null, 3], 0.2, 0.95).mean, 2);
});

Deno.test("seedMean() has no interval for another table where all runs share their test pairs", () => {
  assertEquals(seedMean([1, 2, 3], null, 0.95).splits, { low: null, high: null });
});

Deno.test("seedMean() corrected for overlap does not shrink to nothing with many seeds", () => {
  const values = Array.from({ length: 400 }, (_, i) => i % 2);
  const { mean, runs, splits } = seedMean(values, 0.2, 0.95);
  // s² is close to 1/4; √(1/400 + 1/4) against √(1/400).
  assertAlmostEquals((splits.high! - mean!) / (runs.high! - mean!), Math.sqrt(101), 1e-9);
});
