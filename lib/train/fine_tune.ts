/**
 * Fine-tuning, from a configuration to an adapter: prepare → fit → calibrate → evaluate → save. Run it with `deno task
 * train`, or call {@linkcode fineTune}; as in nanoGPT's `train.py`, the whole flow is this one file.
 */
import { bold, dim, yellow } from "@std/fmt/colors";
import { basename } from "@std/path";
import { type Dataset, openDataset, writeCounterfactuals } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Evaluation } from "../evaluate/mod.ts";
import { exists, sha256 } from "../files.ts";
import { DeviceError, deviceLine } from "../graph/mod.ts";
import { stopButton } from "../jupyter.ts";
import { Encoder, type EncoderOptions, type FrozenPrefixes, type Parameters, writeAdapter } from "../model/mod.ts";
import { Rng } from "../random.ts";
import { askBaseModel, finishedStart, startingAdapter } from "./base_model.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import type { Config } from "./config.ts";
import { tellConstraints, tellPower } from "./constraints_text.ts";
import { calibrate, checkedConstraints, evaluateModels, measureLeakage, partOf } from "./evaluate_models.ts";
import { saveEvaluation, scoreModels } from "./evaluate_models.ts";
import type { Calibration } from "./evaluate_models.ts";
import { dimensionRows, tellDimensions } from "./dimensions.ts";
import type { CombinedTerms } from "./fairness/combine.ts";
import { fairnessTerms, type OwnTerms } from "./fairness/configured_terms.ts";
import { cosine, sharedOrOwn, type TokenCache, withFrozenPrefix } from "./token_cache.ts";
import { History } from "./history.ts";
import { Interrupted, type Interruption, saving, stopIfAnyIsAsked, stopIfAsked } from "./interruption.ts";
import { checkMatryoshka, HEAD, isAdapter, likelyMatches } from "./objective_graph.ts";
import { openModel, type RunModel } from "./open_model.ts";
import { checkBeforeTraining } from "./preflight.ts";
import { ALONE, type Ranks } from "./ranks.ts";
import { bestFolder, type RunFile, type RunPaths, runPaths, versions, writeRunFile } from "./run_file.ts";
import { clearUnfinished, digestUnfinished, putInPlace, takeRun, unfinished } from "./run_parts.ts";
import { constraintName } from "./settings.ts";
import { BEST_KINDS, type BestCheckpoint, type BestKind, chosenCheckpoint } from "./selection.ts";
import { type StepPlan, stepPlan } from "./step_plan.ts";
import { initialState, train, type TrainerOptions, type TrainerState } from "./trainer.ts";
import { evaluationCounterfactuals, type PreparedTraining, prepareTraining, writeReview } from "./training_data.ts";
import { type TrainingEvent, TrainingLog } from "./training_log.ts";
import { compileTrainingStep, type TrainingStep } from "./training_step.ts";
import { openValidation, type Validation } from "./validation.ts";

/** How to run. */
export interface FineTuneOptions {
  /** Continue from the checkpoint instead of starting anew. */
  readonly resume?: boolean;
  /** Start from the adapter of the finished run in this folder, instead of from the base model. */
  readonly from?: string | undefined;
  /** Keep everything in this folder instead of the project's. */
  readonly output?: string | undefined;
  /**
   * Aborting it, such as with an `AbortSignal`, stops after the current batch, in a state that can be resumed; if
   * absent, the notebook's button ■ does so.
   */
  readonly signal?: Interruption;
  /** What frozen layers make of each text, shared with other runs of this process; default: the run's own. */
  readonly prefixes?: FrozenPrefixes;
  /** What is said along the way; default: `console.log`. */
  readonly print?: (text: string) => void;
  /**
   * Fairness terms of one's own. Items have counterfactuals if `fairness.counterfactual` of the configuration is on.
   */
  readonly terms?: OwnTerms;
  /** Called after each step and each epoch, such as `liveLoss().update`; training waits for it. */
  readonly onEvent?: (event: TrainingEvent) => void | Promise<void>;
}

