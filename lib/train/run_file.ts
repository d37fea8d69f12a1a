/** `run.json`: what a run was made of, beside its adapter, so that it can be evaluated and used later. */
import { z } from "zod";
import { type Config, parseConfig } from "./config.ts";
import { InputError } from "../errors.ts";
import { readJson, writeText } from "../files.ts";
import type { GroupThresholdObjective, ThresholdConstraint } from "../metrics/mod.ts";
import { KEPT } from "./selection.ts";

/** JSON has no infinity: the threshold that nobody reaches, or everybody, is written as text. */
const ThresholdSchema = z.union([z.number(), z.enum(["Infinity", "-Infinity"]).transform(Number)]);
const OperationSchema = z.object({ operator: z.enum([">", "<"]), threshold: ThresholdSchema });
const RuleSchema = z.object({
  ignore: z.number(),
  constant: z.number(),
  p0: z.number(),
  operation0: OperationSchema,
  p1: z.number(),
  operation1: OperationSchema,
});
const GroupThresholdsSchema = z.object({
  attribute: z.string(),
  rules: z.object({
    constraint: z.custom<ThresholdConstraint>((value) => typeof value === "string"),
    objective: z.custom<GroupThresholdObjective>((value) => typeof value === "string"),
    rates: z.record(z.string(), z.number()),
    reached: z.number(),
    rules: z.record(z.string(), RuleSchema),
  }),
});

const RunSchema = z.object({
  config: z.unknown(),
  /** What the weights and the data were, so that a change is noticed. */
  modelFingerprint: z.string(),
  dataFingerprint: z.string(),
  /** The scores from which on a pair is accepted. */
  thresholds: z.object({ base: z.number(), tuned: z.number() }),
  /** sigmoid(scale · cosine + bias) is the probability of a match; null for objectives without one. */
  head: z.object({ scale: z.number(), bias: z.number() }).nullable(),
  /** The probability is sigmoid(logit / temperature); null where none was fitted. */
  temperature: z.number().positive().nullable(),
  /** Thresholds of the tuned model by group, in place of the one for all; null where there are none. */
  groupThresholds: GroupThresholdsSchema.nullable(),
  bestEpoch: z.int(),
  /** Why that epoch: it was the most useful, the fairest, or the most useful of those that were fair enough. */
  bestEpochBy: z.enum(KEPT),
  steps: z.int(),
  /** How the base model was used, where "auto" left that to its files, for those who load it elsewhere. */
  base: z.object({
    pooling: z.enum(["cls", "mean"]),
    normalize: z.boolean(),
    queryInstruction: z.string(),
    passageInstruction: z.string(),
    /** SPDX identifier, or null if unknown. */
    licence: z.string().nullable(),
  }).optional(),
  /** What computed it: the device, and versions. */
  madeWith: z.record(z.string(), z.string()).optional(),
});

/** The contents of a run file. */
export interface RunFile extends z.output<typeof RunSchema> {
  readonly config: Config;
}

/**
 * Reads the run file of a run's folder.
 *
 * @param folder The folder.
 * @returns Its contents, the configuration complete.
 * @throws {InputError} When the folder holds no run, or the file is damaged.
 */
export async function readRunFile(folder: string): Promise<RunFile> {
  const path = `${folder}/run.json`;
  try {
    await Deno.stat(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new InputError(`${folder}: expected the folder of a finished run, found no run.json in it`);
  }
  const run = await readJson(path, RunSchema);
  return { ...run, config: parseConfig(run.config, `${path}, "config"`) };
}

/**
 * Writes the run file.
 *
 * @param path Where it goes; the folder must exist.
 * @param run Its contents.
 * @throws {InputError} When it cannot be written.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "./config.ts";
 * import { readRunFile, writeRunFile } from "./run_file.ts";
 *
 * const folder = await Deno.makeTempDir();
 * const thresholds = { base: 0.4, tuned: 0.5 };
 * const fingerprints = { modelFingerprint: "a1", dataFingerprint: "b2" };
 * const fitted = { thresholds, groupThresholds: null, head: null, temperature: null };
 * const epoch = { bestEpoch: 1, bestEpochBy: "utility", steps: 10 } as const;
 * const run = { config: parseConfig({}), ...fingerprints, ...fitted, ...epoch };
 * await writeRunFile(`${folder}/run.json`, run);
 * assertEquals(await readRunFile(folder), run);
 * await Deno.remove(folder, { recursive: true });
 * ```
 */
export async function writeRunFile(path: string, run: RunFile): Promise<void> {
  await writeText(path, JSON.stringify(run, infinityAsText, 2) + "\n");
}

function infinityAsText(_key: string, value: unknown): unknown {
  return value === Infinity || value === -Infinity ? String(value) : value;
}
