import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { binomial, hypergeometric, normalCdf, normalQuantile, studentQuantile } from "./distributions.ts";

Deno.test("normalCdf() on an example small enough to check by hand", () => {
  assertAlmostEquals(normalCdf(1.959963984540054), 0.975, 1e-14);
});

Deno.test("normalQuantile() on an example small enough to check by hand", () => {
  assertAlmostEquals(normalQuantile(0.975), 1.959963984540054, 1e-12);
});

Deno.test("studentQuantile() on an example small enough to check by hand", () => {
  // scipy.stats.t.ppf(0.975, 4)
  assertAlmostEquals(studentQuantile(0.975, 4), 2.7764451051977934, 1e-10);
});

/**
 * χ² of draws against exact chances, outcomes below 5 expected draws pooled; passes below a bound far out in the tail.
 */
function assertFits(draws: number[], chance: (k: number) => number, upTo: number, what: string): void {
  const counts = new Map<number, number>();
  for (const k of draws) counts.set(k, (counts.get(k) ?? 0) + 1);
  let chi = 0, cells = 0, rare = 0, rareSeen = 0;
  for (let k = 0; k <= upTo; k++) {
    const expected = chance(k) * draws.length;
    const seen = counts.get(k) ?? 0;
    counts.delete(k);
    if (expected < 5) [rare, rareSeen] = [rare + expected, rareSeen + seen];
    else [chi, cells] = [chi + (seen - expected) ** 2 / expected, cells + 1];
  }
  if (rare > 5) [chi, cells] = [chi + (rareSeen - rare) ** 2 / rare, cells + 1];
  assert(counts.size === 0, `${what}: outcomes out of range`);
  assert(chi < cells + 5 * Math.sqrt(2 * cells), `${what}: chi-square ${chi} over ${cells} cells`);
}

function logChoose(n: number, k: number): number {
  let log = 0;
  for (let i = 1; i <= k; i++) log += Math.log(n - k + i) - Math.log(i);
  return log;
}

Deno.test("binomial() follows the binomial law by inversion and by rejection, on both sides of one half", () => {
  const rng = new Rng(11);
  for (const [n, p] of [[5, 0.3], [40, 0.1], [40, 0.9], [60, 0.4], [300, 0.5], [400, 0.93], [3000, 0.02]] as const) {
    const draws = Array.from({ length: 40000 }, () => binomial(n, p, rng));
    assertFits(draws, (k) => Math.exp(logChoose(n, k) + k * Math.log(p) + (n - k) * Math.log(1 - p)), n, `${n}, ${p}`);
  }
});

Deno.test("hypergeometric() follows the hypergeometric law, few or many, good or bad in the majority", () => {
  const rng = new Rng(12);
  for (const [good, bad, sample] of [[5, 6, 4], [30, 50, 25], [50, 30, 60], [400, 200, 90], [20, 900, 300]] as const) {
    const draws = Array.from({ length: 40000 }, () => hypergeometric(good, bad, sample, rng));
    const chance = (k: number) =>
      k > good || sample - k > bad
        ? 0
        : Math.exp(logChoose(good, k) + logChoose(bad, sample - k) - logChoose(good + bad, sample));
    assertFits(draws, chance, sample, `${good}, ${bad}, ${sample}`);
  }
});

Deno.test("binomial() on an example small enough to check by hand", () => {
  assertEquals(binomial(7, 1, new Rng(1)), 7);
});

Deno.test("hypergeometric() on an example small enough to check by hand", () => {
  assertEquals(hypergeometric(3, 4, 7, new Rng(1)), 3);
});