/** How a training ended: with a model and what it does on the test split, or in a state that can be resumed. */
export type FineTuned =
  | { readonly outcome: "finished"; readonly evaluation: Evaluation; readonly run: RunFile; readonly paths: RunPaths }
  | { readonly outcome: "interrupted"; readonly step: number; readonly paths: RunPaths };

/**
 * Trains, evaluates and writes everything a run leaves behind: the adapter as PEFT keeps it, `run.json`, a checkpoint,
 * `history.jsonl` (a line per step), `epoch_metrics.csv`, the tables of the evaluation, and what was done to the data.
 * @throws {InputError} When configuration, data, model or folder cannot be used.
 */
export async function fineTune(config: Config, options: FineTuneOptions = {}): Promise<FineTuned> {
  return (await fineTuneAmong(ALONE, config, options))!;
}

/**
 * The same as one of several ranks, each of which calls it with the same configuration and data. `training.batchSize`
 * is that of all together: the adapter does not depend on how many they are. Rank 0 writes and prints; the others give
 * null, and once the training is over no rank needs another.
 * @throws {InputError} As fineTune(), and when a rank has other data, another model or another configuration.
 */
export async function fineTuneAmong(
  ranks: Ranks,
  config: Config,
  options: FineTuneOptions = {},
): Promise<FineTuned | null> {
  using button = stopButton();
  const { print = console.log, signal = button.signal } = options;
  const paths = runPaths(config.name, options.output);
  let state: TrainerState | null = null;
  await using owned = new AsyncDisposableStack();
  try {
    return await sharedOrOwn(options.prefixes, async (prefixes) => {
      const training = await prepare(config, { ...options, signal, prefixes, paths, owned, ranks });
      state = training.state;
      await saving(signal, () => fit(training, { ...options, signal }));
      return training.history === null ? null : await finish(training, signal);
    });
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    const { step } = state ?? { step: 0 };
    const where = state
      ? `after step ${step}; the same command with --resume continues from here`
      : "before the first step; the same command starts again";
    if (ranks.rank === 0) print(`\ninterrupted ${where}`);
    return { outcome: "interrupted", step, paths };
  }
}

/** Measures what was trained, and puts everything that a run leaves in its place. */
async function finish(training: PreparedRun, signal: Interruption | undefined): Promise<FineTuned> {
  const { config, paths } = training;
  const chosen = choose(training);
  const scored = await score(training, chosen.checkpoint, signal);
  const { validation, test } = training.data;
  const head = headOf(chosen.checkpoint.parameters);
  const calibration = calibrate(validation, partOf(scored.outputs, 0, validation.length), { ...config, head });
  const outputs = partOf(scored.outputs, validation.length);
  // People of the validation split were not trained on either, and a probe needs all the people it can get.
  const leakage = await measureLeakage(scored.examples, scored.outputs, config);
  const source = `test split of ${basename(config.data.path)}`;
  const measured = { examples: test, outputs, calibration: { ...calibration, head }, leakage, source };
  const { evaluation, predictions } = evaluateModels(measured, config);
  const checks = checkedConstraints(test, outputs.tuned, { predictions, config });
  tellConstraints(config, { validation: calibration.constraints ?? [], test: checks, print: training.print });

  await saveEvaluation(training.next.metrics, { evaluation, predictions });
  if (config.training.matryoshka.length > 0) {
    const rows = dimensionRows(config.training.matryoshka, {
      validation: { examples: validation, output: partOf(scored.outputs, 0, validation.length).tuned },
      test: { examples: test, output: outputs.tuned },
      attributes: config.data.groups.map(({ name }) => name),
    });
    await tellDimensions(rows, { folder: training.next.metrics, print: training.print });
  }
  const run = await save(training, chosen, { ...calibration, head });
  return { outcome: "finished", evaluation, run, paths };
}

