import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { type DrawCounts, filledHypergeometric, filledMultinomial, filledSplit } from "./filled_draws.ts";

const DRAWS = 40_000;

/** Means and covariances of counts over draws, and whether `holds` of each. */
function moments(draw: DrawCounts, size: number, holds: (counts: Float64Array) => boolean) {
  const rng = new Rng(8), counts = new Float64Array(size);
  const mean = new Float64Array(size), product = new Float64Array(size * size);
  for (let r = 0; r < DRAWS; r++) {
    draw(rng, counts);
    assert(holds(counts));
    for (let i = 0; i < size; i++) {
      mean[i]! += counts[i]! / DRAWS;
      for (let j = 0; j < size; j++) product[i * size + j]! += counts[i]! * counts[j]! / DRAWS;
    }
  }
  return { mean, covariance: product.map((x, at) => x - mean[Math.floor(at / size)]! * mean[at % size]!) };
}

/** Within five standard errors of what the formula says; of a covariance that is about the product of the spreads. */
function assertMoments(
  { mean, covariance }: ReturnType<typeof moments>,
  expected: { mean: (i: number) => number; covariance: (i: number, j: number) => number },
) {
  const size = mean.length;
  const spread = (i: number) => Math.sqrt(expected.covariance(i, i));
  for (let i = 0; i < size; i++) {
    assertAlmostEquals(mean[i]!, expected.mean(i), 5 * spread(i) / Math.sqrt(DRAWS) + 1e-12);
    for (let j = 0; j < size; j++) {
      const error = 7 * spread(i) * spread(j) / Math.sqrt(DRAWS) + 1e-12;
      assertAlmostEquals(covariance[i * size + j]!, expected.covariance(i, j), error, `${i}, ${j}`);
    }
  }
}

const sum = (counts: ArrayLike<number>) => Array.from(counts).reduce((a, b) => a + b, 0);

Deno.test("filledMultinomial() has the sum, means and covariances of a multinomial draw", () => {
  const rows = Float64Array.of(3, 1, 40, 16, 2, 7, 1), n = sum(rows), p = rows.map((count) => count / n);
  assertMoments(moments(filledMultinomial(rows), rows.length, (counts) => sum(counts) === n), {
    mean: (i) => n * p[i]!,
    covariance: (i, j) => i === j ? n * p[i]! * (1 - p[i]!) : -n * p[i]! * p[j]!,
  });
});

Deno.test("filledMultinomial() of two kinds gives each count as often as the binomial distribution does", () => {
  const draw = filledMultinomial(Float64Array.of(2, 4)), rng = new Rng(2), counts = new Float64Array(2);
  const found = new Float64Array(7);
  for (let r = 0; r < DRAWS; r++) {
    draw(rng, counts);
    found[counts[0]!]! += 1 / DRAWS;
  }
  // 6 choose k · (1/3)^k · (2/3)^(6 − k)
  const expected = [64, 192, 240, 160, 60, 12, 1].map((x) => x / 729);
  found.forEach((share, k) => assertAlmostEquals(share, expected[k]!, 5 * Math.sqrt(expected[k]! / DRAWS)));
});

Deno.test("filledHypergeometric() has the sum, means and covariances of rows drawn without replacement", () => {
  const sizes = Float64Array.of(5, 1, 30, 12, 2), n = sum(sizes), wanted = 21;
  const factor = wanted * (n - wanted) / (n * n * (n - 1));
  const holds = (counts: Float64Array) => sum(counts) === wanted && counts.every((count, c) => count <= sizes[c]!);
  assertMoments(moments(filledHypergeometric(sizes, wanted), sizes.length, holds), {
    mean: (i) => wanted * sizes[i]! / n,
    covariance: (i, j) => factor * (i === j ? sizes[i]! * (n - sizes[i]!) : -sizes[i]! * sizes[j]!),
  });
});

Deno.test("filledSplit() keeps rows of kinds and groups, with the moments of shuffled names", () => {
  const rows = Float64Array.of(6, 1, 20, 3), sizes = Float64Array.of(18, 0, 9, 3), n = sum(rows);
  const holds = (counts: Float64Array) =>
    rows.every((count, k) => sum(counts.subarray(4 * k, 4 * k + 4)) === count) &&
    sizes.every((size, g) => sum(rows.map((_, k) => counts[4 * k + g]!)) === size);
  const of = (at: number) => [rows[Math.floor(at / 4)]!, sizes[at % 4]!] as const;
  assertMoments(moments(filledSplit(rows, sizes), 16, holds), {
    mean: (at) => of(at)[0] * of(at)[1] / n,
    covariance: (a, b) => {
      const [r, s] = of(a), [other, size] = of(b);
      const ofKinds = Math.floor(a / 4) === Math.floor(b / 4) ? r * (n - r) : -r * other;
      const ofGroups = a % 4 === b % 4 ? s * (n - s) : -s * size;
      return ofKinds * ofGroups / (n * n * (n - 1));
    },
  });
});

Deno.test("filledSplit() gives every row to the only group there is", () => {
  const out = new Float64Array(2);
  filledSplit(Float64Array.of(4, 3), Float64Array.of(7))(new Rng(1), out);
  assertEquals([...out], [4, 3]);
});
