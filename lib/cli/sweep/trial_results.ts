/** What trials leave: a line each in `sweep.csv`, of numbers or of a failure, and a folder under `runs/`. */
import { z } from "zod";
import { type CellValue, readTable, type Shard, writeTable } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { exists, makeFolder, readJson, readTextFile, sha256, writeText } from "../../files.ts";
import type { PlannedTrial, SweepPlan } from "./trials.ts";

/** A line of `sweep.csv`. */
export type TrialRow = Readonly<Record<string, CellValue>>;

const FIRST = ["id", "fingerprint", "status", "reason", "variant", "seed"];

/** The start of a trial's line: what was trained, and how it ended. */
export function trialRow(trial: PlannedTrial, keys: readonly string[], failure: string | null): TrialRow {
  const { id, fingerprint, point, seed } = trial;
  const values = keys.map((key) => {
    const value = point.values[key];
    return [key, typeof value === "string" ? value : value === undefined ? "" : JSON.stringify(value)];
  });
  const outcome = { status: failure === null ? "finished" : "failed", reason: failure ?? "" };
  return { id, fingerprint, ...outcome, variant: point.variant, seed, ...Object.fromEntries(values) };
}

/**
 * Reads the lines that an earlier start of the sweep has left, if there are any. Throws an InputError when the file
 * holds a trial that the sweep does not have, or has with another configuration.
 */
export async function readTrialRows(path: string, trials: readonly PlannedTrial[]): Promise<Map<string, TrialRow>> {
  const rows = new Map<string, TrialRow>();
  for await (const { row, values } of await exists(path) ? readTable(path) : []) {
    const trial = trials.find(({ id }) => id === values.id);
    const place = `${path}, row ${row}`;
    if (trial === undefined) {
      throw new InputError(
        `${place}: trial "${values.id}" is not in the sweep (any more); take another --output, or delete this line`,
      );
    }
    if (trial.fingerprint !== values.fingerprint) {
      throw new InputError(`${place}: ${otherConfiguration(trial.id)}, or this line`);
    }
    rows.set(trial.id, values);
  }
  return rows;
}

/**
 * Writes the lines in the order of the trials, so that the file does not depend on how often the sweep was interrupted.
 * Throws an InputError when the file cannot be written.
 */
export async function writeTrialRows(path: string, trials: readonly PlannedTrial[], rows: Map<string, TrialRow>) {
  const lines = trials.map(({ id }) => rows.get(id)).filter((row) => row !== undefined);
  const columns = [...new Set([...FIRST, ...lines.flatMap((row) => Object.keys(row))])];
  const empty = Object.fromEntries(columns.map((column) => [column, null]));
  await writeTable(path, columns, lines.map((row) => ({ ...empty, ...row })));
}

/** What to say when a trial of the same name was something else before. */
function otherConfiguration(id: string): string {
  return `trial "${id}" was trained with another configuration or other data than the sweep now asks for; ` +
    "take another --output, or delete the trial's folder under runs/";
}

/** Says which configuration a folder belongs to. */
export function markOf({ id, fingerprint }: PlannedTrial): string {
  return JSON.stringify({ id, fingerprint });
}

/**
 * Sees that what an earlier start of the sweep left in a folder is this trial. Throws an InputError if it was another
 * configuration or other data.
 */
export async function checkMark(folder: string, trial: PlannedTrial): Promise<void> {
  const path = `${folder}/trial.json`;
  if (!await exists(path)) return;
  const mark = (await readTextFile(path)).trim();
  if (mark !== markOf(trial)) throw new InputError(`${path}: ${otherConfiguration(trial.id)}`);
}

/** Whether a trial has its line and all that a comparison reads: whoever deletes its folder asks for it again. */
export async function isFinished(folder: string, row: TrialRow | undefined, hasEvaluation: boolean): Promise<boolean> {
  if (row?.status !== "finished") return false;
  const files = ["run.json", "metrics/evaluation.json", ...(hasEvaluation ? ["evaluation/evaluation.json"] : [])];
  return (await Promise.all(files.map((file) => exists(`${folder}/${file}`)))).every(Boolean);
}

