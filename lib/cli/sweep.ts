/** `deno task sweep`: trains many configurations, one after the other, and compares them. */
import { bold, dim, red, stripAnsiCode, yellow } from "@std/fmt/colors";
import { z } from "zod";
import type { CellValue, Shard } from "../data/mod.ts";
import { InputError } from "../errors.ts";
import { COMPARED_DISPARITIES, type FrontMetric, writeEvaluation } from "../evaluate/mod.ts";
import { exists, makeFolder, readTextFile, writeText } from "../files.ts";
import { lockOutput } from "../lock.ts";
import { FrozenPrefixes } from "../model/mod.ts";
import { printable } from "../printable.ts";
import { evaluationText, frontText, plotlyScript, sweepPage } from "../report/mod.ts";
import { evaluateRun, fineTune, type Interruption } from "../train/mod.ts";
import { flag, option, optionalText, path, terminalWidth, verb } from "./command.ts";
import { interruptible } from "./interruption.ts";
import { keepOnly, RUN_FOLDERS } from "./permissions.ts";
import { checkMark, isFinished, joinTrials, keepNumbersOnly, markOf, markPart } from "./sweep/trial_results.ts";
import { readTrialRows, trialRow, trialsFolder, trialsOfPart, writeTrialRows } from "./sweep/trial_results.ts";
import type { TrialRow } from "./sweep/trial_results.ts";
import { compareTrials, frontsOf, metricCells, readOutcome, type TrialOutcome } from "./sweep/compare_trials.ts";
import { writeFrontCosts, writeFronts } from "./sweep/compare_trials.ts";
import { type PlannedTrial, planSweep, type SweepPlan } from "./sweep/trials.ts";
import { SHARD_OPTION } from "./table_options.ts";

const SWEEP_OPTIONS = z.object({
  config: option(
    path,
    "-c, --config <file>",
    "the sweep: base configuration, variants, seeds, grid; see configs/sweeps/",
  ),
  output: option(
    path,
    "-o, --output <folder>",
    "where tables and trials go; trials that are finished there are not repeated",
  ),
  front: option(
    z.enum(Object.keys(COMPARED_DISPARITIES.label) as FrontMetric[]).optional(),
    "--front <metric>",
    "walk from plain to strict along this difference, each step from the adapter before; what fairness costs",
  ),
  only: option(optionalText, "--only <variant>", "train this variant alone"),
  ...SHARD_OPTION,
  join: option(flag, "--join", "bring together the trials that processes with --shard have trained, and compare them"),
  keepRuns: option(
    flag,
    "--keep-runs",
    "keep the adapters of finished trials as well, not only their numbers and predictions",
  ),
});

/** How to run a sweep. */
export interface SweepOptions extends z.output<typeof SWEEP_OPTIONS> {
  /** Aborting it stops after the current step, in a state that can be resumed. */
  readonly signal?: Interruption;
  /** What is said along the way and at the end; default: `console.log`. */
  readonly print?: (text: string) => void;
}

type Outcome = "finished" | "failed" | "interrupted";

export const sweep = verb(
  [
    "sweep",
    "Train a grid or a random search of configurations over seeds, and compare them with intervals",
    "deno task sweep --config configs/sweeps/demo-ablation.json --output reports/metrics/sweeps/demo-ablation",
  ],
  SWEEP_OPTIONS,
  async (options) => {
    // Its variants may take any model; the hub's hosts are all that the task may reach.
    await keepOnly({ write: [...RUN_FOLDERS, options.output], source: "any" });
    const { result, exitCode } = await interruptible((signal) => runSweep({ ...options, signal }));
    if (result !== "finished") Deno.exit(result === "interrupted" ? exitCode : 1);
  },
);

/**
 * Trains what a sweep file asks for and is not trained yet, and compares all that is: `sweep.csv` (a line per trial),
 * `test/` and `evaluation/` (over the seeds), `front.csv`, `front.html`, with `--front` also `front_cost.csv`, and `runs/<id>/` with the log, `run.json` and
 * the tables of each trial. Returns whether all trials came to their end in numbers, some failed, or the sweep was
 * interrupted. Throws an InputError when the sweep, one of its configurations or the output folder cannot be used.
 */
