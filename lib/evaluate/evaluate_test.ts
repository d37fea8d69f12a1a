import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { InputError } from "../errors.ts";
import { assertGolden, fairnessCases } from "../metrics/golden_testing.ts";
import { Rng } from "../random.ts";
import { evaluate, type EvaluateOptions } from "./evaluate.ts";
import { type Evaluation, evaluationJson, EvaluationSchema } from "./evaluation.ts";
import { METRICS } from "./metrics.ts";
import type { EvaluationInput } from "./table.ts";
import { permittedTest, whenPermitted } from "../_testing.ts";

// One seed for all runs: a failure must be the same failure for everybody.
fc.configureGlobal({ seed: 2019 });

const golden = await whenPermitted(async () => (await fairnessCases()).find(({ name }) => name === "b_four_groups")!);
const { y_true, y_score, groups } = golden.inputs;
const FAST = { resamples: 60 };

/** The golden case with four education groups. */
const labelled: EvaluationInput = {
  source: "scored.csv",
  scores: { score: y_score },
  labels: y_true,
  groups: { education: groups },
};
const { labels: _, ...unlabelled } = labelled;

/** The same with jobs, counterfactuals, a second attribute, a control column and a group of five. */
function everything(): EvaluationInput {
  const rng = new Rng(12);
  const column = (of: (i: number) => string) => Array.from({ length: y_score.length }, (_, i) => of(i));
  return {
    ...labelled,
    scores: { score: { scores: y_score, counterfactual: y_score.map((s) => Math.min(1, s + 0.05 * rng.uniform())) } },
    groups: {
      education: column((i) => i < 5 ? "<script>alert(1)</script>" : groups[i]!),
      gender: column((i) => i < 5 ? "x" : i % 2 === 0 ? "f" : "m"),
    },
    queries: column((i) => `job ${i % 10}`),
    control: column((i) => i % 3 === 0 ? "A" : "B"),
    dropped: 3,
    missing: { label: 3 },
  };
}
const full = whenPermitted(() => evaluate(everything(), { ...FAST, intersections: true, topK: 5 }));
const only = (evaluation: Evaluation) => evaluation.models[0]!;

permittedTest("evaluate() gives fairlearn's golden metrics and disparities", () => {
  const { overall, attributes } = only(evaluate(labelled, FAST));
  const { hard } = golden.expected.fairlearn.nan_for_undefined;
  assertGolden(overall.metrics.selectionRate!, hard.overall.selection_rate, "overall");
  for (const { group, metrics } of attributes[0]!.groups) {
    assertGolden(metrics.tpr!, hard.by_group[group].tpr, group);
    assertGolden(metrics.ppv!, hard.by_group[group].precision, group);
  }
  const { values } = golden.expected.disparities;
  const find = (metric: string) => attributes[0]!.disparities.find((own) => own.metric === metric)!;
  assertGolden(find("demographicParityDifference"), values["demographic_parity_difference.between_groups"], "DP");
  assertGolden(find("demographicParityRatio"), values["demographic_parity_ratio.between_groups"], "DP ratio");
  assertGolden(find("equalizedOddsDifference"), values["equalized_odds_difference.between_groups.worst_case"], "EO");
  assertGolden(overall.calibration!.ece!, golden.expected.fairlearn.nan_for_undefined.soft.overall.ece10, "ECE");
});

permittedTest("evaluate() gives every disparity an interval that contains it, and tests those it can", () => {
  for (const { disparities } of only(full).attributes) {
    for (const { metric, value, interval, pValue } of disparities) {
      if (value === null) continue;
      assert(interval !== null, metric);
      assert(interval.low! <= value + 1e-12 && value - 1e-12 <= interval.high!, metric);
      assert(pValue === null || (pValue > 0 && pValue <= 1), metric);
    }
  }
});

