import { assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { pairedGroups, uniquePairs } from "./paired_models.ts";

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
