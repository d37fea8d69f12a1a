/** Where a run keeps its files, and `run.json`: what it was made of, so that it can be evaluated and used later. */
import project from "../../deno.json" with { type: "json" };
import { z } from "zod";
import { type Config, isPlain, parseConfig } from "./config.ts";
import { InputError } from "../errors.ts";
import { checkJson, exists, readJson, sha256, writeText } from "../files.ts";
import type { GroupThresholdObjective, ThresholdConstraint } from "../metrics/mod.ts";
import { BEST_KINDS, type BestKind } from "./selection.ts";

/** The folders and files of one run. */
export interface RunPaths {
  /** The folder of the adapter, as PEFT keeps it. */
  readonly adapter: string;
  /** `run.json`, beside the adapter. */
  readonly runFile: string;
  /** The state that `--resume` continues from. */
  readonly checkpoint: string;
  /** Tables and histories, without texts. */
  readonly metrics: string;
  /** What was done to the data, with pieces of résumés: never among the reports, which are published. */
  readonly review: string;
}

/** The paths of a run: in the project's folders by its name, or all together under one folder. Nothing is made. */
export function runPaths(name: string, output?: string): RunPaths {
  const adapter = output ?? `models/lora_adapters/${name}`;
  return {
    adapter,
    runFile: `${adapter}/run.json`,
    checkpoint: `${output === undefined ? `models/checkpoints/${name}` : `${output}/checkpoint`}/state.safetensors`,
    metrics: output === undefined ? `reports/metrics/${name}` : `${output}/metrics`,
    review: output === undefined ? `data/processed/${name}` : `${output}/review`,
  };
}

/** Where the adapter of an epoch that was best at something goes, beside the checkpoint: a PEFT folder each. */
export function bestFolder({ checkpoint }: RunPaths, kind: BestKind): string {
  return checkpoint.replace(/[^/]*$/, `best_${kind}`);
}

/** What belongs to a run, in the order in which it is put in place. */
export const RUN_PARTS = ["checkpoint", "review", "metrics", "adapter"] as const;

/** One of {@linkcode RUN_PARTS}: the folders of {@linkcode RunPaths}, of which the checkpoint's holds other epochs. */
export type RunPart = (typeof RUN_PARTS)[number];

/** The SHA-256 of the files of each part, by their paths within its folder. */
export type RunFiles = Readonly<Record<RunPart, Readonly<Record<string, string>>>>;

/** The folders of a run that lies somewhere: those of its name, or all in its own. */
export async function runPathsAt(folder: string, name: string): Promise<RunPaths> {
  const byName = runPaths(name), own = runPaths(name, folder);
  if (await exists(own.metrics) || !await exists(byName.adapter)) return own;
  return await Deno.realPath(byName.adapter) === await Deno.realPath(folder) ? byName : own;
}

/** The versions of Deno and of the packages whose versions can change what a run comes to. */
export function versions(): Record<string, string> {
  const pinned = (["onnxruntime-node", "@huggingface/transformers"] as const)
    .map((name) => [name, project.imports[name].split("@").at(-1)!]);
  return { deno: Deno.version.deno, ...Object.fromEntries(pinned) };
}

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
/** By the names of groups; zod's own record drops one that is called `__proto__`. */
const RulesSchema = z.preprocess(
  (rules) => typeof rules === "object" && rules !== null ? Object.entries(rules) : rules,
  z.array(z.tuple([z.string(), RuleSchema])),
).transform((entries) => Object.fromEntries(entries));
const GroupThresholdsSchema = z.object({
  attribute: z.string(),
  rules: z.object({
    constraint: z.custom<ThresholdConstraint>((value) => typeof value === "string"),
    objective: z.custom<GroupThresholdObjective>((value) => typeof value === "string"),
    rates: z.record(z.string(), z.number()),
    reached: z.number(),
    rules: RulesSchema,
  }),
});

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, "expected a SHA-256");
const isInner = (path: string) =>
  path.split("/").every((name) => !["", ".", ".."].includes(name) && !/[\\:]/.test(name));
const FilesSchema = z.record(z.string().refine(isInner, "expected a path within the folder"), Sha256);