permittedTest("every number of an evaluation has its line in METRICS", () => {
  const { overall, attributes } = only(full);
  const named = [
    ...[overall.metrics, overall.calibration!, overall.ranking!.metrics, overall.counterfactual!.metrics].flatMap(
      Object.keys,
    ),
    ...attributes.flatMap(({ groups, disparities, ranking, counterfactual }) => [
      ...groups.flatMap(({ metrics }) => Object.keys(metrics)),
      ...disparities.map(({ metric }) => metric),
      ...Object.keys(ranking!.overall),
      ...counterfactual!.flatMap(({ metrics }) => Object.keys(metrics)),
    ]),
  ];
  assertEquals([...new Set(named)].filter((name) => METRICS[name] === undefined), []);
});

permittedTest("evaluate() reports without labels what needs none, and says why the rest is missing", () => {
  const evaluation = evaluate(unlabelled, FAST);
  const { overall, attributes } = only(evaluation);
  assertEquals(Object.keys(overall.metrics), ["selectionRate", "meanScore"]);
  assertEquals(overall.calibration, null);
  assertEquals(attributes[0]!.disparities.map(({ metric }) => metric), [
    "demographicParityDifference",
    "demographicParityRatio",
    "differentialFairness",
    "meanScoreDifference",
  ]);
  assert(evaluation.unavailable.some(({ reason }) => reason.includes("no column of labels")));
});

permittedTest("evaluate() selects the share asked for", () => {
  const model = only(evaluate(unlabelled, { ...FAST, acceptanceRate: 0.1 }));
  assertEquals([model.overall.metrics.selectionRate!.value, model.thresholdFrom], [0.1, "acceptanceRate"]);
});

permittedTest("evaluate() asks for a threshold when scores are no probabilities", () => {
  const logits = { ...unlabelled, scores: { logit: y_score.map((s) => 4 * s - 2) } };
  assertThrows(() => evaluate(logits, FAST), InputError, 'Column "logit"');
  assertEquals(only(evaluate(logits, { ...FAST, threshold: 0 })).threshold, 0);
});

permittedTest(
  "evaluate() refuses an empty table, a table without groups or scores, and columns of another length",
  () => {
    assertThrows(
      () => evaluate({ ...labelled, scores: { score: [] }, groups: { g: [] }, labels: [] }),
      InputError,
      "one complete row",
    );
    assertThrows(() => evaluate({ ...labelled, groups: {} }), InputError, "at least one column of groups");
    assertThrows(() => evaluate({ ...labelled, scores: {} }), InputError, "at least one column of scores");
    assertThrows(() => evaluate({ ...labelled, labels: [1, 0] }), RangeError, "found 2 in labels");
  },
);

permittedTest("evaluate() refuses a column that looks like an identifier", () => {
  const ids = groups.map((_, i) => `person ${i}`);
  assertThrows(
    () => evaluate({ ...labelled, groups: { id: ids } }, FAST),
    InputError,
    'Column "id": expected at most 300 groups',
  );
});

permittedTest("evaluate() judges groups that are not small among themselves, and flags the small ones", () => {
  const [education] = only(full).attributes;
  assertEquals(education!.groups.find(({ count }) => count === 5)!.small, true);
  assertEquals(education!.amongLarge!.groups, ["Bachelors", "HighSchool", "Masters", "PhD"]);
  const none = evaluate(everything(), { ...FAST, smallBelow: 5 });
  assertEquals(only(none).attributes[0]!.amongLarge, null);
});

permittedTest("evaluate() shows intersections with those that have no row", () => {
  const crossed = only(full).attributes[2]!;
  assertEquals([crossed.attribute, crossed.groups.length], ["education × gender", 15]);
  const absent = crossed.groups.find(({ group }) => group === "PhD|x")!;
  assertEquals([absent.count, absent.metrics.selectionRate!.value], [0, null]);
});

permittedTest("evaluate() compares groups within the levels of a control column", () => {
  const [education] = only(full).attributes;
  assertEquals(education!.controlled!.map(({ level, count }) => [level, count]), [["A", 167], ["B", 333]]);
  assertEquals(education!.controlled![0]!.disparities[0]!.metric, "demographicParityDifference");
});

permittedTest("evaluate() pools the top places of queries", () => {
  const { ranking } = only(full).attributes[0]!;
  assertAlmostEquals(ranking!.groups.reduce((sum, { metrics }) => sum + metrics.topKShare!.value!, 0), 1, 1e-12);
  assertEquals(ranking!.queries.length, 10);
  assertEquals(ranking!.queries[0]!.groups.reduce((sum, { selected }) => sum + selected, 0), 5);
  assert(only(full).overall.ranking!.metrics.ndcg!.value! > 0.5);
});

