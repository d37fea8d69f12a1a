import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { evaluate, predictionsInput, writeEvaluation, writePredictions } from "../evaluate/mod.ts";
import { predictionsOf, runFile, type RunOptions } from "../report/page/_testing.ts";
import { parseConfig, runPaths } from "../train/mod.ts";
import { readRunFile, writeRunFile } from "../train/run_file.ts";
import { clearUnfinished, digestUnfinished, putInPlace, takeRun, unfinished } from "../train/run_parts.ts";
import { describeBase, readReport } from "./report_run.ts";

const ADAPTER = `${import.meta.dirname}/../testdata/minilm_adapter`;

/** What a run would have left in a folder, without training it. */
async function writeRun(
  folder: string,
  name: string,
  { review = {}, ...options }: RunOptions & { review?: Record<string, string> } = {},
): Promise<void> {
  const paths = runPaths(name, folder);
  await using _run = await takeRun(paths);
  await clearUnfinished(paths);
  const { adapter, metrics, review: reviewFolder, runFile: path } = unfinished(paths);
  for (const file of ["adapter_config.json", "adapter_model.safetensors"]) {
    await Deno.copyFile(`${ADAPTER}/${file}`, `${adapter}/${file}`);
  }
  for (const [file, text] of Object.entries(review)) await Deno.writeTextFile(`${reviewFolder}/${file}`, text);
  const epoch =
    "epoch,step,train_loss,validation_loss,validation_roc_auc,validation_average_precision,best\n1,2,0.5,0.4,,0.75,1\n";
  await Deno.writeTextFile(`${metrics}/epoch_metrics.csv`, epoch);
  const step = { step: 1, epoch: 1, loss: 0.5, learningRate: 0.001, gradNorm: 1 };
  await Deno.writeTextFile(`${metrics}/history.jsonl`, `${JSON.stringify(step)}\n`);
  const { config } = runFile();
  const predictions = predictionsOf(options);
  await writePredictions(`${metrics}/predictions.csv`, predictions);
  await writeEvaluation(metrics, evaluate(predictionsInput(predictions, "pairs.csv"), { resamples: 20 }));
  const files = await digestUnfinished(paths);
  await writeRunFile(path, { ...runFile(options.file), config: { ...config, name }, files });
  await putInPlace(paths);
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
  "readReport() refuses what is not all of one run, and names the file",
  () =>
    withFolder(async (folder) => {
      await assertRejects(() => readReport([]), InputError, "--run: expected the folder of a run, found none");
      const write = () => writeRun(`${folder}/a`, "fair", { review: { "balance.csv": BALANCE } });
      await write();
      await writeRun(`${folder}/b`, "fair", { advantage: 2 });
      const refused = async (file: string, message: RegExp) => {
        const error = await assertRejects(() => readReport([`${folder}/a`]), InputError);
        assertMatch(error.message, message);
        assert(error.message.startsWith(`${folder}/a/${file}: `), error.message);
      };
      await Deno.copyFile(`${folder}/b/metrics/predictions.csv`, `${folder}/a/metrics/predictions.csv`);
      await refused(
        "metrics/predictions.csv",
        /expected the file of SHA-256 [0-9a-f]{16}… that .*, found [0-9a-f]{16}…: it/,
      );
      const changes: [string, (text: string) => string][] = [
        ["metrics/history.jsonl", (text) => `${text}${text}`],
        ["metrics/epoch_metrics.csv", (text) => text.replace("0.5", "0.4")],
        ["metrics/evaluation.json", (text) => `${text} `],
        ["adapter_config.json", (text) => text.replace(/"lora_alpha": \d+/, '"lora_alpha": 160')],
        ["review/balance.csv", (text) => text.replace("10", "11")],
      ];
      for (const [file, change] of changes) {
        await write();
        const path = `${folder}/a/${file}`;
        await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
        await refused(file, /found [0-9a-f]{16}…: it was changed, or a training in this place was killed/);
      }
      await write();
      await Deno.remove(`${folder}/a/review`, { recursive: true }); // pieces of résumés may go
      await readReport([`${folder}/a`]);
      await Deno.remove(`${folder}/a/metrics/evaluation.json`);
      await refused("metrics/evaluation.json", /found none: it was changed/);
      await write();
      const run = await readRunFile(`${folder}/a`);
      await writeRunFile(`${folder}/a/run.json`, { ...run, thresholds: { base: 0.125, tuned: 0.5 } });
      await refused("run.json", /expected the thresholds of .*evaluation.json, found others/);
      await writeRunFile(`${folder}/a/run.json`, runFile());
      await refused(
        "run.json",
        /found none: an older version wrote it, and whether they belong together cannot be seen/,
      );
    }),
);

const BALANCE = "step,group,label,before,after,weight\nweights,none,1,10,10,1.5\n";

permittedTest(
  "readReport() reads what balancing did, and counts counterfactuals that were trained on",
  () =>
    withFolder(async (folder) => {
      const counterfactuals = "resume,counterfactual\na,b\nc,d\n";
      await writeRun(folder, "fair", { review: { "balance.csv": BALANCE, "counterfactuals.csv": counterfactuals } });
      const { subject } = await readReport([folder]);
      assertEquals(subject.balance, [{ step: "weights", group: "none", label: 1, before: 10, after: 10, weight: 1.5 }]);
      assertEquals(subject.trainedCounterfactuals, 2);
      await writeRun(folder, "fair", { review: { "balance.csv": BALANCE.replace("weights,", "other,") } });
      await assertRejects(() => readReport([folder]), InputError, "balance.csv, row 1: expected what balancing did");
      for (const weight of ["x", "1e999"]) {
        await writeRun(folder, "fair", { review: { "balance.csv": BALANCE.replace(/,[\d.]*\n$/, `,${weight}\n`) } });
        await assertRejects(() => readReport([folder]), InputError, "balance.csv, row ");
      }
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
