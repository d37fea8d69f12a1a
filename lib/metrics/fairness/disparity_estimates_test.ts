import { assert } from "@std/assert";
import { Rng } from "../../random.ts";
import { CONFUSION_GAPS, noiseFloor } from "./disparity_estimates.ts";

Deno.test("noiseFloor() on an example small enough to check by hand", () => {
  // Two of four people are selected. Dealt into groups of two, they are apart in 4 of 6 deals: gaps of 0, else of 1.
  const input = { predictions: [1, 1, 0, 0], groups: ["BA", "BA", "PhD", "PhD"] };
  const floor = noiseFloor(input, CONFUSION_GAPS.demographicParityDifference, { rng: new Rng(1) });
  assert(Math.abs(floor.value! - 2 / 6) < 0.05);
});