/** Everything a training consists of. */
interface PreparedRun {
  readonly config: Config;
  readonly paths: RunPaths;
  /** Where its files are until all are there. */
  readonly next: RunPaths;
  readonly data: Dataset;
  readonly model: RunModel;
  readonly tokens: TokenCache;
  readonly prepared: PreparedTraining;
  readonly terms: CombinedTerms;
  readonly trainer: TrainerOptions;
  readonly plan: StepPlan;
  readonly state: TrainerState;
  /** Kept by rank 0 alone, which writes everything. */
  readonly history: History | null;
  readonly ranks: Ranks;
  /** Identifies what the trained bytes depend on. */
  readonly fingerprint: string;
  readonly print: (text: string) => void;
}

/** Reads the data, opens the model, and puts together what is minimised, from which state. */
async function prepare(
  config: Config,
  options: FineTuneOptions & {
    readonly prefixes: FrozenPrefixes;
    readonly paths: RunPaths;
    /** Frees the run's folders in the end. */
    readonly owned: AsyncDisposableStack;
    readonly ranks: Ranks;
  },
): Promise<PreparedRun> {
  const { print = console.log, prefixes, paths, signal, ranks } = options;
  const leads = ranks.rank === 0;
  const data = await openDataset(config);
  for (const note of checkBeforeTraining(config, data)) print(yellow(`! ${note}`));
  let model = await openModel(config, "training");
  introduce(config, { data, model, print });
  checkMatryoshka(config.training.matryoshka, model.files.config.hiddenSize);

  const rng = new Rng(config.training.seed);
  const tokens = model.newTokenCache();
  const balanced = prepareTraining(config, { data, tokens, rng, ownTerms: options.terms !== undefined });
  const { set, validationSet } = balanced;
  const earlier = options.from === undefined ? null : await finishedStart(options.from, model);
  const given = [balanced, options.terms?.toString(), ...(earlier === null ? [] : [earlier.fingerprint])];
  const fingerprint = await runFingerprint(config, model, given);
  if (await ranks.fromFirst(fingerprint) !== fingerprint) {
    throw new InputError("expected the configuration, data and model of rank 0, found others on this rank");
  }
  if (leads) options.owned.use(await takeRun(paths));
  if (config.training.cacheFrozenLayers) {
    model = await withFrozenPrefix(model, { tokens, prefixes, ranks, print, signal });
  }

  const base = await askBaseModel(config, { model, set, validationSet, tokens, rng });
  const prepared = withBaseMatches(balanced, base, config.training);
  const settings = { ...trainerOptions(config), batches: prepared.batches };
  const plan = stepPlan(set, settings);
  const terms = fairnessTerms(config.fairness, {
    ...prepared,
    width: model.files.config.hiddenSize,
    totalSteps: plan.total,
    rng: rng.derive("fairness terms"),
    baseEmbedding: base.embedding,
    own: options.terms,
  });
  const bounds = config.fairness.constraints.map(constraintName);
  for (const { name, weight } of terms.terms) {
    print(dim(`fairness: ${name}, ${bounds.includes(name) ? "a bound, whose weight is found" : `weight ${weight}`}`));
  }
  const trainer: TrainerOptions = { ...settings, terms };
  const start = { ...await startingAdapter(model, rng), ...base.head, ...earlier?.parameters };
  const fresh = initialState({ ...start, ...terms.parameters }, terms);
  const origin = { config, paths, fingerprint, resume: options.resume === true };
  const { state: own, history } = leads ? await startHistory(fresh, origin) : { state: fresh, history: null };
  const state = await ranks.fromFirst(own);
  const next = unfinished(paths);
  if (leads) await writeReview(next.review, data, prepared);
  if (options.resume) print(`resuming after step ${state.step}`);
  if (ranks.size > 1) print(sharingLine(config, ranks));
  const run = { config, paths, next, data, model, tokens, prepared, terms, trainer, plan, state, history };
  return { ...run, fingerprint, print, ranks };
}

/** With `falseNegatives` by the base model, what it puts above a job's match is no negative. */
function withBaseMatches(
  prepared: PreparedTraining,
  { embedding }: { readonly embedding: (text: number) => Float32Array },
  { falseNegatives: { by, margin } }: Config["training"],
): PreparedTraining {
  if (by !== "base") return prepared;
  const score = (job: number, resume: number) => cosine(embedding(job), embedding(resume));
  const of = <S extends PreparedTraining["validationSet"]>(set: S): S => ({
    ...set,
    matches: likelyMatches(set.items, score, margin),
  });
  return { ...prepared, set: of(prepared.set), validationSet: of(prepared.validationSet) };
}

