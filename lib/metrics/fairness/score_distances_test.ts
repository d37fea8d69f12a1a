import { assertEquals } from "@std/assert";
import { kolmogorovSmirnov, sortedDistances, sortSample } from "./score_distances.ts";

Deno.test("sortSample() on an example small enough to check by hand", () => {
  assertEquals(sortSample({ values: [2, 1] }), { values: Float64Array.of(1, 2), total: 2 });
});

Deno.test("sortedDistances() on an example small enough to check by hand", () => {
  const distances = sortedDistances(sortSample({ values: [0, 1] }), sortSample({ values: [1, 2] }));
  assertEquals(distances, { area: 1, largest: 0.5 });
});

Deno.test("kolmogorovSmirnov() on an example small enough to check by hand", () => {
  assertEquals(kolmogorovSmirnov({ values: [1, 2, 3, 4] }, { values: [3, 4, 5, 6] }), { value: 0.5 });
});
