import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { Rng } from "../../random.ts";
import { scoreStatistics, scoreTable } from "../classification/scores.ts";
import { demographicParityDifference, DISPARITIES, estimateDisparities } from "../fairness/disparities.ts";
import { frameIntervals } from "../fairness/frame_intervals.ts";
import { bootstrapConfusion } from "./_testing.ts";
import { bootstrapScores } from "./bootstrap.ts";
import { scorePValues } from "./permutation.ts";

/** Candidates of two groups, each in `pairs` rows that share much of their score. */
function candidates(rng: Rng, people: number, pairs: number, shift = 0) {
  const rows = Array.from({ length: people * pairs }, (_, i) => Math.floor(i / pairs));
  const trait = Array.from({ length: people }, (_, c) => rng.normal() + (c % 2 ? shift : 0));
  const scores = rows.map((c) => trait[c]! + 0.3 * rng.normal());
  return {
    groups: rows.map((c) => c % 2 ? "BA" : "PhD"),
    clusters: rows.map((c) => `person ${c}`),
    labels: scores.map((score) => score + rng.normal() > 0 ? 1 : 0),
    predictions: scores.map((score) => score > 0.5 ? 1 : 0),
    scores,
  };
}

Deno.test("clusters of one row each are rows", () => {
  const { clusters: _, ...columns } = candidates(new Rng(1), 120, 1);
  const gap = (clusters?: string[]) =>
    bootstrapConfusion({ ...columns, clusters }, { gap: demographicParityDifference }, {
      rng: new Rng(2),
      resamples: 4000,
      method: "percentile",
    }).gap;
  const [plain, single] = [gap(), gap(columns.groups.map((_, i) => `${i}`))];
  assertEquals(single.estimate, plain.estimate);
  assertAlmostEquals(single.interval.low!, plain.interval.low!, 0.02);
  assertAlmostEquals(single.interval.high!, plain.interval.high!, 0.02);
});

Deno.test("copies of rows within clusters add nothing: the interval stays that of the distinct rows", () => {
  const { clusters: _, ...columns } = candidates(new Rng(3), 200, 1);
  const fourfold = <T>(column: readonly T[]) => column.flatMap((x) => [x, x, x, x]);
  const copies = {
    labels: fourfold(columns.labels),
    predictions: fourfold(columns.predictions),
    groups: fourfold(columns.groups),
  };
  const width = (input: Parameters<typeof bootstrapConfusion>[0]) => {
    const options = { rng: new Rng(4), resamples: 2000, method: "percentile" } as const;
    const { interval } = bootstrapConfusion(input, { gap: demographicParityDifference }, options).gap;
    return interval.high! - interval.low!;
  };
  const distinct = width(columns);
  const clustered = width({ ...copies, clusters: fourfold(columns.groups.map((_, i) => i)) });
  assertAlmostEquals(clustered, distinct, 0.1 * distinct);
  assert(width(copies) < 0.7 * distinct);
});

Deno.test("resampling candidates covers the true gap where resampling their rows does not", () => {
  const rng = new Rng(5);
  const trials = 60;
  let byCandidate = 0, byRow = 0;
  for (let trial = 0; trial < trials; trial++) {
    const columns = candidates(rng, 160, 5);
    const covers = (clusters: string[] | undefined) => {
      const options = { rng: rng.derive(`${trial}`), resamples: 80 };
      const gaps = { parity: DISPARITIES.demographicParityDifference };
      return Number(estimateDisparities({ ...columns, clusters }, gaps, options).parity.interval.low === 0);
    };
    byCandidate += covers(columns.clusters);
    byRow += covers(undefined);
  }
  // 0.95 of 60 is 57; 51 or fewer have a chance of about 4 in 1,000.
  assert(byCandidate >= 52, `${byCandidate} of ${trials}`);
  assert(byRow < 46, `${byRow} of ${trials}`);
});

Deno.test("intervals of scores widen in the same way, on the grid as on the rows", () => {
  const input = candidates(new Rng(6), 400, 5);
  const width = (clusters: string[] | undefined, gridFrom: number) => {
    const options = { rng: new Rng(7), resamples: 2000, gridFrom, method: "percentile" } as const;
    const { low, high } = bootstrapScores({ ...input, clusters }, scoreStatistics, options).intervals[0]!;
    return high! - low!;
  };
  const [rows, exact, grid] = [
    width(undefined, Infinity),
    width(input.clusters, Infinity),
    width(input.clusters, 0),
  ];
  assert(exact > 1.8 * rows, `${exact} against ${rows}`);
  assertAlmostEquals(grid, exact, 0.1 * exact);
});

Deno.test("tests exchange whole clusters, and there are none where a cluster spans groups", () => {
  const statistic = (...data: Parameters<typeof scoreStatistics>) => {
    const numbers = scoreStatistics(...data);
    return [Math.abs(numbers[0]! - numbers[5]!)];
  };
  const p = (shift: number, seed: number) => {
    const table = scoreTable(candidates(new Rng(seed), 60, 4, shift));
    return scorePValues(table, { within: "nothing", ideals: [0], statistic }, {
      rng: new Rng(9),
      permutations: 200,
    })[0]!;
  };
  assert(p(1.5, 10) < 0.02);
  const calm = [11, 12, 13, 14, 15, 16, 17, 18].map((seed) => p(0, seed));
  assert(calm.filter((value) => value < 0.05).length <= 2, calm.join());

  const { groups, ...columns } = candidates(new Rng(19), 30, 4);
  const mixed = { ...columns, clusters: groups.map((_, i) => `job ${i % 6}`), attributes: { groups } };
  const intervals = frameIntervals(mixed, { rng: new Rng(1), resamples: 30 });
  assertEquals(intervals.tpr!.pValues.difference.betweenGroups, null);
  assertEquals(intervals.meanScore!.pValues.difference.betweenGroups, null);
  assert(intervals.tpr!.difference.betweenGroups.low !== null);
});

Deno.test("clusters need a name in every row", () => {
  const columns = { predictions: [1, 0], groups: ["a", "b"] };
  const options = { rng: new Rng(1), resamples: 2 };
  const run = (clusters: (string | null)[]) =>
    bootstrapConfusion({ ...columns, clusters }, { gap: demographicParityDifference }, options);
  assertThrows(() => run(["x", null]), Error, "groups[1]: expected a group name");
  assertThrows(() => run(["x"]), RangeError, "Expected 2 group labels");
});
