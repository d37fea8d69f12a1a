import { assert } from "@std/assert";
import { Rng } from "../../random.ts";
import { DISPARITIES } from "./disparities.ts";
import { expectedUnderIndependence } from "./disparity_estimates.ts";

Deno.test("expectedUnderIndependence() on an example small enough to check by hand", () => {
  // Two of four people are selected. Dealt into groups of two, they are apart in 4 of 6 deals: gaps of 0, else of 1.
  const input = { predictions: [1, 1, 0, 0], groups: ["BA", "BA", "PhD", "PhD"] };
  const floor = expectedUnderIndependence(input, DISPARITIES.demographicParityDifference, { rng: new Rng(1) });
  assert(Math.abs(floor.value! - 2 / 6) < 0.05);
});
