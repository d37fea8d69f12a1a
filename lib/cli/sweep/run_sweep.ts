/** `deno task sweep`: trains many configurations, one after the other, and compares them. */
import { bold, dim, red, yellow } from "@std/fmt/colors";
import type { CellValue } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { exists, makeFolder, writeAtomic, writeText } from "../../files.ts";
import { FrozenPrefixes } from "../../model/mod.ts";
import { formatSummary, frontPage, PLOTLY_FILE, plotlyPath, writeSummary } from "../../report/mod.ts";
import { evaluateRun, readRunFile, type RunFile, trainRun } from "../../train/mod.ts";
import { Ledger, ledgerRow, otherConfiguration } from "./ledger.ts";
import { type PlannedTrial, planSweep } from "./plan.ts";
import { metricColumn, readPredictions, summarise, trialMetrics, type TrialOutcome } from "../../evaluate/mod.ts";

/** How to run a sweep. */
export interface SweepOptions {
  /** Where everything goes; an earlier start of the same sweep is continued there. */
  readonly output: string;
  /** Keep adapters and checkpoints of finished trials; only numbers and predictions stay otherwise. */
  readonly keepRuns?: boolean | undefined;
  /** Train this variant alone. */
  readonly only?: string | undefined;
  /** Aborting it stops after the current step, in a state that can be resumed. */
  readonly signal?: AbortSignal | undefined;
  /** What is said along the way and at the end; default: `console.log`. */
  readonly print?: ((text: string) => void) | undefined;
}

/**
 * Trains what a sweep file asks for and is not trained yet, and compares all that is: `sweep.csv` (a line per trial),
 * `summary.csv`, `front.csv`, `front.html`, and `runs/<id>/` with the log, `run.json` and the tables of each trial.
 *
 * @param path The sweep file.
 * @param options Where to write, and how to stop.
 * @returns Whether all trials came to their end in numbers, some failed, or the sweep was interrupted.
 * @throws {InputError} When the sweep, one of its configurations or the output folder cannot be used.
 */
export async function runSweep(path: string, options: SweepOptions): Promise<"finished" | "failed" | "interrupted"> {
  const { output, only, signal, print = console.log } = options;
  const plan = await planSweep(path);
  const { sweep, trials, keys } = plan;
  const variants = Object.keys(sweep.variants);
  if (only !== undefined && !variants.includes(only)) {
    throw new InputError(`--only: expected one of ${variants.join(", ")}, found "${only}"`);
  }
  const ledger = await Ledger.open(`${output}/sweep.csv`, trials);
  const folder = ({ id }: PlannedTrial) => `${output}/runs/${id}`;
  for (const trial of trials) await checkMark(folder(trial), trial);

  const wanted = trials.filter(({ point }) => only === undefined || point.variant === only);
  const missing: PlannedTrial[] = [];
  for (const trial of wanted) {
    // Whoever deletes a trial's folder asks for it to be trained again.
    if (!ledger.isFinished(trial.id) || !await isMeasured(folder(trial), sweep.evaluation !== null)) {
      missing.push(trial);
    }
  }
  const done = wanted.length - missing.length;
  print(`${bold(sweep.name)}: ${count(wanted.length, "trial")}${done > 0 ? `, ${done} finished before` : ""}`);

  let failures = 0;
  const prefixes = new FrozenPrefixes();
  try {
    for (const [i, trial] of missing.entries()) {
      if (signal?.aborted) return interrupted(print);
      print(dim(`${done + i + 1}/${wanted.length}`) + ` ${trial.id}`);
      const failure = await runTrial(folder(trial), trial, sweep.evaluation, prefixes, options);
      if (failure === "interrupted") return interrupted(print);
      let metrics: Record<string, CellValue> = {};
      if (failure === null) {
        metrics = metricCells(await readOutcome(folder(trial), trial, sweep.evaluation !== null));
        print(`    ${trialLine(metrics)}`);
      } else {
        failures++;
        print(red(`    failed: ${failure.message}`));
      }
      await ledger.add({ ...ledgerRow(trial, keys, failure?.message ?? null), ...metrics });
      if (failure === null && !options.keepRuns) await keepNumbersOnly(folder(trial));
    }
  } finally {
    await prefixes.release();
  }

  const outcomes: TrialOutcome[] = [];
  for (const trial of trials) {
    if (!ledger.isFinished(trial.id) || !await isMeasured(folder(trial), sweep.evaluation !== null)) continue;
    outcomes.push(await readOutcome(folder(trial), trial, sweep.evaluation !== null));
  }
  if (outcomes.length > 0) {
    const summary = summarise(plan, outcomes);
    await writeSummary(output, summary, keys);
    await writeText(`${output}/front.html`, frontPage(sweep.name, summary));
    await writeAtomic(`${output}/${PLOTLY_FILE}`, [await Deno.readFile(plotlyPath())]);
    print("\n" + formatSummary(summary));
  }
  if (failures > 0) print(yellow(`! ${count(failures, "trial")} failed; the reasons are in ${output}/sweep.csv`));
  print(`tables   ${output}`);
  return failures > 0 ? "failed" : "finished";
}

