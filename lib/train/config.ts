/**
 * The configuration of a run: one schema, whose defaults carry their reason. Presets are the JSON files in `configs/`;
 * any key can be overridden on the command line with `--set a.b=value`.
 */
import { closestString } from "@std/text/closest-string";
import { z } from "zod";
import { BalanceSettings, DataSettings } from "../data/mod.ts";
import { DEVICES } from "../graph/mod.ts";
import { InputError } from "../errors.ts";
import { fileError } from "../files.ts";

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
});

const weight = z.number().nonnegative().default(0);
const decay = z.number().min(0).lt(1).default(0.9);
const spread = z.enum(["variance", "maxGap", "toOverall"]).default("variance");
// Of a rate's estimate, `decay` is kept from batch to batch: a batch of 16 knows little of the rates of five groups.
const ParityConfig = z.strictObject({ weight, spread, decay });
const head = {
  // Width of the head's hidden layer; 0 reads the group off the embedding linearly.
  hidden: z.int().nonnegative().default(64),
  // A head starts from nothing and must keep up with the encoder.
  learningRate: positive.default(5e-3),
};

// Every weight is 0, which leaves the objective out, unless a configuration asks for it.
const FairnessConfig = z.strictObject({
  // The attributes that every objective treats, each on its own; null takes all of data.groups.
  attributes: z.array(text).min(1).nullable().default(null),
  // The part of all steps over which the weights rise from 0: a model that knows nothing yet has no bias to unlearn.
  warmup: fraction.default(0.1),
  // Embeddings from which a head cannot tell the group (gradient reversal).
  adversary: z.strictObject({
    weight,
    ...head,
    // Without decay a head reads the faintest trace, is never wrong, and passes no gradient on.
    weightDecay: z.number().nonnegative().default(1),
    // Steps of the head per step of the encoder.
    steps: count.default(1),
    // Shown the label as well, the head lets pass what follows from it: equalized odds instead of demographic parity.
    seesLabel: z.boolean().default(false),
  }).prefault({}),
  // Multi-task learning: the encoder learns the group along. It makes groups easier to tell; for comparison.
  attributeHead: z.strictObject({ weight, ...head, weightDecay: z.number().nonnegative().default(0.01) }).prefault({}),
  // Equal rates of acceptance, of acceptance among matches, and of acceptance among matches and failures each.
  demographicParity: ParityConfig.prefault({}),
  equalOpportunity: ParityConfig.prefault({}),
  equalizedOdds: ParityConfig.prefault({}),
  // Equal distributions of scores or embeddings.
  distribution: z.strictObject({
    weight,
    distance: z.enum([
      "scoreWasserstein",
      "scoreMmd",
      "scoreCorrelation",
      "embeddingMmd",
      "embeddingHsic",
      "embeddingCoral",
    ]).default("scoreWasserstein"),
  }).prefault({}),
  // Group DRO: the group with the largest loss counts most.
  worstGroup: z.strictObject({ weight, eta: positive.default(0.01) }).prefault({}),
  // The same résumé with another education gets the same score, or the same embedding.
  counterfactual: z.strictObject({
    weight,
    compare: z.enum(["scores", "embeddings"]).default("scores"),
    // Twins of each résumé, drawn from those that can be written; they take turns from step to step.
    perResume: count.default(2),
  }).prefault({}),
  // Embeddings stay near the base model's.
  distillation: z.strictObject({ weight, distance: z.enum(["cosine", "mse"]).default("cosine") }).prefault({}),
});

const SelectionConfig = z.strictObject({
  // What makes an epoch useful, on the validation split.
  by: z.enum(["rocAuc", "averagePrecision", "loss"]).default("rocAuc"),
  // What makes it fair: this gap, of the attribute where it is largest, at the threshold with the highest F1.
  gap: z.enum(["demographicParityDifference", "equalizedOddsDifference"]).default("demographicParityDifference"),
  // The most useful epoch whose gap is at most this is kept; null keeps the most useful one, whatever its gap.
  maxGap: fraction.nullable().default(null),
  // [first, last] epoch that may be kept, counted from 1: early ones are fair because they know nothing.
  window: z.tuple([count, count]).nullable().default(null),
  // Epochs without improvement after which training stops; null never stops early.
  patience: count.nullable().default(null),
  // What counts as an improvement: the utility, or the mean of utility and fairness, each scaled to the range it has
  // had so far.
  improvement: z.enum(["utility", "mix"]).default("utility"),
  // Every label × group counts the same in the utility, so that no large group outvotes the others.
  balanced: z.boolean().default(false),
});

