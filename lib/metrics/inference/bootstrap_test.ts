import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../random.ts";
import { confusionTable } from "../classification/confusion.ts";
import { scoreStatistics } from "../classification/scores.ts";
import {
  demographicParityDifference,
  equalizedOddsDifference,
  equalOpportunityDifference,
} from "../fairness/disparities.ts";
import { frameIntervals } from "../fairness/frame_intervals.ts";
import { metricFrame, type MetricName } from "../fairness/metric_frame.ts";
import { bootstrapConfusion } from "./_testing.ts";
import { bootstrap, bootstrapScores, crossedDraws } from "./bootstrap.ts";
import { resampler, tableMaker, uniqueDecisions } from "./unique_rows.ts";

interface Sample {
  labels: number[];
  predictions: number[];
  scores: number[];
  groups: string[];
}

function sample(n: number, seed: number, names: readonly string[] = ["BA", "HS", "PhD"]): Sample {
  const rng = new Rng(seed);
  const groups = Array.from({ length: n }, () => names[Math.floor(names.length * rng.uniform() ** 2)]!);
  const labels = groups.map((group) => rng.uniform() < (group === "PhD" ? 0.6 : 0.4) ? 1 : 0);
  const scores = labels.map((label, i) =>
    1 / (1 + Math.exp(-(label - 0.5 + (groups[i] === "BA" ? 0.3 : 0)) - rng.normal()))
  );
  return { labels, predictions: scores.map((score) => score >= 0.5 ? 1 : 0), scores, groups };
}

Deno.test("resampling cells has the distribution of resampling rows", () => {
  const data = sample(240, 1);
  const statistics = [demographicParityDifference, equalOpportunityDifference];
  const B = 4000;
  const kinds = uniqueDecisions(data);
  const make = tableMaker(kinds);
  const draw = resampler(kinds);
  const rng = new Rng(2);
  const counts = new Float64Array(kinds.counts.length);
  const byCells = statistics.map(() => new Float64Array(B));
  for (let r = 0; r < B; r++) {
    draw(rng, counts);
    const table = make(counts);
    statistics.forEach((statistic, s) => byCells[s]![r] = statistic(table).value!);
  }
  const rowsOf = new Map<string, number[]>();
  data.groups.forEach((group, i) => rowsOf.set(group, [...(rowsOf.get(group) ?? []), i]));
  const byRows = statistics.map(() => new Float64Array(B));
  for (let r = 0; r < B; r++) {
    const picked = [...rowsOf.values()].flatMap((rows) => rows.map(() => rng.pick(rows)));
    const table = confusionTable({
      labels: picked.map((i) => data.labels[i]!),
      predictions: picked.map((i) => data.predictions[i]!),
      groups: picked.map((i) => data.groups[i]!),
    });
    statistics.forEach((statistic, s) => byRows[s]![r] = statistic(table).value!);
  }
  // Two-sample Kolmogorov–Smirnov; 1.95 √(2/B) is exceeded once in a thousand when the laws are equal.
  statistics.forEach((_, s) => {
    const points = [...byCells[s]!, ...byRows[s]!].sort((a, b) => a - b);
    const [a, b] = [byCells[s]!.sort(), byRows[s]!.sort()];
    const share = (sorted: Float64Array, x: number) => {
      let [low, high] = [0, sorted.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (sorted[middle]! <= x + 1e-12) low = middle + 1;
        else high = middle;
      }
      return low / sorted.length;
    };
    const distance = Math.max(...points.map((x) => Math.abs(share(a, x) - share(b, x))));
    assert(distance < 1.95 * Math.sqrt(2 / B), `statistic ${s}: distance ${distance}`);
  });
});

Deno.test("the mean of a sample gets the interval of its normal law, by either method", () => {
  const rng = new Rng(4);
  const n = 400;
  const values = Array.from({ length: n }, () => rng.normal());
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n / n);
  for (const method of ["bca", "percentile"] as const) {
    const { intervals } = bootstrap(
      { counts: new Float64Array(n).fill(1), strata: [Int32Array.from(values, (_, i) => i)] },
      (counts) => [counts.reduce((sum, c, i) => sum + c * values[i]!, 0) / n],
      { rng, method, resamples: 4000 },
    );
    assertAlmostEquals(intervals[0]!.low!, mean - 1.96 * error, 0.15 * error);
    assertAlmostEquals(intervals[0]!.high!, mean + 1.96 * error, 0.15 * error);
  }
});

