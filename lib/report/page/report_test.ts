import { assertAlmostEquals, assertEquals, assertStrictEquals } from "@std/assert";
import { evaluate, predictionsInput } from "../../evaluate/mod.ts";
import { NO_DATA, predictionsOf, reportRun } from "./_testing.ts";
import { attributesOf, endsOf, reportOf, shownPath } from "./report.ts";

Deno.test("reportOf() shows a run alone by the evaluation that the run left", () => {
  const run = reportRun();
  const { evaluation, table, apart } = reportOf(run, [], NO_DATA);
  assertStrictEquals(evaluation, run.evaluation);
  assertEquals(Object.keys(table.scores), ["base", "tuned"]);
  assertEquals(apart, []);
  assertEquals(attributesOf(evaluation), ["education"]);
  const { base, tuned } = endsOf(evaluation);
  assertEquals([base.name, tuned.name], ["base", "tuned"]);
});

Deno.test("reportOf() evaluates runs with the same rows together, each against the subject", () => {
  const subject = reportRun({ name: "fair", advantage: 0 }), other = reportRun({ name: "plain", advantage: 2 });
  const { evaluation, apart } = reportOf(subject, [other], NO_DATA);
  assertEquals(apart, []);
  assertEquals(evaluation.models.map(({ name }) => name), ["base", "plain", "fair"]);
  assertEquals(evaluation.comparisons.map(({ from, to }) => [from, to]), [["base", "fair"], ["plain", "fair"]]);
  assertEquals(evaluation.settings, subject.evaluation.settings);
  // What each model is on its own does not depend on its company.
  const own = [subject.evaluation.models[0]!, other.evaluation.models[1]!, subject.evaluation.models[1]!];
  evaluation.models.forEach((model, m) => {
    assertEquals(model.threshold, own[m]!.threshold);
    assertEquals(model.overall.metrics.rocAuc, own[m]!.overall.metrics.rocAuc);
    assertEquals(model.attributes[0]!.groups, own[m]!.attributes[0]!.groups);
  });
  const change = evaluation.comparisons[1]!.overall.rocAuc!;
  assertAlmostEquals(
    change.value!,
    own[2]!.overall.metrics.rocAuc!.value! - own[1]!.overall.metrics.rocAuc!.value!,
    1e-12,
  );
});

Deno.test("reportOf() is what evaluate() says of the same columns", () => {
  const subject = reportRun({ name: "fair", advantage: 0 }), other = reportRun({ name: "plain", advantage: 2 });
  const { evaluation } = reportOf(subject, [other], NO_DATA);
  const direct = evaluate(
    predictionsInput(subject.predictions, "pairs.csv", {
      base: subject.predictions.models.base,
      plain: other.predictions.models.tuned,
      fair: subject.predictions.models.tuned,
    }),
    { resamples: 20, seed: 7, comparisons: [["base", "fair"], ["plain", "fair"]] },
  );
  assertEquals(evaluation, direct);
});

Deno.test("reportOf() keeps decisions by group as they were made", () => {
  const byGroup = reportRun({ name: "by group", decidesByGroup: true });
  const { evaluation } = reportOf(reportRun(), [byGroup], NO_DATA);
  const [, own] = evaluation.models;
  assertEquals([own!.threshold, own!.thresholdFrom], [null, "groups"]);
  assertEquals(own!.overall.metrics.selectionRate, byGroup.evaluation.models[1]!.overall.metrics.selectionRate);
});

Deno.test("reportOf() puts the leakage of every run beside the subject's, whose change alone is known", () => {
  const subject = reportRun({ name: "fair", advantage: 0, hasLeakage: true });
  const other = reportRun({ name: "plain", advantage: 2, hasLeakage: true });
  const unprobed = reportRun({ name: "unprobed" });
  const otherLevel = reportRun({ name: "wide", hasLeakage: true, confidence: 0.5 });
  const { evaluation: { leakage } } = reportOf(subject, [other, unprobed, otherLevel], NO_DATA);
  assertEquals(leakage.length, 1);
  const [{ models, changes, expected }] = leakage as [typeof leakage[number]];
  assertEquals(
    models.map(({ name, balancedAccuracy }) => [name, balancedAccuracy.value]),
    [["base", 0.5], ["plain", 0.8], ["fair", 0.4]],
  );
  assertEquals(expected, { value: 0.375 });
  assertEquals(changes.map(({ from, to }) => [from, to]), [["base", "fair"]]);
});

Deno.test("reportOf() keeps runs apart that were measured on something else, and says on what", () => {
  const subject = reportRun();
  const { predictions } = subject;
  const swapped = (values: readonly string[]) => values.with(0, "somebody else");
  const cases = [
    [{ people: swapped(predictions.people) }, "it was measured on other test pairs"],
    [{ jobs: swapped(predictions.jobs) }, "it was measured on other test pairs"],
    [{ labels: predictions.labels.map((label) => 1 - label) }, "it was measured on other test pairs"],
    [{ labels: predictions.labels.slice(1) }, "it was measured on other test pairs"],
    [{ groundTruth: null }, "it was measured against other ground-truth labels"],
    [{ groups: { education: swapped(predictions.groups.education!) } }, "it knows other groups of education"],
    [{ groups: { town: predictions.groups.education! } }, "it knows other groups of education"],
  ] as const;
  for (const [changes, reason] of cases) {
    const other = { ...subject, name: "other", predictions: { ...predictions, ...changes } };
    const report = reportOf(subject, [other], NO_DATA);
    assertEquals(report.apart.map(({ run, reason }) => [run.name, reason]), [["other", reason]]);
    assertStrictEquals(report.evaluation, subject.evaluation);
  }
});

Deno.test("reportOf() compares the runs that can be compared, whatever stands apart", () => {
  const subject = reportRun({ name: "fair" }), beside = reportRun({ name: "beside", advantage: 2 });
  const other = { ...reportRun({ name: "other" }), predictions: predictionsOf({ hasGroundTruth: false }) };
  const { evaluation, apart, others } = reportOf(subject, [other, beside], NO_DATA);
  assertEquals(evaluation.models.map(({ name }) => name), ["base", "beside", "fair"]);
  assertEquals([apart.length, others.length], [1, 2]);
});

Deno.test("shownPath() shortens what leads out of the project", () => {
  const cases = [
    ["data/raw/demo.csv", "data/raw/demo.csv"],
    ["/home/ann/pairs.csv", "pairs.csv"],
    ["/home/ann/runs/fair/", "fair"],
    ["C:\\ann\\pairs.csv", "pairs.csv"],
    ["\\\\server\\ann\\pairs.csv", "pairs.csv"],
    ["~/pairs.csv", "pairs.csv"],
    ["../ann/pairs.csv", "pairs.csv"],
    ["data/../../ann/pairs.csv", "pairs.csv"],
    ["a..b/pairs.csv", "a..b/pairs.csv"],
  ];
  for (const [path, shown] of cases) assertEquals(shownPath(path!), shown);
});
