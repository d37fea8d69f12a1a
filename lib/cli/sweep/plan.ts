/** A sweep made ready: every configuration checked before the first is trained. */
import { z } from "zod";
import { applyOverride, type Config, parseConfig, readExamples } from "../../train/mod.ts";
import { checkTrainable } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { fileError, readJson, sha256 } from "../../files.ts";
import { readSweep, type Sweep } from "./sweep_file.ts";
import { type Point, sweepPoints, sweepTrials, type Trial } from "./trials.ts";

/** A trial with what it trains. */
export interface PlannedTrial extends Trial {
  readonly config: Config;
  /** Differs whenever the configuration, the data or the table of the evaluation do. */
  readonly fingerprint: string;
}

/** Everything that a sweep file asks for. */
export interface SweepPlan {
  readonly sweep: Sweep;
  readonly points: readonly Point[];
  /** In the order in which they are trained. */
  readonly trials: readonly PlannedTrial[];
  /** Keys of the grid and the random space, in that order. */
  readonly keys: readonly string[];
}

/**
 * Reads a sweep and completes the configuration of each of its trials.
 *
 * @param path The sweep file.
 * @returns The trials, each checked.
 * @throws {InputError} When the file, its base configuration or its data cannot be read, or when a trial's configuration is
 *   wrong, naming the trial and the key.
 */
export async function planSweep(path: string): Promise<SweepPlan> {
  const sweep = await readSweep(path);
  const trials = sweepTrials(sweep);
  const seen = new Map<string, Trial>();
  for (const trial of trials) {
    const folder = trial.id.toLowerCase(); // some file systems do not tell upper case from lower case
    const other = seen.get(folder);
    if (other) {
      const pair = [other, trial].map(({ point }) => JSON.stringify(point.values)).join(" and ");
      throw new InputError(`${path}: expected trials with names of their own, ${pair} both make "${trial.id}"`);
    }
    seen.set(folder, trial);
  }
  const base = await readJson(sweep.base, z.record(z.string(), z.unknown()));
  const hashes = new Map<string, string>();
  const hash = async (file: string) => {
    if (!hashes.has(file)) hashes.set(file, await hashOf(file));
    return hashes.get(file)!;
  };
  const evaluation = sweep.evaluation === null ? null : await hash(sweep.evaluation);
  const planned: PlannedTrial[] = [];
  for (const trial of trials) {
    const config = trialConfig(base, trial, `${path}, trial ${trial.id}`);
    const { name: _, device: _device, ...trained } = config;
    const data = await hash(config.data.path);
    const fingerprint = (await sha256(JSON.stringify([trained, data, evaluation]))).slice(0, 16);
    planned.push({ ...trial, config, fingerprint });
  }
  await checkData(planned, sweep.evaluation);
  const keys = [...Object.keys(sweep.grid), ...Object.keys(sweep.random?.space ?? {})];
  return { sweep, points: sweepPoints(sweep), trials: planned, keys };
}

function trialConfig(base: Record<string, unknown>, { id, point, seed }: Trial, origin: string): Config {
  const value = structuredClone(base);
  try {
    for (const [key, to] of [...point.overrides, ["name", id], ["training.seed", seed]] as const) {
      applyOverride(value, `${key}=${JSON.stringify(to)}`);
    }
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(`${origin}: ${error.message.replace(/^--set /, "")}`);
  }
  return parseConfig(value, origin);
}

/** Reads all data once, so that what is wrong with them is found now, and a table of the evaluation that was trained on. */
async function checkData(trials: readonly PlannedTrial[], evaluation: string | null): Promise<void> {
  const seen = new Set<string>();
  for (const trial of trials) {
    // Masked résumés of different people may be equal.
    const config = { ...trial.config, data: { ...trial.config.data, mask: [] } };
    const key = JSON.stringify(config.data);
    if (seen.has(key)) continue;
    seen.add(key);
    const { examples } = await readExamples(config.data.path, config);
    if (evaluation === null) continue;
    const own = new Map(examples.toReversed().map(({ resume, row }) => [resume, row]));
    const held = (await readExamples(evaluation, config)).examples;
    checkTrainable(held, evaluation);
    const known = held.find(({ resume }) => own.has(resume));
    if (known) {
      throw new InputError(
        `${evaluation}, row ${known.row}: expected résumés that nothing is trained on, this one is in row ${
          own.get(known.resume)
        } of ${config.data.path}`,
      );
    }
  }
}

async function hashOf(path: string): Promise<string> {
  try {
    return await sha256(await Deno.readFile(path));
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}
