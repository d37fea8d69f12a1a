import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { parseConfig } from "./config.ts";
import { readHeader, readTable } from "../data/read_table.ts";
import { writeTable } from "../data/write_table.ts";
import { rocAuc } from "../metrics/mod.ts";
import { readAdapter } from "../model/peft.ts";
import { resolveModel } from "../model/source.ts";
import { printer, quietly } from "./_testing.ts";
import { readEvaluation } from "../evaluate/mod.ts";
import { evaluateRun } from "./evaluate_run.ts";
import { inferRun } from "./infer.ts";
import { cosine } from "./token_cache.ts";
import { fineTune } from "./fine_tune.ts";
import { permitted, permittedTest, whenPermitted } from "../_testing.ts";

setColorEnabled(false);

const DEMO = `${import.meta.dirname}/../../data/raw/demo.csv`;

/** The real MiniLM on the first pairs of the demo data, cut so short that a training takes seconds; made once. */
async function trainedRun() {
  const folder = await Deno.makeTempDir();
  const rows: Record<string, string>[] = [];
  for await (const { values } of readTable(DEMO)) if (rows.push(values) === 64) break;
  await writeTable(`${folder}/pairs.csv`, await readHeader(DEMO), rows);
  const config = parseConfig({
    name: "short",
    device: "cpu",
    model: { maxLength: 16 },
    lora: { layers: [5, 5] },
    data: {
      path: `${folder}/pairs.csv`,
      columns: { candidateId: "candidate_id", jobId: "job_id", groundTruth: "merit" },
      groups: [{ name: "education", column: "education" }],
    },
    training: { epochs: 1, batchSize: 8, learningRate: 2e-3 },
    evaluation: { resamples: 50 },
  });
  const { print, printed } = printer();
  const tuned = await quietly(() => fineTune(config, { output: `${folder}/run`, print }));
  assert(tuned.outcome === "finished");
  return { folder, run: `${folder}/run`, config, rows, printed: printed(), evaluation: tuned.evaluation };
}

const trained = await whenPermitted(trainedRun);
const { folder, run, config, rows, printed, evaluation } = trained;
if (permitted) globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));

const rowsOf = (path: string) => Array.fromAsync(readTable(path), ({ values }) => values);

/** The embeddings that `infer --text` prints. */
async function embeddings(texts: readonly string[], role: "job" | "resume"): Promise<Float32Array[]> {
  const { print, printed } = printer();
  await quietly(() => inferRun({ run, text: texts, role, print }));
  return printed().trimEnd().split("\n").map((line, i) => {
    const { text, embedding } = JSON.parse(line);
    assertEquals(text, texts[i]);
    return Float32Array.from(embedding);
  });
}

permittedTest("train leaves an adapter that PEFT's reader takes, with an update that is not zero", async () => {
  const { config: shape } = await resolveModel("embedded:minilm");
  const adapter = await readAdapter(run, shape);
  assertEquals(adapter.config.baseModel, "sentence-transformers/all-MiniLM-L6-v2");
  assertEquals(adapter.modules.map((module) => module.name), [
    "encoder.layer.5.attention.self.query",
    "encoder.layer.5.attention.self.key",
    "encoder.layer.5.attention.self.value",
  ]);
  for (const [name, { data }] of Object.entries(adapter.parameters)) {
    assertEquals(data.some((x) => x !== 0), true, name);
  }
});

permittedTest("train leaves a run file, a line per step and a row per epoch", async () => {
  const file = JSON.parse(await Deno.readTextFile(`${run}/run.json`));
  assertEquals(file.config, config);
  const training = Number(/(\d+) training/.exec(printed)![1]);
  const steps = Math.ceil(training / 8);
  assertEquals([file.bestEpoch, file.steps], [1, steps]);

  const history = (await Deno.readTextFile(`${run}/metrics/history.jsonl`)).trimEnd().split("\n").map((l) =>
    JSON.parse(l)
  );
  assertEquals(history.map(({ step }) => step), Array.from({ length: steps }, (_, i) => i + 1));
  assertEquals(Object.keys(history[0]), ["step", "epoch", "loss", "learningRate", "gradNorm"]);

  const [epoch, ...others] = await rowsOf(`${run}/metrics/epoch_metrics.csv`);
  assertEquals([epoch!.epoch, epoch!.step, epoch!.best, others.length], ["1", String(steps), "1", 0]);
  const meanLoss = history.reduce((sum, { loss }) => sum + loss, 0) / steps;
  assertAlmostEquals(Number(epoch!.train_loss), meanLoss, 1e-9);
});

