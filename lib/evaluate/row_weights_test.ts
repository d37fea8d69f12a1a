import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { averagePrecision, groupRows, rocAuc } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import {
  estimateOf,
  estimatesOf,
  weightedEstimates,
  weightedMean,
  weightedScoreMetric,
  type WeightedStatistic,
} from "./row_weights.ts";

const interval = {
  low: 0.1,
  high: 0.4,
  level: 0.95,
  method: "bca",
  resamples: 9,
  undefinedResamples: 0,
  bias: 0,
} as const;
const draw = () => ({ rng: new Rng(3), resamples: 80, level: 0.9 });

Deno.test("weightedMean() weighs what is there, and ignores what is not", () => {
  // (1·2 + 3·6) / (1 + 3) = 5; the row that is missing has all the weight and no say.
  assertEquals(weightedMean([2, NaN, 6], Float64Array.of(1, 100, 3), "none"), { value: 5 });
});

Deno.test("weightedMean() of nothing, and of no weight, is undefined for the reason given", () => {
  assertEquals(weightedMean([], Float64Array.of(), "no rows"), { value: null, reason: "no rows" });
  assertEquals(weightedMean([NaN, NaN], Float64Array.of(1, 1), "nobody"), { value: null, reason: "nobody" });
  assertEquals(weightedMean([1, 2], Float64Array.of(0, 0), "no weight"), { value: null, reason: "no weight" });
});

Deno.test("estimateOf() gives an undefined value no interval, and a value none without ends", () => {
  assertEquals(estimateOf({ value: null, reason: "why" }, interval), { value: null, reason: "why", interval: null });
  assertEquals(estimateOf({ value: 0.2 }, { ...interval, low: null, high: null }), { value: 0.2, interval: null });
  assertEquals(estimateOf({ value: 0.2 }), { value: 0.2, interval: null });
  assertEquals(estimateOf({ value: 0.2 }, interval), { value: 0.2, interval });
});

Deno.test("estimatesOf() gives each name its own interval, and leaves out what was not named", () => {
  const values = { a: { value: 1 }, b: { value: 2 }, c: { value: 3 } };
  assertEquals(estimatesOf(values, { b: interval }, ["b", "a"]), {
    b: { value: 2, interval },
    a: { value: 1, interval: null },
  });
  assertEquals(Object.keys(estimatesOf(values, {})), ["a", "b", "c"]);
});

for (const [metric, of] of Object.entries({ rocAuc, averagePrecision })) {
  Deno.test(`weightedScoreMetric() equals ${metric} of the weighted, and of the repeated rows`, () => {
    const rng = new Rng(5);
    const scores = Array.from({ length: 40 }, () => rng.int(6) / 5);
    const labels = scores.map((_, i) => i % 3 === 0 ? 1 : 0);
    const statistic = weightedScoreMetric(metric as "rocAuc", labels, scores);
    for (let k = 0; k < 3; k++) {
      const weights = Float64Array.from(scores, () => rng.int(4));
      const found = statistic(weights).value!;
      assertAlmostEquals(found, of({ labels, scores, weights }).value!, 1e-12);
      const times = (values: readonly number[]) => values.flatMap((v, i) => Array<number>(weights[i]!).fill(v));
      assertAlmostEquals(found, of({ labels: times(labels), scores: times(scores) }).value!, 1e-12);
    }
  });
}

Deno.test("weightedScoreMetric() by hand: ties count one half, rows without weight not at all", () => {
  const auc = weightedScoreMetric("rocAuc", [1, 0, 1, 0], [0.8, 0.8, 0.3, 0.1]);
  // Pairs: 0.8 ties 0.8 (½) and beats 0.1; 0.3 loses to 0.8 and beats 0.1: 2.5 / 4.
  assertEquals(auc(Float64Array.of(1, 1, 1, 1)), { value: 2.5 / 4 });
  // Without the negative at 0.8 both pairs are won.
  assertEquals(auc(Float64Array.of(1, 0, 1, 1)), { value: 1 });
  const { value } = auc(Float64Array.of(1, 0, 1, 0));
  assertEquals(value, null);
});

const codes = Array.from({ length: 40 }, (_, i) => i % 2 ? "b" : "a");
const strata = groupRows(codes);
const share = (own: string): WeightedStatistic => (weights) =>
  weightedMean(codes.map((code) => Number(code === own)), weights, "no rows");

Deno.test("weightedEstimates() keeps the number of rows of each stratum in every resample", () => {
  const { a } = weightedEstimates({ strata, clusters: null }, { a: share("a") }, draw());
  assertEquals([a!.value, a!.interval!.low, a!.interval!.high], [0.5, 0.5, 0.5]);
  const one = { names: ["all"], codes: new Int32Array(40) };
  const free = weightedEstimates({ strata: one, clusters: null }, { a: share("a") }, draw()).a!;
  assert(free.value === 0.5 && free.interval!.low! < 0.5 && free.interval!.high! > 0.5);
});

Deno.test("weightedEstimates() draws clusters as wholes, which never part", () => {
  // Rows 2c and 2c + 1 are a cluster: with one of them drawn as often as the other, the difference is always 0.
  const clusters = groupRows(codes.map((_, i) => `person ${Math.floor(i / 2)}`));
  const one = { names: ["all"], codes: new Int32Array(40) };
  const unequal: WeightedStatistic = (weights) => ({
    value: codes.reduce((sum, _, i) => sum + (i % 2 ? Math.abs(weights[i]! - weights[i - 1]!) : 0), 0),
  });
  const whole = weightedEstimates({ strata: one, clusters }, { unequal }, draw()).unequal!;
  assertEquals([whole.interval!.low, whole.interval!.high], [0, 0]);
  let most = 0;
  const watch: WeightedStatistic = (weights) => {
    const value = unequal(weights);
    most = Math.max(most, value.value!);
    return value;
  };
  weightedEstimates({ strata: one, clusters: null }, { watch }, draw());
  assert(most > 0, "single rows part");
});

Deno.test("weightedEstimates() of an undefined statistic is null with the reason, beside others that are not", () => {
  const { none, a } = weightedEstimates({ strata, clusters: null }, {
    none: () => ({ value: null, reason: "nothing to say" }),
    a: share("a"),
  }, draw());
  assertEquals(none, { value: null, reason: "nothing to say", interval: null });
  assertEquals(a!.value, 0.5);
});
