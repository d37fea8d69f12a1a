import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../random.ts";
import { calibrationError } from "./calibration/calibration.ts";
import { scoreTable } from "./classification/scores.ts";
import { counterfactualFlips, counterfactualShift } from "./counterfactual/counterfactual.ts";
import { DISPARITIES, estimateDisparities } from "./fairness/disparities.ts";
import { frameIntervals } from "./fairness/frame_intervals.ts";
import { metricFrame } from "./fairness/metric_frame.ts";
import { abroca } from "./fairness/score_curves.ts";
import { sortedDistances, sortSample } from "./fairness/score_distances.ts";
import { rankingFairness } from "./ranking/fairness.ts";

// One seed for all runs: a failure must be the same failure for everybody.
fc.configureGlobal({ seed: 2016 });

interface Row {
  label: number;
  prediction: number;
  score: number;
  group: string;
  job: string;
  person: number;
}

const bit = fc.integer({ min: 0, max: 1 });
// Eighths are exact in floating point, so that sums and shifts of them are too.
const eighth = fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8);
const rows = fc.array(
  fc.record<Row>({
    label: bit,
    prediction: bit,
    score: eighth,
    group: fc.constantFrom("a", "b", "c"),
    job: fc.constantFrom("cook", "nurse"),
    person: fc.integer({ min: 0, max: 9 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const columnsOf = (list: readonly Row[]) => ({
  labels: list.map(({ label }) => label),
  predictions: list.map(({ prediction }) => prediction),
  scores: list.map(({ score }) => score),
  groups: list.map(({ group }) => group),
});

Deno.test("adding a constant to all scores, or doubling them, changes nothing that depends on their order", () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: -5, max: 5 }), (list, constant) => {
      const moved = list.map((row) => ({ ...row, score: 2 * row.score + constant }));
      const [before, after] = [list, moved].map((own) => {
        const { groups, ...columns } = columnsOf(own);
        const frame = metricFrame({ ...columns, attributes: { group: groups } });
        const ranking = rankingFairness({ queries: own.map(({ job }) => job), scores: columns.scores, groups }, 3);
        return [
          frame.overall.rocAuc,
          frame.overall.averagePrecision,
          frame.derived.rocAuc.difference.betweenGroups,
          abroca(scoreTable({ ...columns, groups })),
          ranking.exposureRatio,
          ranking.ndkl,
        ].map(({ value }) => value);
      });
      assertEquals(after, before);
    }),
    { numRuns: 60 },
  );
});

Deno.test("distances are symmetric, a shift away, 0 to itself, and KS lies in [0, 1]", () => {
  const sample = fc.array(eighth, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sample, sample, fc.integer({ min: -3, max: 3 }), (left, right, shift) => {
      const [a, b] = [sortSample(left), sortSample(right)];
      const [to, from] = [sortedDistances(a, b), sortedDistances(b, a)];
      assertAlmostEquals(to.area, from.area, 1e-12);
      assertAlmostEquals(
        sortedDistances(a, sortSample(left.map((value) => value + shift))).area,
        Math.abs(shift),
        1e-12,
      );
      assertEquals(sortedDistances(a, a).largest, 0);
      assert(to.largest >= 0 && to.largest <= 1);
      assertAlmostEquals(to.largest, from.largest, 1e-12);
    }),
    { numRuns: 100 },
  );
});

Deno.test("counterfactuals with the same score shift and flip nothing, whatever the threshold", () => {
  fc.assert(
    fc.property(rows, eighth, (list, threshold) => {
      const { scores, groups } = columnsOf(list);
      const pairs = { original: scores, counterfactual: [...scores], groups };
      const { overall, groups: byGroup } = counterfactualFlips(pairs, { threshold });
      for (const { rate, gained, lost } of [overall, ...byGroup]) {
        assertEquals([rate.value, gained.value, lost.value], [0, 0, 0]);
      }
      assertEquals(counterfactualShift(pairs).overall.maxAbsolute.value, 0);
    }),
    { numRuns: 40 },
  );
});

Deno.test("the calibration error lies between the absolute bias and the largest error of a bin", () => {
  fc.assert(
    fc.property(rows, (list) => {
      const { labels, scores } = columnsOf(list);
      const { ece, mce, bias } = calibrationError({ labels, scores });
      assert(Math.abs(bias.value!) <= ece.value! + 1e-12 && ece.value! <= mce.value! + 1e-12 && mce.value! <= 1);
    }),
    { numRuns: 100 },
  );
});

Deno.test("top places and exposure are shared out in full, and ratios lie in [0, 1]", () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 5 }), (list, topK) => {
      const { scores, groups } = columnsOf(list);
      const ranking = rankingFairness({ queries: list.map(({ job }) => job), scores, groups }, topK);
      const total = (name: "topKShare" | "exposureShare" | "topKExposureShare") =>
        ranking.groups.reduce((sum, { pooled }) => sum + (pooled[name].value ?? 0), 0);
      assertAlmostEquals(total("topKShare"), 1, 1e-12);
      assertAlmostEquals(total("exposureShare"), 1, 1e-12);
      assertAlmostEquals(total("topKExposureShare"), 1, 1e-12);
      for (const { value } of [ranking.exposureRatio, ranking.selectionRatio]) {
        assert(value === null || (value >= 0 && value <= 1));
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("intervals of gaps contain their estimate, stay in range, and reach fairness exactly where the test allows it", () => {
  const clustered = fc.boolean();
  fc.assert(
    fc.property(rows, fc.integer(), clustered, (list, seed, byPerson) => {
      const { groups, ...columns } = columnsOf(list);
      const clusters = byPerson ? list.map(({ person }) => person) : undefined;
      const options = { rng: new Rng(seed), resamples: 30 };
      for (
        const [name, { estimate, interval, pValue }] of Object.entries(
          estimateDisparities({ ...columns, groups, clusters }, DISPARITIES, options),
        )
      ) {
        assert(pValue === null || (pValue > 0 && pValue <= 1), name);
        if (interval.low === null || interval.high === null || estimate.value === null) continue;
        const ideal = DISPARITIES[name as keyof typeof DISPARITIES].ideal;
        assert(interval.low <= estimate.value && estimate.value <= interval.high, name);
        assert(interval.low >= 0 && (ideal === 0 || interval.high <= 1), name);
        if (pValue !== null && pValue > 0.05) assertEquals(ideal === 0 ? interval.low : interval.high, ideal, name);
      }
    }),
    { numRuns: 25 },
  );
});

Deno.test("a group table has an interval exactly for what it can resample, also by clusters", () => {
  fc.assert(
    fc.property(rows, fc.integer(), (list, seed) => {
      const { groups, ...columns } = columnsOf(list);
      const input = { ...columns, attributes: { group: groups }, clusters: list.map(({ person }) => person) };
      const frame = metricFrame(input);
      const intervals = frameIntervals(input, { rng: new Rng(seed), resamples: 15 });
      for (const [name, own] of Object.entries(intervals)) {
        const metric = frame.derived[name as keyof typeof frame.derived];
        const pairs = [
          [metric.difference.betweenGroups, own.difference.betweenGroups],
          [metric.ratio.toOverall, own.ratio.toOverall],
          [metric.groupMax, own.groupMax],
          [frame.overall[name as keyof typeof frame.overall], own.overall],
        ] as const;
        for (const [{ value }, { low, high }] of pairs) {
          if (value === null) assertEquals([low, high], [null, null]);
          else if (low !== null) assert(low <= value + 1e-12 && value - 1e-12 <= high!, `${name}: ${value}`);
        }
      }
    }),
    { numRuns: 20 },
  );
});
