/** From a sweep to the configurations that are trained, all checked before the first is. */
import { z } from "zod";
import { checkTrainable, readExamples } from "../../data/mod.ts";
import { InputError } from "../../errors.ts";
import { checkJson, fileSha256, sha256 } from "../../files.ts";
import { localPath } from "../../hub/mod.ts";
import { Rng } from "../../random.ts";
import type { FrontMetric } from "../../evaluate/mod.ts";
import { applyOverride, type Config, loadConfig, parseConfig, readConfigFile } from "../../train/mod.ts";
import { type Distribution, type Json, readSweep, type Sweep } from "./sweep_file.ts";

/** One configuration of a sweep, but for its seed. */
export interface Point {
  /** Variant and swept values, readable and fit for the name of a file: `fair_adversary.weight-0.5`. */
  readonly id: string;
  readonly variant: string;
  /** Value of each key of grid and random space. */
  readonly values: Readonly<Record<string, Json>>;
  /** All changes to the base configuration, the variant's first. */
  readonly overrides: readonly (readonly [key: string, value: Json])[];
}

/** One run of a sweep. */
export interface Trial {
  /** The point's id and the seed: `fair_adversary.weight-0.5_seed-1`. */
  readonly id: string;
  readonly point: Point;
  readonly seed: number;
}

/**
 * The points of a sweep: each variant with each combination of the grid and each random sample; a fixed variant alone.
 */
export function sweepPoints(sweep: Sweep): Point[] {
  const { variants, fixed, grid, random } = sweep;
  const short = shortKeys([...Object.keys(grid), ...Object.keys(random?.space ?? {})]);
  const combinations = product(Object.entries(grid));
  const samples = random === null
    ? [null]
    : Array.from({ length: random.samples }, (_, i) => drawSample(random.space, random.seed, i));
  const digits = String(samples.length).length;
  return Object.entries(variants).flatMap(([variant, changes]): Point[] => {
    const own = Object.entries(changes);
    if (fixed.includes(variant)) return [{ id: variant, variant, values: {}, overrides: own }];
    return combinations.flatMap((combination) =>
      samples.map((sample, i) => {
        const named = combination.map(([key, value]) => `${short.get(key)}-${slug(value)}`);
        const drawn = sample === null ? [] : [`sample-${String(i + 1).padStart(digits, "0")}`];
        const crossed = [...combination, ...sample ?? []];
        return {
          id: [variant, ...named, ...drawn].join("_"),
          variant,
          values: Object.fromEntries(crossed),
          overrides: [...own, ...crossed],
        };
      })
    );
  });
}

/**
 * The runs of a sweep: every point with every seed. All points with the first seed come first, so that a sweep that is
 * still running can be compared already.
 */
export function sweepTrials(sweep: Sweep): Trial[] {
  const points = sweepPoints(sweep);
  return sweep.seeds.flatMap((seed) => points.map((point) => ({ id: `${point.id}_seed-${seed}`, point, seed })));
}

/**
 * Draws the values of one random sample. Each depends on the seed, its number and its key alone: more samples, or
 * another key, leave the others as they are.
 */
export function drawSample(
  space: Readonly<Record<string, Distribution>>,
  seed: number,
  index: number,
): [key: string, value: Json][] {
  return Object.entries(space).map(([key, { log, uniform, choice }]) => {
    const rng = new Rng(seed).derive(`${index} ${key}`);
    if (choice) return [key, rng.pick(choice)];
    const [low, high] = log ?? uniform!;
    const part = rng.uniform();
    const drawn = log ? low * (high / low) ** part : low + (high - low) * part;
    // Four digits say all that a search can tell apart, and can be typed again.
    return [key, Math.min(Math.max(Number(drawn.toPrecision(4)), low), high)];
  });
}

function product(entries: readonly (readonly [string, readonly Json[]])[]): [string, Json][][] {
  return entries.reduce<[string, Json][][]>(
    (rows, [key, values]) => rows.flatMap((row) => values.map((value) => [...row, [key, value] as [string, Json]])),
    [[]],
  );
}

/** The last two words of each key, or as many as tell it from the other keys: `adversary.weight`. */
function shortKeys(keys: readonly string[]): Map<string, string> {
  return new Map(keys.map((key) => {
    const parts = key.split(".");
    for (let from = Math.max(0, parts.length - 2); from > 0; from--) {
      const ending = parts.slice(from).join(".");
      if (!keys.some((other) => other !== key && `.${other}`.endsWith(`.${ending}`))) return [key, slug(ending)];
    }
    return [key, slug(key)];
  }));
}

/** A value as part of a file's name. */
function slug(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.replaceAll(/[^\w.-]+/g, "-").replaceAll(/^-+(?=\D)|-+$/g, "").slice(0, 60) || "empty";
}

/** From lenient to strict; the last is what decisions that have nothing to do with the group often miss by chance. */
const FRONT_BOUNDS = [0.2, 0.15, 0.1, 0.05, 0.025];

/**
 * A walk from plain to strict: the base as it is, then under one bound after the other, each with a third of its epochs,
 * since it starts from the adapter before.
 */
function frontSweep(sweep: Sweep, metric: FrontMetric, { data, training }: Config): Sweep {
  const { variants, grid, random } = sweep;
  if (Object.keys(variants).length > 1 || Object.keys(grid).length > 0 || random !== null) {
    throw new InputError(
      "--front: expected a sweep of one variant, without grid and random; the bounds are what varies",
    );
  }
  const [[plain, changes]] = Object.entries(variants) as [[string, Sweep["variants"][string]]];
  const epochs = Math.ceil(training.epochs / 3);
  const bounded = FRONT_BOUNDS.map((atMost) => {
    const constraints = [{ metric, attribute: data.groups[0]!.name, atMost }];
    const own = { "fairness.constraints": constraints, "training.epochs": epochs, "selection.window": null };
    return [`at-most-${atMost}`, { ...changes, ...own, "selection.maxGap": null }] as const;
  });
  return { ...sweep, variants: { [plain]: changes, ...Object.fromEntries(bounded) }, fixed: [], reference: plain };
}

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
 * Reads a sweep and completes the configuration of each of its trials; with `front` those of a walk from plain to strict
 * along that disparity. Throws an InputError when the file, its base
 * configuration or its data cannot be read, or when a trial's configuration is wrong, naming the trial and the key.
 */
export async function planSweep(path: string, front?: FrontMetric): Promise<SweepPlan> {
  const written = await readSweep(path);
  const sweep = front === undefined ? written : frontSweep(written, front, await loadConfig(written.base));
  const trials = sweepTrials(sweep);
  // Some file systems do not tell upper case from lower case.
  for (const [other, trial] of Map.groupBy(trials, ({ id }) => id.toLowerCase()).values()) {
    if (trial === undefined) continue;
    const pair = [other!, trial].map(({ point }) => JSON.stringify(point.values)).join(" and ");
    throw new InputError(`${path}: expected trials with names of their own, ${pair} both make "${trial.id}"`);
  }
  const base = checkJson(await readConfigFile(sweep.base), z.record(z.string(), z.unknown()), sweep.base);
  const hashes = new Map<string, string>();
  const hash = async (file: string) => {
    if (!hashes.has(file)) hashes.set(file, await fileSha256(await localPath(file)));
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

/**
 * Reads all data once, so that what is wrong with them is found now, and a table of the evaluation that was trained on.
 */
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
