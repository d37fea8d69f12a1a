import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { decide } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import { EvaluationSchema } from "./evaluation.ts";
import { evaluateSeeds, seedMean, type SeedModel, type SeedRun } from "./seeds.ts";

/** Group of each row; a person has two rows with the labels 1 and 0. */
interface Decided {
  readonly rows: readonly number[];
  readonly groups: string;
  readonly decisions: string;
}

/** A run whose scores rank selected rows first, and rows with label 1 among equals. */
function runOf({ rows, groups, decisions }: Decided): SeedRun {
  const labels = rows.map((row) => row % 2);
  const scores = Float64Array.from(labels, (label, i) => 0.6 * Number(decisions[i]) + 0.1 * label);
  return {
    rows,
    people: rows.map((row) => `c${row >> 1}`),
    labels,
    groundTruth: null,
    groups: { town: [...groups] },
    scores,
    decisions: decide(scores, 0.5),
    counterfactual: null,
    leakage: null,
  };
}

/** Two seeds whose plain runs prefer the one group, then the other. */
const PLAIN: Decided[] = [
  { rows: [2, 3, 4, 5, 6, 7, 8, 9], groups: "aaaabbbb", decisions: "11100100" },
  { rows: [2, 3, 4, 5, 10, 11, 12, 13], groups: "aaaabbbb", decisions: "01001101" },
];

/** Runs on the same rows that select exactly those with label 1. */
const FAIR = PLAIN.map((one) => ({ ...one, decisions: "01010101" }));

function seedModel(name: string, decided: readonly Decided[], reference: string | null = null): SeedModel {
  return { name, reference, runs: new Map(decided.map((own, i) => [i + 1, runOf(own)])), testShare: null };
}

const OPTIONS = { source: "test splits", confidence: 0.95, resamples: 400, smallBelow: 30 };
const two = evaluateSeeds([seedModel("plain", PLAIN), seedModel("fair", FAIR, "plain")], OPTIONS);
const disparityOf = (model: number, metric: string, evaluation = two) =>
  evaluation.models[model]!.attributes[0]!.disparities.find((own) => own.metric === metric)!;
const changeOf = (metric: string, evaluation = two) =>
  evaluation.comparisons[0]!.attributes[0]!.disparities.find((own) => own.metric === metric);

Deno.test("seedMean() equals Student's interval by hand and scipy", () => {
  const chanceOf = () => ({ rng: new Rng(1), resamples: 1, level: 0.95 });
  // x = 0.88 0.86 0.91 0.87 0.90: mean 0.884, s² = 0.00043; scipy.stats.t.interval(0.95, 4, mean, s/√5).
  const { seeds, mean, deviation, runs } = seedMean([0.88, 0.86, 0.91, 0.87, 0.90], { testShare: null, chanceOf });
  assertEquals(seeds, 5);
  assertAlmostEquals(mean!, 0.884, 1e-12);
  assertAlmostEquals(deviation!, Math.sqrt(0.00043), 1e-12);
  assertAlmostEquals(runs.low!, 0.8582523073, 1e-9);
  assertAlmostEquals(runs.high!, 0.9097476927, 1e-9);

  const none = { low: null, high: null };
  assertEquals(seedMean([null, 0.5, null], { testShare: 0.2, chanceOf }), {
    seeds: 1,
    mean: 0.5,
    deviation: null,
    runs: none,
    splits: none,
    expected: null,
  });
  assertEquals(seedMean([null], { testShare: 0.2, chanceOf }).mean, null);
  assertEquals(seedMean([1, null, 3], { testShare: 0.2, chanceOf }).mean, 2);
  // All runs share their test rows: no interval for another table.
  assertEquals(seedMean([1, 2, 3], { testShare: null, chanceOf }).splits, none);

  // Corrected for overlap it does not shrink to nothing: s² is close to 1/4; √(1/400 + 1/4) against √(1/400).
  const many = seedMean(Array.from({ length: 400 }, (_, i) => i % 2), { testShare: 0.2, chanceOf });
  assertAlmostEquals((many.splits.high! - many.mean!) / (many.runs.high! - many.mean!), Math.sqrt(101), 1e-9);
});

