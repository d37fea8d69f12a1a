/**
 * The configuration of a run: one schema, whose defaults carry their reason in the folder that reads them. Presets are
 * the JSON files in `configs/`; any key can be overridden on the command line with `--set a.b=value`.
 */
import { dirname, isAbsolute, join, resolve } from "@std/path";
import { z } from "zod";
import { BalanceSettings, DataSettings } from "../data/mod.ts";
import { InputError, listed, nearName } from "../errors.ts";
import { EvaluationSettings } from "../evaluate/mod.ts";
import { exists, parseJson, readTextFile, sha256 } from "../files.ts";
import { DEVICES } from "../graph/mod.ts";
import { constraintName, FairnessSettings, LoraSettings, ModelSettings, SelectionSettings } from "./settings.ts";
import { TrainingSettings } from "./settings.ts";

/** A name that becomes that of a folder, on any system: Windows keeps `CON` and `nul.txt` for devices. */
export const FolderName = z.string().regex(
  /^\w[\w.-]*$/,
  "expected letters, digits, dots, dashes or underscores, the first a letter, digit or underscore",
).max(100, "expected at most 100 letters").refine(
  (name) => !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|\.$/i.test(name),
  "expected a name that any system takes for a folder: no CON, PRN, AUX, NUL, COM1 or LPT1, and no dot at the end",
);

const ConfigSchema = z.strictObject({
  // Names the folders of the run: models/lora_adapters/<name>, models/checkpoints/<name>, reports/metrics/<name>.
  name: FolderName.default("run"),
  // The fastest device that computes a tiny training step as the CPU does; the CPU where there is no graphics card.
  device: z.enum(["auto", ...DEVICES]).default("auto"),
  model: ModelSettings.prefault({}),
  lora: LoraSettings.prefault({}),
  data: DataSettings.prefault({}),
  balance: BalanceSettings.prefault({}),
  training: TrainingSettings.prefault({}),
  fairness: FairnessSettings.prefault({}),
  selection: SelectionSettings.prefault({}),
  evaluation: EvaluationSettings.prefault({}),
});

/** A complete configuration: every key has its value. */
export type Config = z.output<typeof ConfigSchema>;

/** What no single key can say: the key and what is wrong with it, or null. */
function contradiction({ data, balance, training, fairness, selection, evaluation }: Config): string | null {
  const known = data.groups.map(({ name }) => name);
  for (const [section, attributes] of [["balance", balance.attributes], ["fairness", fairness.attributes]] as const) {
    const unknown = attributes?.find((name) => !known.includes(name));
    if (unknown !== undefined) {
      return `${section}.attributes: expected names from data.groups, found "${unknown}"${meant(unknown, known)}`;
    }
  }
  const bound = constraintFault({ data, fairness, selection, evaluation });
  if (bound !== null) return bound;
  const { objective } = training;
  const needsPair = [
    ["fairness.constraints", fairness.constraints.length > 0],
    ["balance.weights", balance.weights !== "none"],
    ["fairness.demographicParity", fairness.demographicParity.weight > 0],
    ["fairness.equalOpportunity", fairness.equalOpportunity.weight > 0],
    ["fairness.equalizedOdds", fairness.equalizedOdds.weight > 0],
  ] as const;
  const refused = needsPair.find(([, used]) => used);
  if (refused && objective !== "pair") {
    return `${refused[0]}: expected training.objective "pair", whose pairs have a probability, found "${objective}"`;
  }
  const { teacher, hardNegatives, falseNegatives } = training;
  const contrastOnly = teacher.weight > 0 ? "teacher" : falseNegatives.by !== "none" ? "falseNegatives" : null;
  if (contrastOnly !== null && objective !== "contrastive") {
    return `training.${contrastOnly}: expected training.objective "contrastive", found "${objective}"`;
  }
  if (teacher.weight > 0 && hardNegatives === 0) {
    return "training.hardNegatives: expected at least 1 with training.teacher, whose scores are compared, found 0";
  }
  if (fairness.distribution.weight > 0 && (objective === "contrastive" || objective === "triplet")) {
    const { distance } = fairness.distribution;
    if (distance.startsWith("score")) {
      return "fairness.distribution.distance: expected a distance of embeddings with " +
        `training.objective "${objective}", which sees scores of matches alone, found "${distance}"`;
    }
  }
  if (
    balance.batches !== "shuffled" && (objective === "contrastive" || objective === "triplet") && balance.by !== "group"
  ) {
    return `balance.by: expected "group" with training.objective "${objective}", which trains on matches alone, ` +
      `found "${balance.by}"`;
  }
  if (balance.batches !== "shuffled" && training.batchTokens !== null) {
    return `training.batchTokens: expected null with balance.batches "${balance.batches}", whose batches are composed by ` +
      `label and group; training.miniBatchSize bounds their memory, found ${training.batchTokens}`;
  }
  const { window } = selection;
  if (window !== null && (window[0] > window[1] || window[1] > training.epochs)) {
    return `selection.window: expected a first and a last of the ${training.epochs} epochs, found [${
      window.join(", ")
    }]`;
  }
  return null;
}