permittedTest("evaluate() follows counterfactuals at the threshold of the originals", () => {
  const { rows, metrics: { gained, lost, meanShift } } = only(full).overall.counterfactual!;
  assertEquals([rows, lost!.value], [500, 0]);
  assert(gained!.value! > 0 && meanShift!.value! > 0);
});

permittedTest("evaluate() takes decisions as given, about counterfactuals too, and leaves rows without one out", () => {
  const scores = [0.9, 0.6, 0.4, 0.2];
  const { overall } = only(evaluate({
    source: "by group",
    scores: {
      m: {
        scores,
        decisions: [1, 0, 1, 0],
        counterfactual: [0.8, 0.7, NaN, 0.3],
        counterfactualDecisions: [1, 1, NaN, 0],
      },
    },
    groups: { g: ["a", "b", "a", "b"] },
  }, FAST));
  assertEquals(overall.metrics.selectionRate!.value, 0.5);
  const { rows, metrics } = overall.counterfactual!;
  assertEquals([rows, metrics.flipRate!.value, metrics.gained!.value, metrics.lost!.value], [3, 1 / 3, 1 / 3, 0]);
  assertAlmostEquals(metrics.meanShift!.value!, 0.1 / 3, 1e-12);
});

permittedTest("evaluate() keeps weights apart from rows", () => {
  const weights = y_score.map((_, i) => 1 + i % 3);
  const evaluation = evaluate({ ...labelled, weights }, FAST);
  assertEquals(evaluation.data.rows, 500);
  const weighted = y_score.reduce((sum, s, i) => sum + (s >= 0.5 ? weights[i]! : 0), 0);
  assertAlmostEquals(
    only(evaluation).overall.metrics.selectionRate!.value!,
    weighted / weights.reduce((a, b) => a + b),
    1e-12,
  );
});

permittedTest("evaluate() of a single group compares nothing", () => {
  const { attributes } = only(evaluate({ ...labelled, groups: { all: groups.map(() => "everybody") } }, FAST));
  assert(attributes[0]!.disparities.every(({ value }) => value === null));
});

permittedTest("evaluate() gives the same bytes for the same seed, and others for another", () => {
  const run = (seed: number) => evaluationJson(evaluate(labelled, { ...FAST, seed }));
  assertEquals(run(7), run(7));
  assert(run(7) !== run(8));
});

/** People in three pairs each; the base model prefers those with a degree, the tuned one does not. */
function twoModels(people: number): EvaluationInput & { clusters: string[] } {
  const rng = new Rng(8);
  const rows = Array.from({ length: 3 * people }, (_, i) => Math.floor(i / 3));
  const talent = Array.from({ length: people }, () => rng.normal());
  const scores = (bonus: number) =>
    rows.map((c) => 1 / (1 + Math.exp(-talent[c]! - (c % 2 ? bonus : 0) - 0.5 * rng.normal())));
  return {
    source: "two models",
    groundTruth: rows.map((c) => talent[c]! > 0 ? 1 : 0),
    scores: { base: { scores: scores(1.5), threshold: 0.5 }, tuned: { scores: scores(0), threshold: 0.5 } },
    labels: rows.map((c) => talent[c]! + (c % 2 ? 0.5 : 0) + 0.5 * rng.normal() > 0 ? 1 : 0),
    groups: { education: rows.map((c) => c % 2 ? "degree" : "none") },
    clusters: rows.map((c) => `person ${c}`),
  };
}

const { clusters, ...rows } = twoModels(150);
const TWO: EvaluateOptions = { seed: 1, resamples: 400 };
const byRow = evaluate(rows, TWO);
const byPerson = evaluate({ ...rows, clusters }, TWO);
const disparity = (evaluation: Evaluation, model: number, metric: string) =>
  evaluation.models[model]!.attributes[0]!.disparities.find((own) => own.metric === metric)!;