/** Trains to the end, unless it is told to stop: then, and whenever a checkpoint is due, the state is saved. */
async function fit(training: PreparedRun, { signal, onEvent }: FineTuneOptions): Promise<void> {
  const { config, paths, model, prepared: { set }, trainer, plan, state, history, fingerprint, print, ranks } =
    training;
  const where = {
    device: model.device.device,
    prefix: model.prefix,
    ...(ranks.threads === undefined ? {} : { threads: ranks.threads }),
  };
  const step = await openStep(training, where, signal);
  const validation = history === null ? null : await openSplit(training, where);
  const log = history && new TrainingLog({ state, trainer, plan, set, history, print });
  const save = async () => {
    if (history === null) return;
    await history.sync();
    await saveCheckpoint(paths.checkpoint, state, { fingerprint, history: history.digest() });
  };
  let lossScale = { ...state.lossScale };
  ranks.spent(); // from here on
  try {
    const validate = async (parameters: Parameters) => {
      const own = validation?.measure(parameters, () => stopIfAsked(signal));
      const measured = await ranks.fromFirst(own ? await unlessInterrupted(own) : null);
      if (measured === null) throw new Interrupted();
      return measured;
    };
    for await (const event of train({ set, plan, step, state, validate }, trainer)) {
      await log?.write(event);
      await onEvent?.(event);
      lossScale = { ...state.lossScale };
      if (event.kind === "epoch" || state.step % config.training.checkpointEvery === 0) await save();
    }
    if (ranks.size > 1) print(dim(ranks.spent()));
    await ranks.release();
  } catch (error) {
    const isStopped = error instanceof Interrupted;
    if (!isStopped && !(error instanceof DeviceError)) throw error;
    // A step that did not come to its end has changed nothing else: the state is that of the last event.
    state.lossScale = lossScale;
    await save();
    if (isStopped) {
      await ranks.release();
      throw error;
    }
    throw new DeviceError(
      `${error.message}; step ${state.step} is saved, and --resume continues from there on any --device`,
    );
  } finally {
    log?.stop();
    await step.release();
    await validation?.release();
  }
}

/** A step that no rank begins once any of them is asked to stop. */
async function openStep(
  { config, model, terms, ranks }: PreparedRun,
  where: EncoderOptions,
  signal: Interruption | undefined,
): Promise<TrainingStep> {
  const weighted = config.balance.weights !== "none";
  const { miniBatchSize } = config.training;
  const options = { ...where, terms, weighted, miniBatchSize, ranks };
  const compiled = await compileTrainingStep(model.spec, config.training, options);
  return {
    ...compiled,
    async run(items, given) {
      await stopIfAnyIsAsked(ranks, signal);
      return compiled.run(items, given);
    },
  };
}

/** The validation split, ready to be measured. */
async function openSplit(
  { config, data, model, tokens, prepared }: PreparedRun,
  where: EncoderOptions,
): Promise<Validation> {
  const encoder = await Encoder.compile(model.spec, where);
  const validation = await openValidation(
    {
      pairs: data.validation.map((example) => tokens.pair(example)),
      examples: data.validation,
      set: prepared.validationSet,
      counterfactuals: validationCounterfactuals(config, data, tokens),
    },
    encoder,
    config,
  );
  return {
    ...validation,
    async release() {
      await validation.release();
      await encoder.release();
    },
  };
}

/** Null for a measurement that was interrupted: the other ranks wait for it, and must be told. */
async function unlessInterrupted<T>(measured: Promise<T>): Promise<T | null> {
  try {
    return await measured;
  } catch (error) {
    if (error instanceof Interrupted) return null;
    throw error;
  }
}

