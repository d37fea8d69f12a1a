/** What trials leave: a line each in `sweep.csv`, of numbers or of a failure, and a folder under `runs/`. */
import { type CellValue, readTable, writeTable } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { exists, readTextFile } from "../../files.ts";
import type { PlannedTrial } from "./trials.ts";

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
