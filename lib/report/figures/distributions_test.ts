import { assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { fairness, fairnessRows, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { scoreDistributions } from "./distributions.ts";
import { permittedTest } from "../../_testing.ts";

const distributionsOf = (rows: ReturnType<typeof fairnessRows>, models?: string[]) => {
  const { evaluation, table } = fairness(rows);
  return scoreDistributions(evaluation, { table, models });
};
const figure = distributionsOf(fairnessRows());

permittedTest("scoreDistributions() looks as reviewed", () => assertSnapshot(figure));

Deno.test("scoreDistributions() darkens the share selected, all ridges being of one area", () => {
  const { data, rows } = distributionsOf(fairnessRows([["a", 400]], 0), ["base"]);
  const areas = (data as { fill?: string; x: number[]; y: number[] }[]).filter(({ fill }) => fill !== undefined)
    .map(({ x, y }) =>
      x.reduce((sum, at, i) => i === 0 ? 0 : sum + (at - x[i - 1]!) * (y[0]! - (y[i]! + y[i - 1]!) / 2), 0)
    );
  assertAlmostEquals(areas[1]! / (areas[0]! + areas[1]!), rows[0]!.selected as number, 0.04);
});

Deno.test("scoreDistributions() shows three scores as ticks, and names as text", () => {
  const ticks = (figure.data as { marker?: { symbol: string }; x: number[] }[]).filter(({ marker }) =>
    marker?.symbol === "line-ns-open"
  );
  assertEquals(ticks.map(({ x }) => x.length), [3, 3]);
  assertStringIncludes(figure.subtitle, "Ticks: single scores.");
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});

Deno.test("scoreDistributions() finds no difference where there is none, and needs one threshold", () => {
  const rows = fairnessRows([["a", 60], ["b", 60]], 0);
  assertStringIncludes(distributionsOf(rows).title, "difference not statistically significant");
  const { evaluation, table } = fairness(rows, {
    scores: { base: { scores: rows.base, decisions: rows.base.map((score) => Number(score > 0.4)) } },
  });
  assertThrows(() => scoreDistributions(evaluation, { table }), InputError, "base: expected one threshold");
});