const EvaluationConfig = z.strictObject({
  // Tokens per batch when embedding: bounds memory whatever the lengths.
  batchTokens: count.default(4096),
  // Groups smaller than this are flagged in every table: their rates are mostly noise.
  smallGroup: count.default(30),
  // Of the bootstrap intervals.
  confidence: z.number().gt(0).lt(1).default(0.95),
  resamples: count.default(2000),
  // Scores every test résumé again with another education, where one can be written.
  counterfactuals: z.boolean().default(true),
  // Lets a fresh classifier guess the group from the embeddings of people who were not trained on.
  leakage: z.boolean().default(true),
  // Divides the logits of the pair objective by one number fitted on the validation split: probabilities that hold.
  temperatureScaling: z.boolean().default(true),
  // Thresholds per group of the first attribute that equalise a rate on the validation split, for the tuned model. They
  // need everybody's group, and treat people of equal score differently: read what lib/metrics says about them.
  groupThresholds: z.enum(["none", "demographicParity", "equalOpportunity", "equalizedOdds"]).default("none"),
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
  data: DataSettings.prefault({}),
  balance: BalanceSettings.prefault({}),
  training: TrainingConfig.prefault({}),
  fairness: FairnessConfig.prefault({}),
  selection: SelectionConfig.prefault({}),
  evaluation: EvaluationConfig.prefault({}),
});

/** A complete configuration: every key has its value. */
export type Config = z.output<typeof ConfigSchema>;

/**
 * What no single key can say.
 *
 * @returns The key and what is wrong with it, or null.
 */
function contradiction({ data, balance, training, fairness, selection }: Config): string | null {
  const known = data.groups.map(({ name }) => name);
  for (const [section, attributes] of [["balance", balance.attributes], ["fairness", fairness.attributes]] as const) {
    const unknown = attributes?.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      const near = closestString(unknown, known);
      return `${section}.attributes: expected names from data.groups, found "${unknown}", did you mean "${near}"`;
    }
  }
  const { objective } = training;
  const needsPair = [
    ["balance.weights", balance.weights !== "none"],
    ["fairness.demographicParity", fairness.demographicParity.weight > 0],
    ["fairness.equalOpportunity", fairness.equalOpportunity.weight > 0],
    ["fairness.equalizedOdds", fairness.equalizedOdds.weight > 0],
    ["fairness.worstGroup", fairness.worstGroup.weight > 0],
  ] as const;
  const refused = needsPair.find(([, used]) => used);
  if (refused && objective !== "pair") {
    return `${refused[0]}: expected training.objective "pair", whose pairs have a probability, found "${objective}"`;
  }
  if (fairness.distribution.weight > 0 && (objective === "contrastive" || objective === "triplet")) {
    const { distance } = fairness.distribution;
    if (distance.startsWith("score")) {
      return `fairness.distribution.distance: expected a distance of embeddings with training.objective "${objective}", ` +
        `which sees scores of matches alone, found "${distance}"`;
    }
  }
  if (
    balance.batches !== "shuffled" && (objective === "contrastive" || objective === "triplet") && balance.by !== "group"
  ) {
    return `balance.by: expected "group" with training.objective "${objective}", which trains on matches alone, ` +
      `found "${balance.by}"`;
  }
  const { window } = selection;
  if (window !== null && (window[0] > window[1] || window[1] > training.epochs)) {
    return `selection.window: expected a first and a last of the ${training.epochs} epochs, found [${
      window.join(", ")
    }]`;
  }
  return null;
}

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
  if (result.success) {
    const wrong = contradiction(result.data);
    if (wrong !== null) throw new InputError(`${origin}: ${wrong}`);
    return result.data;
  }
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
 * const preset = `${import.meta.dirname}/../../configs/demo.json`;
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