/** The text with another education of each validation pair, where bounds on flips ask for it. */
function validationCounterfactuals(
  config: Config,
  { validation, originals }: Dataset,
  tokens: TokenCache,
): (number | null)[] | undefined {
  if (!config.fairness.constraints.some(({ metric }) => metric === "flipRate")) return undefined;
  const { of } = evaluationCounterfactuals(config, validation, originals);
  return validation.map(({ resume }) => {
    const text = of.get(resume)?.[0];
    return text === undefined ? null : tokens.number(text, "resume");
  });
}

type Chosen = { readonly kind: BestKind; readonly checkpoint: BestCheckpoint };

function choose({ config, state, trainer: { selection }, print }: PreparedRun): Chosen {
  const chosen = chosenCheckpoint(state.best, selection);
  if (chosen === null) {
    throw new InputError(
      `selection.window: expected epochs from ${selection.window!.join(" to ")}, training ended after ${state.epoch}`,
    );
  }
  const { kind, checkpoint: { epoch, gap } } = chosen;
  if (config.fairness.constraints.length > 0 && kind !== "constrained") {
    print(
      yellow(
        `! no epoch keeps fairness.constraints on the validation split with the confidence asked for; ` +
          `epoch ${epoch} comes nearest and is used`,
      ),
    );
  } else if (selection.maxGap !== null && kind !== "constrained") {
    const found = gap === null ? "every one is undefined" : `the smallest is ${gap.toFixed(3)}, of epoch ${epoch}`;
    print(
      yellow(
        `! no epoch keeps groups within a difference of ${selection.maxGap} on the validation split: ` +
          `${found}, which is used`,
      ),
    );
  }
  return chosen;
}

/** Scores validation and test split with the base model and the chosen one, each résumé's counterfactual as well. */
async function score(
  { config, next, data, model, tokens }: PreparedRun,
  { parameters }: BestCheckpoint,
  signal: Interruption | undefined,
) {
  const examples = [...data.validation, ...data.test];
  const { of, review } = evaluationCounterfactuals(config, examples, data.originals);
  if (review.length > 0) await writeCounterfactuals(`${next.review}/evaluation_counterfactuals.csv`, review);
  const outputs = await scoreModels(
    { examples, counterfactuals: of, tokens, model, parameters: adapterOf(parameters), signal },
    config.evaluation.batchTokens,
  );
  return { examples, outputs };
}

/** Writes the adapter, those of the other best epochs, and the run file, and puts the run in its place. */
async function save(
  { config, paths, next, data, model, state }: PreparedRun,
  { kind, checkpoint }: Chosen,
  { head, ...calibration }: Calibration & Pick<RunFile, "head">,
): Promise<RunFile> {
  await writeAdapter(next.adapter, model.adapter, adapterOf(checkpoint.parameters));
  for (const name of BEST_KINDS) {
    const best = state.best[name];
    if (best) await writeAdapter(bestFolder(next, name), model.adapter, adapterOf(best.parameters));
  }
  const { pooling, normalize, queryInstruction, passageInstruction, maxLength, licence } = model.files;
  const { tokenizer, settings } = model.fingerprint;
  const run: RunFile = {
    config,
    modelFingerprint: model.fingerprint.weights,
    dataFingerprint: data.fingerprint,
    thresholds: calibration.thresholds,
    groupThresholds: calibration.groupThresholds,
    head,
    temperature: calibration.temperature,
    ...(calibration.constraints ? { constraints: calibration.constraints } : {}),
    bestEpoch: checkpoint.epoch,
    bestEpochBy: kind,
    steps: state.step,
    base: { pooling, normalize, queryInstruction, passageInstruction, maxLength, licence, tokenizer, settings },
    files: await digestUnfinished(paths),
    madeWith: { device: model.device.device, ...versions() },
  };
  await writeRunFile(next.runFile, run);
  await putInPlace(paths);
  return run;
}

function introduce(
  config: Config,
  { data, model: { files, spec, device }, print }: Pick<PreparedRun, "data" | "model" | "print">,
): void {
  const { numLayers, hiddenSize } = files.config;
  print(
    `${bold(config.name)}: ${files.name}, ${numLayers} layers × ${hiddenSize}, ${files.pooling} pooling; ` +
      `LoRA rank ${config.lora.rank} on ${spec.lora.length} linear layers`,
  );
  if (config.device !== "cpu") print(deviceLine(device));
  const sizes = `${data.train.length} training, ${data.validation.length} validation, ${data.test.length} test pairs`;
  print(`${config.data.path}: ${sizes}`);
  for (const note of data.notes) print(yellow(`! ${note}`));
  tellPower(config, data, print);
}

