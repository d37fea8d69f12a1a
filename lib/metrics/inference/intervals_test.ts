import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import {
  bootstrapInterval,
  disparityInterval,
  highQuantile,
  hullInterval,
  quantileOfSorted,
  reachIdeal,
  wilsonInterval,
} from "./intervals.ts";

Deno.test("highQuantile() is the quantile of the sorted numbers, of ties, zeros and one number too", () => {
  const rng = new Rng(11);
  const samples = [
    ...[1, 2, 21, 1000].map((n) => Float64Array.from({ length: n }, () => Math.abs(rng.normal()))),
    Float64Array.from({ length: 500 }, () => rng.int(3)),
    new Float64Array(40),
    new Float64Array(40).fill(0.3),
    Float64Array.of(1, Infinity, 2),
    Float64Array.of(1e308, 1e-308, 5e-324),
  ];
  for (const sample of samples) {
    for (const q of [0, 0.5, 0.95, 1]) assertEquals(highQuantile(sample, q), quantileOfSorted(sample.toSorted(), q));
  }
  assertThrows(() => highQuantile(new Float64Array(0), 0.95), RangeError, "found none");
});

Deno.test("quantileOfSorted() on an example small enough to check by hand", () => {
  assertEquals(quantileOfSorted([1, 2, 3, 4], 0.5), 2.5);
});

Deno.test("disparityInterval() on an example small enough to check by hand", () => {
  const draws = Array.from({ length: 101 }, (_, i) => i / 500);
  const { low, high } = disparityInterval({ estimate: 0.05, draws, level: 0.9, acceleration: 0 }, 0);
  // BCa alone ends at 0.09, because three quarters of the resamples lie above the estimate.
  assert(low! < 0.001 && Math.abs(high! - 0.19) < 1e-12);
});

Deno.test("reachIdeal() on an example small enough to check by hand", () => {
  const rest = { level: 0.95, method: "disparity", resamples: 1000, undefinedResamples: 0, bias: 0 } as const;
  assertEquals(reachIdeal({ low: 0.02, high: 0.2, ...rest }, 0, 0.3).low, 0);
  assertEquals(reachIdeal({ low: 0.02, high: 0.2, ...rest }, 0, 0.01).low, 0.02);
});

Deno.test("hullInterval() on an example small enough to check by hand", () => {
  const draws = Array.from({ length: 101 }, (_, i) => i / 100);
  const { low, high } = hullInterval({ estimate: 0.25, draws, level: 0.5 });
  assertEquals([low, high], [-0.25, 0.75]);
});

Deno.test("bootstrapInterval() on an example small enough to check by hand", () => {
  const draws = Array.from({ length: 101 }, (_, i) => i / 100);
  const { low, high, method } = bootstrapInterval({ estimate: 0.5, draws, level: 0.5 });
  assertEquals({ low, high, method }, { low: 0.25, high: 0.75, method: "percentile" });
});

Deno.test("wilsonInterval() on an example small enough to check by hand", () => {
  const { low, high } = wilsonInterval(0, 10);
  // statsmodels: proportion_confint(0, 10, method="wilson")
  assertAlmostEquals(low, 0, 1e-12);
  assertAlmostEquals(high, 0.27753279986288926, 1e-12);
});
