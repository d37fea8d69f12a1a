import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { readTable } from "../data/read_table.ts";
import { readEvaluation } from "../evaluate/mod.ts";
import { InputError } from "../errors.ts";
import { pairRows, printer, quietly, tinyConfig, withFolder, writePairs, writeTinyModel } from "../train/_testing.ts";
import type { PartialSweep } from "./sweep/sweep_file.ts";
import { runSweep, type SweepOptions } from "./sweep.ts";
import { permittedTest } from "../_testing.ts";

setColorEnabled(false);

const TABLES = ["sweep.csv", "test/evaluation.csv", "test/evaluation.json", "front.csv"];

/** A folder with model, pairs and a base configuration, and functions that write a sweep there and run it. */
function inSweepFolder(
  test: (
    run: (
      output: string,
      changes?: Partial<PartialSweep>,
      options?: Partial<SweepOptions>,
    ) => Promise<{ outcome: string; text: string }>,
    folder: string,
  ) => Promise<void>,
): Promise<void> {
  return withFolder(async (folder) => {
    await writeTinyModel(`${folder}/model`);
    await writePairs(`${folder}/pairs.csv`, pairRows(64));
    const base = tinyConfig(folder, { training: { epochs: 1 } });
    await Deno.writeTextFile(`${folder}/base.json`, JSON.stringify(base));
    await test(async (output, changes, options) => {
      const sweep: PartialSweep = {
        name: "tiny-sweep",
        base: `${folder}/base.json`,
        variants: { plain: {}, small: { "lora.rank": 2 } },
        seeds: [1, 2],
        ...changes,
      };
      await Deno.writeTextFile(`${folder}/sweep.json`, JSON.stringify(sweep));
      const { print, printed } = printer();
      const outcome = await quietly(() =>
        runSweep({ config: `${folder}/sweep.json`, output: `${folder}/${output}`, print, ...options })
      );
      return { outcome, text: printed() };
    }, folder);
  });
}

async function rowsOf(path: string): Promise<Record<string, string>[]> {
  return (await Array.fromAsync(readTable(path))).map(({ values }) => values);
}

async function readAll(folder: string): Promise<string[]> {
  return await Promise.all(TABLES.map((file) => Deno.readTextFile(`${folder}/${file}`)));
}

permittedTest(
  "runSweep() along a front starts each step from the adapter before, and says what fairness cost",
  () =>
    inSweepFolder(async (run, folder) => {
      const changes = { variants: { plain: {} } };
      const { outcome, text } = await run("front", changes, { front: "demographicParityDifference" });
      assertEquals(outcome, "finished", text);
      const steps = ["plain", "at-most-0.2", "at-most-0.15", "at-most-0.1", "at-most-0.05", "at-most-0.025"];
      const rows = await rowsOf(`${folder}/front/sweep.csv`);
      assertEquals(rows.filter(({ seed }) => seed === "1").map(({ variant }) => variant), steps);
      const costs = await rowsOf(`${folder}/front/front_cost.csv`);
      assertEquals(costs.map(({ model }) => model), steps);
      assertEquals([costs[0]!.roc_auc_lost, costs[0]!.disparity_removed, costs[0]!.seeds], ["0", "0", "2"]);
      for (const { hypervolume, hypervolume_low: low, hypervolume_high: high } of costs) {
        assert(Number(low) <= Number(high) && Number(hypervolume) > 0 && Number(hypervolume) <= 0.5);
      }
      assertMatch(text, /Front along demographic parity difference by town: hypervolume 0\.\d+ \[.*\] over 2 seeds/);
      assertStringIncludes(await Deno.readTextFile(`${folder}/front/front.html`), "ROC-AUC lost");
      // Adapters are gone, and nothing is trained again.
      const before = await Deno.readTextFile(`${folder}/front/front_cost.csv`);
      const again = await run("front", changes, { front: "demographicParityDifference" });
      assertStringIncludes(again.text, "12 trials, 12 finished before");
      assertEquals(await Deno.readTextFile(`${folder}/front/front_cost.csv`), before);

      // A step that is missing asks for what it starts from.
      await Deno.remove(`${folder}/front/runs/at-most-0.15_seed-2`, { recursive: true });
      const mended = await run("front", changes, { front: "demographicParityDifference" });
      assertStringIncludes(mended.text, "12 trials, 9 finished before");
      assertEquals(await Deno.readTextFile(`${folder}/front/front_cost.csv`), before);

      await assertRejects(
        () => run("other", {}, { front: "demographicParityDifference" }),
        InputError,
        "--front: expected a sweep of one variant",
      );
      await assertRejects(
        () => run("other", changes, { front: "demographicParityDifference", only: "plain" }),
        InputError,
        "--only: expected no variant with --front",
      );
    }),
);

