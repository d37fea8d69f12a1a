import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { metricFrame } from "./metric_frame.ts";
import { pairedGroups } from "./paired_models.ts";

/** Two models with the given chances of selection in groups of equal size; rows come in pairs of one candidate. */
function sample(rng: Rng, n: number, before: readonly number[], after: readonly number[]) {
  const groups = Array.from({ length: n }, (_, i) => `g${(i >> 1) % before.length}`);
  const at = groups.map((group) => Number(group.slice(1)));
  return {
    labels: groups.map(() => rng.int(2)),
    before: at.map((g) => Number(rng.uniform() < before[g]!)),
    after: at.map((g) => Number(rng.uniform() < after[g]!)),
    groups,
    clusters: groups.map((_, i) => `c${i >> 1}`),
  };
}

Deno.test("pairedGroups() gives the differences of the rates that metricFrame() gives", () => {
  const { clusters, ...rows } = sample(new Rng(1), 300, [0.2, 0.5, 0.4], [0.3, 0.3, 0.4]);
  const { labels, before, after, groups } = rows;
  const found = pairedGroups({ ...rows, clusters }, { rng: new Rng(2), resamples: 50 });
  const frames = [before, after].map((predictions) =>
    metricFrame({ labels, predictions, attributes: { group: groups } })
  );
  for (const rate of ["selectionRate", "tpr", "fpr"] as const) {
    const [b, a] = frames.map((frame) => ({
      overall: frame.overall[rate].value!,
      groups: frame.groups.map(({ metrics }) => metrics[rate].value!),
    }));
    const overall = a!.overall - b!.overall;
    assertAlmostEquals(found.overall[rate].estimate.value!, overall, 1e-12);
    found.groups.forEach(({ rates, count, small }, g) => {
      const change = a!.groups[g]! - b!.groups[g]!;
      assertEquals([count, small], [100, false]);
      assertAlmostEquals(rates[rate].change.estimate.value!, change, 1e-12);
      assertAlmostEquals(rates[rate].relative.estimate.value!, change - overall, 1e-12);
    });
  }
});

Deno.test("pairedGroups() covers what is true in as many samples as it says", () => {
  const rng = new Rng(3);
  const [before, after] = [[0.3, 0.3, 0.3], [0.1, 0.2, 0.3]];
  const trials = 60;
  let covered = 0;
  for (let trial = 0; trial < trials; trial++) {
    const { groups } = pairedGroups(sample(rng, 240, before, after), { rng: rng.derive(`${trial}`), resamples: 80 });
    // Everybody changes by −0.1, the first group by −0.2.
    const { low, high } = groups[0]!.rates.selectionRate.relative.interval;
    covered += Number(low! <= -0.1 && -0.1 <= high!);
  }
  // 95% of 60, less three standard errors.
  assert(covered >= 51, `${covered} of ${trials}`);
});

Deno.test("pairedGroups() leaves undefined what has no rows or no labels", () => {
  const rows = { before: [1, 0, 1], after: [1, 1, 0], groups: ["a", "a", "b"] };
  const options = { rng: new Rng(1), resamples: 20 };
  const [, b] = pairedGroups({ ...rows, labels: [1, 1, 0] }, options).groups;
  assertEquals(b!.rates.tpr.change.estimate, { value: null, reason: "no row with label 1" });
  assertEquals(b!.rates.fpr.change.estimate, { value: -1 });
  const unlabelled = pairedGroups(rows, options);
  assertEquals(unlabelled.overall.fpr.estimate, { value: null, reason: "no labels" });
  assertEquals(unlabelled.overall.selectionRate.estimate, { value: 0 });
});
