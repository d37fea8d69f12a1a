import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { evaluate } from "./evaluate.ts";
import { evaluationCsv } from "./evaluation_csv.ts";
import type { EvaluationInput } from "./table.ts";

const rows: EvaluationInput = {
  source: "eight",
  scores: {
    base: [0.9, 0.8, 0.6, 0.3, 0.7, 0.4, 0.2, 0.1],
    tuned: [0.9, 0.4, 0.6, 0.3, 0.7, 0.6, 0.2, 0.1],
  },
  labels: [1, 0, 1, 1, 1, 1, 0, 0],
  groups: { g: ["a", "a", "a", "a", "b", "b", "b", "b"] },
  queries: ["p", "p", "q", "q", "p", "p", "q", "q"],
  control: ["x", "x", "x", "y", "x", "y", "y", "y"],
};
const evaluation = evaluate(rows, { resamples: 50, threshold: 0.5, topK: 2 });
const tables = evaluationCsv(evaluation);
const [numbers, , distances, queries] = tables.map((table) => table.rows);
/** The one row of the first table that has all these cells. */
function only(cells: Readonly<Record<string, unknown>>) {
  const found = numbers!.filter((row) => Object.entries(cells).every(([name, cell]) => row[name] === cell));
  assertEquals(found.length, 1, JSON.stringify(cells));
  return found[0]!;
}

Deno.test("evaluationCsv() holds each number by hand in the row that says whose it is", () => {
  const rate = { part: "decisions", metric: "selectionRate", model: "base" };
  // Of everybody 4 of 8, of "a" 3 of 4; tuned selects one fewer there.
  const all = only({ ...rate, group: null });
  assertEquals([all.value, all.rows, all.positives, all.seeds], [0.5, 8, 5, 1]);
  const a = only({ ...rate, group: "a", attribute: "g" });
  assertEquals([a.value, a.rows, a.positives, a.small, a.interval_over], [0.75, 4, 3, true, "people"]);
  assertEquals(only({ ...rate, model: "tuned", group: "a" }).value, 0.5);
  assertEquals(only({ part: "decisions", metric: "impactRatio", model: "base", group: "b" }).value, 1 / 3);
});

Deno.test("evaluationCsv() holds disparities with test and interval, those within a level beside its rows", () => {
  const parity = { part: "disparity", metric: "demographicParityDifference", model: "base" };
  const { value, p_value, low, high } = only({ ...parity, level: null });
  assertEquals(value, 0.5);
  assert(Number(p_value) > 0 && Number(low) <= 0.5 && 0.5 <= Number(high));
  // "x" holds 3 of "a" and 1 of "b", all selected; "y" holds those that are not.
  for (const level of ["x", "y"]) {
    const within = only({ ...parity, level });
    assertEquals([within.value, within.rows], [0, 4]);
  }
});

Deno.test("evaluationCsv() leaves an undefined number empty, with its reason beside it", () => {
  // Nobody among those of level "y" in "a" has label 0.
  const fpr = only({ model: "base", level: "y", metric: "falsePositiveRateDifference" });
  assertEquals([fpr.value, fpr.low, fpr.high], [null, null, null]);
  assert(String(fpr.undefined_because).length > 0 && fpr.left_out === "a");
  for (const { value, undefined_because } of numbers!) assertEquals(value === null, undefined_because !== null);
});

Deno.test("evaluationCsv() names both models of a change, whose sign is that of tuned less base", () => {
  const change = { model: "tuned", compared_with: "base" };
  assertEquals(only({ ...change, part: "change", metric: "accuracy" }).value, 7 / 8 - 5 / 8);
  assertEquals(only({ ...change, part: "change", metric: "demographicParityDifference" }).value, -0.5);
  assertEquals(only({ ...change, part: "change", metric: "tpr", group: "b" }).value, 0.5);
  // Everybody's rises by 1/5.
  const less = only({ ...change, part: "change less everybody's", metric: "tpr", group: "b" });
  assertAlmostEquals(Number(less.value), 0.5 - 0.2, 1e-12);
});

Deno.test("evaluationCsv() lists the distance of each pair, and the places of each group of each query", () => {
  assertEquals(tables.map(({ file }) => file), ["evaluation.csv", "pairs.csv", "distances.csv", "queries.csv"]);
  const [base] = distances!;
  assertEquals([base!.model, base!.attribute, distances!.length], ["base", "g", 2]);
  // Sorted scores differ by 0.2, 0.4, 0.4, 0.2.
  assertAlmostEquals(Number(base!.wasserstein), 0.3, 1e-12);
  // "p" ranks 0.9 and 0.8 of "a" over 0.7 and 0.4 of "b".
  const places = queries!.filter(({ model, query }) => model === "base" && query === "p");
  assertEquals(places.map((own) => [own.group, own.candidates, own.selected, own.top_k_share]), [
    ["a", 2, 2, 1],
    ["b", 2, 0, 0],
  ]);
});

Deno.test("evaluationCsv() has the same columns in every row, and no table without rows", () => {
  for (const { columns, rows } of tables) for (const row of rows) assertEquals(Object.keys(row), columns);
  const plain = evaluate({ ...rows, queries: null, groups: { g: Array(8).fill("all") } }, { resamples: 5 });
  assertEquals(evaluationCsv(plain).map(({ file }) => file), ["evaluation.csv"]);
});

Deno.test("evaluationCsv() writes many seeds as four rows: people and seeds, people, runs and splits", () => {
  const ends = { level: 0.95, method: "bca", resamples: 50, undefinedResamples: 0, bias: 0 } as const;
  const rate = {
    value: 0.5,
    interval: { low: 0.3, high: 0.7, ...ends },
    overPeople: { low: 0.4, high: 0.6, ...ends },
    overSeeds: {
      seeds: 3,
      mean: 0.52,
      deviation: 0.02,
      runs: { low: 0.47, high: 0.57 },
      splits: { low: 0.42, high: 0.62 },
      expected: 0.1,
    },
  };
  const [model] = evaluation.models;
  const overall = { ...model!.overall, metrics: { selectionRate: rate } };
  const found = evaluationCsv({ ...evaluation, models: [{ ...model!, name: "three", overall, attributes: [] }] })[0]!
    .rows.filter((row) => row.model === "three" && row.metric === "selectionRate");
  assertEquals(found.map((row) => [row.interval_over, row.value, row.low, row.high, row.expected]), [
    ["people and seeds", 0.5, 0.3, 0.7, null],
    ["people", 0.5, 0.4, 0.6, null],
    ["runs", 0.52, 0.47, 0.57, 0.1],
    ["splits", 0.52, 0.42, 0.62, 0.1],
  ]);
  assertEquals(found[2]!.part, "decisions, mean of runs");
});
