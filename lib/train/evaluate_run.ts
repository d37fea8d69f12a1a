/** `deno task evaluate`: measures a finished run again, on its own test split or on other labelled pairs. */
import { deviceLine } from "../graph/mod.ts";
import type { Config } from "./config.ts";
import type { Example } from "../data/mod.ts";
import { evaluationTwins } from "./counterfactuals.ts";
import { type Dataset, openDataset, readExamples } from "./dataset.ts";
import { InputError } from "../errors.ts";
import { makeFolder } from "../files.ts";
import type { FrozenPrefixes } from "../model/mod.ts";
import { sharedOrOwn, withFrozenPrefix } from "./frozen_layers.ts";
import type { RunFile } from "./run_file.ts";
import { compareModels, partOf, scoreModels, writeQuality } from "./evaluate.ts";
import { measureLeakage } from "./leakage.ts";
import { openRun } from "./open_run.ts";
import type { Quality } from "../evaluate/mod.ts";
import { formatQuality } from "../report/quality_text.ts";

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
  const { validation, examples, originals } = input === undefined
    ? await ownSplits(file)
    : { validation: [], ...await readExamples(input, config) };
  // As at the end of training, people of the validation split take part in the leakage probe.
  const scored = [...validation, ...examples];
  const { twinsOf } = evaluationTwins(scored, originals, config);
  const outputs = await sharedOrOwn(prefixes, async (prefixes) => {
    const table = model.newTextTable();
    for (const example of scored) table.pair(example);
    const ready = config.training.cacheFrozenLayers ? await withFrozenPrefix(model, table, prefixes, () => {}) : model;
    return scoreModels({ examples: scored, twinsOf, table, model: ready, parameters }, config, "evaluating");
  });
  const measured = partOf(outputs, validation.length);
  const quality = compareModels(examples, measured, file, config, await measureLeakage(scored, outputs, config));
  print(formatQuality(quality, input ?? `Test split of ${config.name}, epoch ${file.bestEpoch}`));
  if (output !== undefined) {
    await makeFolder(output);
    await writeQuality(output, quality, examples, measured);
    print(`tables   ${output}`);
  }
  return quality;
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