const RunSchema = z.object({
  config: z.unknown(),
  /** What the weights, all of them, and the data were, so that a change is noticed. */
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
  /** What became of each bound on the validation split; absent where there was none. */
  constraints: z.array(z.object({
    name: z.string(),
    value: z.number().nullable(),
    limit: z.number().nullable(),
    met: z.boolean(),
  })).optional(),
  bestEpoch: z.int(),
  /** Why that epoch: it was the most useful, the fairest, or the most useful of those that were fair enough. */
  bestEpochBy: z.enum(BEST_KINDS),
  steps: z.int(),
  /** How the base model was used, where "auto" left that to its files, for those who load it elsewhere. */
  base: z.object({
    pooling: z.enum(["cls", "mean"]),
    normalize: z.boolean(),
    queryInstruction: z.string(),
    passageInstruction: z.string(),
    maxLength: z.int().positive().optional(),
    /** SPDX identifier, or null if unknown. */
    licence: z.string().nullable(),
    /** SHA-256 of the tokenizer, and of architecture and use. */
    tokenizer: Sha256.optional(),
    settings: Sha256.optional(),
  }).optional(),
  /** What else belongs to the run, by SHA-256; runs of older versions do not say. */
  files: z.object({ adapter: FilesSchema, metrics: FilesSchema, review: FilesSchema, checkpoint: FilesSchema })
    .optional(),
  /** What computed it: the device, and versions. */
  madeWith: z.record(z.string(), z.string()).optional(),
});

/** The contents of a run file. */
export interface RunFile extends z.output<typeof RunSchema> {
  /** What the run was asked for. */
  readonly config: Config;
}

/** The calibrated probability of a match, sigmoid(logit / temperature); null for objectives without one. */
export function matchProbability(
  cosine: number,
  { head, temperature }: Pick<RunFile, "head" | "temperature">,
): number | null {
  return head && 1 / (1 + Math.exp(-(head.scale * cosine + head.bias) / (temperature ?? 1)));
}

/**
 * Reads the run file of a run's folder, its configuration complete.
 * @throws {InputError} When the folder holds no run, or the file is damaged.
 */
export async function readRunFile(folder: string): Promise<RunFile> {
  const path = `${folder}/run.json`;
  if (!await exists(path)) {
    const unfinished = await exists(`${folder}/unfinished`)
      ? "one that is not finished: continue it with deno task train --resume"
      : "no run.json in it: train it first, with deno task train or notebook 2";
    throw new InputError(`${folder}: expected the folder of a finished run, found ${unfinished}`);
  }
  const { digest, ...written } = await readJson(path, z.looseObject({ digest: Sha256.optional() }));
  const run = checkJson(written, RunSchema, path);
  const config = parseConfig(withoutRemoved(run.config), `${path}, "config"`);
  const names = config.data.groups.map(({ name }) => name), of = run.groupThresholds?.attribute;
  if (of !== undefined && !names.includes(of)) {
    throw new InputError(`${path}, "groupThresholds.attribute": expected one of ${names.join(", ")}, found "${of}"`);
  }
  // One without the SHA-256 of the run's files is older still, and refused where those are looked at.
  if (run.files !== undefined && digest !== await digestOf(written)) {
    const found = digest === undefined ? "none: an older version wrote it, or it" : "another content: it";
    throw new InputError(
      `${path}: expected the content that its own SHA-256 is of, found ${found} was changed since; put it back, or ` +
        "train again",
    );
  }
  return { ...run, config };
}

/** A configuration without what earlier versions could train with: whoever uses the run needs none of it. */
function withoutRemoved(config: unknown): unknown {
  if (!isPlain(config) || !isPlain(config.fairness)) return config;
  const { worstGroup: _, ...fairness } = config.fairness;
  return { ...config, fairness };
}

/** Writes the run file into a folder that exists. */
export async function writeRunFile(path: string, run: RunFile): Promise<void> {
  await writeText(path, await sealedRun(run));
}

/** The text of a run file: the contents, and at the end the SHA-256 of them as JSON without blanks. */
export async function sealedRun(contents: object): Promise<string> {
  return JSON.stringify({ ...contents, digest: await digestOf(contents) }, infinityAsText, 2) + "\n";
}

function digestOf(contents: object): Promise<string> {
  return sha256(JSON.stringify(contents, infinityAsText));
}

function infinityAsText(_key: string, value: unknown): unknown {
  return value === Infinity || value === -Infinity ? String(value) : value;
}