Deno.test("evaluateSeeds() takes disparities run by run and from all decisions together, as by hand", () => {
  const plain = disparityOf(0, "demographicParityDifference");
  // Seed 1 selects 3 of 4 and 1 of 4, seed 2 1 of 4 and 3 of 4: apart by 1/2 each time, and not at all together.
  assertEquals([plain.overSeeds!.mean, plain.overSeeds!.deviation, plain.overSeeds!.seeds], [0.5, 0, 2]);
  assertEquals(plain.value, 0);
  const fair = disparityOf(1, "demographicParityDifference");
  assertEquals([fair.overSeeds!.mean, fair.value], [0, 0]);
  const change = changeOf("demographicParityDifference")!;
  assertEquals([change.overSeeds!.mean, change.value, two.comparisons[0]!.seeds], [-0.5, 0, 2]);

  // True positive rates of a and b: 1/2 and 1/2, then 1/2 and 2/2; together 2/4 and 3/4. False positive rates: 2/2 and
  // 0/2, then 0/2 and 1/2; together 2/4 and 1/4. The larger difference counts: 1 and 1/2, 1/4 together.
  const odds = disparityOf(0, "equalizedOddsDifference");
  assertEquals([odds.overSeeds!.mean, odds.value], [0.75, 0.25]);
  assertEquals(EvaluationSchema.parse(JSON.parse(JSON.stringify(two))), two);
});

Deno.test("evaluateSeeds() averages AUC over seeds, with differences seed by seed", () => {
  // The part of pairs of both labels in which label 1 has the higher score, by counting.
  const counted = PLAIN.map((one) => {
    const { labels, scores } = runOf(one);
    let won = 0, pairs = 0;
    for (const [i, a] of labels.entries()) {
      for (const [j, b] of labels.entries()) {
        if (a === 1 && b === 0) {
          [won, pairs] = [won + (scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0), pairs + 1];
        }
      }
    }
    return won / pairs;
  });
  const mean = (counted[0]! + counted[1]!) / 2;
  assertAlmostEquals(two.models[0]!.overall.metrics.rocAuc!.value!, mean, 1e-12);
  assertEquals(two.models[1]!.overall.metrics.rocAuc!.value, 1);
  const change = two.comparisons[0]!.overall.rocAuc!;
  assertAlmostEquals(change.value!, 1 - mean, 1e-12);
  assert(change.interval!.low! <= 1 - mean && change.interval!.high! >= 1 - mean);
});

Deno.test("evaluateSeeds() of a model and itself gives no difference, and equal decisions get equal intervals", () => {
  const same = evaluateSeeds([seedModel("plain", PLAIN), seedModel("again", PLAIN, "plain")], OPTIONS);
  const { value, interval, overPeople } = changeOf("demographicParityDifference", same)!;
  assertEquals([value, overPeople!.low, overPeople!.high, interval!.low, interval!.high], [0, 0, 0, 0, 0]);
  assertEquals(disparityOf(0, "equalizedOddsDifference", same), disparityOf(1, "equalizedOddsDifference", same));
});

Deno.test("evaluateSeeds() pairs only seeds whose runs were measured on the same rows", () => {
  const other = [FAIR[0]!, { ...FAIR[1]!, rows: [2, 3, 4, 5, 10, 11, 14, 15] }];
  const some = evaluateSeeds([seedModel("plain", PLAIN), seedModel("fair", other, "plain")], OPTIONS);
  assertEquals([some.comparisons[0]!.seeds, changeOf("demographicParityDifference", some)!.value], [1, -0.5]);
  const none = FAIR.map((one) => ({ ...one, rows: one.rows.map((row) => row + 100) }));
  const apart = evaluateSeeds([seedModel("plain", PLAIN), seedModel("fair", none, "plain")], OPTIONS);
  assertEquals(changeOf("demographicParityDifference", apart), undefined);
});

Deno.test("evaluateSeeds() does without seeds that are not finished, and without an interval over one seed", () => {
  const some = evaluateSeeds([seedModel("plain", PLAIN), seedModel("fair", [FAIR[0]!], "plain")], OPTIONS);
  const { overSeeds } = some.models[1]!.overall.metrics.rocAuc!;
  assertEquals([overSeeds!.seeds, overSeeds!.runs.low], [1, null]);
});

Deno.test("evaluateSeeds() averages flips and leakage over the runs that have them", () => {
  const scores = Float64Array.of(0.1, 0.1, 0.1, 0.1, 0.9, 0.1, NaN, NaN);
  const run: SeedRun = {
    ...runOf(PLAIN[0]!), // decisions 111001..
    counterfactual: { scores, decisions: Float64Array.of(0, 0, 0, 0, 1, 0, NaN, NaN) },
    leakage: { town: { balancedAccuracy: 0.6, macroAuc: 0.7, expected: 0.5 } },
  };
  const model = { ...seedModel("flips", [], "plain"), runs: new Map([[1, run]]) };
  const evaluation = evaluateSeeds([seedModel("plain", PLAIN), model], OPTIONS);
  assertEquals(evaluation.models.map(({ overall }) => overall.counterfactual?.metrics.flipRate?.value), [
    undefined,
    5 / 6,
  ]);
  assert(evaluation.models[1]!.overall.counterfactual!.metrics.flipRate!.interval!.low! < 5 / 6);
  assertEquals(evaluation.comparisons[0]!.overall.flipRate, undefined);
  const [leakage] = evaluation.leakage;
  assertEquals([leakage!.attribute, leakage!.expected.value], ["town", 0.5]);
  assertEquals(leakage!.models.map(({ name, balancedAccuracy }) => [name, balancedAccuracy.value]), [["flips", 0.6]]);
});

