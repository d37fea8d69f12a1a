/** `deno task train`: data → training → evaluation → adapter, histories and tables. */
import { bold, dim, yellow } from "@std/fmt/colors";
import type { Config } from "../config.ts";
import { deviceLine } from "../device/choose.ts";
import { DeviceError } from "../device/device_error.ts";
import { InputError } from "../errors.ts";
import { makeFolder } from "../files/make_folder.ts";
import { Encoder } from "../model/encoder.ts";
import { initLora, type Parameters, rowNorms } from "../model/lora.ts";
import { FrozenPrefixes } from "../model/frozen_prefix.ts";
import { writeAdapter } from "../model/peft.ts";
import { readStored } from "../model/safetensors.ts";
import { Rng } from "../random.ts";
import { type Progress, showProgress } from "../report/progress.ts";
import { loadCheckpoint, saveCheckpoint } from "../train/checkpoint.ts";
import { HEAD, isHead, type TrainingSet } from "../train/objective_graph.ts";
import { fitPlatt } from "../train/platt.ts";
import { initialState, stepsPerEpoch, train, type TrainerOptions, type TrainerState } from "../train/trainer.ts";
import { compileTrainingStep } from "../train/training_step.ts";
import { openDataset } from "./dataset.ts";
import { chooseThresholds, compareModels, scoreModels, writeQuality } from "./evaluate.ts";
import { withFrozenPrefix } from "./frozen_layers.ts";
import { History } from "./history.ts";
import { type RunPaths, runPaths } from "./paths.ts";
import { formatQuality } from "./quality_text.ts";
import { writeRunFile } from "./run_file.ts";
import { scorePairs } from "./score.ts";
import { openModel, type RunModel } from "./setup.ts";
import { sha256 } from "./sha256.ts";
import type { TextTable } from "./texts.ts";
import { trainingSet } from "./training_set.ts";
import { openValidation, type ValidationResult } from "./validation.ts";

/** How to run. */
export interface TrainRunOptions {
  /** Continue from the checkpoint instead of starting anew. */
  readonly resume?: boolean;
  /** Keep everything in this folder instead of the project's. */
  readonly output?: string | undefined;
  /** Aborting it stops after the current step, in a state that can be resumed. */
  readonly signal?: AbortSignal;
  /** What frozen layers make of each text, shared with other runs of this process; default: the run's own. */
  readonly prefixes?: FrozenPrefixes;
  /** What is said along the way and at the end; default: `console.log`. */
  readonly print?: (text: string) => void;
}

/**
 * Trains, evaluates and writes everything a run leaves behind: the adapter as PEFT keeps it, `run.json`, a checkpoint,
 * `history.jsonl` (a line per step), `epoch_metrics.csv`, and the tables of {@linkcode writeQuality}.
 *
 * @param config What to train, on what, and how.
 * @param options Whether to continue, where to write, how to stop.
 * @returns Whether it came to the end, or was interrupted.
 * @throws {InputError} When configuration, data, model or folder cannot be used.
 */
export async function trainRun(config: Config, options: TrainRunOptions = {}): Promise<"finished" | "interrupted"> {
  if (options.prefixes) return await trainWith(options.prefixes, config, options);
  const prefixes = new FrozenPrefixes();
  try {
    return await trainWith(prefixes, config, options);
  } finally {
    await prefixes.release();
  }
}

