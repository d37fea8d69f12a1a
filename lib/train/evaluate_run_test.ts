import { assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import { InputError } from "../errors.ts";
import { readTable } from "../data/read_table.ts";
import { readEvaluation } from "../evaluate/mod.ts";
import { FrozenPrefixes } from "../model/frozen_prefix.ts";
import { pairRows, printer, quietly, tinyConfig, trainTiny, withFolder, writePairs } from "./_testing.ts";
import { openDataset } from "../data/dataset.ts";
import { evaluateRun, evaluateRuns } from "./evaluate_run.ts";
import { openRun } from "./open_model.ts";
import { permittedTest } from "../_testing.ts";

permittedTest(
  "evaluateRun() measures other pairs with the run's thresholds, and hands back what it writes",
  () =>
    withFolder(async (folder) => {
      await trainTiny(folder, { training: { epochs: 1 } });
      const input = `${folder}/other.csv`, output = `${folder}/deep/tables`;
      await writePairs(input, pairRows(60).slice(96));
      const { print, printed } = printer();
      const { evaluation, run } = await quietly(() => evaluateRun({ run: `${folder}/run`, input, output, print }));
      assertEquals([printed(), run.bestEpoch], ["", 1]);

      const { thresholds } = JSON.parse(await Deno.readTextFile(`${folder}/run/run.json`));
      assertEquals([evaluation.data.rows, evaluation.data.positives], [24, 12]);
      assertEquals(evaluation.models.map(({ name, threshold }) => [name, threshold]), Object.entries(thresholds));
      assertEquals(await readEvaluation(`${output}/evaluation.json`), evaluation);

      // What it says about decisions follows from the scores it wrote and the threshold.
      const rows = await Array.fromAsync(readTable(`${output}/predictions.csv`), ({ values }) => values);
      const selected = rows.filter((row) => Number(row.tuned_score) >= thresholds.tuned).length / rows.length;
      assertEquals(evaluation.models[1]!.overall.metrics.selectionRate!.value, selected);
    }),
);

permittedTest(
  "evaluateRun() shares what frozen layers give with the run, and finds its scores again",
  () =>
    withFolder(async (folder) => {
      await trainTiny(folder, { lora: { layers: [1, 1] }, training: { epochs: 1 } });
      const run = `${folder}/run`, output = `${folder}/again`;
      const { model } = await openRun(run);
      const prefixes = new FrozenPrefixes();
      await quietly(() => evaluateRun({ run, output, prefixes, print: () => {} }));
      const cache = model.newTokenCache();
      for (const { resume, job } of (await openDataset(tinyConfig(folder))).test) cache.pair({ resume, job });
      assertEquals(
        prefixes.open(model.fingerprint.weights, model.spec, { device: "cpu" })!.need(cache.tokens).texts,
        0,
      );
      await prefixes.release();

      const scores = async (path: string) =>
        (await Array.fromAsync(readTable(path), ({ values }) => [values.base_score, values.tuned_score].map(Number)))
          .flat();
      const [again, before] = [
        await scores(`${output}/predictions.csv`),
        await scores(`${run}/metrics/predictions.csv`),
      ];
      assertEquals(again.length, before.length);
      again.forEach((score, i) => assertAlmostEquals(score, before[i]!, 1e-6));
    }),
);

permittedTest(
  "evaluateRun() refuses a run whose data, model or files have changed",
  () =>
    withFolder(async (folder) => {
      await trainTiny(folder, { training: { epochs: 1 } });
      const run = `${folder}/run`;
      const refused = (message: string, input?: string) =>
        assertRejects(
          () => quietly(() => evaluateRun({ run, ...(input ? { input } : {}), print: () => {} })),
          InputError,
          message,
        );

      const rows = pairRows(48);
      await writePairs(`${folder}/pairs.csv`, rows.map((row) => ({ ...row, resume: `${row.resume} w1` })));
      await refused(
        `${folder}/pairs.csv has changed since the run: its test split may hold pairs that were trained on`,
      );
      await writePairs(`${folder}/few.csv`, rows.map((row) => ({ ...row, label: "maybe" })));
      await refused('row 1, column "label": expected a number from 0 to 1, found "maybe"', `${folder}/few.csv`);

      const weights = `${folder}/model/model.safetensors`;
      const bytes = await Deno.readFile(weights);
      const first = 8 + bytes[0]! + 256 * bytes[1]!; // behind the length of the header and the header
      await Deno.writeFile(weights, bytes.with(first, bytes[first]! ^ 1));
      await refused(`${run}: the run was trained on other weights than ${folder}/model has now`);
      await Deno.writeFile(weights, bytes);

      const file = `${run}/run.json`, good = await Deno.readTextFile(file);
      await Deno.writeTextFile(file, good.replace('"tuned":', '"tuend":'));
      await refused(`${file}, "thresholds.tuned": `);
      await Deno.writeTextFile(file, good.replace('"rank":', '"rnk":'));
      await refused(`${file}, "config": unknown key "lora.rnk", did you mean "lora.rank"`);
      await Deno.writeTextFile(file, good.slice(0, 100));
      await refused(`${file}: expected JSON`);
      await Deno.remove(file);
      await refused(`${run}: expected the folder of a finished run, found no run.json in it`);
    }),
);

permittedTest(
  "evaluateRuns() measures runs beside their base model as evaluateRun() does, each compared with the one before",
  () =>
    withFolder(async (folder) => {
      await trainTiny(folder, { training: { epochs: 1 } });
      const run = `${folder}/run`, input = `${folder}/other.csv`, print = () => {};
      await writePairs(input, pairRows(60).slice(96));
      const alone = (await quietly(() => evaluateRun({ run, input, print }))).evaluation;
      const runs = { plain: run, fair: run };
      const output = `${folder}/both`;
      const { evaluation, table } = await quietly(() => evaluateRuns({ runs, input, output, print }));
      assertEquals(evaluation.models.map(({ name }) => name), ["base", "plain", "fair"]);
      assertEquals(evaluation.models.map(({ overall }) => overall), [0, 1, 1].map((m) => alone.models[m]!.overall));
      const pairs = evaluation.comparisons.map(({ from, to }) => [from, to]);
      assertEquals(pairs, [["base", "plain"], ["plain", "fair"]]);
      assertEquals(evaluation.comparisons[1]!.overall.rocAuc!.value, 0);
      assertEquals(evaluation.leakage.map(({ models }) => models.length), alone.leakage.map(() => 3));
      assertEquals(Object.keys(table.scores), ["base", "plain", "fair"]);
      assertEquals(await readEvaluation(`${output}/evaluation.json`), evaluation);
      await assertRejects(() => evaluateRuns({ runs: { base: run }, print }), InputError, 'other than "base"');
    }),
);