permittedTest(
  "runSweep() leaves a line per trial whose numbers are those of the run",
  () =>
    inSweepFolder(async (run, folder) => {
      const variants = { plain: {}, small: { "lora.rank": 2, "evaluation.groupThresholds": "demographicParity" } };
      const { outcome, text } = await run("out", { variants });
      assertEquals(outcome, "finished");
      assertStringIncludes(text, "tiny-sweep: 4 trials\n1/4 plain_seed-1\n");
      const rows = await rowsOf(`${folder}/out/sweep.csv`);
      assertEquals(rows.map(({ id }) => id), ["plain_seed-1", "small_seed-1", "plain_seed-2", "small_seed-2"]);
      for (const row of rows) {
        assertEquals([row.status, row.reason, row.best_epoch], ["finished", "", "1"]);
        const { models, leakage } = await readEvaluation(`${folder}/out/runs/${row.id}/metrics/evaluation.json`);
        for (const { name: model, overall, attributes, threshold } of models) {
          const number = (column: string) => Number(row[`${model}_${column}`]);
          const disparity = (metric: string) => attributes[0]!.disparities.find((own) => own.metric === metric)!.value;
          assertEquals(number("roc_auc"), overall.metrics.rocAuc!.value);
          assertEquals(number("average_precision"), overall.metrics.averagePrecision!.value);
          assertEquals(number("selection_rate"), overall.metrics.selectionRate!.value);
          assertEquals(number("town_demographic_parity_difference"), disparity("demographicParityDifference"));
          assertEquals(number("town_equalized_odds_difference"), disparity("equalizedOddsDifference"));
          // Decisions by group have no threshold in the evaluation.
          if (threshold !== null) assertEquals(number("threshold"), threshold);
          const { flipRate, meanAbsoluteShift } = overall.counterfactual!.metrics;
          assertEquals(number("flip_rate"), flipRate!.value);
          assertAlmostEquals(number("mean_absolute_shift"), meanAbsoluteShift!.value!, 1e-12);
          const { balancedAccuracy, macroAuc } = leakage[0]!.models.find(({ name }) => name === model)!;
          assertEquals(
            [row[`${model}_town_leakage_balanced_accuracy`], row[`${model}_town_leakage_macro_auc`]],
            [String(balancedAccuracy.value ?? ""), String(macroAuc.value ?? "")],
          );
        }
      }
      assertStringIncludes(await Deno.readTextFile(`${folder}/out/front.html`), '{ src: "assets/plotly.min.js" }');
      assertStringIncludes((await Deno.readTextFile(`${folder}/out/assets/plotly.min.js`)).slice(0, 200), "plotly.js");
      // Numbers and predictions stay, weights do not.
      const files = [...Deno.readDirSync(`${folder}/out/runs/plain_seed-1`)].map(({ name }) => name).sort();
      assertEquals(files, ["log.txt", "metrics", "run.json", "trial.json"]);
      assertStringIncludes(await Deno.readTextFile(`${folder}/out/runs/plain_seed-1/log.txt`), "epoch 1/1");
    }),
);

permittedTest(
  "runSweep() gives the same tables however often it is interrupted and started again",
  () =>
    inSweepFolder(async (run, folder) => {
      const changes = { variants: { plain: {} }, grid: { "training.learningRate": [1e-3, 5e-3] } };
      await run("whole", changes);
      const whole = await readAll(`${folder}/whole`);

      // Within the second trial, as soon as it has made a step; and again between two trials.
      const within = new AbortController();
      const watch = setInterval(() => {
        const second = "plain_training.learningRate-0.005_seed-1";
        try {
          if (Deno.statSync(`${folder}/parts/runs/${second}/metrics/unfinished/history.jsonl`).size > 0) within.abort();
        } catch {
          // Not written yet.
        }
      }, 1);
      const first = await run("parts", changes, { signal: within.signal });
      clearInterval(watch);
      assertEquals(first.outcome, "interrupted");
      assertStringIncludes(first.text, "interrupted; the same command continues from here");
      const lines = (await rowsOf(`${folder}/parts/sweep.csv`)).length;
      assertEquals(lines, 1);

      const between = new AbortController();
      const { print, printed } = printer();
      const second = await run("parts", changes, {
        signal: between.signal,
        print: (line) => {
          print(line);
          if (line.includes("AUC") && printed().includes("3/4")) between.abort();
        },
      });
      assertEquals(second.outcome, "interrupted");
      assertStringIncludes(printed(), "tiny-sweep: 4 trials, 1 finished before\n2/4 plain");
      assertEquals((await rowsOf(`${folder}/parts/sweep.csv`)).length, 3);

      const third = await run("parts", changes);
      assertEquals(third.outcome, "finished");
      assertStringIncludes(third.text, "4 trials, 3 finished before\n4/4 ");
      assertEquals(await readAll(`${folder}/parts`), whole);

      // Nothing is left to train; the tables are made again.
      const fourth = await run("parts", changes);
      assert(!fourth.text.includes("4/4 "), fourth.text);
      assertEquals(await readAll(`${folder}/parts`), whole);
    }),
);

