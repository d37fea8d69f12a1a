/** `deno task evaluate`: measures a finished run again, on its own test split or on other labelled pairs. */
import { basename } from "@std/path";
import { type Dataset, type Example, openDataset, readExamples } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import type { Evaluation } from "../evaluate/mod.ts";
import { makeFolder } from "../files.ts";
import { deviceLine } from "../graph/mod.ts";
import type { FrozenPrefixes } from "../model/mod.ts";
import type { Config } from "./config.ts";
import { evaluateModels, measureLeakage, partOf, saveEvaluation, scoreModels } from "./evaluate_models.ts";
import { sharedOrOwn, withFrozenPrefix } from "./frozen_layers.ts";
import { openRun } from "./open_model.ts";
import type { RunFile } from "./run_file.ts";
import { evaluationCounterfactuals } from "./training_data.ts";

/** What to measure. */
export interface EvaluateRunOptions {
  /** The run's folder. */
  readonly run: string;
  /** Labelled pairs; the run's own test split if absent. */
  readonly input?: string;
  /** Where tables are written; nowhere if absent. */
  readonly output?: string;
  /** Where to compute; by default where the run's configuration says. */
  readonly device?: Config["device"];
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
 *
 * @throws {InputError} When the folder holds no run, its data or base model have changed, or the pairs cannot be used.
 */
export async function evaluateRun(options: EvaluateRunOptions): Promise<EvaluatedRun> {
  const { input, output, print = console.log } = options;
  const { file, model, parameters } = await openRun(options.run, options.device);
  const { config } = file;
  if (model.device.device !== "cpu") print(deviceLine(model.device));
  const { validation, examples, originals } = input === undefined
    ? await ownSplits(file)
    : { validation: [], ...await readExamples(input, config) };
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
  if (output !== undefined) {
    await makeFolder(output);
    await saveEvaluation(output, result);
  }
  return { evaluation: result.evaluation, run: file };
}

/** The run's splits that were not trained on. */
interface OwnSplits extends Pick<Dataset, "originals" | "validation"> {
  /** The test split. */
  readonly examples: readonly Example[];
}

async function ownSplits({ config, dataFingerprint }: RunFile): Promise<OwnSplits> {
  const { validation, test, originals, fingerprint } = await openDataset(config);
  if (fingerprint === dataFingerprint) return { validation, examples: test, originals };
  throw new InputError(
    `${config.data.path} has changed since the run: its test split may hold pairs that were trained on; ` +
      "name labelled pairs with --input",
  );
}
