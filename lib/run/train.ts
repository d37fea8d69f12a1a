/** `deno task train`: data → training → evaluation → adapter, histories and tables. */
import { bold, dim, yellow } from "@std/fmt/colors";
import type { Config } from "../config.ts";
import { type Example, labelClass } from "../data/example.ts";
import { writeTwins } from "../data/twins/mod.ts";
import { writeTable } from "../data/write_table.ts";
import { deviceLine } from "../device/choose.ts";
import { DeviceError } from "../device/device_error.ts";
import { InputError } from "../errors.ts";
import { makeFolder } from "../files/make_folder.ts";
import { fitTemperature } from "../metrics/calibration_temperature.ts";
import { Encoder } from "../model/encoder.ts";
import { initLora, type Parameters, rowNorms } from "../model/lora.ts";
import type { FrozenPrefixes } from "../model/frozen_prefix.ts";
import { writeAdapter } from "../model/peft.ts";
import { readStored } from "../model/safetensors.ts";
import { Rng } from "../random.ts";
import { type Progress, showProgress } from "../report/progress.ts";
import { loadCheckpoint, saveCheckpoint } from "../train/checkpoint.ts";
import { HEAD, isAdapter, type TrainingSet } from "../train/objective_graph.ts";
import { fitPlatt } from "../train/platt.ts";
import { KEPT } from "../train/selection.ts";
import {
  chosenEpoch,
  initialState,
  stepsPerEpoch,
  train,
  type TrainerOptions,
  type TrainerState,
} from "../train/trainer.ts";
import { compileTrainingStep } from "../train/training_step.ts";
import { balanceExamples, type BalanceRow, composeBatches, type ComposedBatches } from "./balancing.ts";
import { evaluationTwins, type ResumeTwins, resumeTwins } from "./counterfactuals.ts";
import { type Dataset, openDataset } from "./dataset.ts";
import { chooseDecisions, compareModels, partOf, scoreModels, writeQuality } from "./evaluate.ts";
import { fairnessTerms, hasTerms, type OwnTerms, trainedGroups } from "./fairness_terms.ts";
import { sharedOrOwn, withFrozenPrefix } from "./frozen_layers.ts";
import { History } from "./history.ts";
import { measureLeakage } from "./leakage.ts";
import { keptFolder, type RunPaths, runPaths } from "./paths.ts";
import { formatQuality } from "./quality_text.ts";
import { writeRunFile } from "./run_file.ts";
import { embedTexts, scorePairs } from "./score.ts";
import { openModel, type RunModel } from "./setup.ts";
import { sha256 } from "./sha256.ts";
import type { TextTable } from "./texts.ts";
import { type ItemNotes, type TrainingExamples, trainingSet } from "./training_set.ts";
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
  /** Fairness terms of one's own, beside those of the configuration. */
  readonly terms?: OwnTerms;
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
    config,
    {
      ...prepared,
      width: files.config.hiddenSize,
      totalSteps: stepsPerEpoch(set.items.length, trainerSettings) * config.training.epochs,
      rng: rng.derive("fairness terms"),
    },
    base.embedding,
    options.terms,
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
  await writeReview(paths.metrics, data, prepared);
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

/** What is trained on, as the configuration balances it. */
interface Prepared {
  readonly set: TrainingExamples;
  readonly validationSet: TrainingSet;
  /** Groups by attribute, in the order of the items' group numbers, and how many training examples each has. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly counts: Readonly<Record<string, readonly number[]>>;
  readonly batches: ComposedBatches["batches"];
  readonly balance: readonly BalanceRow[];
  /** Twins that are trained on. */
  readonly twins: ResumeTwins | null;
}

function prepareTraining(config: Config, data: Dataset, table: TextTable, rng: Rng, ownTerms: boolean): Prepared {
  const others = [...data.validation, ...data.test];
  const attributes = trainedGroups(data.train, others, config, hasTerms(config) || ownTerms);
  const { examples, weights, table: balanced } = balanceExamples(data.train, config);
  const { weight, perResume } = config.fairness.counterfactual;
  const wanted = weight > 0 || ownTerms;
  const twins = wanted ? resumeTwins(data.train, data.originals, config, perResume, "training") : null;
  if (weight > 0 && twins!.twinsOf.size === 0) {
    throw new InputError(
      `fairness.counterfactual, ${config.data.path}: expected résumés that state a degree, to write them with another one; ` +
        "no twin could be written",
    );
  }
  const notesOn = (i: number): ItemNotes => {
    const { groups, resume } = examples[i]!;
    const texts = twins?.twinsOf.get(resume);
    return {
      groups: Object.fromEntries(Object.entries(attributes).map(([name, all]) => [name, all.indexOf(groups[name]!)])),
      ...(weights ? { weight: weights[i]! } : {}),
      ...(texts ? { twins: texts.map((text) => table.number(text, "resume")) } : {}),
    };
  };
  const set = trainingSet(examples, config.training, table, rng.derive("negatives"), notesOn);
  const composed = composeBatches(set.items, set.examples, config);
  return {
    set,
    validationSet: trainingSet(data.validation, config.training, table, rng.derive("validation negatives")),
    attributes,
    counts: Object.fromEntries(
      Object.entries(attributes).map(([name, groups]) => [
        name,
        groups.map((group) => examples.filter((example) => example.groups[name] === group).length),
      ]),
    ),
    batches: composed.batches,
    balance: [...balanced, ...composed.table],
    twins,
  };
}