Deno.test("BCa covers a skewed statistic better than the percentile interval does", () => {
  // Var of an exponential sample, true value 1; Efron & Tibshirani 1993, §14.2 use such a variance to show the
  // difference.
  const rng = new Rng(8);
  const n = 40, trials = 150;
  const covered = { bca: 0, percentile: 0 };
  for (let t = 0; t < trials; t++) {
    const values = Array.from({ length: n }, () => -Math.log(1 - rng.uniform()));
    const variance = (counts: Float64Array) => {
      let sum = 0, square = 0, total = 0;
      for (let i = 0; i < n; i++) {
        total += counts[i]!;
        sum += counts[i]! * values[i]!;
        square += counts[i]! * values[i]! ** 2;
      }
      return [square / total - (sum / total) ** 2];
    };
    const kinds = { counts: new Float64Array(n).fill(1), strata: [Int32Array.from(values, (_, i) => i)] };
    for (const method of ["bca", "percentile"] as const) {
      const { low, high } = bootstrap(kinds, variance, { rng, method, resamples: 400 }).intervals[0]!;
      if (low! <= 1 && 1 <= high!) covered[method]++;
    }
  }
  assert(covered.bca > covered.percentile, JSON.stringify(covered));
});

Deno.test("a value that is undefined in a resample is counted there, and too many leave no interval", () => {
  const data = {
    labels: [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0],
    predictions: [1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0],
    groups: [..."AAAAAABBBBBBB"],
  };
  const { gap } = bootstrapConfusion(data, { gap: equalizedOddsDifference }, { rng: new Rng(3), resamples: 2000 });
  assertEquals(gap.estimate.value !== null, true);
  // Group B has 1 positive among 7 rows and A 3 among 6, so a resample loses one of them, or A's negatives, with chance
  // 1 − (1 − (6/7)^7)(1 − 2 (1/2)^6).
  const chance = 1 - (1 - (6 / 7) ** 7) * (1 - 2 * 0.5 ** 6);
  assertAlmostEquals(gap.interval.undefinedResamples / 2000, chance, 0.04);
  assert(gap.interval.low !== null);

  const rare = { ...data, labels: data.labels.map(() => 0) };
  const { none } = bootstrapConfusion(rare, { none: equalizedOddsDifference }, { rng: new Rng(3), resamples: 50 });
  assertEquals([none.interval.low, none.interval.undefinedResamples], [null, 50]);
});

Deno.test("the interval of a gap between equal groups is biased upward, and says so", () => {
  const groups = Array.from({ length: 240 }, (_, i) => `g${i % 8}`);
  const predictions = groups.map((_, i) => (i >> 3) % 2);
  const { dp } = bootstrapConfusion({ predictions, groups }, { dp: demographicParityDifference }, {
    rng: new Rng(9),
    resamples: 500,
  });
  assertEquals(dp.estimate.value, 0);
  assert(dp.interval.bias! > 0.1);
  assertEquals(dp.interval.low, 0);
});

Deno.test("weighted rows are resampled by their weights: a weight of 2 is not two rows", () => {
  const data = sample(300, 12);
  const width = (weights: number[]) => {
    const { dp } = bootstrapConfusion({ ...data, weights }, { dp: demographicParityDifference }, {
      rng: new Rng(5),
      resamples: 800,
      method: "percentile",
    });
    return dp.interval.high! - dp.interval.low!;
  };
  const ones = width(data.labels.map(() => 1));
  assertAlmostEquals(width(data.labels.map(() => 2)), ones, 1e-9);
  assert(width(data.labels.map((_, i) => i % 10 === 0 ? 10 : 1)) > 1.2 * ones);
});

Deno.test("frameIntervals() contains every defined number of metricFrame(), whatever the method", () => {
  const { groups, ...rest } = sample(150, 21);
  const input = { ...rest, attributes: { education: groups } };
  const frame = metricFrame(input);
  for (const method of ["bca", "percentile"] as const) {
    const intervals = frameIntervals(input, { rng: new Rng(1), resamples: 150, method });
    assertEquals(Object.keys(intervals).length, 17);
    for (const [name, metric] of Object.entries(intervals)) {
      const base = frame.derived[name as MetricName];
      const pairs = [
        [frame.overall[name as MetricName], metric.overall],
        ...metric.groups.map((interval, g) => [frame.groups[g]!.metrics[name as MetricName], interval] as const),
        [base.difference.betweenGroups, metric.difference.betweenGroups],
        [base.difference.toOverall, metric.difference.toOverall],
        [base.ratio.betweenGroups, metric.ratio.betweenGroups],
        [base.ratio.toOverall, metric.ratio.toOverall],
        [base.groupMin, metric.groupMin],
        [base.groupMax, metric.groupMax],
      ] as const;
      for (const [{ value }, { low, high }] of pairs) {
        if (value === null) assertEquals([low, high], [null, null]);
        else assert(low! <= value && value <= high!, `${name}: ${value} in [${low}, ${high}]`);
      }
    }
  }
});

Deno.test("intervals on the grid of scores agree with those from the rows", () => {
  const data = sample(3000, 31);
  const options = { resamples: 600 };
  const exact = bootstrapScores(data, scoreStatistics, { ...options, rng: new Rng(1), gridFrom: Infinity });
  const grid = bootstrapScores(data, scoreStatistics, { ...options, rng: new Rng(1), gridFrom: 0 });
  assertEquals(grid.estimates, exact.estimates);
  exact.intervals.forEach((interval, s) => {
    const width = interval.high! - interval.low!;
    assertAlmostEquals(grid.intervals[s]!.low!, interval.low!, 0.12 * width);
    assertAlmostEquals(grid.intervals[s]!.high!, interval.high!, 0.12 * width);
  });
});

