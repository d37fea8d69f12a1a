/**
 * The configuration of a run: one schema, whose defaults carry their reason. Presets are the JSON files in `configs/`;
 * any key can be overridden on the command line with `--set a.b=value`.
 */
import { closestString } from "@std/text/closest-string";
import { z } from "zod";
import { DEVICES } from "./device/names.ts";
import { InputError } from "./errors.ts";
import { fileError } from "./files/file_error.ts";

const text = z.string().min(1);
const fraction = z.number().min(0).max(1);
const positive = z.number().positive();
const count = z.int().positive();

const LORA_TARGETS = ["query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense"] as const;

const ModelConfig = z.strictObject({
  // The embedded MiniLM needs no download; a folder or a hub name such as "BAAI/bge-large-en-v1.5" goes here as well.
  source: text.default("embedded:minilm"),
  // A hub revision (commit, tag or branch); null is the one pinned in lib/model/registry.ts.
  revision: text.nullable().default(null),
  // "auto" is what the model's own 1_Pooling/config.json or our registry says.
  pooling: z.enum(["auto", "cls", "mean"]).default("auto"),
  // Tokens per text, the rest is cut off; attention costs its square, and 256 covers most résumés' first page.
  maxLength: count.default(256),
  // Put before the job, the query of the pair, and before the résumé; "auto" is what the model was trained with.
  queryInstruction: z.string().default("auto"),
  passageInstruction: z.string().default("auto"),
});

const LoraConfig = z.strictObject({
  // 8 is PEFT's default and enough for a task this narrow.
  rank: count.default(8),
  // alpha / rank scales the update; 2 × rank is the usual choice.
  alpha: positive.default(16),
  // 0 lets the adapter be added to the weights before the product, which is faster; raise it for long trainings.
  dropout: z.number().min(0).lt(1).default(0),
  // As in PEFT a name stands for all layers that end in it: "output.dense" for the attention's output as well.
  targetModules: z.array(z.enum(LORA_TARGETS)).min(1).default(["query", "key", "value"]),
  // [first, last] of the adapted layers, counted from 0, both included; null adapts all.
  layers: z.tuple([z.int().nonnegative(), z.int().nonnegative()]).nullable().default(null),
  // alpha / √rank instead of alpha / rank: keeps the update's size at high ranks.
  rslora: z.boolean().default(false),
  // Trains magnitude and direction apart: often better at low ranks, somewhat slower.
  dora: z.boolean().default(false),
});

const ColumnsConfig = z.strictObject({
  resume: text.default("resume"),
  job: text.default("job"),
  label: text.default("label"),
  // Without these, equal texts count as one candidate or one job.
  candidateId: text.nullable().default(null),
  jobId: text.nullable().default(null),
  // A second, trusted label that is only reported, never trained on.
  merit: text.nullable().default(null),
  // A column with train, validation or test; null makes the split here.
  split: text.nullable().default(null),
});

/** The columns of `predictions.csv` beside the groups. */
const PREDICTION_COLUMNS = ["row", "candidate_id", "job_id", "label", "merit", "base_score", "tuned_score"];

// One object and not a union of two, whose messages would be about the alternative that was not meant.
const GroupConfig = z.strictObject({
  name: text.refine(
    (name) => !PREDICTION_COLUMNS.includes(name),
    "expected a name that is no other column of predictions.csv",
  ),
  column: text.optional(),
  extract: z.literal("degree").optional(),
}).transform(({ name, column, extract }, { addIssue, value }) => {
  if (column !== undefined && extract === undefined) return { name, column };
  if (column === undefined && extract !== undefined) return { name, extract };
  addIssue({ code: "custom", message: 'expected either "column" or "extract"', input: value });
  return z.NEVER;
});

const DataConfig = z.strictObject({
  path: text.default("data/raw/demo.csv"),
  columns: ColumnsConfig.prefault({}),
  // What each text in the label column means, in [0, 1]; null takes the numbers in the column themselves.
  labels: z.record(z.string(), fraction).refine(
    (labels) => Object.keys(labels).length > 0,
    "expected at least one label",
  )
    .nullable().default(null),
  // The attributes whose groups are compared; "extract" reads the highest degree out of the résumé.
  groups: z.array(GroupConfig).min(1).default([{ name: "education", extract: "degree" }]),
  validation: z.number().gt(0).lt(1).default(0.15),
  test: z.number().gt(0).lt(1).default(0.2),
});

