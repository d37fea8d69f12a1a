import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { evaluate, type EvaluationInput } from "../../evaluate/mod.ts";
import { percent } from "../format.ts";
import { HOSTILE, predictionsOf, reportRun } from "./_testing.ts";
import { predictionsInput } from "../../evaluate/mod.ts";
import { thresholdCounts, thresholdPanel, thresholdRows } from "./threshold_panel.ts";

const run = reportRun();
const table = predictionsInput(run.predictions, "pairs.csv");

Deno.test("the slider's counts at the threshold in use are the evaluation's own", () => {
  const counts = thresholdCounts(run.evaluation, table, "education");
  assertEquals(counts.map(({ model }) => model), ["base", "tuned"]);
  counts.forEach(({ thresholds, chosen, groups }, m) => {
    const model = run.evaluation.models[m]!;
    assertEquals(thresholds[chosen], model.threshold);
    for (const { group, n, positives, negatives, selected, hits, falseAlarms, small } of groups) {
      const own = model.attributes[0]!.groups.find((one) => one.group === group)!;
      assertEquals([n, positives, small], [own.count, own.positives, own.small]);
      assertAlmostEquals(selected[chosen]! / n, own.metrics.selectionRate!.value!, 1e-12);
      assertAlmostEquals(hits[chosen]! / positives!, own.metrics.tpr!.value!, 1e-12);
      assertAlmostEquals(falseAlarms[chosen]! / negatives!, own.metrics.fpr!.value!, 1e-12);
      assert(selected.every((count, t) => t === 0 || count <= selected[t - 1]!), "a higher threshold selects fewer");
      assertEquals(selected[0], n, "the lowest score selects everybody");
    }
  });
});

Deno.test("counts of every stop are those of the rows", () => {
  const [, { thresholds, groups }] = thresholdCounts(run.evaluation, table, "education") as [
    unknown,
    ReturnType<
      typeof thresholdCounts
    >[number],
  ];
  const { scores } = predictionsOf().models.tuned;
  for (const t of [7, 40, 99]) {
    for (const { group, selected, hits } of groups) {
      const reached = run.predictions.groups.education!.flatMap((own, i) =>
        own === group && scores[i]! >= thresholds[t]! ? [i] : []
      );
      assertEquals(selected[t], reached.length);
      assertEquals(hits[t], reached.filter((i) => run.predictions.labels[i] === 1).length);
    }
  }
});

Deno.test("the table shows rates, the ratio to the highest large group, and what no label tells as a dash", () => {
  const input: EvaluationInput = {
    source: "x.csv",
    scores: { own: [0.9, 0.8, 0.2, 0.1, 0.7, 0.3, 0.2, 0.1] },
    groups: { school: ["A", "A", "A", "A", "B", "B", "B", "B"] },
  };
  const [counts] = thresholdCounts(evaluate(input, { resamples: 10, smallBelow: 2 }), input, "school");
  assertEquals(thresholdRows(counts!, counts!.chosen), [
    ["A", "4", "2", percent(0.5), "1.00", "–", "–"],
    ["B", "4", "1", percent(0.25), "0.50 ✗", "–", "–"],
  ]);
});

Deno.test("the panel escapes names, keeps its controls hidden from who runs no scripts, and has none to move by group", () => {
  const { markup } = thresholdPanel(run.evaluation, table, "education");
  assert(!markup.includes(HOSTILE));
  assertStringIncludes(markup, '<p class="controls" hidden>');
  assertStringIncludes(markup, "<option selected>tuned</option>");
  const byGroup = reportRun({ decidesByGroup: true });
  const own = predictionsInput(byGroup.predictions, "pairs.csv");
  assertEquals(thresholdCounts(byGroup.evaluation, own, "education").map(({ model }) => model), ["base"]);
});

Deno.test("the panel turns round with what is hoped for, leaves unknown groups out, and divides by known labels", () => {
  const input: EvaluationInput = {
    source: "x.csv",
    scores: { risk: [0.9, 0.8, 0.2, 0.1, 0.7, 0.6, 0.5, 0.1, 0.9] },
    labels: [1, 0, NaN, 1, 1, 1, NaN, 0, 1],
    groups: { sex: ["A", "A", "A", "A", "B", "B", "B", "B", "Unknown"] },
  };
  const options = { resamples: 10, smallBelow: 2, threshold: 0.5, favourable: "low" } as const;
  const evaluation = evaluate(input, options);
  const [counts] = thresholdCounts(evaluation, input, "sex");
  assertEquals(thresholdRows(counts!, counts!.chosen), [
    ["A", "4", "2", percent(0.5), "1.00", percent(0.5), percent(1)],
    ["B", "4", "1", percent(0.25), "0.50 ✗", percent(1), percent(0)],
  ]);
  const { markup } = thresholdPanel(evaluation, input, "sex");
  for (
    const part of [
      "Favourable outcomes by risk at a score below 0.500",
      "All: 37.5% with the favourable outcome, 66.7%",
    ]
  ) {
    assertStringIncludes(markup, part);
  }
  assertEquals([
    /elect(ed|ion)/.test(markup.replace(/<select.*?<\/select>/g, "").replace(/"selected"/g, "")),
    /NaN/.test(markup),
  ], [
    false,
    false,
  ]);
  const named = evaluate(input, { ...options, reference: ["B"] });
  const [beside] = thresholdCounts(named, input, "sex");
  assertEquals(thresholdRows(beside!, beside!.chosen).map((row) => row[4]), ["2.00", "1.00"]);
});
