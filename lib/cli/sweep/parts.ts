/** A sweep whose trials several processes share: which are whose, and how they come together again. */
import { z } from "zod";
import type { Shard } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { exists, makeFolder, readJson, sha256, writeText } from "../../files.ts";
import { readTrialRows, type TrialRow } from "./trial_results.ts";
import type { PlannedTrial, SweepPlan } from "./trials.ts";

const PartSchema = z.strictObject({ part: z.int(), of: z.int(), sweep: z.string() });

/** The folder of a part. */
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