/** What somebody may have meant, or what there is. */
function meant(found: string, known: readonly string[]): string {
  const near = nearName(found, known);
  return near === undefined ? `; there are ${listed(known)}` : `, did you mean "${near}"`;
}

/** What is wrong with the constraints beside the rest of the configuration, or null. */
function constraintFault(
  { data, fairness: { constraints }, selection, evaluation }: Pick<
    Config,
    "data" | "fairness" | "selection" | "evaluation"
  >,
): string | null {
  const known = data.groups.map(({ name }) => name);
  for (const [i, { metric, attribute, against }] of constraints.entries()) {
    const key = `fairness.constraints.${i}`;
    if (attribute !== null && !known.includes(attribute)) {
      return `${key}.attribute: expected a name from data.groups, found "${attribute}"${meant(attribute, known)}`;
    }
    if (against === "groundTruth" && data.columns.groundTruth === null) {
      return `${key}.against: expected data.columns.groundTruth with "groundTruth", found none`;
    }
    if (metric === "flipRate" && !evaluation.counterfactuals) {
      return `${key}.metric: expected evaluation.counterfactuals with flipRate, found false`;
    }
    const same = constraints.findIndex((other) => constraintName(other) === constraintName(constraints[i]!));
    if (same < i) return `${key}: expected one bound on ${constraintName(constraints[i]!)}, found two`;
  }
  if (constraints.length > 0 && selection.maxGap !== null) {
    return `selection.maxGap: expected null with fairness.constraints, which say what is fair enough, found ` +
      `${selection.maxGap}`;
  }
  return null;
}

/** A configuration as a person writes it: every key may be left out. */
export type PartialConfig = z.input<typeof ConfigSchema>;

/**
 * Completes and checks a configuration, parsed from JSON; error messages call it `origin`.
 * @throws {InputError} Naming the first wrong key, what was expected and found, and for an unknown key the nearest one.
 */
export function parseConfig(value: unknown, origin = "configuration"): Config {
  const result = ConfigSchema.safeParse(withNewNames(withoutSchema(value)), { reportInput: true });
  if (result.success) {
    const wrong = contradiction(result.data);
    if (wrong !== null) throw new InputError(`${origin}: ${wrong}`);
    return result.data;
  }
  throw new InputError(`${origin}: ${describeIssue(result.error.issues[0]!, ConfigSchema)}`);
}

/** `$schema` tells editors where the keys are explained, and us nothing. */
function withoutSchema(value: unknown): unknown {
  if (!isPlain(value)) return value;
  const { $schema: _, ...rest } = value;
  return rest;
}

/** `data.columns.merit` is `groundTruth` since 0.2: files and runs of before are still read. */
function withNewNames(value: unknown): unknown {
  const { data } = (value ?? {}) as { data?: { columns?: Record<string, unknown> } | null };
  const columns = data?.columns;
  if (!isGroup(columns) || !Object.hasOwn(columns, "merit") || Object.hasOwn(columns, "groundTruth")) return value;
  const { merit, ...rest } = columns;
  return { ...value as object, data: { ...data, columns: { ...rest, groundTruth: merit } } };
}

