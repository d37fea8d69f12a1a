import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { DISPARITIES, estimateDisparities } from "../fairness/disparities.ts";
import { designEffect, detectableDifferences, fisherExact, holm } from "./exact.ts";

Deno.test("fisherExact() equals SciPy's fisher_exact, and less half of hypergeom.pmf for the mid-p value", () => {
  const cases: [selected: number, rows: number, selected: number, rows: number, p: number, midP: number][] = [
    [9, 60, 60, 200, 0.02034980606181805, 0.016050980838127754],
    [26, 100, 60, 200, 0.5008811658533313, 0.4588181326495046],
    [3, 3, 60, 200, 0.028908037484139563, 0.014454018742069781],
    [0, 5, 5, 5, 0.007936507936507938, 0.005952380952380954],
    [104, 300, 61, 300, 0.00011564512195708201, 0.00010007060816885377],
    [1, 10, 11, 14, 0.0027594561852200836, 0.0020864180912639656],
    [5, 1000, 900, 100000, 0.23510017399369904, 0.20455011599919903],
    [480, 1000, 520, 1000, 0.08111006057913307, 0.07750509951677395],
    [3, 7, 3, 7, 1, 0.796037296037296],
    [0, 4, 0, 9, 1, 0.5],
  ];
  for (const [a, n, b, m, p, midP] of cases) {
    const found = fisherExact({ selected: a, rows: n }, { selected: b, rows: m });
    assertAlmostEquals(found.p, p, 1e-12);
    assertAlmostEquals(found.midP, midP, 1e-12);
  }
});

Deno.test("fisherExact() is the same whichever group comes first, and in millions of rows", () => {
  for (const [a, n, b, m] of [[9, 60, 60, 200], [0, 3, 2, 2], [400_000, 1_000_000, 401_000, 1_000_000]] as const) {
    const [one, other] = [{ selected: a, rows: n }, { selected: b, rows: m }];
    assertAlmostEquals(fisherExact(one, other).p, fisherExact(other, one).p, 1e-12);
  }
  assertEquals(fisherExact({ selected: 0, rows: 0 }, { selected: 1, rows: 2 }).p, 1);
  assertEquals(fisherExact({ selected: 0, rows: 1e5 }, { selected: 1e5, rows: 1e5 }).p, 0);
  assertThrows(() => fisherExact({ selected: 3, rows: 2 }, { selected: 1, rows: 2 }), RangeError, "3 of 2");
  assertThrows(() => fisherExact({ selected: 0.5, rows: 2 }, { selected: 1, rows: 2 }), RangeError, "0.5 of 2");
});

Deno.test("holm() equals statsmodels' multipletests, and leaves undefined p-values out", () => {
  const close = (found: (number | null)[], expected: number[]) =>
    expected.forEach((p, i) => assertAlmostEquals(found[i]!, p, 1e-12));
  close(holm([0.0203, 0.501, 0.029]), [0.0609, 0.501, 0.0609]);
  close(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  assertEquals(holm([0.5, null, 0.6]), [1, null, 1]);
});

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
