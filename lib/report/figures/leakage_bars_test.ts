import { assertEquals, assertStringIncludes } from "@std/assert";
import { leakageProbe } from "../../evaluate/leakage/leakage.ts";
import { Rng } from "../../random.ts";
import { HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { leakageBars } from "./leakage_bars.ts";

function leakageOf(distance: number, groups = ["a", "b", "c"]) {
  const rng = new Rng(3);
  const rows = Array.from({ length: 90 }, (_, i) => i % groups.length);
  const embeddings = rows.map((g) => Float32Array.of(rng.normal() + distance * g, rng.normal()));
  return leakageProbe({ embeddings, groups: rows.map((g) => groups[g]!) }, {
    seed: 1,
    resamples: 50,
    permutations: 99,
  });
}

const figure = leakageBars({
  attribute: "education",
  models: [{ name: "base", leakage: await leakageOf(2) }, { name: HOSTILE, leakage: await leakageOf(0) }],
});

Deno.test("leakageBars() looks as reviewed", () => assertSnapshot(figure));

Deno.test("leakageBars() says whether embeddings tell the group", async () => {
  assertStringIncludes(figure.title, "are not found to tell education");
  const { title } = leakageBars({ attribute: "education", models: [{ name: "base", leakage: await leakageOf(2) }] });
  assertStringIncludes(title, "Embeddings of the base model tell education: balanced accuracy ");
  assertStringIncludes(title, ", chance 33\u00a0%; beyond chance");
});

Deno.test("leakageBars() says why there is nothing to probe", async () => {
  const alone = leakageBars({ attribute: "education", models: [{ name: "base", leakage: await leakageOf(0, ["a"]) }] });
  assertStringIncludes(alone.title, "education: nothing to probe, ");
  assertStringIncludes(alone.layout.annotations![0]!.text!, "undefined: ");
});

Deno.test("leakageBars() shows models' names as text", () => {
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});
