/** The end of a run: which epoch it ends with, where it accepts, how it does on the test split, and what is written. */
import { yellow } from "@std/fmt/colors";
import type { Config } from "./config.ts";
import { type Example, labelClass, writeCounterfactuals } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { fitTemperature } from "../metrics/mod.ts";
import { type Parameters, writeAdapter } from "../model/mod.ts";
import { HEAD, isAdapter } from "./objective_graph.ts";
import { KEPT, type SelectionRules } from "./selection.ts";
import { chosenEpoch, type TrainerState } from "./trainer.ts";
import { versions } from "./versions.ts";
import { evaluationTwins } from "./counterfactuals.ts";
import type { Dataset } from "./dataset.ts";
import { chooseDecisions, compareModels, partOf, scoreModels, writeQuality } from "./evaluate.ts";
import { measureLeakage } from "./leakage.ts";
import { keptFolder, type RunPaths } from "./paths.ts";
import { formatQuality } from "../report/quality_text.ts";
import { writeRunFile } from "./run_file.ts";
import type { RunModel } from "./setup.ts";
import type { TextTable } from "./texts.ts";

/** A training that came to its end. */
export interface FinishedTraining {
  readonly config: Config;
  readonly paths: RunPaths;
  readonly data: Dataset;
  readonly model: RunModel;
  /** Where the texts are, or will be, tokenized. */
  readonly table: TextTable;
  readonly state: TrainerState;
  readonly selection: SelectionRules;
}

/**
 * Chooses thresholds, measures the test split and writes the adapter, the run file and the tables.
 *
 * @param print Shown the outcome.
 * @throws {InputError} When training ended before the first epoch that may be kept, or the disk is full.
 */
export async function finishRun(
  { config, paths, data, model, table, state, selection }: FinishedTraining,
  print: (text: string) => void,
): Promise<void> {
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
  const { twinsOf, review } = evaluationTwins(scored, data.originals, config);
  if (review.length > 0) await writeCounterfactuals(`${paths.review}/evaluation_counterfactuals.csv`, review);
  const outputs = await scoreModels(
    { examples: scored, twinsOf, table, model, parameters: adapter },
    config,
    "evaluating",
  );
  const validation = partOf(outputs, 0, data.validation.length), test = partOf(outputs, data.validation.length);
  const decisions = chooseDecisions(data.validation, validation, config);
  // People of the validation split were not trained on either, and a probe needs all the people it can get.
  const quality = compareModels(data.test, test, decisions, config, await measureLeakage(scored, outputs, config));

  const { pooling, normalize, queryInstruction, passageInstruction, licence } = model.files;
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
    base: { pooling, normalize, queryInstruction, passageInstruction, licence },
    madeWith: { device: model.device.device, ...versions() },
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
