import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { Rng } from "../../random.ts";
import { fairnessCases } from "../golden_testing.ts";
import { scoreDistances } from "./score_distances.ts";
import { permittedTest, whenPermitted } from "../../_testing.ts";

const cases = await whenPermitted(fairnessCases);
const columns = (name: string) => {
  const { y_score: scores, groups, sample_weight: weights } = cases.find((c) => c.name === name)!.inputs;
  return { scores, groups, weights };
};

// scipy.stats.wasserstein_distance and ks_2samp, SciPy 1.17.1.
const SCIPY = [
  ["Bachelors", "HighSchool", 0.18349866237500817, 0.371903797137442],
  ["Bachelors", "Masters", 0.07937982577178918, 0.17243731877878218],
  ["Bachelors", "PhD", 0.23458331617562764, 0.46234093775077384],
  ["HighSchool", "Masters", 0.2628784881467974, 0.448940050148165],
  ["HighSchool", "PhD", 0.41808197855063584, 0.6024207139574077],
  ["Masters", "PhD", 0.15530326769292285, 0.3672530987604958],
] as const;

permittedTest("scoreDistances() equals SciPy's distances for every pair of groups", () => {
  const pairs = scoreDistances(columns("b_four_groups"));
  assertEquals(pairs.map(({ a, b }) => [a.group, b.group]), SCIPY.map(([a, b]) => [a, b]));
  pairs.forEach((pair, i) => {
    assertAlmostEquals(pair.wasserstein.value!, SCIPY[i]![2], 1e-12);
    assertAlmostEquals(pair.kolmogorovSmirnov.value!, SCIPY[i]![3], 1e-12);
    assert(Math.abs(pair.meanDifference.value!) <= pair.wasserstein.value! + 1e-12);
  });
});

permittedTest("scoreDistances() equals SciPy's Wasserstein distances with weights", () => {
  const pairs = scoreDistances(columns("g_weighted"));
  const expected = [0.1781792459538929, 0.2704638161772124, 0.0944695219255234];
  pairs.forEach(({ wasserstein }, i) => assertAlmostEquals(wasserstein.value!, expected[i]!, 1e-12));
  assertEquals(pairs[0]!.wassersteinP.value, null);
});

Deno.test("scoreDistances() estimates the exact permutation p-values", () => {
  const a = [0.1, 0.35, 0.4, 0.8, 0.93];
  const b = [0.2, 0.5, 0.55, 0.6, 0.9, 0.95];
  const [pair] = scoreDistances(
    { scores: [...a, ...b], groups: [...a.map(() => "a"), ...b.map(() => "b")] },
    { rng: new Rng(11), permutations: 20_000 },
  );
  // ks_2samp(method="exact") of SciPy 1.17.1, and wasserstein_distance over all 462 splits.
  assertAlmostEquals(pair!.kolmogorovSmirnovP.value!, 0.5909090909090909, 0.012);
  assertAlmostEquals(pair!.wassersteinP.value!, 356 / 462, 0.012);
});

Deno.test("scoreDistances() keeps the level of its test when scores are merged into cells", () => {
  // Both groups come from one distribution, so p should be below 0.2 in a fifth of 200 samples: 40 ± 4 standard errors.
  const rng = new Rng(5);
  let below = 0;
  for (let sample = 0; sample < 200; sample++) {
    const scores = Float64Array.from({ length: 1200 }, () => rng.normal());
    const groups = { names: ["a", "b"], codes: Int32Array.from(scores, () => rng.int(2)) };
    const [pair] = scoreDistances({ scores, groups }, { rng, permutations: 39 });
    if (pair!.wassersteinP.value! <= 0.2) below++;
  }
  assert(below > 17 && below < 63, `${below} of 200`);
});

Deno.test("scoreDistances() finds constant scores equal and a shifted group different", () => {
  const groups = Array.from({ length: 60 }, (_, i) => i % 2 === 0 ? "a" : "b");
  const options = () => ({ rng: new Rng(2), permutations: 199 });
  const [same] = scoreDistances({ scores: groups.map(() => 0.5), groups }, options());
  assertEquals([same!.wasserstein.value, same!.wassersteinP.value, same!.kolmogorovSmirnovP.value], [0, 1, 1]);
  const [shifted] = scoreDistances({ scores: groups.map((g, i) => i / 60 + (g === "a" ? 1 : 0)), groups }, options());
  assertEquals(shifted!.wassersteinP.value, 0.005);
});

permittedTest("scoreDistances() gives the same p-values for the same seed", () => {
  const run = () => scoreDistances(columns("b_four_groups"), { rng: new Rng(3), permutations: 50 });
  assertEquals(run(), run());
});

Deno.test("scoreDistances() leaves a group without rows undefined", () => {
  const groups = { names: ["a", "b"], codes: Int32Array.of(0, 0) };
  const [pair] = scoreDistances({ scores: [0.1, 0.2], groups });
  assertEquals(pair!.wasserstein, { value: null, reason: "a group without rows has no distribution" });
});

Deno.test("scoreDistances() refuses a missing score", () => {
  assertThrows(() => scoreDistances({ scores: [NaN, 1], groups: ["a", "b"] }), InputError, "scores[0]");
});

Deno.test("scoreDistances() is undefined where all weights of a group are 0", () => {
  const [pair] = scoreDistances({ scores: [1, 1], weights: [1, 0], groups: ["a", "b"] });
  assertEquals([pair!.wasserstein.value, pair!.kolmogorovSmirnov.value], [null, null]);
});
