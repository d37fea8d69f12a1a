import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { type Evaluation, leakageEvaluation } from "../../evaluate/mod.ts";
import { type Leakage, leakageProbe } from "../../evaluate/leakage/leakage.ts";
import { Rng } from "../../random.ts";
import { fairness, HOSTILE, plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { leakageBars } from "./leakage.ts";
import { permittedTest } from "../../_testing.ts";

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

const { evaluation } = fairness();

/** Bars of one or two models. */
function barsOf(base: Leakage, tuned?: Leakage) {
  const change = { accuracy: base.accuracy, balancedAccuracy: base.balancedAccuracy, macroAuc: base.macroAuc };
  const found = leakageEvaluation("education", { base, tuned: tuned ?? base, change });
  const models = tuned ? [found.models[0]!, { ...found.models[1]!, name: HOSTILE }] : found.models.slice(0, 1);
  return leakageBars({ ...evaluation, leakage: [{ ...found, models }] } as Evaluation);
}

const figure = barsOf(await leakageOf(2), await leakageOf(0));

permittedTest("leakageBars() looks as reviewed", () => assertSnapshot(figure));

Deno.test("leakageBars() says whether embeddings tell the group", async () => {
  assertStringIncludes(figure.title, "are not found to tell education");
  const { title } = barsOf(await leakageOf(2));
  assertStringIncludes(title, "Embeddings of the base model tell education: balanced accuracy ");
  assertStringIncludes(title, ", chance 33%; statistically significant");
});

Deno.test("leakageBars() says why there is nothing to probe", async () => {
  const alone = barsOf(await leakageOf(0, ["a"]));
  assertStringIncludes(alone.title, "education: nothing to probe, ");
  assertStringIncludes(alone.layout.annotations![0]!.text!, "undefined: ");
});

Deno.test("leakageBars() shows models' names as text", () => {
  assertEquals(plotTexts([figure.data, figure.layout]).filter((text) => text.includes('"R&D"')), []);
});

Deno.test("leakageBars() needs a probe", () => {
  assertThrows(() => leakageBars(evaluation), InputError, "Expected embeddings that were probed for education");
});
