import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../random.ts";
import { type ConfusionTable, confusionTable } from "./classification/confusion.ts";
import {
  demographicParityDifference,
  demographicParityRatio,
  differentialFairness,
  DISPARITIES,
  equalizedOddsDifference,
  equalizedOddsRatio,
  equalOpportunityDifference,
  equalOpportunityRatio,
} from "./fairness/disparities.ts";
import { METRIC_NAMES, metricFrame } from "./fairness/metric_frame.ts";
import { bootstrapConfusion } from "./inference/_testing.ts";
import type { Value } from "./value.ts";

// One seed for all runs: a failure must be the same failure for everybody.
fc.configureGlobal({ seed: 2019 });

interface Row {
  label: number;
  prediction: number;
  score: number;
  group: string;
}

const bit = fc.integer({ min: 0, max: 1 });
const rows = fc.array(
  fc.record<Row>({
    label: bit,
    prediction: bit,
    // Few distinct scores, so that ties are common.
    score: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
    group: fc.constantFrom("a", "b", "c"),
  }),
  { minLength: 1, maxLength: 40 },
);

function inputOf(list: readonly Row[], weights?: number[]) {
  return {
    labels: list.map((row) => row.label),
    predictions: list.map((row) => row.prediction),
    scores: list.map((row) => row.score),
    weights,
    attributes: { group: list.map((row) => row.group) },
  };
}

function tableOf(list: readonly Row[], weights?: number[]): ConfusionTable {
  return confusionTable({ ...inputOf(list, weights), groups: list.map((row) => row.group) });
}

const DIFFERENCES = {
  demographicParityDifference,
  equalOpportunityDifference,
  equalizedOddsDifference,
  predictiveParityDifference: DISPARITIES.predictiveParityDifference.of,
  accuracyDifference: DISPARITIES.accuracyDifference.of,
  compositeScore: DISPARITIES.compositeScore.of,
};
const RATIOS = { demographicParityRatio, equalOpportunityRatio, equalizedOddsRatio };
const ALL: Record<string, (table: ConfusionTable) => Value> = { ...DIFFERENCES, ...RATIOS, differentialFairness };

/** Every number of a frame and every disparity, by name. */
function everything(list: readonly Row[], weights?: number[]): Map<string, number | null> {
  const frame = metricFrame(inputOf(list, weights));
  const numbers = new Map<string, number | null>();
  for (const name of METRIC_NAMES) {
    numbers.set(`${name} overall`, frame.overall[name].value);
    for (const { group, metrics } of frame.groups) numbers.set(`${name} ${group}`, metrics[name].value);
    numbers.set(`${name} difference`, frame.derived[name].difference.betweenGroups.value);
    numbers.set(`${name} ratio`, frame.derived[name].ratio.toOverall.value);
  }
  for (const [name, of] of Object.entries(ALL)) numbers.set(name, of(tableOf(list, weights)).value);
  return numbers;
}

function assertSame(actual: Map<string, number | null>, expected: Map<string, number | null>): void {
  assertEquals([...actual.keys()].sort(), [...expected.keys()].sort());
  for (const [name, value] of expected) {
    const found = actual.get(name)!;
    if (value === null || found === null) assertEquals(found, value, name);
    else assertAlmostEquals(found, value, 1e-9, name);
  }
}

Deno.test("no number depends on the order of the rows", () => {
  fc.assert(
    fc.property(rows, fc.integer(), (list, seed) => {
      assertSame(everything(new Rng(seed).shuffle([...list])), everything(list));
    }),
    { numRuns: 60 },
  );
});

