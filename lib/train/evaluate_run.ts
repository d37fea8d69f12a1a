/** `deno task evaluate`: measures a finished run again, on its own test split or on other labelled pairs. */
import { yellow } from "@std/fmt/colors";
import { basename } from "@std/path";
import { openDataset, overrideData, readExamples } from "../data/mod.ts";
import type { Dataset, Example, TableOverrides } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { evaluate, predictionsInput, writeEvaluation } from "../evaluate/mod.ts";
import type { Evaluation, EvaluationInput, Predictions } from "../evaluate/mod.ts";
import { exists, makeFolder } from "../files.ts";
import { deviceLine } from "../graph/mod.ts";
import { lockOutput } from "../lock.ts";
import type { FrozenPrefixes } from "../model/mod.ts";
import type { Config } from "./config.ts";
import { evaluateModels, measureLeakage, partOf, saveEvaluation, scoreModels } from "./evaluate_models.ts";
import { sharedOrOwn, withFrozenPrefix } from "./token_cache.ts";
import { otherwiseThan } from "./infer.ts";
import { inferencePrecision, openRun } from "./open_model.ts";
import { type RunFile, runPathsAt } from "./run_file.ts";
import { evaluationCounterfactuals } from "./training_data.ts";

/** What to measure. */
export interface EvaluateRunOptions {
  /** The run's folder. */
  readonly run: string;
  /** Labelled pairs; the run's own test split if absent. */
  readonly input?: string;
  /** How that table is written, where it is otherwise than in the run's configuration. */
  readonly table?: TableOverrides;
  /** Where tables are written; nowhere if absent. */
  readonly output?: string;
  /** Where to compute; by default where the run's configuration says. */
  readonly device?: Config["device"];
  /** What to compute both models in; what the run was evaluated in if absent. */
  readonly precision?: "fp32" | "int8" | undefined;
  /** What frozen layers make of each text, shared with other runs of this process; default: its own. */
  readonly prefixes?: FrozenPrefixes;
  /** What is said along the way; default: `console.log`. */
  readonly print?: (text: string) => void;
}

/** A finished run, and how its base and tuned model do. */
export interface EvaluatedRun {
  /** Of the base and the tuned model. */
  readonly evaluation: Evaluation;
  /** What the run was made of. */
  readonly run: RunFile;
}

/**
 * Scores and measures base and tuned model with the thresholds that the run chose on its validation split.
 * @throws {InputError} When the folder holds no run, its data or base model have changed, or the pairs cannot be used.
 */
export async function evaluateRun(options: EvaluateRunOptions): Promise<EvaluatedRun> {
  const { evaluation, file } = await measureRun(options);
  return { evaluation, run: file };
}

/** What to measure together. */
export interface EvaluateRunsOptions extends Omit<EvaluateRunOptions, "run"> {
  /** Folders of runs that started from one base model, by the names that they shall have. */
  readonly runs: Readonly<Record<string, string>>;
  /** Places at the top of each job's list; 10 if absent. */
  readonly topK?: number | undefined;
}

/** Finished runs side by side. */
export interface EvaluatedRuns {
  /** Of the base model and each run's, each compared with the one before it. */
  readonly evaluation: Evaluation;
  /** What was evaluated, for figures that need the rows. */
  readonly table: EvaluationInput;
}

/**
 * Scores the same pairs with the models of several runs and with the base model that they share, each with the
 * thresholds of its validation split, and measures all in one evaluation.
 *
 * @throws {InputError} As {@linkcode evaluateRun}, and when the runs do not share base model and pairs.
 */
export async function evaluateRuns({ runs, output, ...options }: EvaluateRunsOptions): Promise<EvaluatedRuns> {
  const names = Object.keys(runs);
  if (names.length === 0 || names.includes("base")) {
    throw new InputError(
      `evaluateRuns: expected runs with names other than "base", found ${names.join(", ") || "none"}`,
    );
  }
  if (output !== undefined) await makeFolder(output);
  await using _output = output === undefined ? null : await lockOutput(output);
  return await sharedOrOwn(options.prefixes, async (prefixes) => {
    const measured: Measured[] = [];
    for (const name of names) measured.push(await measureRun({ ...options, prefixes, run: runs[name]! }));
    const [first] = measured;
    const { models: { base }, ...pairs } = first!.predictions;
    measured.forEach(({ predictions: { models, ...own } }, i) => {
      if (sameNumbers(models.base.scores, base.scores) && JSON.stringify(own) === JSON.stringify(pairs)) return;
      throw new InputError(`${runs[names[i]!]}: expected base model and pairs of ${runs[names[0]!]}, found others`);
    });
    const scores = {
      base,
      ...Object.fromEntries(names.map((name, i) => [name, measured[i]!.predictions.models.tuned])),
    };
    const table = predictionsInput(first!.predictions, first!.evaluation.data.source, scores);
    const { settings } = first!.evaluation;
    const evaluation = evaluate(table, {
      ...settings,
      topK: options.topK,
      acceptanceRate: undefined,
      comparisons: names.map((name, i) => [names[i - 1] ?? "base", name]),
      leakage: joinedLeakage(names, measured),
    });
    if (output !== undefined) await writeEvaluation(output, evaluation);
    return { evaluation, table };
  });
}