permittedTest("runSweep() checks every trial before it trains one", () =>
  inSweepFolder(async (run, folder) => {
    const refused = async (changes: Partial<PartialSweep>, message: string) => {
      await assertRejects(() => run("out", changes), InputError, message);
      await assertRejects(() => Deno.stat(`${folder}/out`), Deno.errors.NotFound);
    };
    await refused(
      { variants: { plain: {}, wide: { "lora.rnk": 8 } } },
      `${folder}/sweep.json, trial wide_seed-1: unknown key "lora.rnk", did you mean "lora.rank"`,
    );
    await refused({ grid: { "training.epochs": [1, 0] } }, "trial plain_training.epochs-0_seed-1: training.epochs: ");
    await refused(
      { grid: { "training.epochs.x": [1] } },
      "training.epochs.x=1: epochs holds a value, expected a group",
    );
    await refused({ base: `${folder}/none.json` }, `${folder}/none.json: no such configuration file`);
    await refused({ variants: { plain: {}, other: { "data.path": "none.csv" } } }, "none.csv cannot be read: no such");
    await refused(
      { variants: { plain: {}, other: { "data.columns.label": "hired" } } },
      'expected a column "hired", found the columns',
    );
    await refused(
      { grid: { "lora.targetModules": [["query", "keys"]] } },
      "lora.targetModules.1: expected one of query, key",
    );
    await refused(
      { grid: { "model.queryInstruction": ["a b", "a-b"] } },
      'expected trials with names of their own, {"model.queryInstruction":"a b"} and ',
    );
    await refused(
      { evaluation: `${folder}/pairs.csv` },
      "expected résumés that nothing is trained on, this one is in row 1",
    );
    await assertRejects(() => run("out", {}, { only: "small " }), InputError, "--only: expected one of plain, small");
  }));

permittedTest("runSweep() notices a sweep or data that have changed since", () =>
  inSweepFolder(async (run, folder) => {
    const seeds = [1];
    await run("out", { seeds });
    const refused = (changes: Partial<PartialSweep>, message: string) =>
      assertRejects(() => run("out", { seeds, ...changes }), InputError, message);
    await refused(
      { variants: { plain: {}, small: { "lora.rank": 1 } } },
      'out/sweep.csv, row 2: trial "small_seed-1" was trained with another configuration or other data than the ' +
        "sweep now asks for; take another --output, or delete the trial's folder under runs/, or this line",
    );
    await refused(
      { variants: { plain: {} } },
      'out/sweep.csv, row 2: trial "small_seed-1" is not in the sweep (any more)',
    );
    await writePairs(`${folder}/pairs.csv`, pairRows(60));
    await refused(
      {},
      'out/sweep.csv, row 1: trial "plain_seed-1" was trained with another configuration or other data',
    );

    // Without its line a trial is known by its folder.
    await Deno.remove(`${folder}/out/sweep.csv`);
    await refused({}, "out/runs/plain_seed-1/trial.json: trial");
  }));

