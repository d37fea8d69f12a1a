/** What a run has left: its file, histories, predictions, evaluation, checkpoint, and the pages made of them. */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { evaluate, evaluationCsv, evaluationJson, predictionsInput } from "../../evaluate/mod.ts";
import { readEvaluation, readPredictions } from "../../evaluate/mod.ts";
import { readReport } from "../../cli/report_run.ts";
import { InputError } from "../../errors.ts";
import { sha256 } from "../../files.ts";
import { openSafetensors, type Parameters, readTensor, writeSafetensors } from "../../model/mod.ts";
import { evaluationHtml, evaluationText, modelCard, reportPage, reportSections } from "../../report/mod.ts";
import { runFile } from "../../report/page/_testing.ts";
import { loadCheckpoint, parseConfig, readHistory, readRunFile } from "../../train/mod.ts";
import { digestOf, saveCheckpoint } from "../../train/checkpoint.ts";
import { History } from "../../train/history.ts";
import { sealedRun } from "../../train/run_file.ts";
import { initialState, type TrainerState } from "../../train/trainer.ts";
import type { Input } from "../mutate.ts";
import { checkFinite, checkWords, expectThat, type Target } from "../target.ts";
import { bytes, filesOf, goldenFiles, testFile } from "./seeds.ts";

const NAMES = ["evaluation.json", "predictions.csv", "history.jsonl", "epoch_metrics.csv"];

/** The tables and histories of a run of the golden outputs. */
function metricsOf(run: string, names = NAMES): Record<string, string> {
  const golden = goldenFiles(run);
  return Object.fromEntries(names.map((name) => [name, golden[`metrics_${name}`]!]));
}

const RUNS = ["train_plain", "train_fair", "train_by_group"];

function runFileOf(evaluation: string) {
  const { models } = JSON.parse(evaluation) as { models: { name: string; threshold: number | null }[] };
  const threshold = (name: string) => models.find((model) => model.name === name)!.threshold ?? 0.5;
  const groups = [{ name: "education", extract: "degree" as const }, { name: "town", column: "town" }];
  return runFile({
    config: parseConfig({ name: "golden", data: { path: "pairs.csv", groups }, evaluation: { counterfactuals: true } }),
    thresholds: { base: threshold("base"), tuned: threshold("tuned") },
    groupThresholds: null,
    constraints: [{ name: "demographicParityDifference of education", value: 0.1, limit: 0.2, met: true }],
    base: {
      pooling: "mean",
      normalize: true,
      queryInstruction: "",
      passageInstruction: "",
      maxLength: 24,
      licence: "MIT",
      tokenizer: "c".repeat(64),
      settings: "d".repeat(64),
    },
    files: { adapter: {}, metrics: {}, review: {}, checkpoint: {} },
  });
}

const byGroup = {
  attribute: "town",
  rules: {
    constraint: "demographicParity",
    objective: "accuracy",
    rates: { city: 0.5 },
    reached: 0.6,
    rules: {
      city: {
        ignore: 0,
        constant: 0.5,
        p0: 0.25,
        operation0: { operator: ">", threshold: 0.5 },
        p1: 0.75,
        operation1: { operator: ">", threshold: "-Infinity" },
      },
    },
  },
};

const runJson: Target = {
  name: "run.json",
  seeds: RUNS.flatMap((run) => {
    const file = runFileOf(metricsOf(run)["evaluation.json"]!);
    return [file, { ...file, groupThresholds: byGroup }].map((own): Input => ({ files: filesOf({ "run.json": own }) }));
  }),
  run: async (input) => {
    await reseal(input, (run) => run);
    const { groupThresholds: _, ...run } = await readRunFile(".");
    checkFinite(run, "run.json");
  },
};

const history: Target = {
  name: "histories",
  seeds: RUNS.map((run): Input => ({ files: filesOf(metricsOf(run, ["history.jsonl", "epoch_metrics.csv"])) })),
  run: async () => {
    const start = { step: 3, epoch: 1, attributes: ["education", "town"] };
    const opened = await History.open(".", start);
    const read = await readHistory(".");
    checkFinite(read, "the history");
    await opened.write();
    await opened.sync();
    opened.digest();
  },
};

const predictions: Target = {
  name: "predictions.csv",
  seeds: RUNS.map((run): Input => ({ files: filesOf(metricsOf(run, ["evaluation.json", "predictions.csv"])) })),
  changes: (file) => file === "predictions.csv",
  run: async (input) => {
    const { predictions } = await readPredictions(".");
    const evaluation = evaluate(predictionsInput(predictions, "predictions.csv"), { resamples: 5 });
    JSON.parse(evaluationJson(evaluation));
    checkWords(evaluationText(evaluation), input);
  },
};

const evaluation: Target = {
  name: "evaluation.json",
  seeds: ["train_plain", "train_fair", "evaluate_own", "metrics_control", "metrics_ranking"].map((name): Input => {
    const files = goldenFiles(name);
    return { files: { "evaluation.json": bytes((files["evaluation.json"] ?? files["metrics_evaluation.json"])!) } };
  }),
  run: async (input) => {
    const evaluation = await readEvaluation("evaluation.json");
    checkFinite(evaluation, "the evaluation");
    evaluationJson(evaluation);
    for (const { rows } of evaluationCsv(evaluation)) checkFinite(rows, "its tables");
    checkWords(evaluationText(evaluation) + seen(evaluationHtml(evaluation)), input);
  },
};

