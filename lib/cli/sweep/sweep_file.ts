/** A sweep as a person writes it: which configurations to train, and what to compare them with. */
import { z } from "zod";
import { describeIssue, FolderName } from "../../train/mod.ts";
import { InputError } from "../../errors.ts";
import { readJson } from "../../files.ts";

/** A key of the configuration, as `--set` takes it. */
const key = z.string().regex(/^[^=.]+(\.[^=.]+)*$/, "expected a key such as training.epochs");
const range = z.tuple([z.number(), z.number()]);

const DistributionSchema = z.strictObject({
  // Every order of magnitude between the two ends as likely as the next: for weights and learning rates.
  log: range.refine(([low, high]) => 0 < low && low < high, "expected two ends, 0 < low < high").optional(),
  // Every number between the two ends as likely as the next.
  uniform: range.refine(([low, high]) => low < high, "expected two ends, low < high").optional(),
  // One of these.
  choice: z.array(z.json()).min(1).optional(),
}).refine(
  (value) => Object.keys(value).length === 1,
  'expected one of "log", "uniform" and "choice"',
);

const SweepSchema = z.strictObject({
  // Names the sweep in what is printed.
  name: FolderName,
  // The configuration that every trial starts from; a path as `deno task train --config` takes it.
  base: z.string().min(1),
  // Named changes to it, key by key as `--set` takes them.
  variants: z.record(FolderName, z.record(key, z.json())).refine(
    (variants) => Object.keys(variants).length > 0,
    "expected at least one variant",
  ).default({ plain: {} }),
  // The variant that differences are taken from; null is the first.
  reference: z.string().nullable().default(null),
  // Variants that are trained as they are, without the values of grid and random: a reference that has no weights.
  fixed: z.array(z.string()).default([]),
  // training.seed of the trials: each makes its own split, adapter and order of batches.
  seeds: z.array(z.int().nonnegative()).min(1).default([42]),
  // Keys and their values: every combination is trained.
  grid: z.record(key, z.array(z.json()).min(1)).default({}),
  // Combinations drawn at random, of which the first stay the same when more are asked for.
  random: z.strictObject({
    samples: z.int().positive(),
    seed: z.int().nonnegative().default(42),
    space: z.record(key, DistributionSchema).refine((space) => Object.keys(space).length > 0, "expected a key"),
  }).nullable().default(null),
  // A table of labelled pairs nobody was trained on, measured beside each trial's own test split.
  evaluation: z.string().min(1).nullable().default(null),
});

/** How values of one key are drawn. */
export type Distribution = z.output<typeof DistributionSchema>;

/** A value in JSON. */
export type Json = z.output<ReturnType<typeof z.json>>;

/** A sweep, every key with its value. */
export interface Sweep extends Omit<z.output<typeof SweepSchema>, "reference"> {
  readonly reference: string;
}

/** A sweep as a person writes it. */
export type PartialSweep = z.input<typeof SweepSchema>;

/**
 * Completes and checks a sweep. Whether its keys are keys of a configuration, `planTrials` finds out. Throws an
 * InputError, naming the first wrong key, what was expected and found, and for an unknown key the nearest one.
 */
export function parseSweep(value: unknown, origin = "sweep"): Sweep {
  const result = SweepSchema.safeParse(value, { reportInput: true });
  if (!result.success) throw new InputError(`${origin}: ${describeIssue(result.error.issues[0]!, SweepSchema)}`);
  const sweep = { ...result.data, reference: result.data.reference ?? Object.keys(result.data.variants)[0]! };
  const fault = contradiction(sweep);
  if (fault !== null) throw new InputError(`${origin}: ${fault}`);
  return sweep;
}

/**
 * Reads a sweep from its file. Throws an InputError when the file is missing, is no JSON, or says something that is not
 * understood.
 */
export async function readSweep(path: string): Promise<Sweep> {
  return parseSweep(await readJson(path, z.unknown()), path);
}

/** Trials of a sweep; more are a slip, since each is a training. */
const MOST_TRIALS = 10_000;

/** What is wrong with keys taken together, or null. */
function contradiction({ variants, reference, fixed, seeds, grid, random }: Sweep): string | null {
  const names = Object.keys(variants);
  const oneOf = `one of ${names.join(", ")}`;
  if (!names.includes(reference)) return `reference: expected ${oneOf}, found "${reference}"`;
  const stray = fixed.find((variant) => !names.includes(variant));
  if (stray !== undefined) return `fixed: expected ${oneOf}, found "${stray}"`;
  const crossings = Object.values(grid).reduce((n, { length }) => n * length, random?.samples ?? 1);
  const points = names.reduce((n, name) => n + (fixed.includes(name) ? 1 : crossings), 0);
  const trials = points * seeds.length;
  if (trials > MOST_TRIALS) {
    return `grid, random, variants and seeds: expected at most ${MOST_TRIALS} trials, found ${trials}`;
  }
  const repeated = seeds.find((seed, i) => seeds.indexOf(seed) !== i);
  if (repeated !== undefined) return `seeds: expected distinct numbers, found ${repeated} twice`;
  const drawn = Object.keys(random?.space ?? {});
  const twice = drawn.find((key) => Object.hasOwn(grid, key));
  if (twice !== undefined) return `random.space.${twice}: expected a key that is not in grid as well`;
  const crossed = [...Object.keys(grid), ...drawn];
  for (const key of ["training.seed", "name"]) {
    const what = key === "name" ? "trials are named by what they vary" : "seeds are listed under seeds";
    if (crossed.includes(key)) return `${Object.hasOwn(grid, key) ? "grid" : "random.space"}.${key}: ${what}`;
    const variant = names.find((variant) => Object.hasOwn(variants[variant]!, key));
    if (variant !== undefined) return `variants.${variant}.${key}: ${what}`;
  }
  for (const variant of names) {
    const both = fixed.includes(variant) ? undefined : crossed.find((key) => Object.hasOwn(variants[variant]!, key));
    if (both !== undefined) {
      return `variants.${variant}.${both}: expected a key that grid and random leave alone, ` +
        `or "${variant}" under fixed`;
    }
  }
  return null;
}
