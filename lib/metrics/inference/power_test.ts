import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { DISPARITIES } from "../fairness/disparities.ts";
import { estimateDisparities } from "../fairness/disparity_estimates.ts";
import { designEffect, detectableDifferences } from "./power.ts";

Deno.test("designEffect() is 1 of independent rows, the cluster's size of copies, never below 1", () => {
  const groups = ["a", "a", "a", "a"];
  assertEquals(designEffect({ values: [1, 0, 1, 0], groups, clusters: ["1", "2", "3", "4"] }), 1);
  // Residuals ½, ½, −½, −½: (1² + 1²) / (4 · ¼).
  assertEquals(designEffect({ values: [1, 1, 0, 0], groups, clusters: ["1", "1", "2", "2"] }), 2);
  assertEquals(designEffect({ values: [1, 0, 1, 0], groups, clusters: ["1", "1", "2", "2"] }), 1);
  assertEquals(designEffect({ values: [1, 1, 1, 1], groups, clusters: ["1", "1", "2", "2"] }), 2);
  assertThrows(() => designEffect({ values: [], groups: [], clusters: [] }), RangeError, "Expected rows");
});

Deno.test("detectableDifferences() by hand, and nobody to compare with", () => {
  const groups = [...Array(40).fill("a"), ...Array(60).fill("b")] as string[];
  const values = groups.map((_, i) => Number(i % 5 === 0)), clusters = groups.map((_, i) => String(i));
  const [a, b] = detectableDifferences({ values, groups, clusters }, { level: 0.1, power: 0.9 });
  // (z.975 + z.9)·√(0.2·0.8·(1/40 + 1/60)), of Python: statistics.NormalDist().inv_cdf.
  assertAlmostEquals(a!.difference.value!, 0.264669, 1e-6);
  assertEquals([a!.n, b!.n, b!.difference.value], [40, 60, a!.difference.value]);
  const [only] = detectableDifferences({ values, groups: values.map(() => "a"), clusters });
  assertEquals(only!.difference.value, null);
});

Deno.test("a difference as large as detectableDifferences() says is found four times in five", () => {
  const rng = new Rng(3);
  const groups = Array.from({ length: 400 }, (_, i) => i < 150 ? "a" : "b");
  const clusters = groups.map((_, i) => String(i));
  const expected = groups.map((_, i) => Number(i % 10 < 3));
  const size = detectableDifferences({ values: expected, groups, clusters }, { level: 0.1 })[0]!.difference.value!;
  const trials = 1000;
  let found = 0;
  for (let trial = 0; trial < trials; trial++) {
    const rates = [0.3 - size * 250 / 400, 0.3 + size * 150 / 400];
    const shares = [150, 250].map((n, g) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += Number(rng.uniform() < rates[g]!);
      return sum / n;
    });
    const pooled = (150 * shares[0]! + 250 * shares[1]!) / 400;
    const z = Math.abs(shares[0]! - shares[1]!) / Math.sqrt(pooled * (1 - pooled) * (1 / 150 + 1 / 250));
    found += Number(z > 1.96);
  }
  assert(Math.abs(found / trials - 0.8) < 0.04, `found in ${found} of ${trials}`);
});

Deno.test("a random labelling of groups is found different at most as often as chance allows", () => {
  const trials = 300;
  const rng = new Rng(7);
  const found = { demographicParityDifference: 0, equalOpportunityDifference: 0 };
  const disparities = {
    demographicParityDifference: DISPARITIES.demographicParityDifference,
    equalOpportunityDifference: DISPARITIES.equalOpportunityDifference,
  };
  for (let trial = 0; trial < trials; trial++) {
    const labels = Array.from({ length: 120 }, () => Number(rng.uniform() < 0.4));
    const predictions = labels.map((label) => Number(rng.uniform() < (label === 1 ? 0.7 : 0.2)));
    const groups = labels.map(() => rng.pick(["a", "b", "c", "d"]));
    const estimates = estimateDisparities({ labels, predictions, groups }, disparities, {
      rng: rng.derive(`trial ${trial}`),
      resamples: 199,
    });
    for (const [name, { pValue }] of Object.entries(estimates)) {
      found[name as keyof typeof found] += Number(pValue! <= 0.05);
    }
  }
  // Three standard errors of 300 throws with 5%: 0.05 + 3·√(0.05·0.95/300) = 0.088.
  for (const [name, times] of Object.entries(found)) assert(times / trials < 0.088, `${name}: ${times} of ${trials}`);
});