permittedTest(
  "runSweep() adds trials to a sweep that has grown, and trains again what was deleted",
  () =>
    inSweepFolder(async (run, folder) => {
      await run("out", { seeds: [1] });
      const before = await readAll(`${folder}/out`);
      const { text } = await run("out", { seeds: [1, 2] }, { only: "plain" });
      assertStringIncludes(text, "2 trials, 1 finished before\n2/2 plain_seed-2\n");
      assertEquals((await rowsOf(`${folder}/out/sweep.csv`)).length, 3);
      await Deno.remove(`${folder}/out/runs/plain_seed-2`, { recursive: true });
      const again = await run("out", { seeds: [1, 2] }, { only: "plain" });
      assertStringIncludes(again.text, "2/2 plain_seed-2\n");
      assertEquals(
        (await Deno.readTextFile(`${folder}/out/sweep.csv`)).split("\n").slice(0, 3),
        before[0]!.split("\n").slice(0, 3),
      );
    }),
);

permittedTest(
  "runSweep() records a trial that fails, goes on, and tries it again next time",
  () =>
    inSweepFolder(async (run, folder) => {
      const variants = { wild: { "training.learningRate": 1e6, "training.warmup": 0 }, plain: {} };
      const changes = { variants, reference: "plain", seeds: [1] };
      const { outcome, text } = await run("out", changes);
      assertEquals(outcome, "failed");
      assertStringIncludes(text, "! 1 trial failed; the reasons are in");
      const [wild, plain] = await rowsOf(`${folder}/out/sweep.csv`);
      assertEquals([wild!.id, wild!.status, wild!.tuned_roc_auc], ["wild_seed-1", "failed", ""]);
      assertMatch(wild!.reason!, /^the (loss|gradient) became NaN at step \d+: lower training\.learningRate/);
      assertEquals(plain!.status, "finished");
      const models = (await rowsOf(`${folder}/out/test/evaluation.csv`)).map(({ model }) => model);
      assertEquals([...new Set(models)], ["base model", "plain"]);
      const again = await run("out", changes);
      assertEquals(again.outcome, "failed");
      assertStringIncludes(again.text, "2 trials, 1 finished before\n2/2 wild_seed-1\n");
    }),
);

permittedTest("runSweep() measures a table of the evaluation as well", () =>
  inSweepFolder(async (run, folder) => {
    const held = pairRows(24).map((row, i) => ({ ...row, resume: `${row.resume} w${i % 60}`, person: `h${i >> 1}` }));
    await writePairs(`${folder}/held.csv`, held);
    await run("out", { evaluation: `${folder}/held.csv` });
    const [row] = await rowsOf(`${folder}/out/sweep.csv`);
    assert(Number(row!.evaluation_tuned_roc_auc) > 0.5);
    const { data, models, comparisons } = await readEvaluation(`${folder}/out/evaluation/evaluation.json`);
    assertEquals([data.source, data.rows, models.map(({ seeds }) => seeds)], ["held.csv", 24 * 2, [2, 2, 2]]);
    assert(models[1]!.attributes[0]!.disparities.every(({ overPeople }) => overPeople !== undefined));
    // All runs are measured on the same pairs: their spread says nothing about other pairs.
    assertEquals(models[1]!.overall.metrics.rocAuc!.overSeeds!.splits, { low: null, high: null });
    assertEquals(comparisons.map(({ from, to }) => [from, to]), [["plain", "base model"], ["plain", "small"]]);
  }));

permittedTest("runSweep() keeps adapters when told to", () =>
  inSweepFolder(async (run, folder) => {
    await run("out", { variants: { plain: {} }, seeds: [1] }, { keepRuns: true });
    assert((await Deno.stat(`${folder}/out/runs/plain_seed-1/adapter_model.safetensors`)).isFile);
  }));

permittedTest(
  "trials that processes share come together to the tables of one",
  () =>
    inSweepFolder(async (run, folder) => {
      await run("whole");
      assertEquals((await run("shared", {}, { shard: { part: 1, of: 2 } })).outcome, "finished");
      await assertRejects(() => run("shared", {}, { join: true }), InputError, "missing: 2");
      await run("shared", {}, { shard: { part: 2, of: 2 } });
      assertEquals((await run("shared", {}, { join: true })).outcome, "finished");
      for (const table of TABLES) {
        const [whole, shared] = await Promise.all(
          ["whole", "shared"].map((output) => Deno.readTextFile(`${folder}/${output}/${table}`)),
        );
        assertEquals(shared, whole, table);
      }
      // Trials that are there are not trained again.
      assertStringIncludes((await run("shared")).text, "4 finished before");
      await assertRejects(() => run("shared", { seeds: [1, 3] }, { join: true }), InputError, "a part of this sweep");
      await assertRejects(() => run("shared", {}, { shard: { part: 1, of: 2 }, only: "plain" }), InputError, "without");
    }),
);