/** Trains and measures one trial; returns why it failed, if it did. */
async function runTrial(
  folder: string,
  trial: PlannedTrial,
  evaluation: string | null,
  prefixes: FrozenPrefixes,
  { signal, print = console.log }: SweepOptions,
): Promise<Error | "interrupted" | null> {
  await makeFolder(folder);
  await writeText(`${folder}/trial.json`, JSON.stringify(markOf(trial)) + "\n");
  const resume = await exists(`${folder}/checkpoint/state.safetensors`);
  let log = "";
  const say = (text: string) => void (log += text + "\n");
  try {
    const outcome = await trainRun(trial.config, {
      resume,
      output: folder,
      prefixes,
      print: say,
      ...(signal ? { signal } : {}),
    });
    if (outcome === "interrupted") return "interrupted";
    if (evaluation !== null) {
      await evaluateRun({ run: folder, input: evaluation, output: `${folder}/evaluation`, prefixes }, say);
    }
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A mistake of ours in one configuration must not cost the results of the others, but its trace must not be lost.
    if (!(error instanceof InputError)) print(error.stack ?? error.message);
    return error;
  } finally {
    await Deno.writeTextFile(`${folder}/log.txt`, log, { append: resume });
  }
}

/** What a trial left: its numbers are taken from its predictions, so that a table can be made of them at any time. */
async function readOutcome(folder: string, trial: PlannedTrial, hasEvaluation: boolean): Promise<TrialOutcome> {
  const run = await readRunFile(folder);
  const test = await readPredictions(`${folder}/metrics`, run);
  const evaluation = hasEvaluation ? await readPredictions(`${folder}/evaluation`, run) : null;
  return { trial, run, predictions: { test, ...(evaluation ? { evaluation } : {}) } };
}

function metricCells({ run, predictions }: TrialOutcome): Record<string, CellValue> {
  const { thresholds, bestEpoch, steps }: RunFile = run;
  const cells: Record<string, CellValue> = {
    best_epoch: bestEpoch,
    steps,
    base_threshold: thresholds.base,
    tuned_threshold: thresholds.tuned,
  };
  for (const [table, rows] of Object.entries(predictions)) {
    const prefix = table === "test" ? "" : `${table}_`;
    for (const metric of trialMetrics(rows)) cells[prefix + metricColumn(metric)] = metric.value.value;
  }
  return cells;
}

function trialLine(cells: Record<string, CellValue>): string {
  const number = (name: string) => typeof cells[name] === "number" ? cells[name].toFixed(3) : "–";
  const gaps = Object.keys(cells).filter((name) => /^tuned_.*_demographic_parity_difference$/.test(name));
  return [
    `AUC ${number("base_roc_auc")} → ${number("tuned_roc_auc")}`,
    ...gaps.map((name) => `demographic parity gap ${number(name.replace("tuned", "base"))} → ${number(name)}`),
  ].join(", ");
}

/** Says which configuration a folder belongs to. */
function markOf({ id, fingerprint }: PlannedTrial): Record<string, string> {
  return { id, fingerprint };
}

async function checkMark(folder: string, trial: PlannedTrial): Promise<void> {
  const path = `${folder}/trial.json`;
  if (!await exists(path)) return;
  const mark = (await Deno.readTextFile(path)).trim();
  if (mark !== JSON.stringify(markOf(trial))) throw new InputError(`${path}: ${otherConfiguration(trial.id)}`);
}

async function isMeasured(folder: string, hasEvaluation: boolean): Promise<boolean> {
  const files = ["run.json", "metrics/predictions.csv", ...(hasEvaluation ? ["evaluation/predictions.csv"] : [])];
  return (await Promise.all(files.map((file) => exists(`${folder}/${file}`)))).every(Boolean);
}

/** Leaves numbers and predictions; what was done to the data holds pieces of résumés, which tables that are shown must not. */
async function keepNumbersOnly(folder: string): Promise<void> {
  for (const part of ["checkpoint", "review"]) {
    if (await exists(`${folder}/${part}`)) await Deno.remove(`${folder}/${part}`, { recursive: true });
  }
  for (const file of ["adapter_model.safetensors", "adapter_config.json"]) await Deno.remove(`${folder}/${file}`);
}

function interrupted(print: (text: string) => void): "interrupted" {
  print("interrupted; the same command continues from here");
  return "interrupted";
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
