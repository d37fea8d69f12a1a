import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { scoreDensities } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { fairnessRows, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { scoreDistributions } from "./score_distributions.ts";

function inputOf({ base, tuned, groups, clusters }: ReturnType<typeof fairnessRows>) {
  const densities = (scores: number[], threshold: number) =>
    scoreDensities({ scores, groups, clusters }, threshold, { rng: new Rng(1), resamples: 100 });
  return {
    attribute: "education",
    models: [{ name: "base", densities: densities(base, 0.5) }, { name: "tuned", densities: densities(tuned, 0.6) }],
    smallGroup: 30,
  };
}

const figure = scoreDistributions(inputOf(fairnessRows()));

Deno.test("scoreDistributions() looks as reviewed", () => assertSnapshot(figure));

Deno.test("scoreDistributions() darkens the share selected, all ridges being of one area", () => {
  const { models } = inputOf(fairnessRows([["a", 400]], 0));
  const { data } = scoreDistributions({ attribute: "education", models: models.slice(0, 1), smallGroup: 30 });
  const areas = (data as { fill?: string; x: number[]; y: number[] }[]).filter(({ fill }) => fill !== undefined)
    .map(({ x, y }) =>
      x.reduce((sum, at, i) => i === 0 ? 0 : sum + (at - x[i - 1]!) * (y[0]! - (y[i]! + y[i - 1]!) / 2), 0)
    );
  assertAlmostEquals(areas[1]! / (areas[0]! + areas[1]!), models[0]!.densities.groups[0]!.selected!, 0.04);
});

Deno.test("scoreDistributions() shows three scores as ticks, and names as text", () => {
  const ticks = (figure.data as { marker?: { symbol: string }; x: number[] }[]).filter(({ marker }) =>
    marker?.symbol === "line-ns-open"
  );
  assertEquals(ticks.map(({ x }) => x.length), [3, 3]);
  assertStringIncludes(figure.subtitle, "Ticks: single scores.");
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});

Deno.test("scoreDistributions() finds no difference where there is none", () => {
  const { title } = scoreDistributions(inputOf(fairnessRows([["a", 60], ["b", 60]], 0)));
  assertStringIncludes(title, "no difference beyond chance");
});