permittedTest("evaluate() shows the difference of the base model, and none of the tuned one", () => {
  const [before, after] = [0, 1].map((model) => disparity(byPerson, model, "demographicParityDifference"));
  assert(before!.interval!.low! > 0.05 && before!.pValue! < 0.02);
  assert(after!.interval!.low === 0 && after!.pValue! > 0.05);
});

permittedTest("evaluate() reports a change that is to minus from, with an interval around it", () => {
  const [comparison] = byRow.comparisons;
  assertEquals([comparison!.from, comparison!.to], ["base", "tuned"]);
  for (const own of comparison!.attributes[0]!.disparities) {
    const [before, after] = [0, 1].map((model) => disparity(byRow, model, own.metric).value!);
    assertAlmostEquals(own.value!, after! - before!, 1e-12);
    assert(own.interval!.low! <= own.value! && own.value! <= own.interval!.high!, own.metric);
  }
  const auc = (model: number) => byRow.models[model]!.overall.metrics.groundTruthRocAuc!.value!;
  assertAlmostEquals(comparison!.overall.groundTruthRocAuc!.value!, auc(1) - auc(0), 1e-12);
  assertAlmostEquals(
    comparison!.overall.rocAuc!.value!,
    byRow.models[1]!.overall.metrics.rocAuc!.value! - byRow.models[0]!.overall.metrics.rocAuc!.value!,
    1e-12,
  );
});

permittedTest("evaluate() says whom another model favours: each group's change less everybody's", () => {
  const { groups } = byRow.comparisons[0]!.attributes[0]!;
  assertEquals(groups.map(({ group, against }) => [group, against]), [
    ["degree", "label"],
    ["none", "label"],
    ["degree", "groundTruth"],
    ["none", "groundTruth"],
  ]);
  const rate = (model: number, group: string) =>
    byRow.models[model]!.attributes[0]!.groups.find((own) => own.group === group)!.metrics.selectionRate!.value!;
  for (const { group, rates } of groups) {
    assertAlmostEquals(rates.selectionRate!.change.value!, rate(1, group) - rate(0, group), 1e-12);
  }
  // Equal groups: what one gains beside everybody, the other loses.
  const [degree, none] = groups.map(({ rates }) => rates.selectionRate!.relative.value!);
  assertAlmostEquals(none! + degree!, 0, 1e-12);
});

permittedTest("evaluate() widens intervals where whole people are resampled, and moves no value", () => {
  const numbers = ({ models: [base, tuned] }: Evaluation) => [
    base!.overall.metrics.selectionRate!,
    base!.overall.metrics.groundTruthRocAuc!,
    tuned!.attributes[0]!.groups[0]!.metrics.selectionRate!,
    base!.attributes[0]!.disparities.find(({ metric }) => metric === "demographicParityDifference")!,
  ];
  const [plain, clustered] = [numbers(byRow), numbers(byPerson)];
  assertEquals(clustered.map(({ value }) => value), plain.map(({ value }) => value));
  // Rows of a person that were copies would widen them by √3.
  const width = (interval: { low: number | null; high: number | null } | null) => interval!.high! - interval!.low!;
  clustered.forEach(({ interval }, i) => assert(width(interval) > 1.15 * width(plain[i]!.interval), `number ${i}`));
  assertEquals([byRow.data.clusters, byPerson.data.clusters], [null, 150]);
});

permittedTest("evaluate() without ground truth has nothing against it, and compares the pairs asked for", () => {
  const plain = evaluate({ ...rows, groundTruth: null }, { ...TWO, comparisons: [["tuned", "base"]] });
  assert(!("groundTruthRocAuc" in plain.models[0]!.overall.metrics));
  assert(plain.models[0]!.attributes[0]!.disparities.every(({ against }) => against !== "groundTruth"));
  assertEquals(plain.comparisons.map(({ from, to }) => [from, to]), [["tuned", "base"]]);
  assertThrows(() => evaluate(rows, { ...TWO, comparisons: [["tuned", "fair"]] }), InputError, 'found "fair"');
});

const cell = fc.record({
  score: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  counterfactual: fc.integer({ min: 0, max: 8 }).map((eighths) => eighths / 8),
  label: fc.integer({ min: 0, max: 1 }),
  group: fc.constantFrom("a", "b", "only once", "<i>&"),
  job: fc.constantFrom("cook", "nurse"),
});