async function trainWith(
  prefixes: FrozenPrefixes,
  config: Config,
  options: TrainRunOptions,
): Promise<"finished" | "interrupted"> {
  const { print = console.log } = options;
  const paths = runPaths(config.name, options.output);
  const data = await openDataset(config);
  let model = await openModel(config, "training");
  const { files } = model;
  print(
    `${
      bold(config.name)
    }: ${files.name}, ${files.config.numLayers} layers × ${files.config.hiddenSize}, ${files.pooling} pooling; LoRA rank ${config.lora.rank} on ${model.spec.lora.length} linear layers`,
  );
  if (config.device !== "cpu") print(deviceLine(model.device));
  const sizes = `${data.train.length} training, ${data.validation.length} validation, ${data.test.length} test pairs`;
  print(`${config.data.path}: ${sizes}`);
  for (const note of data.notes) print(yellow(`! ${note}`));

  const rng = new Rng(config.training.seed);
  const table = model.newTextTable();
  const set = trainingSet(data.train, config.training, table, rng.derive("negatives"));
  const validationSet = trainingSet(data.validation, config.training, table, rng.derive("validation negatives"));
  const labels = data.validation.map((example) => example.label!);
  const fingerprint = await runFingerprint(config, model, [set, validationSet, labels]);
  await prepareFolders(paths);
  if (config.training.cacheFrozenLayers) model = await withFrozenPrefix(model, table, prefixes, print);

  const trainer = trainerOptions(config);
  const state = options.resume
    ? await loadCheckpoint(await existing(paths.checkpoint), fingerprint)
    : initialState(await startingParameters(config, model, set, table, rng));
  const history = await History.open(paths.metrics, state.step, state.epoch);
  if (options.resume) print(`resuming after step ${state.step}`);

  const where = { device: model.device.device, prefix: model.prefix };
  const encoder = await Encoder.compile(model.spec, where);
  const step = await compileTrainingStep(model.spec, config.training, where);
  const validation = await openValidation(
    data.validation.map((example) => table.pair(example)),
    labels,
    validationSet,
    encoder,
    config,
  );
  const total = stepsPerEpoch(set.items.length, trainer) * trainer.epochs;
  const perStep = config.training.batchSize * config.training.accumulation;
  let progress: Progress | null = null;
  try {
    let pairs = Math.min(state.step * perStep, set.items.length * trainer.epochs);
    progress = showProgress("training", set.items.length * trainer.epochs, "pairs", pairs);
    let smoothed: number | null = null;
    for await (const event of train(set, step, state, trainer, (parameters) => validation.measure(parameters))) {
      if (event.kind === "step") {
        await history.step(event);
        pairs += event.items;
        smoothed = smoothed === null ? event.loss : 0.9 * smoothed + 0.1 * event.loss;
        progress.update(pairs, `step ${event.step}/${total}, loss ${smoothed.toFixed(3)}`);
      } else {
        await history.epoch(event);
        progress.stop();
        print(epochLine(event.epoch, trainer.epochs, event.trainLoss, event.validation, event.isBest));
        if (event.stopsEarly) {
          print(`stopping early: ${trainer.patience} epoch${trainer.patience === 1 ? "" : "s"} without improvement`);
        }
        progress = showProgress("training", set.items.length * trainer.epochs, "pairs", pairs);
      }
      const due = event.kind === "epoch" || state.step % config.training.checkpointEvery === 0;
      if (due || options.signal?.aborted) await saveCheckpoint(paths.checkpoint, state, fingerprint);
      if (options.signal?.aborted) {
        progress.stop();
        print(`\ninterrupted after step ${state.step}; the same command with --resume continues from here`);
        return "interrupted";
      }
    }
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    // A pass that failed has changed nothing: the state is that of the last event.
    await saveCheckpoint(paths.checkpoint, state, fingerprint);
    progress?.stop();
    throw new DeviceError(
      `${error.message}; step ${state.step} is saved, and --resume continues from there on any --device`,
    );
  } finally {
    progress?.stop();
    await step.release();
    await validation.release();
    await encoder.release();
  }
  await finish(config, paths, data, model, table, state, print);
  return "finished";
}

