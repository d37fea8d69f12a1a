import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { parseConfig } from "./config.ts";
import { InputError } from "../errors.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import { groupThresholds } from "../metrics/mod.ts";
import { bestFolder, matchProbability, readRunFile, runPaths, versions, writeRunFile } from "./run_file.ts";

permittedTest(
  "readRunFile() gives back thresholds by group, those that nobody or everybody reaches as well",
  () =>
    withFolder(async (folder) => {
      // Group b ranks its one label 1 last: equal selection rates are had by mixing everybody and nobody.
      const rules = groupThresholds({
        labels: [1, 1, 0, 0, 0, 1],
        scores: [0.9, 0.7, 0.2, 0.6, 0.4, 0.1],
        groups: ["a", "a", "a", "b", "b", "b"],
      }, {
        constraint: "demographicParity",
        objective: "accuracy",
      });
      const thresholds = Object.values(rules.rules).flatMap(({ operation0, operation1 }) => [operation0, operation1]);
      assertEquals(thresholds.some(({ threshold }) => !Number.isFinite(threshold)), true);
      const run = {
        config: parseConfig({}),
        modelFingerprint: "a1",
        dataFingerprint: "b2",
        thresholds: { base: 0.4, tuned: 0.5 },
        groupThresholds: { attribute: "education", rules },
        head: null,
        temperature: null,
        bestEpoch: 1,
        bestEpochBy: "utility",
        steps: 10,
      } as const;
      await writeRunFile(`${folder}/run.json`, run);
      assertEquals(await readRunFile(folder), run);
      // As a version wrote it that trained with group DRO too.
      const older = { ...run.config, fairness: { ...run.config.fairness, worstGroup: { weight: 1, eta: 0.01 } } };
      await writeRunFile(`${folder}/run.json`, { ...run, config: older });
      assertEquals(await readRunFile(folder), run);
      await writeRunFile(`${folder}/run.json`, run);

      const text = await Deno.readTextFile(`${folder}/run.json`);
      await Deno.writeTextFile(`${folder}/run.json`, text.replace('"attribute": "education"', '"attribute": "age"'));
      const message = `${folder}/run.json, "groupThresholds.attribute": expected one of education, found "age"`;
      await assertRejects(() => readRunFile(folder), InputError, message);
      await Deno.writeTextFile(`${folder}/run.json`, text.replace(/"(-?)Infinity"/, "null"));
      await assertRejects(() => readRunFile(folder), InputError, `${folder}/run.json, "groupThresholds.rules.rules.`);
    }),
);

Deno.test("runPaths() are the project's folders by the run's name, or all under one folder", () => {
  assertEquals(runPaths("demo").adapter, "models/lora_adapters/demo");
  assertEquals(runPaths("demo").review, "data/processed/demo");
  assertEquals(runPaths("demo", "/tmp/x").metrics, "/tmp/x/metrics");
  assertEquals(bestFolder(runPaths("demo"), "fairness"), "models/checkpoints/demo/best_fairness");
});

Deno.test("versions() names Deno and what numbers depend on", () => {
  assertEquals(Object.keys(versions()), ["deno", "onnxruntime-node", "@huggingface/transformers"]);
  assertEquals(versions().deno, Deno.version.deno);
});

Deno.test("matchProbability() is the sigmoid of the logit over the temperature, or null without a head", () => {
  const head = { scale: 10, bias: -5 };
  assertEquals(matchProbability(0.5, { head, temperature: 3 }), 0.5);
  // sigmoid(ln 3) is three quarters.
  assertAlmostEquals(matchProbability(0.5 + Math.log(3) / 5, { head, temperature: 2 })!, 0.75, 1e-12);
  assertEquals(matchProbability(0.5, { head: null, temperature: null }), null);
});
