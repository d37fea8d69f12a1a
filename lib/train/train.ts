/** `deno task train`: data → training → evaluation → adapter, histories and tables. */
import { bold, dim, yellow } from "@std/fmt/colors";
import type { Config } from "./config.ts";
import { DeviceError, deviceLine } from "../graph/mod.ts";
import { InputError } from "../errors.ts";
import { makeFolder, sha256 } from "../files.ts";
import { Encoder, type FrozenPrefixes } from "../model/mod.ts";
import { Rng } from "../random.ts";
import { type Progress, showProgress } from "../progress.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import {
  chosenEpoch,
  type EpochEvent,
  initialState,
  type StepEvent,
  stepsPerEpoch,
  train,
  type TrainerOptions,
} from "./trainer.ts";
import { compileTrainingStep } from "./training_step.ts";
import { openDataset } from "./dataset.ts";
import { fairnessTerms, type OwnTerms } from "./fairness/configured_terms.ts";
import { finishRun } from "./finish.ts";
import { sharedOrOwn, withFrozenPrefix } from "./frozen_layers.ts";
import { History } from "./history.ts";
import { type RunPaths, runPaths } from "./paths.ts";
import { prepareTraining, writeReview } from "./prepare_training.ts";
import { openModel, type RunModel } from "./setup.ts";
import { baseModel, startingAdapter } from "./starting_point.ts";
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
  /** Fairness terms of one's own, beside those of the configuration. Items have twins if `fairness.counterfactual` is on. */
  readonly terms?: OwnTerms;
  /** Called after each step and each epoch, such as `liveLoss().update`; training waits for it. */
  readonly onEvent?: (event: StepEvent | EpochEvent<ValidationResult>) => void | Promise<void>;
}

/**
 * Trains, evaluates and writes everything a run leaves behind: the adapter as PEFT keeps it, `run.json`, a checkpoint,
 * `history.jsonl` (a line per step), `epoch_metrics.csv`, the tables of {@linkcode writeQuality}, and those of
 * {@linkcode writeReview}.
 *
 * @param config What to train, on what, and how.
 * @param options Whether to continue, where to write, how to stop.
 * @returns Whether it came to the end, or was interrupted.
 * @throws {InputError} When configuration, data, model or folder cannot be used.
 */
export function trainRun(config: Config, options: TrainRunOptions = {}): Promise<"finished" | "interrupted"> {
  return sharedOrOwn(options.prefixes, (prefixes) => trainWith(prefixes, config, options));
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
  const prepared = prepareTraining(config, data, table, rng, options.terms !== undefined);
  const { set, validationSet } = prepared;
  const fingerprint = await runFingerprint(config, model, [prepared, options.terms?.toString()]);
  await prepareFolders(paths);
  if (config.training.cacheFrozenLayers) model = await withFrozenPrefix(model, table, prefixes, print);

  const base = await baseModel(config, model, set, table, rng);
  const trainerSettings = trainerOptions(config);
  const terms = fairnessTerms(
    config.fairness,
    {
      ...prepared,
      baseEmbedding: base.embedding,
      own: options.terms,
      width: files.config.hiddenSize,
      totalSteps: stepsPerEpoch(set.items.length, trainerSettings) * config.training.epochs,
      rng: rng.derive("fairness terms"),
    },
  );
  const trainer: TrainerOptions = {
    ...trainerSettings,
    terms,
    ...(prepared.batches ? { batches: prepared.batches } : {}),
  };
  for (const term of terms.terms) print(dim(`fairness: ${term.name}, weight ${term.weight}`));
  const state = options.resume
    ? await loadCheckpoint(await existing(paths.checkpoint), fingerprint)
    : initialState({ ...await startingAdapter(model, rng), ...base.head, ...terms.parameters }, terms);
  const history = await History.open(
    paths.metrics,
    state.step,
    state.epoch,
    config.data.groups.map(({ name }) => name),
  );
  await writeReview(paths.review, data, prepared);
  if (options.resume) print(`resuming after step ${state.step}`);

  const where = { device: model.device.device, prefix: model.prefix };
  const encoder = await Encoder.compile(model.spec, where);
  const weighted = config.balance.weights !== "none";
  const step = await compileTrainingStep(model.spec, config.training, { ...where, terms, weighted });
  const validation = await openValidation(
    {
      pairs: data.validation.map((example) => table.pair(example)),
      examples: data.validation,
      set: validationSet,
    },
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
        const isBest = chosenEpoch(state.kept, trainer.selection)?.epoch.epoch === event.epoch;
        await history.epoch(event, isBest);
        progress.stop();
        print(epochLine(event.epoch, trainer.epochs, event.trainLoss, event.validation, isBest));
        if (event.stopsEarly) {
          print(`stopping early: ${trainer.patience} epoch${trainer.patience === 1 ? "" : "s"} without improvement`);
        }
        progress = showProgress("training", set.items.length * trainer.epochs, "pairs", pairs);
      }
      await options.onEvent?.(event);
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
  await finishRun({ config, paths, data, model, table, state, selection: trainer.selection }, print);
  return "finished";
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
    balance: config.balance,
    training,
    fairness: config.fairness,
    selection: config.selection,
    pooling: model.spec.pooling,
    normalize: model.spec.normalize,
    weights: model.fingerprint,
    data,
  }));
}

function trainerOptions({ training, selection }: Config): TrainerOptions {
  const { by, maxGap, window, improvement, patience } = selection;
  return { ...training, patience, selection: { higherIsBetter: by !== "loss", maxGap, window, improvement } };
}

function epochLine(epoch: number, epochs: number, loss: number, validation: ValidationResult, isBest: boolean): string {
  const number = (value: number | null) => value === null ? "–" : value.toFixed(3);
  return `epoch ${epoch}/${epochs}  train loss ${number(loss)}  validation loss ${number(validation.loss)}  ` +
    `AUC ${number(validation.rocAuc)}  AP ${number(validation.averagePrecision)}  gap ${number(validation.gap)}` +
    (isBest ? dim("  best so far") : "");
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