export async function runSweep(options: SweepOptions): Promise<Outcome> {
  const { config, output, only, front, shard, join, print = console.log } = options;
  const apart = shard !== undefined ? "--shard" : join ? "--join" : null;
  if (apart !== null && (front !== undefined || only !== undefined || (shard !== undefined && join))) {
    throw new InputError(`${apart}: expected it without --front, --only and the other of --shard and --join`);
  }
  const plan = await planSweep(config, front);
  const variants = Object.keys(plan.sweep.variants);
  if (only !== undefined && !variants.includes(only)) {
    throw new InputError(`--only: expected one of ${variants.join(", ")}, found "${only}"`);
  }
  if (front !== undefined && only !== undefined) {
    throw new InputError("--only: expected no variant with --front, whose steps start from one another");
  }
  if (shard !== undefined) return await runPart(plan, shard, options);
  if (join) return await runJoin(plan, options);
  const rows = await readTrialRows(`${output}/sweep.csv`, plan.trials);
  for (const trial of plan.trials) await checkMark(folderOf(output, trial), trial);

  await makeFolder(output);
  await using _output = await lockOutput(output);
  const failures = await trainMissing(plan, rows, options);
  if (failures === "interrupted") {
    print("interrupted; the same command continues from here");
    return "interrupted";
  }
  await compareFinished(plan, rows, options);
  if (failures > 0) print(yellow(`! ${count(failures, "trial")} failed; the reasons are in ${output}/sweep.csv`));
  print(`tables   ${output}`);
  return failures > 0 ? "failed" : "finished";
}

/** Trains the trials of one part, in a folder of its own. */
async function runPart(plan: SweepPlan, shard: Shard, options: SweepOptions): Promise<Outcome> {
  const { print = console.log } = options;
  const output = trialsFolder(options.output, shard);
  const own = { ...plan, trials: trialsOfPart(plan.trials, shard) };
  const rows = await readTrialRows(`${output}/sweep.csv`, own.trials);
  for (const trial of own.trials) await checkMark(folderOf(output, trial), trial);
  await makeFolder(output, options.output);
  await using _output = await lockOutput(output);
  await markPart(plan, output, shard);
  const failures = await trainMissing(own, rows, { ...options, output });
  if (failures === "interrupted") {
    print("interrupted; the same command continues from here");
    return "interrupted";
  }
  await writeTrialRows(`${output}/sweep.csv`, own.trials, rows);
  print(`part     ${output}; when all are there: the same command with --join instead of --shard`);
  return failures > 0 ? "failed" : "finished";
}

/** Brings the parts together, and compares them as one sweep. */
async function runJoin(plan: SweepPlan, options: SweepOptions): Promise<Outcome> {
  const { output, print = console.log } = options;
  await makeFolder(output);
  await using _output = await lockOutput(output);
  const rows = await joinTrials(plan, output);
  await writeTrialRows(`${output}/sweep.csv`, plan.trials, rows);
  await compareFinished(plan, rows, options);
  const failures = [...rows.values()].filter(({ status }) => status !== "finished").length;
  if (failures > 0) print(yellow(`! ${count(failures, "trial")} failed; the reasons are in ${output}/sweep.csv`));
  print(`tables   ${output}`);
  return failures > 0 ? "failed" : "finished";
}

/** Trains every trial that has no numbers yet, and returns how many failed. */
async function trainMissing(
  { sweep, trials, keys }: SweepPlan,
  rows: Map<string, TrialRow>,
  options: SweepOptions,
): Promise<number | "interrupted"> {
  const { output, only, front, keepRuns = false, signal, print = console.log } = options;
  const measuresMore = sweep.evaluation !== null;
  const wanted = trials.filter(({ point }) => only === undefined || point.variant === only);
  const missing: PlannedTrial[] = [];
  for (const trial of wanted.toReversed()) {
    const finished = await isFinished(folderOf(output, trial), rows.get(trial.id), measuresMore);
    // What a missing step starts from has to be there.
    const next = front !== undefined && missing[0]?.seed === trial.seed &&
      !await exists(`${folderOf(output, trial)}/adapter_model.safetensors`);
    if (!finished || next) missing.unshift(trial);
  }
  const done = wanted.length - missing.length;
  print(`${bold(sweep.name)}: ${count(wanted.length, "trial")}${done > 0 ? `, ${done} finished before` : ""}`);

  let failures = 0;
  const prefixes = new FrozenPrefixes();
  try {
    for (const [i, trial] of missing.entries()) {
      if (signal?.aborted) return "interrupted";
      print(dim(`${done + i + 1}/${wanted.length}`) + ` ${trial.id}`);
      const folder = folderOf(output, trial);
      const before = trials[trials.indexOf(trial) - 1];
      const from = front !== undefined && before?.seed === trial.seed ? folderOf(output, before) : undefined;
      const failure = await runTrial({ folder, trial, evaluation: sweep.evaluation, prefixes, from }, options);
      if (failure === "interrupted") return "interrupted";
      let metrics: Record<string, CellValue> = {};
      if (failure === null) {
        metrics = metricCells(await readOutcome(folder, trial, measuresMore));
        print(`    ${trialLine(metrics)}`);
      } else {
        failures++;
        print(red(`    failed: ${failure.message}`));
      }
      rows.set(trial.id, { ...trialRow(trial, keys, failure?.message ?? null), ...metrics });
      await writeTrialRows(`${output}/sweep.csv`, trials, rows);
      if (failure === null && !keepRuns && front === undefined) await keepNumbersOnly(folder);
    }
    // The steps of a front start from one another: their adapters go when none is missing any more.
    if (front !== undefined && !keepRuns && failures === 0) {
      for (const trial of missing) await keepNumbersOnly(folderOf(output, trial));
    }
  } finally {
    await prefixes.release();
  }
  return failures;
}