/** Writes what was done to the data, for a person to review. */
async function writeReview(folder: string, { masking }: Dataset, { balance, twins }: Prepared): Promise<void> {
  if (balance.length > 0) await writeTable(`${folder}/balance.csv`, Object.keys(balance[0]!), balance);
  if (masking.log.length > 0) await writeTable(`${folder}/masking.csv`, Object.keys(masking.log[0]!), masking.log);
  if (twins !== null) await writeTwins(`${folder}/twins.csv`, twins.review);
}

/** Chooses thresholds, measures the test split and writes the adapter, the run file and the tables. */
async function finish(
  config: Config,
  paths: RunPaths,
  data: Dataset,
  model: RunModel,
  table: TextTable,
  state: TrainerState,
  print: (text: string) => void,
): Promise<void> {
  const { selection } = trainerOptions(config);
  const chosen = chosenEpoch(state.kept, selection);
  if (chosen === null) {
    throw new InputError(
      `selection.window: expected epochs from ${selection.window!.join(" to ")}, training ended after ${state.epoch}`,
    );
  }
  const { kind, epoch: { epoch: bestEpoch, gap, parameters } } = chosen;
  if (selection.maxGap !== null && kind !== "constrained") {
    const found = gap === null ? "every gap is undefined" : `the smallest is ${gap.toFixed(3)}, of epoch ${bestEpoch}`;
    print(
      yellow(`! no epoch has a gap of at most ${selection.maxGap} on the validation split: ${found}, which is used`),
    );
  }
  const adapter = adapterOf(parameters);
  const scored = [...data.validation, ...data.test];
  const { twinsOf } = evaluationTwins(scored, data.originals, config);
  const outputs = await scoreModels(
    { examples: scored, twinsOf, table, model, parameters: adapter },
    config,
    "evaluating",
  );
  const validation = partOf(outputs, 0, data.validation.length), test = partOf(outputs, data.validation.length);
  const decisions = chooseDecisions(data.validation, validation, config);
  // People of the validation split were not trained on either, and a probe needs all the people it can get.
  const quality = compareModels(data.test, test, decisions, config, measureLeakage(scored, outputs, config));

  await writeAdapter(paths.adapter, model.adapter, adapter);
  for (const name of KEPT) {
    const kept = state.kept[name];
    if (kept) await writeAdapter(keptFolder(paths, name), model.adapter, adapterOf(kept.parameters));
  }
  const head = HEAD.scale in parameters
    ? { scale: parameters[HEAD.scale]!.data[0]!, bias: parameters[HEAD.bias]!.data[0]! }
    : null;
  await writeRunFile(paths.runFile, {
    config,
    modelFingerprint: model.fingerprint,
    dataFingerprint: data.fingerprint,
    ...decisions,
    head,
    temperature: head && config.evaluation.temperatureScaling
      ? fittedTemperature(head, validation.tuned.scores, data.validation)
      : null,
    bestEpoch,
    bestEpochBy: kind,
    steps: state.step,
  });
  await writeQuality(paths.metrics, quality, data.test, test);
  print("\n" + formatQuality(quality, `Test split, epoch ${bestEpoch}`));
  print(`adapter  ${paths.adapter}\ntables   ${paths.metrics}`);
}

function adapterOf(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => isAdapter(name)));
}

/** The temperature that makes the probabilities hold on the validation split; null where none is best. */
function fittedTemperature(
  { scale, bias }: { scale: number; bias: number },
  cosines: Float64Array,
  validation: readonly Example[],
): number | null {
  const logits = cosines.map((cosine) => scale * cosine + bias);
  return fitTemperature({ labels: validation.map(labelClass), scores: logits, scale: "logit" }).temperature.value;
}

/** What training needs to know of the base model. */
interface BaseModel {
  /** The pair objective's scale and bias where they fit the base model; empty for other objectives. */
  readonly head: Parameters;
  /** Of a training text, by its number; there with distillation only. */
  readonly embedding: (text: number) => Float32Array;
}

async function baseModel(
  config: Config,
  model: RunModel,
  set: TrainingSet,
  table: TextTable,
  rng: Rng,
): Promise<BaseModel> {
  const distils = config.fairness.distillation.weight > 0, pair = config.training.objective === "pair";
  // A few hundred cosines place two numbers well enough to start from.
  const sample = rng.derive("head").shuffle([...set.items]).slice(0, 256);
  const texts = [
    ...(pair ? sample.flatMap(({ job, resume }) => [job, resume]) : []),
    ...(distils ? set.items.map(({ resume }) => resume) : []),
  ];
  if (texts.length === 0) return { head: {}, embedding: () => new Float32Array() };
  const { device: { device }, prefix } = model;
  const encoder = await Encoder.compile({ ...model.spec, lora: [] }, { device, prefix });
  const embeddings = await embedTexts(texts, table, encoder, {}, config.evaluation.batchTokens);
  await encoder.release();
  return {
    head: pair ? startingHead(scorePairs(sample, embeddings), sample.map((item) => item.label)) : {},
    embedding: (text) => embeddings.get(text)!,
  };
}

function startingHead(cosines: Float64Array, labels: readonly number[]): Parameters {
  const { scale, bias } = fitPlatt(cosines, labels);
  return {
    // Where the base model ranks at random or worse, the fit is flat, and a flat head passes no gradient on.
    [HEAD.scale]: { shape: [], data: Float32Array.of(Math.max(scale, 5)) },
    [HEAD.bias]: { shape: [], data: Float32Array.of(scale >= 5 ? bias : -5 * mean(cosines)) },
  };
}

/** The adapter as PEFT starts it. */
function startingAdapter({ spec }: RunModel, rng: Rng): Promise<Parameters> {
  return initLora(spec.lora, rng.derive("lora"), async (module) => {
    const stored = spec.weights.get(`${module}.weight`)!;
    return rowNorms(await readStored(stored), stored.shape[1]!);
  });
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