/** 40 people of each group with 2 rows: how many of them are selected. */
const rows = Array.from({ length: 160 }, (_, i) => i + 2);
const selecting = (a: number, b: number): Decided => ({
  rows,
  groups: rows.map((row) => row < 82 ? "a" : "b").join(""),
  decisions: rows.map((row) => Number(row < 82 ? (row - 2) % 80 < 2 * a : (row - 82) % 80 < 2 * b)).join(""),
});

Deno.test("the part that is left of a disparity is the quotient of both", () => {
  const compare = (before: Decided, after: Decided) =>
    evaluateSeeds([seedModel("before", [before]), seedModel("after", [after], "before")], OPTIONS);
  const evaluation = compare(selecting(24, 8), selecting(16, 8));
  const change = changeOf("demographicParityDifference", evaluation)!;
  assertAlmostEquals(change.value!, -0.2, 1e-12);
  assertAlmostEquals(change.left!.value!, 0.5, 1e-12);
  const { low, high } = change.left!.interval!;
  assert(low! < 0.5 && low! > 0 && high! < 1);
  const none = changeOf("demographicParityDifference", compare(selecting(8, 8), selecting(16, 8)))!;
  assertEquals(none.left!.value === null && none.left!.reason, "the reference has no disparity");
  // With one seed there is nothing to draw but people.
  const own = disparityOf(0, "demographicParityDifference", evaluation);
  assertAlmostEquals(own.interval!.low!, own.overPeople!.low!, 0.06);
  assertAlmostEquals(own.interval!.high!, own.overPeople!.high!, 0.06);
  // The mean absolute difference of two rates of 0.4 of 40 each is about √(2/π) · √(2 · 0.4 · 0.6/40).
  assertAlmostEquals(own.expected!, Math.sqrt(2 / Math.PI) * Math.sqrt(2 * 0.4 * 0.6 / 40), 0.01);
});

Deno.test("intervals over people and seeds contain a change that seeds alone explain, those over people do not", () => {
  // Each run treats group b otherwise than it should, at random: over many seeds there is no difference, in each run
  // there is.
  const rng = new Rng(4);
  const samples = 40;
  let peopleHold = 0, crossedHold = 0;
  for (let s = 0; s < samples; s++) {
    const rows = Array.from({ length: 400 }, (_, i) => i + 2);
    const groups = rows.map((row) => row < 202 ? "a" : "b").join("");
    const runs = () =>
      Array.from({ length: 5 }, () => {
        const rate = 0.4 + 0.3 * (rng.uniform() - 0.5);
        const decisions = rows.map((row) => Number(rng.uniform() < (row < 202 ? 0.2 : rate))).join("");
        return { rows, groups, decisions };
      });
    const models = [seedModel("one", runs()), seedModel("other", runs(), "one")];
    const evaluation = evaluateSeeds(models, { ...OPTIONS, resamples: 50, seed: s });
    const { overPeople, interval } = changeOf("demographicParityDifference", evaluation)!;
    peopleHold += Number(overPeople!.low! <= 0 && overPeople!.high! >= 0);
    crossedHold += Number(interval!.low! <= 0 && interval!.high! >= 0);
  }
  assert(crossedHold >= 36, `${crossedHold}`);
  assert(peopleHold < crossedHold, `${peopleHold}`);
});

Deno.test("evaluateSeeds() leaves unknown and excluded groups out of disparities, and counts them", () => {
  // Two more people, all of whose rows are selected: they would be the highest rate.
  const more = (group: string) => (own: Decided): Decided => ({
    rows: [...own.rows, 90, 91, 92, 93],
    groups: own.groups + group.repeat(4),
    decisions: own.decisions + "1111",
  });
  const evaluated = (group: string, options = {}) =>
    evaluateSeeds([seedModel("plain", PLAIN.map(more(group))), seedModel("fair", FAIR.map(more(group)), "plain")], {
      ...OPTIONS,
      ...options,
    });
  const parity = "demographicParityDifference";
  for (
    const [own, reason] of [[evaluated("?"), "unknown"], [evaluated("c", { exclude: ["c"] }), "excluded"]] as const
  ) {
    const { leftOut, groups } = own.models[0]!.attributes[0]!;
    assertEquals(leftOut, [{ group: reason === "unknown" ? "?" : "c", count: 4, reason }]);
    assertEquals(groups.map(({ group }) => group), ["a", "b"]);
    assertEquals(disparityOf(0, parity, own).value, disparityOf(0, parity).value);
    assertEquals(changeOf(parity, own)!.value, changeOf(parity)!.value);
  }
  assertEquals(disparityOf(1, parity, evaluated("?", { keepUnknown: true })).value, 0.5);
});