permittedTest("train leaves tables whose numbers follow from the predictions beside them", async () => {
  const predictions = await rowsOf(`${run}/metrics/predictions.csv`);
  const { data, settings, models } = await readEvaluation(`${run}/metrics/evaluation.json`);
  assertEquals([data.rows, settings.resamples], [predictions.length, 50]);
  for (const row of predictions) {
    const source = rows[Number(row.row) - 1]!;
    assertEquals([row.candidate_id, row.education, row.label], [source.candidate_id, source.education, source.label]);
  }
  const table = await rowsOf(`${run}/metrics/evaluation.csv`);
  const labels = predictions.map((row) => Number(row.label));
  for (const model of ["base", "tuned"]) {
    const auc = rocAuc({ labels, scores: predictions.map((row) => Number(row[`${model}_score`])) }).value!;
    assertAlmostEquals(models.find(({ name }) => name === model)!.overall.metrics.rocAuc!.value!, auc, 1e-12);
    const cell = table.find((row) =>
      row.model === model && row.metric === "rocAuc" && row.attribute === "" && row.part === "decisions"
    );
    assertAlmostEquals(Number(cell!.value), auc, 1e-12);
    assertEquals(evaluation.models.find(({ name }) => name === model)!.overall.metrics.rocAuc!.value, auc);
  }
});

permittedTest("tables list degree levels from low to high", async () => {
  const { models } = await readEvaluation(`${run}/metrics/evaluation.json`);
  const groups = models[1]!.attributes[0]!.groups.map(({ group }) => group);
  const levels = ["high school", "associate", "bachelor", "master", "doctorate"];
  assertEquals(groups, levels.filter((level) => groups.includes(level)));
  const listed = (await rowsOf(`${run}/metrics/evaluation.csv`)).filter(({ model, group, part }) =>
    model === "tuned" && group && part === "decisions"
  );
  assertEquals([...new Set(listed.map(({ group }) => group))], groups);
});

permittedTest("evaluate repeats what train returned and wrote", async () => {
  const again = await quietly(() => evaluateRun({ run, output: `${folder}/again`, print: () => {} }));
  assertEquals(again.evaluation, evaluation);
  for (const file of ["evaluation.json", "evaluation.csv", "predictions.csv"]) {
    const [first, second] = await Promise.all(
      [`${run}/metrics`, `${folder}/again`].map((from) => Deno.readTextFile(`${from}/${file}`)),
    );
    assertEquals(first, second, file);
  }
});

permittedTest("infer scores a table as the cosine of the embeddings that it prints for each text", async () => {
  const { thresholds, head, temperature } = JSON.parse(await Deno.readTextFile(`${run}/run.json`));
  const scored = `${folder}/scored.csv`;
  const { print, printed } = printer();
  await quietly(() => inferRun({ run, input: config.data.path, output: scored, text: [], role: "resume", print }));
  assertEquals(printed(), `64 rows   ${scored}\n`);
  assertEquals(await readHeader(scored), [...await readHeader(DEMO), "score", "probability", "accepted"]);

  const results = await rowsOf(scored);
  const resumes = await embeddings(rows.map((row) => row.resume!), "resume");
  const jobs = await embeddings(rows.map((row) => row.job!), "job");
  for (const [i, { score, probability, accepted, ...columns }] of results.entries()) {
    assertEquals(columns, rows[i]);
    const expected = cosine(resumes[i]!, jobs[i]!);
    assertAlmostEquals(Number(score), expected, 1e-6);
    const logit = (head.scale * expected + head.bias) / temperature;
    assertAlmostEquals(Number(probability), 1 / (1 + Math.exp(-logit)), 1e-5);
    assertEquals(accepted, Number(score) >= thresholds.tuned ? "1" : "0");
  }
  // The test split is scored as it was when the run was evaluated.
  for (const row of await rowsOf(`${run}/metrics/predictions.csv`)) {
    assertAlmostEquals(Number(results[Number(row.row) - 1]!.score), Number(row.tuned_score), 1e-6);
  }
});