const TrainingConfig = z.strictObject({
  // pair: cosine × scale + bias against the label. contrastive: each job finds its résumé among the batch's.
  // cosent: the order of the labels. triplet: a job nearer to a matching than to a failing résumé.
  objective: z.enum(["pair", "contrastive", "cosent", "triplet"]).default("pair"),
  // Divides cosines in contrastive and cosent; 0.05 is sentence-transformers' scale of 20, BGE used 0.02.
  temperature: positive.default(0.05),
  // How much nearer the matching résumé must be, as a difference of cosines (triplet).
  margin: positive.default(0.3),
  // Failing résumés per job that contrastive training adds to those in the batch.
  hardNegatives: z.int().nonnegative().default(1),
  epochs: count.default(3),
  batchSize: count.default(16),
  // Batches whose gradients are averaged into one optimiser step.
  accumulation: count.default(1),
  learningRate: positive.default(5e-4),
  // Scale and bias of the pair objective are two numbers far from their optimum: they need larger steps.
  headLearningRate: positive.default(0.02),
  weightDecay: z.number().nonnegative().default(0.01),
  // The part of all steps over which the learning rate rises from 0.
  warmup: fraction.default(0.1),
  schedule: z.enum(["linear", "cosine", "constant"]).default("linear"),
  maxGradNorm: positive.default(1),
  // fp32 runs on every device and is exact to six digits. fp16 is faster and takes less memory on graphics cards:
  // products in half precision, parameters and sums in fp32, and the loss scaled so that small gradients survive.
  precision: z.enum(["fp32", "fp16"]).default("fp32"),
  // Computes the activations of each layer a second time instead of keeping them: a third more time, a fraction of the
  // memory. For models or batches that do not fit otherwise.
  gradientCheckpointing: z.boolean().default(false),
  // Computes the layers below the first adapted one once per text and keeps what they give (at most 2 GiB, or else not
  // at all): with lora.layers on the upper half of the encoder, steps and evaluations take half the time or less.
  cacheFrozenLayers: z.boolean().default(true),
  seed: z.int().nonnegative().default(42),
  // Optimiser steps between checkpoints, besides the one after every epoch.
  checkpointEvery: count.default(50),
  // What the best epoch is chosen by, on the validation split.
  select: z.enum(["rocAuc", "averagePrecision", "loss"]).default("rocAuc"),
  // Epochs without improvement after which training stops; null never stops early.
  patience: count.nullable().default(null),
});

const EvaluationConfig = z.strictObject({
  // Tokens per batch when embedding: bounds memory whatever the lengths.
  batchTokens: count.default(4096),
  // Groups smaller than this are flagged in every table: their rates are mostly noise.
  smallGroup: count.default(30),
  // Of the bootstrap intervals.
  confidence: z.number().gt(0).lt(1).default(0.95),
  resamples: count.default(2000),
});

const ConfigSchema = z.strictObject({
  // Names the folders of the run: models/lora_adapters/<name>, models/checkpoints/<name>, reports/metrics/<name>.
  name: z.string().regex(
    /^\w[\w.-]*$/,
    "expected letters, digits, dots, dashes or underscores, the first a letter, digit or underscore",
  ).default("run"),
  // The fastest device that computes a tiny training step as the CPU does; the CPU where there is no graphics card.
  device: z.enum(["auto", ...DEVICES]).default("auto"),
  model: ModelConfig.prefault({}),
  lora: LoraConfig.prefault({}),
  data: DataConfig.prefault({}),
  training: TrainingConfig.prefault({}),
  evaluation: EvaluationConfig.prefault({}),
});

/** A complete configuration: every key has its value. */
export type Config = z.output<typeof ConfigSchema>;

/** A configuration as a person writes it: every key may be left out. */
export type PartialConfig = z.input<typeof ConfigSchema>;

/**
 * Completes and checks a configuration.
 *
 * @param value Parsed JSON.
 * @param origin What error messages call it, usually the file's path.
 * @returns The configuration with every key.
 * @throws {InputError} Naming the first wrong key, what was expected and found, and for an unknown key the nearest one.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { parseConfig } from "./config.ts";
 *
 * assertEquals(parseConfig({ lora: { rank: 4 } }).lora.rank, 4);
 * assertThrows(() => parseConfig({ lora: { rnk: 4 } }), Error, 'unknown key "lora.rnk", did you mean "lora.rank"');
 * ```
 */
export function parseConfig(value: unknown, origin = "configuration"): Config {
  const result = ConfigSchema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  throw new InputError(`${origin}: ${describeIssue(result.error.issues[0]!, ConfigSchema)}`);
}

/**
 * Reads a configuration file and applies overrides.
 *
 * @param path A JSON file.
 * @param overrides Assignments such as `training.epochs=2`; the value is JSON, or else taken as text.
 * @returns The configuration with every key.
 * @throws {InputError} When the file is missing, is no JSON, or says something that is not understood.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadConfig } from "./config.ts";
 *
 * const preset = `${import.meta.dirname}/../configs/demo.json`;
 * const { name, training } = await loadConfig(preset, ["training.epochs=1", "name=quick"]);
 * assertEquals([name, training.epochs], ["quick", 1]);
 * ```
 */
