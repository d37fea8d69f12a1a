import { assertEquals, assertStringIncludes } from "@std/assert";
import { evaluate, type EvaluationInput } from "../evaluate/mod.ts";
import { evaluationHtml } from "./evaluation_html.ts";
import { evaluationText } from "./evaluation_text.ts";
import { counterfactualShiftScatter } from "./figures/counterfactuals.ts";
import { scoreDistributions } from "./figures/distributions.ts";
import { groupChangeForest } from "./figures/forest.ts";
import { thresholdDisparities } from "./figures/thresholds.ts";

// Scores 1 to 10 of 120 people, of whom "Blue" has the higher risks.
const people = Array.from(
  { length: 120 },
  (_, i) => ({ race: i % 2 ? "Blue" : "Green", risk: 1 + (i * 7 + 2 * (i % 2)) % 10 }),
);
const input: EvaluationInput = {
  source: "risk.csv",
  scores: { risk: people.map(({ risk }) => risk), other: people.map(({ risk }, i) => Math.min(10, risk + i % 3)) },
  counterfactual: undefined,
  labels: people.map(({ risk }, i) => Number((risk + i % 5) > 7)),
  groups: { race: people.map(({ race }) => race) },
} as EvaluationInput;
const options = { favourable: "low", threshold: 6, resamples: 20 } as const;

/** Words of people who hope for high scores, with what stands around them. */
const saysSelected = (text: string) => text.match(/.{0,40}\bselect(ed|s|ion)?\b.{0,40}/gi);

Deno.test("where a low score is hoped for, nothing in a report speaks of being selected", () => {
  for (const scores of [["risk"], ["risk", "other"]]) {
    const own = { ...input, scores: Object.fromEntries(scores.map((name) => [name, input.scores[name]!])) };
    const evaluation = evaluate(own, options);
    const text = evaluationText(evaluation, { width: 100 });
    const page = evaluationHtml(evaluation, { table: own })
      .replace(/<(script|style)[^]*?<\/\1>/g, "").replace(/<[^>]*>/g, " ").replace(
        /selection-rates\S*|selectionRate\w*/g,
        "",
      );
    assertEquals([saysSelected(text), saysSelected(page)], [null, null]);
    assertStringIncludes(text, scores.length === 1 ? "Rate of the favourable outcome  " : "Favourable");
  }
});

Deno.test("where a low score is hoped for, figures and reasons are turned round too", () => {
  const table = {
    ...input,
    scores: Object.fromEntries(
      Object.entries(input.scores).map(([name, scores]) => [name, {
        scores: scores as number[],
        counterfactual: (scores as number[]).map((score, i) => i % 4 ? score : 11 - score),
      }]),
    ),
  };
  const evaluation = evaluate(table, options);
  const figures = [
    scoreDistributions(evaluation, { table }),
    thresholdDisparities(evaluation, { table }),
    counterfactualShiftScatter(evaluation, { table }),
    groupChangeForest(evaluation, {}),
  ];
  for (const { title, subtitle, alt, rows } of figures) {
    assertEquals(
      saysSelected([title, subtitle, alt, ...rows.map((row) => JSON.stringify(Object.values(row)))].join()),
      null,
    );
  }
  // Nobody of either group reaches 11: everybody has the favourable outcome, and precision has no rows.
  const { models: [model] } = evaluate(input, { ...options, threshold: 11 });
  const { ppv, selectionRate } = model!.overall.metrics;
  assertEquals([selectionRate!.value, ppv], [1, {
    value: null,
    reason: "no score is at least the threshold",
    interval: null,
  }]);
});
