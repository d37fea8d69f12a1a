/** `deno task evaluate`: measures a finished run again, on its own test split or on other labelled pairs. */
import { deviceLine } from "../device/choose.ts";
import type { Config } from "../config.ts";
import { evaluationTwins } from "./counterfactuals.ts";
import { openDataset, type ReadExamples, readExamples } from "./dataset.ts";
import { InputError } from "../errors.ts";
import { makeFolder } from "../files/make_folder.ts";
import type { FrozenPrefixes } from "../model/frozen_prefix.ts";
import { sharedOrOwn, withFrozenPrefix } from "./frozen_layers.ts";
import type { RunFile } from "./run_file.ts";
import { compareModels, scoreModels, writeQuality } from "./evaluate.ts";
import { measureLeakage } from "./leakage.ts";
import { openRun } from "./open_run.ts";
import type { Quality } from "./quality.ts";
import { formatQuality } from "./quality_text.ts";

/** What to measure. */
export interface EvaluateOptions {
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
}

/**
 * Scores and measures base and tuned model with the thresholds that the run chose on its validation split.
 *
 * @param options The run, and what to measure it on.
 * @param print Shown the tables.
 * @returns The numbers in the tables.
 * @throws {InputError} When the folder holds no run, its data or base model have changed, or the pairs cannot be used.
 */
export async function evaluateRun(
  { run, input, output, device, prefixes }: EvaluateOptions,
  print: (text: string) => void = console.log,
): Promise<Quality> {
  const { file, model, parameters } = await openRun(run, device);
  const { config } = file;
  if (model.device.device !== "cpu") print(deviceLine(model.device));
  const { examples, originals } = input === undefined ? await ownTestSplit(file) : await readExamples(input, config);
  const { twinsOf } = evaluationTwins(examples, originals, config);
  const outputs = await sharedOrOwn(prefixes, async (prefixes) => {
    const table = model.newTextTable();
    for (const example of examples) table.pair(example);
    const ready = config.training.cacheFrozenLayers ? await withFrozenPrefix(model, table, prefixes, () => {}) : model;
    return scoreModels({ examples, twinsOf, table, model: ready, parameters }, config, "evaluating");
  });
  const quality = compareModels(examples, outputs, file, config, measureLeakage(examples, outputs, config));
  print(formatQuality(quality, input ?? `Test split of ${config.name}, epoch ${file.bestEpoch}`));
  if (output !== undefined) {
    await makeFolder(output);
    await writeQuality(output, quality, examples, outputs);
    print(`tables   ${output}`);
  }
  return quality;
}

async function ownTestSplit({ config, dataFingerprint }: RunFile): Promise<Omit<ReadExamples, "notes">> {
  const { test, originals, fingerprint } = await openDataset(config);
  if (fingerprint === dataFingerprint) return { examples: [...test], originals };
  throw new InputError(
    `${config.data.path} has changed since the run: its test split may hold pairs that were trained on; ` +
      "name labelled pairs with --input",
  );
}