function sameNumbers(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  return a.length === b.length && Array.from(a).every((value, i) => value === b[i]);
}

/** Each run's probe under the run's name, beside that of the base model. */
function joinedLeakage(names: readonly string[], measured: readonly Measured[]): Evaluation["leakage"] {
  return measured[0]!.evaluation.leakage.map((first, a) => {
    const own = names.map((name, i) => ({ name, ...measured[i]!.evaluation.leakage[a]! }));
    return {
      ...first,
      models: [
        first.models[0]!,
        ...own.flatMap(({ name, models }) => models.slice(1).map((model) => ({ ...model, name }))),
      ],
      changes: own.flatMap(({ name, changes }) => changes.map((change) => ({ ...change, to: name }))),
    };
  });
}

interface Measured {
  readonly evaluation: Evaluation;
  readonly predictions: Predictions;
  readonly file: RunFile;
}

async function measureRun(options: EvaluateRunOptions): Promise<Measured> {
  const { input, output, print = console.log } = options;
  const { file, model, parameters } = await openRun(options.run, options.device, options.precision);
  const { config } = file;
  const evaluatedIn = inferencePrecision(config), { precision = evaluatedIn } = options;
  await using _output = output === undefined ? null : await takeOutput(output, options, config.name);
  if (model.device.device !== "cpu") print(deviceLine(model.device));
  const { validation, examples, originals, notes } = input === undefined
    ? { ...await ownSplits(file), notes: [] }
    : { validation: [], ...await readExamples(input, { data: overrideData(config.data, options.table ?? {}) }) };
  const said = precision === evaluatedIn ? notes : [...notes, otherwiseThan(evaluatedIn)];
  for (const note of said) print(yellow(`! ${note}`));
  // As at the end of training, people of the validation split take part in the leakage probe.
  const scored = [...validation, ...examples];
  const counterfactuals = evaluationCounterfactuals(config, scored, originals).of;
  const outputs = await sharedOrOwn(options.prefixes, async (prefixes) => {
    const tokens = model.newTokenCache();
    for (const example of scored) tokens.pair(example);
    const ready = config.training.cacheFrozenLayers
      ? await withFrozenPrefix(model, { tokens, prefixes, print: () => {} })
      : model;
    const sources = { examples: scored, counterfactuals, tokens, model: ready, parameters };
    return scoreModels(sources, config.evaluation.batchTokens);
  });
  const measured = partOf(outputs, validation.length);
  const leakage = await measureLeakage(scored, outputs, config);
  const source = input === undefined ? `test split of ${basename(config.data.path)}` : basename(input);
  const result = evaluateModels({ examples, outputs: measured, calibration: file, leakage, source }, config);
  if (output !== undefined) await saveEvaluation(output, result);
  return { ...result, file };
}

/** Takes the folder for this process, which also finds out whether it can be written to. */
async function takeOutput(output: string, { run }: Pick<EvaluateRunOptions, "run">, name: string) {
  await makeFolder(output);
  const own = await runPathsAt(run, name);
  for (const folder of [own.adapter, own.metrics]) {
    if (!await exists(folder) || await Deno.realPath(folder) !== await Deno.realPath(output)) continue;
    throw new InputError(`--output: ${output} holds what the run was finished with; choose another folder`);
  }
  return await lockOutput(output);
}

/** The run's splits that were not trained on. */
export async function ownSplits(
  { config, dataFingerprint }: RunFile,
): Promise<Pick<Dataset, "originals" | "validation"> & { readonly examples: readonly Example[] }> {
  const { validation, test, originals, fingerprint } = await openDataset(config);
  if (fingerprint === dataFingerprint) return { validation, examples: test, originals };
  throw new InputError(
    `${config.data.path} has changed since the run: its test split may hold pairs that were trained on; ` +
      "name labelled pairs with --input",
  );
}