/** The JSON Schema of configuration files, with which editors complete and check them: `configs/schema.json`. */
export function configSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(ConfigSchema, { io: "input" });
  const { $schema, ...rest } = schema;
  const file = { type: "string", minLength: 1 };
  const properties = {
    $schema: { type: "string" },
    extends: { anyOf: [file, { type: "array", items: file, minItems: 1 }] },
    ...schema.properties,
  };
  return { $schema, title: "Configuration of a run", ...rest, properties };
}

/**
 * Reads a configuration file, in JSON, and applies overrides: `training.epochs=2`, whose value is JSON or text, or
 * objects such as `{ training: { epochs: 2 } }`, whose keys take the place of the file's, section by section.
 *
 * A run that is named as a preset but set differently gets a name of its own (`demo-3f9a1c`), so that it cannot take the
 * place of what the preset's run left behind: with an object only, for on the command line `--set` is seen beside the
 * name that it changes.
 *
 * @throws {InputError} When the file is missing, is no JSON, or says something that is not understood; or when another
 * model would get the layers that the file chose for its own.
 */
export async function loadConfig(path: string, overrides: readonly string[] | PartialConfig = []): Promise<Config> {
  const value = await readConfigFile(path);
  if (!isGroup(value)) return parseConfig(value, path);
  const chosen = chosenFor(value);
  if (Array.isArray(overrides)) {
    for (const override of overrides) applyOverride(value, override);
    checkModel(chosen, value, path);
    return parseConfig(value, overrides.length > 0 ? `${path} with --set` : path);
  }
  for (const [key, own] of Object.entries(overrides)) {
    const given = (value as Record<string, unknown>)[key];
    const section = isGroup(given) && isGroup(own) && !Array.isArray(own);
    setOwn(value, key, section ? { ...given, ...own } : own);
  }
  checkModel(chosen, value, path);
  const config = parseConfig(value, path);
  return { ...config, name: await freeName(config, path) };
}

/**
 * Reads a configuration file and those that it extends, `"extends": "base.json"` or a list of them, from its own folder:
 * later ones come before earlier ones, and the file before all, key by key; lists are taken whole. Checked later.
 * @throws {InputError} When a file is missing, is no JSON, extends itself, or changes the model that layers were chosen
 * for.
 */
export async function readConfigFile(path: string, within: readonly string[] = []): Promise<unknown> {
  const shown = [...within, path].join(" → ");
  if (within.some((other) => resolve(other) === resolve(path))) {
    throw new InputError(`${shown}: expected configurations that do not extend each other in a circle`);
  }
  if (!await exists(path)) {
    const named = within.length === 0
      ? "the presets are in configs/"
      : "extends names a file from the file's own folder";
    throw new InputError(`${shown}: no such configuration file; ${named}`);
  }
  const raw = await readTextFile(path);
  let value: unknown;
  try {
    value = parseJson(raw);
  } catch (error) {
    throw new InputError(`${path}: expected JSON, ${(error as Error).message}`);
  }
  if (!isGroup(value) || !Object.hasOwn(value, "extends")) return value;
  const { extends: given, ...own } = value;
  const names = [given].flat();
  if (names.length === 0 || !names.every((name) => typeof name === "string" && name !== "")) {
    throw new InputError(
      `${path}: extends: expected the name of a file or a list of them, found ${JSON.stringify(given)}`,
    );
  }
  let merged: Record<string, unknown> = {};
  for (const name of names as string[]) {
    const base = await readConfigFile(isAbsolute(name) ? name : join(dirname(path), name), [...within, path]);
    if (!isPlain(base)) throw new InputError(`${path}: extends: expected ${name} to hold an object`);
    merged = mergedGroups(merged, base);
  }
  const chosen = chosenFor(merged);
  merged = mergedGroups(merged, own);
  checkModel(chosen, merged, path);
  return merged;
}