/** Chooses thresholds, measures the test split and writes the adapter, the run file and the tables. */
async function finish(
  config: Config,
  paths: RunPaths,
  data: Awaited<ReturnType<typeof openDataset>>,
  model: RunModel,
  table: TextTable,
  state: TrainerState,
  print: (text: string) => void,
): Promise<void> {
  const { parameters, epoch: bestEpoch } = state.best!;
  const adapter = Object.fromEntries(Object.entries(parameters).filter(([name]) => !isHead(name)));
  const scored = [...data.validation, ...data.test];
  const scores = await scoreModels(scored, table, model, adapter, config, "evaluating");
  const part = (from: number, to?: number) => ({
    base: scores.base.slice(from, to),
    tuned: scores.tuned.slice(from, to),
  });
  const boundary = data.validation.length;
  const thresholds = chooseThresholds(data.validation, part(0, boundary));
  const testScores = part(boundary);
  const quality = compareModels(data.test, testScores, thresholds, config);

  await writeAdapter(paths.adapter, model.adapter, adapter);
  const head = HEAD.scale in parameters
    ? { scale: parameters[HEAD.scale]!.data[0]!, bias: parameters[HEAD.bias]!.data[0]! }
    : null;
  await writeRunFile(paths.runFile, {
    config,
    modelFingerprint: model.fingerprint,
    dataFingerprint: data.fingerprint,
    thresholds,
    head,
    bestEpoch,
    steps: state.step,
  });
  await writeQuality(paths.metrics, quality, data.test, testScores);
  print("\n" + formatQuality(quality, `Test split, epoch ${bestEpoch}`));
  print(`adapter  ${paths.adapter}\ntables   ${paths.metrics}`);
}

/** The adapter as PEFT starts it; the pair objective's scale and bias where they fit the base model. */
async function startingParameters(
  config: Config,
  model: RunModel,
  set: TrainingSet,
  table: TextTable,
  rng: Rng,
): Promise<Parameters> {
  const lora = await initLora(model.spec.lora, rng.derive("lora"), async (module) => {
    const stored = model.spec.weights.get(`${module}.weight`)!;
    return rowNorms(await readStored(stored), stored.shape[1]!);
  });
  if (config.training.objective !== "pair") return lora;
  // A few hundred cosines place two numbers well enough to start from.
  const sample = rng.derive("head").shuffle([...set.items]).slice(0, 256);
  const { device: { device }, prefix } = model;
  const base = await Encoder.compile({ ...model.spec, lora: [] }, { device, prefix });
  const cosines = await scorePairs(sample, table, base, {}, config.evaluation.batchTokens);
  await base.release();
  const { scale, bias } = fitPlatt(cosines, sample.map((item) => item.label));
  return {
    ...lora,
    // Where the base model ranks at random or worse, the fit is flat, and a flat head passes no gradient on.
    [HEAD.scale]: { shape: [], data: Float32Array.of(Math.max(scale, 5)) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(scale >= 5 ? bias : -5 * mean(cosines)) },
  };
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((a, b) => a + b, 0) / values.length;
}

/**
 * Everything that the trained bytes depend on, but for where and how exactly they are computed: a run that a device
 * failed can be resumed on another, in other precision, or with less memory.
 */
function runFingerprint(config: Config, model: RunModel, data: unknown): Promise<string> {
  const {
    checkpointEvery: _,
    precision: _precision,
    gradientCheckpointing: _checkpointing,
    cacheFrozenLayers: _cache, // its sums are those of the whole encoder, up to rounding
    ...training
  } = config.training;
  return sha256(JSON.stringify({
    lora: config.lora,
    training,
    pooling: model.spec.pooling,
    normalize: model.spec.normalize,
    weights: model.fingerprint,
    data,
  }));
}

function trainerOptions({ training }: Config): TrainerOptions {
  return { ...training, higherIsBetter: training.select !== "loss" };
}

function epochLine(epoch: number, epochs: number, loss: number, validation: ValidationResult, isBest: boolean): string {
  const number = (value: number | null) => value === null ? "–" : value.toFixed(3);
  return `epoch ${epoch}/${epochs}  train loss ${number(loss)}  validation loss ${number(validation.loss)}  ` +
    `AUC ${number(validation.rocAuc)}  AP ${number(validation.averagePrecision)}${isBest ? dim("  best so far") : ""}`;
}

async function existing(path: string): Promise<string> {
  try {
    await Deno.stat(path);
    return path;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new InputError(`--resume: there is no checkpoint ${path}; train without --resume first`);
  }
}

async function prepareFolders(paths: RunPaths): Promise<void> {
  for (const folder of [paths.adapter, paths.metrics, paths.checkpoint.replace(/\/[^/]*$/, "")]) {
    await makeFolder(folder);
  }
}