/** Leaves numbers and predictions; what was done to the data holds pieces of résumés, which are not to be shown. */
export async function keepNumbersOnly(folder: string): Promise<void> {
  for (const part of ["checkpoint", "review"]) {
    if (await exists(`${folder}/${part}`)) await Deno.remove(`${folder}/${part}`, { recursive: true });
  }
  for (const file of ["adapter_model.safetensors", "adapter_config.json"]) await Deno.remove(`${folder}/${file}`);
}

const PartSchema = z.strictObject({ part: z.int(), of: z.int(), sweep: z.string() });

export function trialsFolder(output: string, { part, of }: Shard): string {
  return `${output}/parts/${part}-of-${of}`;
}

/** The trials of a part: in turn, so that parts are of one length and a sweep is whole seed by seed. */
export function trialsOfPart(trials: readonly PlannedTrial[], { part, of }: Shard): PlannedTrial[] {
  return trials.filter((_, i) => i % of === part - 1);
}

/** All trials with all that they are trained on, in short. */
const planHash = ({ trials }: SweepPlan) =>
  sha256(JSON.stringify(trials.map(({ id, fingerprint }) => [id, fingerprint])));

/** Says in the folder of a part what it is. */
export async function markPart(plan: SweepPlan, folder: string, shard: Shard): Promise<void> {
  await writeText(`${folder}/part.json`, JSON.stringify({ ...shard, sweep: await planHash(plan) }) + "\n");
}

/**
 * Copies the trials of all parts into the sweep's folder, and gives their lines.
 *
 * @throws {InputError} If a part is missing, of another sweep or of another number of parts, or a trial has not come to
 * its end.
 */
export async function joinTrials(plan: SweepPlan, output: string): Promise<Map<string, TrialRow>> {
  const folder = `${output}/parts`, sweep = await planHash(plan);
  const parts: Shard[] = [];
  for (const name of await exists(folder) ? (await Array.fromAsync(Deno.readDir(folder), (own) => own.name)) : []) {
    const path = `${folder}/${name}/part.json`;
    const own = await readJson(path, PartSchema);
    if (name !== `${own.part}-of-${own.of}`) {
      throw new InputError(`${path}: expected part ${name}, found ${own.part}-of-${own.of}`);
    }
    if (own.sweep !== sweep) throw new InputError(`${path}: expected a part of this sweep and its data, found another`);
    if (parts.length > 0 && parts[0]!.of !== own.of) {
      throw new InputError(`${path}: expected parts of ${parts[0]!.of}, found one of ${own.of}`);
    }
    parts.push(own);
  }
  const of = parts[0]?.of ?? 0, there = new Set(parts.map(({ part }) => part));
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((part) => !there.has(part));
  if (of === 0 || missing.length > 0) {
    throw new InputError(
      `${folder}: expected all parts, ${of === 0 ? "found none" : `missing: ${missing.join(", ")}`}`,
    );
  }
  const rows = new Map<string, TrialRow>();
  for (const shard of parts) {
    const own = trialsFolder(output, shard), trials = trialsOfPart(plan.trials, shard);
    const ended = await readTrialRows(`${own}/sweep.csv`, trials);
    const open = trials.find(({ id }) => !ended.has(id));
    if (open !== undefined) throw new InputError(`${own}: expected the end of trial "${open.id}", found none yet`);
    for (const [id, row] of ended) rows.set(id, row);
  }
  for (const shard of parts) {
    for (const { id } of trialsOfPart(plan.trials, shard)) {
      await copyFolder(`${trialsFolder(output, shard)}/runs/${id}`, `${output}/runs/${id}`);
    }
  }
  return rows;
}

async function copyFolder(from: string, to: string): Promise<void> {
  await makeFolder(to);
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (isDirectory) await copyFolder(`${from}/${name}`, `${to}/${name}`);
    else if (isFile && name !== ".lock") await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
