import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { scoreDistances, sortedDistances, sortSample } from "./score_distances.ts";

Deno.test("sortSample() on an example small enough to check by hand", () => {
  assertEquals(sortSample([2, 1]), { values: Float64Array.of(1, 2), total: 2 });
});

Deno.test("sortedDistances() on an example small enough to check by hand", () => {
  const distances = sortedDistances(sortSample([0, 1]), sortSample([1, 2]));
  assertEquals(distances, { area: 1, largest: 0.5 });
});

Deno.test("sortedDistances() are SciPy's of its documentation and of overlapping samples", () => {
  assertEquals(sortedDistances(sortSample([0, 1, 3]), sortSample([5, 6, 8])).area, 5);
  assertEquals(sortedDistances(sortSample([1, 2, 3, 4]), sortSample([3, 4, 5, 6])).largest, 0.5);
});

Deno.test("scoreDistances() as a reader would call it", () => {
  const scores = Array.from({ length: 40 }, (_, i) => i);
  const groups = scores.map((i) => i < 20 ? "BA" : "PhD");
  const [pair] = scoreDistances({ scores, groups }, { rng: new Rng(7), permutations: 99 });
  assertEquals([pair!.wasserstein.value, pair!.kolmogorovSmirnov.value], [20, 1]);
  assertEquals(pair!.wassersteinP, { value: 0.01 });
});
