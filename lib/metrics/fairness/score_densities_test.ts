import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { density, scoreDensities, silvermanBandwidth } from "./score_densities.ts";

const rng = new Rng(2);
const groups = Array.from({ length: 90 }, (_, i) => i < 3 ? "tiny" : i < 40 ? "a" : "b");
const scores = groups.map((group) => 1 / (1 + Math.exp(-rng.normal() - (group === "b" ? 2 : 0))));
const densities = scoreDensities({ scores, groups }, 0.5, { rng: new Rng(1), resamples: 100 });

Deno.test("scoreDensities() integrate to 1, and a handful of scores are given one by one", () => {
  const step = densities.at[1]! - densities.at[0]!;
  for (const { density } of densities.groups.slice(0, 2)) {
    const area = density!.reduce((sum, f, i) => sum + f * step * (i === 0 || i === 120 ? 0.5 : 1), 0);
    assertAlmostEquals(area, 1, 1e-3);
  }
  assertEquals([densities.groups[2]!.density, densities.groups[2]!.scores.length], [null, 3]);
});

Deno.test("scoreDensities() gives selected shares, and finds that groups' mean scores differ", () => {
  const own = scores.filter((_, i) => groups[i] === "a");
  assertAlmostEquals(densities.groups[0]!.selected!, own.filter((score) => score >= 0.5).length / 37, 1e-12);
  assertEquals(densities.meanDifference.pValue! < 0.02, true);
});

Deno.test("scoreDensities() of scores that are not probabilities run out past the lowest and the highest", () => {
  const logits = scores.map((score) => Math.log(score / (1 - score)));
  const { at, groups: [first] } = scoreDensities({ scores: logits, groups }, 0, { rng: new Rng(1), resamples: 10 });
  assertEquals([at[0]! < Math.min(...logits), at.at(-1)! > Math.max(...logits)], [true, true]);
  const area = first!.density!.reduce((sum, f) => sum + f * (at[1]! - at[0]!), 0);
  assertAlmostEquals(area, 1, 5e-3);
});

Deno.test("scoreDensities() on an example small enough to check by hand", () => {
  const { groups } = scoreDensities({ scores: [0.25, 0.75], groups: ["a", "a"] }, 0.5, {
    rng: new Rng(1),
    resamples: 20,
  });
  assertEquals([groups[0]!.selected, groups[0]!.density, groups[0]!.scores], [0.5, null, [0.25, 0.75]]);
});

Deno.test("density() on an example small enough to check by hand", () => {
  // One standard normal kernel, whose height is 1/√(2π).
  assertAlmostEquals(density([3], [3], { bandwidth: 1 })[0]!, 0.3989422804014327, 1e-12);
});

Deno.test("silvermanBandwidth() on an example small enough to check by hand", () => {
  // s = 1.581, IQR/1.34 = 1.493, 5^(−1/5) = 0.7248
  assertAlmostEquals(silvermanBandwidth([1, 2, 3, 4, 5]), 0.973585, 1e-6);
});
