import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { evaluate, type EvaluationInput } from "../../evaluate/mod.ts";
import { Rng } from "../../random.ts";
import { fairness, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { counterfactualShiftScatter } from "./counterfactuals.ts";
import { permittedTest } from "../../_testing.ts";

function modelOf(name: string, rows: number, noise: number) {
  const rng = new Rng(7);
  const scores = Array.from({ length: rows }, () => rng.uniform());
  const counterfactual = scores.map((score, i) => i % 10 ? score + noise * rng.normal() : NaN);
  const flips =
    scores.filter((score, i) => !Number.isNaN(counterfactual[i]!) && score >= 0.5 !== counterfactual[i]! >= 0.5).length;
  return { name, threshold: 0.5, scores, counterfactual, flips };
}

function shiftsOf(rows: number, noises: Readonly<Record<string, number>>) {
  const models = Object.entries(noises).map(([name, noise]) => modelOf(name, rows, noise));
  const table: EvaluationInput = {
    source: "rows",
    scores: Object.fromEntries(models.map(({ name, ...own }) => [name, own])),
    groups: { education: models[0]!.scores.map(() => "BA") },
    clusters: models[0]!.scores.map((_, i) => `${i % 50}`),
    columns: { cluster: "candidates" },
  };
  return { models, table, evaluation: evaluate(table, { seed: 1, resamples: 20 }) };
}

const { models, table, evaluation } = shiftsOf(60, { base: 0.1, [HOSTILE]: 0.02 });
const figure = counterfactualShiftScatter(evaluation, { table });
const sizes = (data: unknown[]) => (data as { x: number[] }[]).map(({ x }) => x.length);

permittedTest("counterfactualShiftScatter() looks as reviewed", () => assertSnapshot(figure));

Deno.test("counterfactualShiftScatter() draws each pair with a counterfactual once, flips by their direction", () => {
  const [same, gained, lost] = sizes(figure.data);
  assertEquals([same! + gained! + lost!, gained! + lost!], [54, models[0]!.flips]);
});

Deno.test("counterfactualShiftScatter() of many pairs draws every flip and a sample of the others", () => {
  const { models: [many], table, evaluation } = shiftsOf(20_000, { many: 0.05 });
  const [same, gained, lost] = sizes(counterfactualShiftScatter(evaluation, { table }).data);
  assertEquals([same! <= 1500, gained! + lost!], [true, many!.flips]);
});

Deno.test("counterfactualShiftScatter() says why there is no flip rate, and that none flips", () => {
  const title = (value: number | null) => {
    const flipRate = value === null
      ? { value, reason: "no résumé has a counterfactual", interval: null }
      : { value, interval: null };
    const [model] = evaluation.models;
    const overall = { ...model!.overall, counterfactual: { rows: 54, metrics: { flipRate } } };
    return counterfactualShiftScatter({ ...evaluation, models: [{ ...model!, overall }] }, { table }).title;
  };
  assertEquals(title(null), "Flips of the base model are undefined: no résumé has a counterfactual");
  assertEquals(title(0), "Another education flips none of the base model’s decisions");
});

Deno.test("counterfactualShiftScatter() shows models' names as text", () => {
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});

Deno.test("counterfactualShiftScatter() gives its points as rows, and needs counterfactuals", () => {
  const flipped = figure.rows.filter(({ model, decision }) => model === "base" && decision !== "same decision");
  assertEquals(flipped.length, models[0]!.flips);
  const plain = fairness();
  assertThrows(
    () => counterfactualShiftScatter(plain.evaluation, { table: plain.table }),
    InputError,
    "base: expected scores of counterfactuals",
  );
});