Deno.test("no disparity depends on the names of the groups", () => {
  const renamed: Record<string, string> = { a: "z", b: "y|x", c: " " };
  fc.assert(
    fc.property(rows, (list) => {
      const other = list.map((row) => ({ ...row, group: renamed[row.group]! }));
      for (const [name, of] of Object.entries(ALL)) {
        const [before, after] = [of(tableOf(list)).value, of(tableOf(other)).value];
        if (before === null || after === null) assertEquals(after, before, name);
        else assertAlmostEquals(after, before, 1e-12, name);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("a whole weight is a repeated row, but for the count", () => {
  fc.assert(
    fc.property(rows, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 40, maxLength: 40 }), (list, weights) => {
      const repeated = list.flatMap((row, i) => Array.from({ length: weights[i]! }, () => row));
      const [weighted, plain] = [everything(list, weights.slice(0, list.length)), everything(repeated)];
      for (const name of [...plain.keys()]) {
        if (name.startsWith("count")) [weighted, plain].forEach((numbers) => numbers.delete(name));
      }
      assertSame(weighted, plain);
    }),
    { numRuns: 60 },
  );
});

Deno.test("a row of weight 0 changes nothing but the count", () => {
  fc.assert(
    fc.property(rows, rows, (list, ghosts) => {
      // Ghosts join groups that exist: a group of weight 0 is a group without rows, and would be listed.
      const known = ghosts.filter((ghost) => list.some((row) => row.group === ghost.group));
      const weights = [...list.map(() => 1), ...known.map(() => 0)];
      const [haunted, plain] = [everything([...list, ...known], weights), everything(list)];
      for (const name of [...plain.keys()]) {
        if (name.startsWith("count")) [haunted, plain].forEach((numbers) => numbers.delete(name));
      }
      assertSame(haunted, plain);
    }),
    { numRuns: 60 },
  );
});

Deno.test("differences lie in [0, 1], ratios in [0, 1], entropies are not negative", () => {
  fc.assert(
    fc.property(rows, (list) => {
      const table = tableOf(list);
      for (const [name, of] of Object.entries({ ...DIFFERENCES, ...RATIOS })) {
        const { value } = of(table);
        assert(value === null || (value >= 0 && value <= 1), `${name}: ${value}`);
      }
      const { value } = differentialFairness(table);
      assert(value === null || value >= 0, `differentialFairness: ${value}`);
    }),
    { numRuns: 200 },
  );
});

Deno.test("a perfect predictor has no equalized-odds, opportunity or accuracy gap", () => {
  fc.assert(
    fc.property(rows, (list) => {
      const table = tableOf(list.map((row) => ({ ...row, prediction: row.label })));
      for (const gap of [equalizedOddsDifference, equalOpportunityDifference, DISPARITIES.accuracyDifference.of]) {
        const { value } = gap(table);
        assert(value === null || Math.abs(value) < 1e-12, `${gap.name}: ${value}`);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("groups that are copies of each other have no gap at all", () => {
  fc.assert(
    fc.property(rows, (list) => {
      const table = tableOf(["a", "b"].flatMap((group) => list.map((row) => ({ ...row, group }))));
      for (const [name, of] of Object.entries(DIFFERENCES)) {
        const { value } = of(table);
        assert(value === null || value === 0, `${name}: ${value}`);
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("an interval contains its estimate, and is empty exactly when the estimate is undefined or mostly so", () => {
  fc.assert(
    fc.property(rows, fc.integer(), fc.constantFrom("bca" as const, "percentile" as const), (list, seed, method) => {
      const input = { ...inputOf(list), groups: list.map((row) => row.group) };
      const estimates = bootstrapConfusion(input, ALL, { rng: new Rng(seed), resamples: 40, method });
      for (const [name, { estimate, interval }] of Object.entries(estimates)) {
        const { low, high, undefinedResamples } = interval;
        if (low === null || high === null) assert(estimate.value === null || undefinedResamples > 20, name);
        else assert(low <= estimate.value! && estimate.value! <= high, `${name}: ${estimate.value} [${low}, ${high}]`);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("AUC is the share of pairs in order, and turns to its complement when scores are reversed", () => {
  fc.assert(
    fc.property(rows, (list) => {
      const { value } = metricFrame(inputOf(list)).overall.rocAuc;
      let wins = 0, pairs = 0;
      for (const p of list.filter((row) => row.label === 1)) {
        for (const q of list.filter((row) => row.label === 0)) {
          wins += p.score > q.score ? 1 : p.score === q.score ? 0.5 : 0;
          pairs++;
        }
      }
      if (pairs === 0) return assertEquals(value, null);
      assertAlmostEquals(value!, wins / pairs, 1e-12);
      const reversed = metricFrame(inputOf(list.map((row) => ({ ...row, score: -row.score })))).overall.rocAuc;
      assertAlmostEquals(reversed.value!, 1 - wins / pairs, 1e-12);
    }),
    { numRuns: 100 },
  );
});