/** What a reader sees of a page. */
const seen = (page: string) => page.replaceAll(/<(script|style)\b[^]*?<\/\1>/g, " ").replaceAll(/<[^>]*>/g, " ");

const ADAPTER = "bert_lora_tiny/adapters/qkv";
const BALANCE =
  "step,group,label,before,after,weight\nresample,education: none,1,10,12,\nweights,town: city,0,20,20,1.25\n";

const report: Target = {
  name: "report",
  seeds: RUNS.map((run): Input => {
    const metrics = metricsOf(run);
    return {
      files: {
        ...filesOf({ "run.json": runFileOf(metrics["evaluation.json"]!), "review/balance.csv": BALANCE }),
        ...filesOf(Object.fromEntries(Object.entries(metrics).map(([name, text]) => [`metrics/${name}`, text]))),
        "adapter_config.json": testFile(`${ADAPTER}/adapter_config.json`),
        "adapter_model.safetensors": testFile(`${ADAPTER}/adapter_model.safetensors`),
      },
    };
  }),
  run: async (input) => {
    await sealRun(input);
    const report = await readReport(["."]);
    const sections = reportSections(report);
    checkWords(modelCard(report) + seen(reportPage("Report", sections, { plotly: { file: "plotly.js" } })), input);
  },
};

/** Makes the run file say that these are the files of the run, as one whom a stranger has made would. */
async function sealRun(input: Input): Promise<void> {
  const { files } = input;
  const digests: Record<string, Record<string, string>> = { adapter: {}, metrics: {}, review: {}, checkpoint: {} };
  for (const [path, own] of Object.entries(files)) {
    const [, folder = "adapter", name = path] = /^(metrics|review)\/(.*)$/.exec(path) ?? [];
    if (name !== "run.json") digests[folder]![name] = await sha256(own);
  }
  // A thing that a hostile file has put there stays.
  await reseal(input, (run) => JSON.stringify(run.files) === NO_FILES ? { ...run, files: digests } : run);
}

/** Makes the run file say its own digest. */
async function reseal({ files }: Input, change: (run: Record<string, unknown>) => object): Promise<void> {
  try {
    const { digest: _, ...run } = z.looseObject({}).parse(JSON.parse(new TextDecoder().decode(files["run.json"])));
    await Deno.writeTextFile("run.json", await sealedRun(change(run)));
  } catch {
    // It is no run file any more.
  }
}

const NO_FILES = JSON.stringify({ adapter: {}, metrics: {}, review: {}, checkpoint: {} });

function someState(): TrainerState {
  const parameters = (...data: number[]) => ({ "x.lora_A.weight": { shape: [1, 2], data: Float32Array.from(data) } });
  return {
    ...initialState(parameters(1, 2)),
    first: parameters(3, 1e-30),
    second: parameters(5, 6),
    step: 7,
    epoch: 1,
    terms: { "parity.sums": { shape: [2], data: Float32Array.of(0.25, 3) } },
    epochs: [{ epoch: 1, utility: 0.75, gap: 0.2 }],
    best: {
      utility: { epoch: 1, utility: 0.75, gap: 0.2, parameters: parameters(0, 8) },
      fairness: null,
      constrained: null,
    },
  };
}

async function checkpointBytes(): Promise<Input["files"]> {
  const folder = await Deno.makeTempDir();
  try {
    await saveCheckpoint(`${folder}/state.safetensors`, someState(), { fingerprint: "run", history: "h" });
    return { "state.safetensors": await Deno.readFile(`${folder}/state.safetensors`) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a checkpoint say the digest of what it holds, so that what else is wrong with it is looked at. */
async function resealCheckpoint(path: string): Promise<void> {
  try {
    const file = await openSafetensors(path);
    const tensors: Parameters = {};
    for (const [name, { shape }] of file.tensors) {
      tensors[name] = { shape: [...shape], data: await readTensor(file, name) };
    }
    await writeSafetensors(path, tensors, { ...file.metadata, digest: digestOf(tensors, file.metadata) });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
  }
}

/** The targets; a checkpoint must be written before it can be read. */
export async function runTargets(): Promise<Target[]> {
  const checkpoint = (name: string, before: (path: string) => Promise<void>, accepts: boolean): Target => ({
    name,
    seeds,
    run: async () => {
      await before("state.safetensors");
      const { state } = await loadCheckpoint("state.safetensors", "run", someState());
      checkFinite(state, "the state");
      expectThat(accepts || isDeepStrictEqual(state, someState()), "another state was accepted");
      expectThat([...state.second["x.lora_A.weight"]!.data].every((value) => value >= 0), "a moment is negative");
    },
  });
  const seeds = [{ files: await checkpointBytes() }];
  return [
    runJson,
    history,
    predictions,
    evaluation,
    report,
    checkpoint("checkpoint", () => Promise.resolve(), false),
    checkpoint("checkpoint contents", resealCheckpoint, true),
  ];
}
