import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { bootstrap } from "./bootstrap.ts";
import { binomial, hypergeometric } from "./distributions.ts";
import { drawsOf, NEAR_FROM } from "./near_draws.ts";

const DRAWS = 300_000;
/** What that many draws leave of chance in a distribution function (Kolmogorov, one in 1,000), and the bound. */
const WITHIN = 1.95 / Math.sqrt(DRAWS) + 0.001;

/** The largest distance of the draws' distribution function from the exact one, whose chances rise from `k = first`. */
function distance(draw: () => number, chances: ReadonlyMap<number, number>): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < DRAWS; i++) {
    const k = draw();
    counts.set(k, (counts.get(k) ?? 0) + 1);
  }
  let exact = 0, found = 0, largest = 0;
  for (const [k, chance] of chances) {
    exact += chance;
    found += (counts.get(k) ?? 0) / DRAWS;
    largest = Math.max(largest, Math.abs(exact - found));
  }
  assert(Math.abs(exact - 1) < 1e-6 && Math.abs(found - 1) < 1e-3, `chances sum to ${exact}, draws to ${found}`);
  return largest;
}

/** Chances from those of two neighbours, scaled to 1. */
function chancesOf(first: number, last: number, ratio: (k: number) => number): Map<number, number> {
  const logs = [0];
  for (let k = first; k < last; k++) logs.push(logs.at(-1)! + Math.log(ratio(k)));
  const top = logs.reduce((most, log) => Math.max(most, log));
  const total = logs.reduce((sum, log) => sum + Math.exp(log - top), 0);
  return new Map(logs.map((log, i) => [first + i, Math.exp(log - top) / total]));
}

Deno.test("near draws of binomial counts are within 0.001 of the exact distribution function", () => {
  const rng = new Rng(5), near = drawsOf(NEAR_FROM);
  for (const [n, p] of [[65, 0.5], [401, 0.5], [500, 0.04], [150_000, 0.00011], [190, 0.9]] as const) {
    const chances = chancesOf(0, Math.min(n, 4000), (k) => (n - k) / (k + 1) * (p / (1 - p)));
    const found = distance(() => near.binomial(n, p, rng), chances);
    assert(found < WITHIN, `n ${n}, p ${p}: ${found}`);
  }
});

Deno.test("near draws of hypergeometric counts are within 0.001 of the exact distribution function", () => {
  const rng = new Rng(6), near = drawsOf(NEAR_FROM);
  for (
    const [good, bad, sample] of [[200, 200, 180], [400, 2000, 1100], [50_000, 300, 2900], [
      1000,
      900_000,
      17_000,
    ]] as const
  ) {
    const first = Math.max(0, sample - bad);
    const ratio = (k: number) => (good - k) * (sample - k) / ((k + 1) * (bad - sample + k + 1));
    const chances = chancesOf(first, Math.min(good, sample), ratio);
    const found = distance(() => near.hypergeometric(good, bad, sample, rng), chances);
    assert(found < WITHIN, `${good}, ${bad}, ${sample}: ${found}`);
  }
});

Deno.test("counts of few rows, and those that vary little, are drawn exactly", () => {
  assertEquals(drawsOf(NEAR_FROM - 1), { binomial, hypergeometric });
  const near = drawsOf(NEAR_FROM);
  const drawn = (draw: (rng: Rng) => number) => Array.from({ length: 50 }, () => draw(new Rng(3)));
  assertEquals(drawn((rng) => near.binomial(60, 0.5, rng)), drawn((rng) => binomial(60, 0.5, rng)));
  assertEquals(
    drawn((rng) => near.hypergeometric(40, 900_000, 9000, rng)),
    drawn((rng) => hypergeometric(40, 900_000, 9000, rng)),
  );
});

Deno.test("intervals of many rows have the width that theory gives means and rates", () => {
  const n = 200_000, kinds = 100;
  const counts = new Float64Array(kinds).fill(n / kinds);
  const unique = { counts, strata: [Int32Array.from(counts, (_, k) => k)] };
  const { intervals: [mean, rate] } = bootstrap(unique, (drawn) => {
    const sum = drawn.reduce((all, times, k) => all + times * k, 0);
    return [sum / n, drawn[0]! / n];
  }, { rng: new Rng(9), resamples: 4000, method: "percentile" });
  const width = ({ low, high }: typeof mean & object) => high! - low!;
  const expected = (variance: number) => 2 * 1.959964 * Math.sqrt(variance / n);
  assertAlmostEquals(width(mean!) / expected((kinds ** 2 - 1) / 12), 1, 0.05);
  assertAlmostEquals(width(rate!) / expected(0.01 * 0.99), 1, 0.05);
});