/** Compares all trials that have numbers, those of earlier starts as well. */
async function compareFinished(
  plan: SweepPlan,
  rows: Map<string, TrialRow>,
  { output, front, print = console.log }: SweepOptions,
): Promise<void> {
  const { sweep, trials } = plan;
  const outcomes: TrialOutcome[] = [];
  for (const trial of trials) {
    const folder = folderOf(output, trial);
    if (!await isFinished(folder, rows.get(trial.id), sweep.evaluation !== null)) continue;
    outcomes.push(await readOutcome(folder, trial, sweep.evaluation !== null));
  }
  if (outcomes.length === 0) return;
  const compared = compareTrials(plan, outcomes);
  await writeFronts(`${output}/front.csv`, compared);
  const fronts = front === undefined ? [] : frontsOf(plan, outcomes, front);
  if (fronts.length > 0) await writeFrontCosts(`${output}/front_cost.csv`, fronts);
  const shown = compared.map(({ table, evaluation }) => ({
    evaluation,
    fronts: fronts.filter((own) => own.table === table).map(({ front }) => front),
  }));
  await writeText(`${output}/front.html`, sweepPage(sweep.name, shown, await plotlyScript(output, false)));
  for (const { table, evaluation } of compared) {
    await makeFolder(`${output}/${table}`, output);
    await writeEvaluation(`${output}/${table}`, evaluation);
    print(
      "\n" + evaluationText(evaluation, { width: terminalWidth(), title: `${sweep.name}: ${evaluation.data.source}` }),
    );
    for (const { front } of fronts.filter((own) => own.table === table)) print(frontText(front));
  }
}

/** Trains and measures one trial; returns why it failed, if it did. */
async function runTrial(
  { folder, trial, evaluation, prefixes, from }: {
    folder: string;
    trial: PlannedTrial;
    evaluation: string | null;
    prefixes: FrozenPrefixes;
    from: string | undefined;
  },
  { output, signal, print = console.log }: SweepOptions,
): Promise<Error | "interrupted" | null> {
  await makeFolder(folder, output);
  await writeText(`${folder}/trial.json`, markOf(trial) + "\n");
  const resume = await exists(`${folder}/checkpoint/state.safetensors`);
  let log = "";
  const say = (text: string) => void (log += printable(stripAnsiCode(text)) + "\n");
  try {
    const { outcome } = await fineTune(trial.config, {
      resume,
      output: folder,
      prefixes,
      from,
      print: say,
      ...(signal ? { signal } : {}),
    });
    if (outcome === "interrupted") return "interrupted";
    if (evaluation !== null) {
      await evaluateRun({ run: folder, input: evaluation, output: `${folder}/evaluation`, prefixes, print: say });
    }
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A mistake of ours in one configuration must not cost the results of the others, but its trace must not be lost.
    if (!(error instanceof InputError)) print(error.stack ?? error.message);
    return error;
  } finally {
    const earlier = resume && await exists(`${folder}/log.txt`) ? await readTextFile(`${folder}/log.txt`) : "";
    await writeText(`${folder}/log.txt`, earlier + log);
  }
}

function trialLine(cells: Record<string, CellValue>): string {
  const number = (name: string) => typeof cells[name] === "number" ? cells[name].toFixed(3) : "–";
  const disparities = Object.keys(cells).filter((name) => /^tuned_.*_demographic_parity_difference$/.test(name));
  return [
    `AUC ${number("base_roc_auc")} → ${number("tuned_roc_auc")}`,
    ...disparities.map((name) =>
      `demographic parity difference ${number(name.replace("tuned", "base"))} → ${number(name)}`
    ),
  ].join(", ");
}

function folderOf(output: string, { id }: PlannedTrial): string {
  return `${output}/runs/${id}`;
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