/** An evaluation of a few random rows, in which much is undefined. */
export const evaluations = fc.record({
  rows: fc.array(cell, { minLength: 1, maxLength: 14 }),
  labelled: fc.boolean(),
  threshold: fc.constantFrom(0, 0.5, 1.1),
}).map(({ rows, labelled, threshold }) =>
  evaluate({
    source: "rows.csv",
    scores: {
      score: { scores: rows.map(({ score }) => score), counterfactual: rows.map((row) => row.counterfactual) },
    },
    labels: labelled ? rows.map(({ label }) => label) : null,
    groups: { group: rows.map(({ group }) => group) },
    queries: rows.map(({ job }) => job),
    control: rows.map(({ job }) => job),
  }, { threshold, topK: 2, resamples: 12 })
);

/** Every object in a JSON document. */
function* objects(value: unknown): Generator<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield value as Record<string, unknown>;
  for (const part of Object.values(value)) yield* objects(part);
}

permittedTest("an undefined number is null with a reason in JSON, never 0, NaN or a missing field", () => {
  let seen = 0;
  fc.assert(
    fc.property(evaluations, (evaluation) => {
      const document = JSON.parse(evaluationJson(evaluation));
      assertEquals(document, evaluation);
      assertEquals(EvaluationSchema.parse(document), evaluation);
      for (const own of objects(document)) {
        if (!("value" in own)) continue;
        if (own.value === null) seen++;
        assertEquals(own.value === null, typeof own.reason === "string", JSON.stringify(own));
      }
    }),
    { numRuns: 25 },
  );
  assert(seen > 500, `${seen} undefined values`);
});

Deno.test("scores about ±1e308 leave undefined what they are too large for, and nothing else", () => {
  const scores = [1.7e308, -1.7e308, 1.7e308, -1.7e308, 1.6e308, -1.5e308];
  const groups = ["a", "b", "a", "b", "a", "b"];
  const evaluation = evaluate({ source: "huge", scores: { match: scores }, groups: { g: groups } }, {
    acceptanceRate: 0.5,
    resamples: 20,
  });
  const { disparities } = evaluation.models[0]!.attributes[0]!;
  const named = Object.fromEntries(disparities.map(({ metric, value }) => [metric, value]));
  assertEquals([named.demographicParityDifference, named.meanScoreDifference], [1, null]);
  JSON.parse(evaluationJson(evaluation));
});

Deno.test("weights whose products are no numbers any more are refused", () => {
  const rows = { source: "t.csv", scores: { s: [0.1, 0.9] }, groups: { g: ["a", "b"] } };
  assertThrows(
    () => evaluate({ ...rows, weights: [1, 1e200] }),
    InputError,
    't.csv, column "weight": expected weights of 0 or from 1e-60 to 1e+60, found 1e+200',
  );
});

Deno.test("where labels are known only of those selected, no difference in error rates is reported as none", () => {
  const scores = Array.from({ length: 80 }, (_, i) => (i * 37 % 80) / 80);
  const input = {
    source: "x.csv",
    scores: { own: scores },
    labels: scores.map((score, i) => score >= 0.5 ? Number(i % 3 > 0) : NaN),
    groups: { g: scores.map((_, i) => i % 2 ? "a" : "b") },
  };
  const undefinedOf = (of: typeof input, options = {}) =>
    evaluate(of, { resamples: 20, ...options }).models[0]!.attributes[0]!.disparities
      .flatMap((own) => own.value === null ? [[own.metric, own.reason]] : []);
  const reason = "labels are known only of those selected, whose rates are alike whatever the scores";
  const constructed = [
    "equalizedOddsDifference",
    "equalizedOddsMeanDifference",
    "equalOpportunityDifference",
    "falsePositiveRateDifference",
    "compositeScore",
  ];
  assertEquals(undefinedOf(input), constructed.map((metric) => [metric, reason]));
  // One label of somebody who was not selected, and the rates say something.
  const one = { ...input, labels: input.labels.map((label, i) => scores[i] === 0 ? 1 : label) };
  assertEquals(undefinedOf(one), []);
});