function mergedGroups(base: Record<string, unknown>, own: Record<string, unknown>): Record<string, unknown> {
  const merged = { ...base };
  for (const [key, value] of Object.entries(own)) {
    const before = Object.hasOwn(merged, key) ? merged[key] : undefined;
    setOwn(merged, key, isPlain(before) && isPlain(value) ? mergedGroups(before, value) : value);
  }
  return merged;
}

/** What of a preset belongs together. */
function chosenFor(value: Record<string, unknown>): { readonly source: unknown; readonly layers: unknown } {
  const { model, lora } = value as { model?: { source?: unknown }; lora?: { layers?: unknown } };
  return { source: model?.source, layers: lora?.layers };
}

/** Layers are counted: those of a small model are the wrong ones of a large model, and nobody would see it. */
function checkModel(preset: ReturnType<typeof chosenFor>, value: Record<string, unknown>, path: string): void {
  const { source, layers } = chosenFor(value);
  if (source === preset.source || layers === undefined || layers === null || layers !== preset.layers) return;
  throw new InputError(
    `${path}: expected its model ${preset.source}, for which it chose lora.layers ${JSON.stringify(layers)} and its ` +
      `learning rate, found ${source}; take a preset of that model, such as configs/bge-large.json, or give lora.layers`,
  );
}

/** The name of a run, or one of its own where a preset beside the file has that name and says something else. */
async function freeName(config: Config, path: string): Promise<string> {
  const preset = path.replace(/[^/]*$/, `${config.name}.json`);
  const content = ({ device: _, name: _name, ...rest }: Config) => JSON.stringify(rest);
  if (!await exists(preset) || content(await loadConfig(preset)) === content(config)) return config.name;
  return `${config.name}-${(await sha256(content(config))).slice(0, 6)}`;
}

/**
 * Applies one `a.b=value` to a parsed JSON object, in place, before it is checked; the value is JSON, or else text.
 * @throws {InputError} When there is no key, or a key on the way to it holds a value.
 */
export function applyOverride(target: Record<string, unknown>, assignment: string): void {
  const at = assignment.indexOf("=");
  const keys = assignment.slice(0, Math.max(at, 0)).split(".");
  if (keys.length > 20) throw new InputError(`--set ${assignment}: expected at most 20 keys within each other`);
  if (keys.includes("")) throw new InputError(`--set ${assignment}: expected key=value, for example training.epochs=2`);
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
    value = parseJson(raw);
  } catch {
    // Not JSON: text, as documented.
  }
  setOwn(object, keys.at(-1)!, value);
}

/** Whether a value is an object with names for keys. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  return isGroup(value) && !Array.isArray(value);
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

/** Says in one sentence what the schema found wrong (with `reportInput`), and for an unknown key the nearest one. */
export function describeIssue(issue: Issue, schema: z.ZodType): string {
  const path = issue.path.map(String);
  const key = path.join(".") || "the configuration";
  if (issue.code === "unrecognized_keys") {
    const unknown = issue.keys[0]!;
    const known = keysAt(path, schema);
    const near = nearName(unknown, known);
    const said = near !== undefined
      ? `, did you mean "${[...path, near].join(".")}"`
      : known.length > 0
      ? `, expected one of ${known.join(", ")}`
      : "";
    return `unknown key "${[...path, unknown].join(".")}"${said}`;
  }
  const found = issue.input === undefined
    ? "nothing"
    : typeof issue.input === "number"
    ? String(issue.input)
    : JSON.stringify(issue.input);
  if (issue.code === "invalid_value" && typeof issue.input === "string") {
    const values = issue.values.map(String);
    const near = isGraphics(issue.input) && values.includes("auto") ? "auto" : nearName(issue.input, values);
    return `${key}: expected one of ${values.join(", ")}, found ${found}${
      near === undefined ? "" : `, did you mean ${near}`
    }`;
  }
  const message = issue.message.replace(/^(Invalid input|Too small|Too big|Invalid option): /, "");
  return `${key}: ${message.replace(/, received .*$/, "")}, found ${found}`;
}

/** Whether somebody means a graphics card, which `auto` finds whatever its kind. */
function isGraphics(text: string): boolean {
  return /^(gpu|metal|mps|rocm|vulkan|directml|nvidia|amd)\b/i.test(text);
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
