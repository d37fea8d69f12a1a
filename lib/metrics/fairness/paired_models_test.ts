import { assert, assertEquals } from "@std/assert";
import { DISPARITIES } from "./disparities.ts";
import { Rng } from "../../random.ts";
import { pairedDisparities, pairedGroups, uniquePairs } from "./paired_models.ts";

Deno.test("uniquePairs() on an example small enough to check by hand", () => {
  const { counts } = uniquePairs({ labels: [0, 1], before: [0, 1], after: [1, 1], groups: ["a", "a"] });
  assertEquals(counts, Float64Array.of(0, 1, 0, 0, 0, 0, 0, 1));
});

Deno.test("pairedGroups() on an example small enough to check by hand", () => {
  const { overall, groups } = pairedGroups({
    labels: [1, 1, 1, 1],
    before: [1, 1, 1, 0],
    after: [1, 1, 0, 0],
    groups: ["BA", "BA", "none", "none"],
  }, { rng: new Rng(1), resamples: 20 });
  assertEquals(overall.tpr.estimate, { value: -0.25 });
  assertEquals(groups.map(({ rates }) => rates.tpr.relative.estimate), [{ value: 0.25 }, { value: -0.25 }]);
});

Deno.test("pairedDisparities() as a reader would call it", () => {
  const rows = Array.from({ length: 400 }, (_, i) => i);
  const { parity } = pairedDisparities(
    {
      before: rows.map((i) => i % 8 < 3 ? 1 : 0),
      after: rows.map((i) => i % 8 < 4 ? 1 : 0),
      groups: rows.map((i) => i % 2 === 0 ? "BA" : "PhD"),
    },
    { parity: DISPARITIES.demographicParityDifference },
    { rng: new Rng(7) },
  );
  assertEquals(parity.estimate.value, -0.25);
  assert(parity.interval.high! < 0);
});
