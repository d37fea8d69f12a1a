/** `deno task evaluate`: measures a finished run again, on its own test split or on other labelled pairs. */
import { openDataset, readExamples } from "./dataset.ts";
import type { Example } from "../data/example.ts";
import { InputError } from "../errors.ts";
import type { RunFile } from "./run_file.ts";
import { compareModels, scoreModels, writeQuality } from "./evaluate.ts";
import { openRun } from "./open_run.ts";
import { formatQuality } from "./quality_text.ts";

/** What to measure. */
export interface EvaluateOptions {
  /** The run's folder. */
  readonly run: string;
  /** Labelled pairs; the run's own test split if absent. */
  readonly input?: string;
  /** Where tables are written; nowhere if absent. */
  readonly output?: string;
}

/** Scores and measures base and tuned model with the thresholds that the run chose on its validation split. */
export async function evaluateRun({ run, input, output }: EvaluateOptions): Promise<void> {
  const { file, model, parameters } = await openRun(run);
  const { config, thresholds } = file;
  const examples = input === undefined ? await ownTestSplit(file) : (await readExamples(input, config)).examples;
  const scores = await scoreModels(examples, model.newTextTable(), model, parameters, config, "evaluating");
  const quality = compareModels(examples, scores, thresholds, config);
  console.log(formatQuality(quality, input ?? `Test split of ${config.name}, epoch ${file.bestEpoch}`));
  if (output === undefined) return;
  await Deno.mkdir(output, { recursive: true });
  await writeQuality(output, quality, examples, scores);
  console.log(`tables   ${output}`);
}

async function ownTestSplit({ config, dataFingerprint }: RunFile): Promise<readonly Example[]> {
  const { test, fingerprint } = await openDataset(config);
  if (fingerprint === dataFingerprint) return test;
  throw new InputError(
    `${config.data.path} has changed since the run: its test split may hold pairs that were trained on; ` +
      "name labelled pairs with --input",
  );
}
