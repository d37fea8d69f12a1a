import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { evaluate, predictionsInput, writeEvaluation, writePredictions } from "../evaluate/mod.ts";
import { predictionsOf, runFile, type RunOptions } from "../report/page/_testing.ts";
import { parseConfig, runPaths } from "../train/mod.ts";
import { writeRunFile } from "../train/run_file.ts";
import { describeBase, readReport } from "./report_run.ts";

const ADAPTER = `${import.meta.dirname}/../testdata/minilm_adapter`;

/** What a run would have left in a folder, without training it. */
async function writeRun(folder: string, name: string, options: RunOptions = {}): Promise<void> {
  const { metrics } = runPaths(name, folder);
  await Deno.mkdir(metrics, { recursive: true });
  for (const file of ["adapter_config.json", "adapter_model.safetensors"]) {
    await Deno.copyFile(`${ADAPTER}/${file}`, `${folder}/${file}`);
  }
  const epoch =
    "epoch,step,train_loss,validation_loss,validation_roc_auc,validation_average_precision,best\n1,2,0.5,0.4,,0.75,1\n";
  await Deno.writeTextFile(`${metrics}/epoch_metrics.csv`, epoch);
  const step = { step: 1, epoch: 1, loss: 0.5, learningRate: 0.001, gradNorm: 1 };
  await Deno.writeTextFile(`${metrics}/history.jsonl`, `${JSON.stringify(step)}\n`);
  const { config } = runFile();
  await writeRunFile(`${folder}/run.json`, { ...runFile(options.file), config: { ...config, name } });
  const predictions = predictionsOf(options);
  await writePredictions(`${metrics}/predictions.csv`, predictions);
  await writeEvaluation(metrics, evaluate(predictionsInput(predictions, "pairs.csv"), { resamples: 20 }));
}

permittedTest(
  "readReport() reads a run alone, with the model that its adapter is for",
  () =>
    withFolder(async (folder) => {
      await writeRun(`${folder}/a`, "fair");
      const { subject, others, evaluation, data } = await readReport([`${folder}/a/`]);
      assertEquals([subject.name, subject.folder, others.length], ["fair", `${folder}/a`, 0]);
      assertEquals(evaluation.models.map(({ name }) => name), ["base", "tuned"]);
      assertEquals([subject.base.hub, subject.base.licence], ["sentence-transformers/all-MiniLM-L6-v2", "Apache-2.0"]);
      // Six layers, query and value, (384 + 384) · rank 4 each.
      assertEquals(subject.adapter.parameters, 36_864);
      assertEquals(subject.steps.map(({ loss }) => loss), [0.5]);
      assertEquals(subject.epochs.map(({ rocAuc, averagePrecision }) => [rocAuc, averagePrecision]), [[null, 0.75]]);
      assertEquals(data, {
        missing: "the table that the run was trained on could not be read when this report was made",
      });
    }),
);

permittedTest(
  "readReport() tells runs apart that have one name, or the base model's",
  () =>
    withFolder(async (folder) => {
      const names = ["base", "fair", "fair", "42"];
      for (const [i, name] of names.entries()) await writeRun(`${folder}/${i}`, name, { advantage: i });
      const { subject, others, evaluation } = await readReport(names.map((_, i) => `${folder}/${i}`));
      assertEquals([subject, ...others].map(({ name }) => name), ["base (2)", "fair", "fair (2)", "run 42"]);
      assertEquals(evaluation.models.map(({ name }) => name), ["base", "fair", "fair (2)", "run 42", "base (2)"]);
    }),
);

permittedTest(
  "readReport() refuses another run's evaluation, an old one, and none",
  () =>
    withFolder(async (folder) => {
      await assertRejects(() => readReport([]), InputError, "--run: expected the folder of a run, found none");
      await writeRun(`${folder}/a`, "fair", { file: { thresholds: { base: 0.125, tuned: 0.5 } } });
      await assertRejects(() => readReport([`${folder}/a`]), InputError, "expected the thresholds of");
      const { metrics } = runPaths("fair", `${folder}/a`);
      await Deno.rename(`${metrics}/evaluation.json`, `${metrics}/quality.json`);
      await assertRejects(() => readReport([`${folder}/a`]), InputError, "an older version left quality.json there");
      await Deno.remove(`${metrics}/quality.json`);
      await assertRejects(
        () => readReport([`${folder}/a`]),
        InputError,
        "measure the run again with deno task evaluate",
      );
    }),
);

permittedTest(
  "readReport() reads what balancing did, and counts counterfactuals that were trained on",
  () =>
    withFolder(async (folder) => {
      await writeRun(folder, "fair");
      const { review } = runPaths("fair", folder);
      await Deno.mkdir(review);
      await Deno.writeTextFile(
        `${review}/balance.csv`,
        "step,group,label,before,after,weight\nweights,none,1,10,10,1.5\n",
      );
      await Deno.writeTextFile(`${review}/counterfactuals.csv`, "resume,counterfactual\na,b\nc,d\n");
      const { subject } = await readReport([folder]);
      assertEquals(subject.balance, [{ step: "weights", group: "none", label: 1, before: 10, after: 10, weight: 1.5 }]);
      assertEquals(subject.trainedCounterfactuals, 2);
      await Deno.writeTextFile(`${review}/balance.csv`, "step,group,label,before,after,weight\nother,none,1,10,10,\n");
      await assertRejects(() => readReport([folder]), InputError, "balance.csv, row 1: expected what balancing did");
    }),
);

Deno.test("describeBase() names a known model by its folder, without paths of the machine", () => {
  const file = { config: parseConfig({ model: { source: "/home/ann/models/gte-small" } }) };
  const known = describeBase(file, "/home/ann/models/gte-small");
  assertEquals([known.hub, known.licence, known.use?.pooling, known.english], [
    "thenlper/gte-small",
    "MIT",
    "mean",
    true,
  ]);
  const own = describeBase(file, "/home/ann/own");
  assertEquals(own, { hub: null, name: "own", licence: null, use: null, english: false });
  const onHub = describeBase(file, "ann/own");
  assertEquals([onHub.hub, onHub.name], ["ann/own", "ann/own"]);
});

Deno.test("describeBase() prefers what the run and its configuration say", () => {
  const config = parseConfig({ model: { source: "thenlper/gte-small", pooling: "cls", queryInstruction: "q: " } });
  const { use } = describeBase({ config }, "thenlper/gte-small");
  assertEquals([use?.pooling, use?.queryInstruction, use?.passageInstruction], ["cls", "q: ", ""]);
  const said = { pooling: "mean", normalize: false, queryInstruction: "a", passageInstruction: "b" } as const;
  const recorded = describeBase({ config, base: { ...said, licence: "Apache-2.0" } }, "thenlper/gte-small");
  assertEquals(recorded.licence, "Apache-2.0");
  assertEquals(recorded.use?.normalize, false);
});
