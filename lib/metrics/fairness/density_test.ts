import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { density, silvermanBandwidth } from "./score_densities.ts";

const VALUES = [0.1, 0.15, 0.4, 0.42, 0.5, 0.9];

Deno.test("density() equals scipy.stats.gaussian_kde at the same bandwidth", () => {
  // SciPy 1.17.1
  const expected = [0.61947097, 1.12276052, 1.81806497, 0.40328706];
  density(VALUES, [0, 0.3, 0.45, 1], { bandwidth: 0.1 }).forEach((f, i) => assertAlmostEquals(f, expected[i]!, 1e-7));
});

Deno.test("density() integrates to 1 within bounds, and is 0 outside", () => {
  const at = Array.from({ length: 2001 }, (_, i) => i / 2000);
  const f = density(VALUES, at, { bounds: [0, 1], bandwidth: 0.1 });
  const area = f.reduce((sum, y, i) => i === 0 ? 0 : sum + (y + f[i - 1]!) / 4000, 0);
  assertAlmostEquals(area, 1, 1e-6);
  assertEquals([...density(VALUES, [-0.1, 1.1], { bounds: [0, 1] })], [0, 0]);
});

Deno.test("silvermanBandwidth() equals R's bw.nrd0, and is 0 without spread", () => {
  // NumPy, 0.9 min(s, IQR/1.34) n^(-1/5)
  assertAlmostEquals(silvermanBandwidth(VALUES), 0.12555420063004302, 1e-14);
  assertEquals(silvermanBandwidth([2, 2, 2]), 0);
  assert(silvermanBandwidth([0, 1, 1, 1, 1, 1, 1, 1, 2]) > 0);
  assertThrows(() => density([2, 2], [2]), RangeError, "Expected a bandwidth above 0, found 0");
});