function sharingLine(
  { training: { batchSize, batchTokens, miniBatchSize } }: Config,
  { size, threads }: Ranks,
): string {
  const pieces = miniBatchSize === null ? size : Math.ceil(batchSize / miniBatchSize);
  const idle = pieces < size ? `, ${size - pieces} of them idle: lower training.miniBatchSize` : "";
  return `${size} ranks share each batch of ${
    batchTokens === null ? "" : "at most "
  }${batchSize} pairs${idle}; rank 0 computes with ` +
    `${threads} thread${threads === 1 ? "" : "s"}`;
}

/**
 * Everything that the trained bytes depend on, but for where and how exactly they are computed: a run that a device
 * failed can be resumed on another, in float32 instead of float16, or with less memory. Weights in 8 bits are others.
 */
function runFingerprint(config: Config, model: RunModel, data: unknown): Promise<string> {
  const {
    checkpointEvery: _,
    precision,
    gradientCheckpointing: _checkpointing,
    miniBatchSize: _miniBatchSize,
    cacheFrozenLayers: _cache, // its sums are those of the whole encoder, up to rounding
    ...training
  } = config.training;
  return sha256(JSON.stringify({
    lora: config.lora,
    balance: config.balance,
    training: precision === "int8" ? { ...training, precision } : training,
    fairness: config.fairness,
    selection: config.selection,
    pooling: model.spec.pooling,
    normalize: model.spec.normalize,
    model: model.fingerprint,
    data,
  }));
}

function trainerOptions({ training, selection, fairness }: Config): TrainerOptions {
  const { by, window, improvement, patience } = selection;
  // With constraints the gap is what exceeds them.
  const maxGap = fairness.constraints.length > 0 ? 0 : selection.maxGap;
  return { ...training, patience, selection: { higherIsBetter: by !== "loss", maxGap, window, improvement } };
}

/** The state to go on from, and the history that leads to it: of the checkpoint, or of a first one that is made here. */
async function startHistory(
  fresh: TrainerState,
  { config, paths, fingerprint, resume }:
    & Pick<PreparedRun, "config" | "paths" | "fingerprint">
    & { readonly resume: boolean },
): Promise<Pick<PreparedRun, "state" | "history">> {
  const { checkpoint, metrics } = paths;
  const { metrics: folder } = unfinished(paths);
  if (resume && !await exists(checkpoint)) {
    throw new InputError(`--resume: there is no checkpoint ${checkpoint}; train without --resume first`);
  }
  const saved = resume ? await loadCheckpoint(checkpoint, fingerprint, fresh) : null;
  const state = saved?.state ?? fresh;
  const attributes = config.data.groups.map(({ name }) => name);
  const history = await History.open(folder, { ...state, attributes, from: [folder, metrics] });
  if (saved === null) {
    // First of all, so that no checkpoint of an older training is left beside what this one writes.
    await saveCheckpoint(checkpoint, state, { fingerprint, history: history.digest() });
  } else if (saved.history !== history.digest()) {
    throw new InputError(
      `${metrics}: expected the history.jsonl and epoch_metrics.csv that ${checkpoint} goes on from, found others; ` +
        "put them back, or train without --resume",
    );
  }
  await clearUnfinished(paths);
  await history.write();
  return { state, history };
}

function adapterOf(parameters: Parameters): Parameters {
  return Object.fromEntries(Object.entries(parameters).filter(([name]) => isAdapter(name)));
}

/** Scale and bias of the pair objective; null for objectives without them. */
function headOf(parameters: Parameters): RunFile["head"] {
  if (!(HEAD.scale in parameters)) return null;
  return { scale: parameters[HEAD.scale]!.data[0]!, bias: parameters[HEAD.bias]!.data[0]! };
}