Deno.test("bootstrapScores() on an example small enough to check by hand", () => {
  const rng = new Rng(5);
  const labels = Array.from({ length: 300 }, () => rng.int(2));
  const scores = labels.map((label) => label + rng.normal());
  const input = { labels, scores, groups: labels.map(() => "all") };
  const { estimates, intervals } = bootstrapScores(input, scoreStatistics, { rng, resamples: 400 });
  // Two normals one standard deviation apart: AUC = Φ(1/√2) = 0.760.
  assert(intervals[1]!.low! < 0.76 && 0.76 < intervals[1]!.high!);
  assert(intervals[1]!.low! < estimates[1]! && estimates[1]! < intervals[1]!.high!);
});

Deno.test("bootstrap() on an example small enough to check by hand", () => {
  const unique = { counts: Float64Array.of(70, 30), strata: [Int32Array.of(0, 1)] };
  const { estimates, intervals } = bootstrap(unique, ([a, b]) => [a! / (a! + b!)], { rng: new Rng(1) });
  assertEquals(estimates, Float64Array.of(0.7));
  // The exact binomial interval is [0.600, 0.788].
  assert(Math.abs(intervals[0]!.low! - 0.6) < 0.02 && Math.abs(intervals[0]!.high! - 0.788) < 0.02);
});

const ROWS = 12, COLUMNS = 8;
const cells = Array.from({ length: ROWS * COLUMNS }, (_, i) => ({ row: Math.floor(i / COLUMNS), column: i % COLUMNS }));
const factors = [
  { codes: Int32Array.from(cells, ({ row }) => row) },
  { codes: Int32Array.from(cells, ({ column }) => column) },
];

function varianceOfMean(values: readonly number[]): number {
  const [means] = crossedDraws(factors, (weights) => {
    let sum = 0, total = 0;
    for (let i = 0; i < values.length; i++) {
      sum += weights[i]! * values[i]!;
      total += weights[i]!;
    }
    return [sum / total];
  }, { rng: new Rng(1), resamples: 20_000 });
  const mean = means!.reduce((a, b) => a + b) / means!.length;
  return means!.reduce((sum, x) => sum + (x - mean) ** 2, 0) / means!.length;
}

/** The variance of the mean of n draws with replacement: the variance of the values over n. */
const bootstrapVariance = (values: readonly number[]) => {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length ** 2;
};

Deno.test("crossedDraws() has the variance of each factor's effects, and of both their sum", () => {
  const rng = new Rng(2);
  const rows = Array.from({ length: ROWS }, () => rng.normal());
  const columns = Array.from({ length: COLUMNS }, () => rng.normal());
  const near = (found: number, expected: number) =>
    assert(Math.abs(found / expected - 1) < 0.05, `${found} ${expected}`);
  near(varianceOfMean(cells.map(({ row }) => rows[row]!)), bootstrapVariance(rows));
  near(varianceOfMean(cells.map(({ column }) => columns[column]!)), bootstrapVariance(columns));
  near(
    varianceOfMean(cells.map(({ row, column }) => rows[row]! + columns[column]!)),
    bootstrapVariance(rows) + bootstrapVariance(columns),
  );
});

Deno.test("crossedDraws() counts the variance of single cells about three times, as Owen (2007) finds", () => {
  const rng = new Rng(3);
  const noise = cells.map(() => rng.normal());
  const ratio = varianceOfMean(noise) / bootstrapVariance(noise);
  assert(ratio > 1.8 && ratio < 3.5, String(ratio));
});

Deno.test("crossedDraws() keeps the number of levels of each stratum, and never draws a level without rows", () => {
  const codes = Int32Array.of(0, 0, 1, 3, 4); // level 2 has no rows
  const strata = [0, 0, 0, 1, 1];
  crossedDraws([{ codes, strata }], (weights, [counts]) => {
    assertEquals([counts![0]! + counts![1]!, counts![2], counts![3]! + counts![4]!], [2, 0, 2]);
    assertEquals(weights[0], weights[1]);
    return [];
  }, { rng: new Rng(1), resamples: 50 });
});

Deno.test("crossedDraws() on an example small enough to check by hand", () => {
  // Two runs about two people: the runs differ, people do not.
  const decisions = [1, 1, 0, 0];
  const [rates] = crossedDraws(
    [{ codes: Int32Array.of(0, 1, 0, 1) }, { codes: Int32Array.of(0, 0, 1, 1) }],
    (weights) => [decisions.reduce((sum, d, i) => sum + d * weights[i]!, 0) / weights.reduce((a, b) => a + b)],
    { rng: new Rng(1), resamples: 400 },
  );
  // Half of the resamples draw both runs, a quarter each one of them twice.
  assert(Math.abs(rates!.filter((rate) => rate === 0.5).length / 400 - 0.5) < 0.1);
});
