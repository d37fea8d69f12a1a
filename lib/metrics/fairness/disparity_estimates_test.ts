import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { DISPARITIES } from "./disparities.ts";
import { estimateDisparities, expectedUnderIndependence } from "./disparity_estimates.ts";

Deno.test("expectedUnderIndependence() on an example small enough to check by hand", () => {
  // Two of four people are selected. Dealt into groups of two, they are apart in 4 of 6 deals: gaps of 0, else of 1.
  const input = { predictions: [1, 1, 0, 0], groups: ["BA", "BA", "PhD", "PhD"] };
  const floor = expectedUnderIndependence(input, DISPARITIES.demographicParityDifference, { rng: new Rng(1) });
  assert(Math.abs(floor.value! - 2 / 6) < 0.05);
});

Deno.test("estimateDisparities() as a reader would call it", () => {
  const rows = Array.from({ length: 400 }, (_, i) => i);
  const { parity } = estimateDisparities(
    { predictions: rows.map((i) => i % 8 < 3 ? 1 : 0), groups: rows.map((i) => i % 2 === 0 ? "BA" : "PhD") },
    { parity: DISPARITIES.demographicParityDifference },
    { rng: new Rng(7) },
  );
  assertEquals(parity.estimate.value, 0.25);
  assert(parity.interval.low! > 0.1 && parity.interval.high! < 0.4 && parity.pValue! < 0.01);
});