export async function loadConfig(path: string, overrides: readonly string[] = []): Promise<Config> {
  let raw: string;
  try {
    raw = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw fileError(path, "cannot be read", error);
    throw new InputError(`${path}: no such configuration file; the presets are in configs/`);
  }
  let value: unknown;
  try {
    value = JSON.parse(raw);
  } catch (error) {
    throw new InputError(`${path}: expected JSON, ${(error as Error).message}`);
  }
  if (!isGroup(value)) return parseConfig(value, path);
  for (const override of overrides) applyOverride(value, override);
  return parseConfig(value, overrides.length > 0 ? `${path} with --set` : path);
}

/**
 * Applies one `a.b=value` to a parsed JSON object, in place.
 *
 * @param target The object, before it is checked.
 * @param assignment The key and its value, which is JSON, or else taken as text.
 * @throws {InputError} When there is no key, or a key on the way to it holds a value.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { applyOverride } from "./config.ts";
 *
 * const value = { training: { epochs: 3 } };
 * applyOverride(value, "training.epochs=1");
 * assertEquals(value, { training: { epochs: 1 } });
 * ```
 */
export function applyOverride(target: Record<string, unknown>, assignment: string): void {
  const at = assignment.indexOf("=");
  const keys = assignment.slice(0, Math.max(at, 0)).split(".");
  if (keys.includes("")) {
    throw new InputError(`--set ${assignment}: expected key=value, for example training.epochs=2`);
  }
  let object = target;
  for (const key of keys.slice(0, -1)) {
    const inner = (Object.hasOwn(object, key) ? object[key] : null) ?? {};
    if (!isGroup(inner)) throw new InputError(`--set ${assignment}: ${key} holds a value, expected a group of keys`);
    setOwn(object, key, inner);
    object = inner;
  }
  const raw = assignment.slice(at + 1);
  let value: unknown = raw;
  try {
    value = JSON.parse(raw);
  } catch {
    // Not JSON: text, as documented.
  }
  setOwn(object, keys.at(-1)!, value);
}

/** Whether a value has keys: an object, or an array, whose keys are its positions. */
function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Makes any key the object's own, `__proto__` as well, which an assignment would take for the prototype. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

type Issue = z.core.$ZodIssue;

/**
 * Says in one sentence what is wrong with a file that a person wrote, and for an unknown key the nearest one.
 *
 * @param issue What the schema found, with `reportInput`.
 * @param schema The schema.
 * @returns The key, what was expected and what was found.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { z } from "zod";
 * import { describeIssue } from "./config.ts";
 *
 * const schema = z.strictObject({ seeds: z.array(z.int()) });
 * const { error } = schema.safeParse({ seed: 1, seeds: [] }, { reportInput: true });
 * assertEquals(describeIssue(error!.issues[0]!, schema), 'unknown key "seed", did you mean "seeds"');
 * ```
 */
export function describeIssue(issue: Issue, schema: z.ZodType): string {
  const path = issue.path.map(String);
  const key = path.join(".") || "the configuration";
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys[0]!;
    const known = keysAt(path, schema);
    const near = known.length > 0 ? `, did you mean "${[...path, closestString(unknown, known)].join(".")}"` : "";
    return `unknown key "${[...path, unknown].join(".")}"${near}`;
  }
  const found = issue.input === undefined
    ? "nothing"
    : typeof issue.input === "number"
    ? String(issue.input)
    : JSON.stringify(issue.input);
  if (issue.code === "invalid_value" && typeof issue.input === "string") {
    const values = issue.values.map(String);
    return `${key}: expected one of ${values.join(", ")}, found ${found}, did you mean ${
      closestString(issue.input, values)
    }`;
  }
  const message = issue.message.replace(/^(Invalid input|Too small|Too big|Invalid option): /, "");
  return `${key}: ${message.replace(/, received .*$/, "")}, found ${found}`;
}

/** The keys that a schema knows below a path. */
function keysAt(path: readonly string[], root: unknown): string[] {
  let schema = unwrap(root);
  for (const key of path) {
    if (schema instanceof z.ZodObject) schema = unwrap(schema.shape[key]);
    else if (schema instanceof z.ZodRecord) schema = unwrap(schema.valueType);
    else schema = unwrap((schema as z.ZodArray).element);
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

function unwrap(schema: unknown): unknown {
  while (true) {
    if (schema instanceof z.ZodPrefault || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
      schema = schema.unwrap();
    } else if (schema instanceof z.ZodPipe) schema = schema.in;
    else return schema;
  }
}
