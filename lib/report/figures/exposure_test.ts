import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { fairness, fairnessRows, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { exposureByRank, topShares } from "./exposure.ts";
import { permittedTest } from "../../_testing.ts";

const ranks = [1, 2, 4, 8];
const exposureOf = (rows: ReturnType<typeof fairnessRows>) => {
  const { evaluation, table } = fairness(rows);
  return exposureByRank(evaluation, { table, ranks, topK: 2 });
};
const figure = exposureOf(fairnessRows());

permittedTest("exposureByRank() looks as reviewed", () => assertSnapshot(figure));

Deno.test("exposureByRank() names the group that holds more places than by chance, if that stands out", () => {
  assertStringIncludes(exposureOf(fairnessRows([["a", 60], ["b", 60]], 3)).title, "“a” holds ");
  assertEquals(
    exposureOf(fairnessRows([["a", 60], ["b", 60]], 0)).title,
    "In the first 2 places of the tuned model, no group’s share differs significantly from a proportional one",
  );
  assertStringIncludes(exposureOf(fairnessRows([["a", 60]])).title, "only one group");
});

Deno.test("exposureByRank() shares add up to all places, names show as text, and other ranks are refused", () => {
  const first = figure.rows.filter(({ model, k }) => model === "tuned" && k === 2).map(({ share }) => share as number);
  assertAlmostEquals(first.reduce((sum, share) => sum + share, 0), 1, 1e-12);
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
  const { evaluation, table } = fairness();
  assertThrows(() => exposureByRank(evaluation, { table, ranks, topK: 3 }), InputError, "expected one of 1, 2, 4, 8");
  assertThrows(() => exposureByRank(evaluation, { table: { ...table, queries: null } }), InputError, "no queries");
});

permittedTest("topShares() shows each group's share of the places beside that of the candidates", async () => {
  const { evaluation } = fairness();
  const own = topShares(evaluation);
  await assertSnapshot(own);
  const tuned = own.rows.filter(({ model }) => model === "tuned");
  for (const column of ["topKShare", "candidateShare"]) {
    assertAlmostEquals(tuned.reduce((sum, row) => sum + (row[column] as number), 0), 1, 1e-12);
  }
  assertEquals(plotTexts([own.data, own.layout]).filter((text) => text.includes('"R&D"')), []);
  const unranked = fairness(fairnessRows(), { queries: null }).evaluation;
  assertThrows(() => topShares(unranked), InputError, "Expected rankings");
});
