/**
 * Adapters as PEFT keeps them: a folder with `adapter_config.json` and `adapter_model.safetensors`. A matrix A is `[r,
 * in]` and B `[out, r]`; the update of a layer's weight is scaling · B · A.
 */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { makeFolder, readJson, writeText } from "../files.ts";
import { LINEAR_MODULES } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import { type LoraModule, loraParameterNames } from "./lora.ts";
import peftSettings from "./peft_settings.json" with { type: "json" };
import { type FloatTensor, openSafetensors, readStored, type StoredTensor, writeSafetensors } from "./safetensors.ts";

const CONFIG = "adapter_config.json";
const WEIGHTS = "adapter_model.safetensors";

/** An adapter in memory. */
export interface Adapter {
  /** What it adapts and how. */
  readonly config: AdapterConfig;
  /** The layers it sits on. */
  readonly modules: readonly LoraModule[];
  /** Its numbers, by PEFT's names (`base_model.model.….lora_A.weight`). */
  readonly parameters: Record<string, { shape: number[]; data: Float32Array<ArrayBuffer> }>;
}

/**
 * Reads an adapter and checks that it fits a base model.
 * @throws {InputError} If a file is missing or malformed, a setting is not supported, or the adapter was made for
 * another model; the message names the file and the tensor.
 */
export async function readAdapter(dir: string, bert: BertConfig): Promise<Adapter> {
  const config = await readAdapterConfig(`${dir}/${CONFIG}`);
  const modules = within(`${dir}/${CONFIG}`, () => adapterModules(config, bert));
  const path = `${dir}/${WEIGHTS}`;
  const found = new Map<string, StoredTensor>();
  for (const tensor of (await openSafetensors(path)).tensors.values()) {
    // Adapters of models with a head (`BertForSequenceClassification` …) say `bert.` before the encoder's names.
    const name = tensor.name.replace(/^base_model\.model\.bert\./, "base_model.model.");
    // Embeddings come from the encoder's last layer, before the pooler.
    if (!name.startsWith("base_model.model.pooler.")) found.set(name, tensor);
  }
  const parameters: Adapter["parameters"] = {};
  for (const [name, shape] of modules.flatMap(parameterShapes)) {
    const tensor = found.get(name);
    if (tensor === undefined) {
      throw new InputError(
        `${path}: expected tensor "${name}", as ${CONFIG} and the base model demand; it is not there`,
      );
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new InputError(
        `${path}: tensor "${tensor.name}" has shape [${tensor.shape}], expected [${shape}]: ` +
          "the adapter was made for another base model",
      );
    }
    parameters[name] = { shape, data: await readStored(tensor) };
    found.delete(name);
  }
  for (const { name } of found.values()) {
    throw new InputError(
      `${path}: tensor "${name}" belongs to no adapted layer of the base model: ` +
        `the adapter was made for another one, or ${CONFIG} was changed`,
    );
  }
  return { config, modules, parameters };
}

/**
 * Writes an adapter as PEFT does; `PeftModel.from_pretrained(model, dir)` loads it.
 * @throws {InputError} If the folder cannot be written.
 */
export async function writeAdapter(
  dir: string,
  config: AdapterConfig,
  parameters: Readonly<Record<string, FloatTensor>>,
): Promise<void> {
  await makeFolder(dir);
  await writeSafetensors(`${dir}/${WEIGHTS}`, parameters);
  await writeText(`${dir}/${CONFIG}`, formatAdapterConfig(config));
}

function parameterShapes(module: LoraModule): [string, number[]][] {
  const names = loraParameterNames(module.name);
  const shapes: [string, number[]][] = [
    [names.a, [module.rank, module.inFeatures]],
    [names.b, [module.outFeatures, module.rank]],
  ];
  if (module.dora) shapes.push([names.magnitude, [module.outFeatures]]);
  return shapes;
}

/** Puts the file's name before the message of an InputError. */
function within<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${path}, ${error.message}`) : error;
  }
}

/** What an adapter adapts and how, after PEFT's `LoraConfig`. */
export interface AdapterConfig {
  /** The model it was trained on: a hub name, a folder, or null if unknown. */
  readonly baseModel: string | null;
  /** The revision of that model, or null. */
  readonly revision: string | null;
  /** The rank of the update. */
  readonly r: number;
  /** The update is scaled by α/r, or α/√r with `useRslora`. */
  readonly alpha: number;
  /** Probability of dropping an input of the adapter branch in training. */
  readonly dropout: number;
  /** Names a module must equal or end with, or one regular expression that must match the whole name. */
  readonly targetModules: readonly string[] | string;
  /** Of the modules above, those to leave out, in the same two forms; null for none. */
  readonly excludeModules: readonly string[] | string | null;
  /** The layers to adapt; null for all. */
  readonly layersToTransform: readonly number[] | null;
  /** What the list of layers is called in module names (`layer`); null for any. */
  readonly layersPattern: readonly string[] | null;
  /** Ranks that differ from `r`, by a regular expression for the end of a module's name. */
  readonly rankPattern: Readonly<Record<string, number>>;
  /** The same for `alpha`. */
  readonly alphaPattern: Readonly<Record<string, number>>;
  /** Rank-stabilised scaling (Kalajdzievski 2023). */
  readonly useRslora: boolean;
  /** Weight decomposition (Liu et al. 2024). */
  readonly useDora: boolean;
  /** PEFT's name of the task; null in adapters that were made without one. */
  readonly taskType: string | null;
}

const AUTO_MAPPING = { base_model_class: "BertModel", parent_library: "transformers.models.bert.modeling_bert" };

/**
 * `unused`: the settings of PEFT 0.21.0 that we neither use nor change, with the values it writes for them. `harmless`:
 * those that change nothing about an adapter that has been trained, whatever their value.
 */
const UNUSED = peftSettings.unused, HARMLESS = new Set(peftSettings.harmless);

const rank = z.int("expected a whole number").positive("expected a positive number");
const names = z.union([z.array(z.string()), z.string()]);
const optional = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? null);
const listed = <T extends z.ZodType>(schema: T) => z.union([z.array(schema), schema.transform((value) => [value])]);

const settings = z.looseObject({
  peft_type: z.literal("LORA", "expected LORA, the only method supported"),
  task_type: optional(z.string()),
  base_model_name_or_path: optional(z.string()),
  revision: optional(z.string()),
  r: rank.default(8),
  lora_alpha: z.number().default(8),
  lora_dropout: z.number().min(0).max(1).default(0),
  target_modules: names,
  exclude_modules: optional(names),
  layers_to_transform: optional(listed(z.int().nonnegative())),
  layers_pattern: optional(listed(z.string())),
  rank_pattern: optional(z.record(z.string(), rank)),
  alpha_pattern: optional(z.record(z.string(), z.number())),
  use_rslora: optional(z.boolean()),
  use_dora: optional(z.boolean()),
  bias: z.literal("none", "expected none: trained biases are not supported").default("none"),
  // The other ways to begin (pissa, olora, corda, loftq …) change the frozen weights too.
  init_lora_weights: z.union(
    [z.boolean(), z.enum(["gaussian", "eva", "orthogonal"])],
    "expected true, false, gaussian, eva or orthogonal",
  ).default(true),
});

/** An `adapter_config.json`. A missing key takes PEFT's default: files of older versions lack the newer ones. */
export const AdapterConfigFile = settings.transform((file, context): AdapterConfig => {
  const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  for (const [key, value] of Object.entries(file)) {
    if (key in settings.shape || HARMLESS.has(key)) continue;
    const off = value === null || value === false || (typeof value === "object" && Object.keys(value!).length === 0);
    if (!off) refuse(key, "this setting is not supported");
  }
  if (typeof file.target_modules === "string" && file.layers_to_transform !== null) {
    refuse("layers_to_transform", "expected null, because target_modules is one expression");
  }
  return {
    baseModel: file.base_model_name_or_path,
    revision: file.revision,
    r: file.r,
    alpha: file.lora_alpha,
    dropout: file.lora_dropout,
    targetModules: file.target_modules,
    excludeModules: file.exclude_modules,
    layersToTransform: file.layers_to_transform,
    layersPattern: file.layers_pattern,
    rankPattern: file.rank_pattern ?? {},
    alphaPattern: file.alpha_pattern ?? {},
    useRslora: file.use_rslora ?? false,
    useDora: file.use_dora ?? false,
    taskType: file.task_type,
  };
});

/**
 * Reads an adapter's `adapter_config.json`.
 * @throws {InputError} If the file cannot be read, or it asks for anything but LoRA on linear layers (another method,
 * trained biases or extra modules, a start that changes the base model, a setting we do not know).
 */
export function readAdapterConfig(path: string): Promise<AdapterConfig> {
  return readJson(path, AdapterConfigFile);
}

/** An adapter's settings as PEFT 0.21.0 writes them: every key it knows, sorted. */
export function formatAdapterConfig(config: AdapterConfig): string {
  const file: Record<string, unknown> = {
    ...UNUSED,
    // Without a task PEFT looks the model's class up here.
    auto_mapping: config.taskType === null ? AUTO_MAPPING : null,
    alpha_pattern: config.alphaPattern,
    base_model_name_or_path: config.baseModel,
    exclude_modules: config.excludeModules,
    layers_pattern: config.layersPattern,
    layers_to_transform: config.layersToTransform,
    lora_alpha: config.alpha,
    lora_dropout: config.dropout,
    r: config.r,
    rank_pattern: config.rankPattern,
    revision: config.revision,
    target_modules: config.targetModules,
    task_type: config.taskType,
    use_dora: config.useDora,
    use_rslora: config.useRslora,
  };
  return JSON.stringify(Object.fromEntries(Object.entries(file).sort(([a], [b]) => a < b ? -1 : 1)), null, 2);
}

/**
 * Whether PEFT puts an adapter on a module: `check_target_module_exists` of its `tuners_utils.py` (version 0.21). Names
 * match by suffix at a dot, so `output.dense` also adapts `attention.output.dense`.
 * @throws {InputError} If an expression cannot be read.
 */
export function matchesTarget(name: string, config: AdapterConfig): boolean {
  const { targetModules, excludeModules, layersToTransform, layersPattern } = config;
  if (excludeModules !== null && named(name, excludeModules, "exclude_modules")) return false;
  if (!named(name, targetModules, "target_modules")) return false;
  // As in PEFT, the layers are not asked for when a module is given by its full name or by an expression.
  if (typeof targetModules === "string" || targetModules.includes(name)) return true;
  if (layersToTransform === null || layersToTransform.length === 0) return true;
  for (const pattern of layersPattern?.length ? layersPattern : ["[^.]*"]) {
    const layer = expression(`^.*?\\.${pattern}\\.(\\d+)\\.`, "layers_pattern").exec(name);
    if (layer) return layersToTransform.includes(Number(layer.at(-1)));
  }
  return false;
}

/**
 * The linear layers of an encoder that an adapter sits on, with the rank and scaling of each.
 * @throws {InputError} If no layer matches, a layer to transform does not exist, or an expression cannot be read.
 */
export function adapterModules(config: AdapterConfig, bert: BertConfig): LoraModule[] {
  const missing = config.layersToTransform?.find((layer) => layer >= bert.numLayers);
  if (missing !== undefined) {
    throw new InputError(
      `layers_to_transform: expected layers 0 to ${bert.numLayers - 1} of the base model, found ${missing}`,
    );
  }
  const { hiddenSize, intermediateSize } = bert;
  const modules: LoraModule[] = [];
  for (let layer = 0; layer < bert.numLayers; layer++) {
    for (const module of LINEAR_MODULES) {
      const name = `encoder.layer.${layer}.${module}`;
      if (!matchesTarget(name, config)) continue;
      const rank = byPattern(name, config.rankPattern, "rank_pattern") ?? config.r;
      const alpha = byPattern(name, config.alphaPattern, "alpha_pattern") ?? config.alpha;
      modules.push({
        name,
        inFeatures: module === "output.dense" ? intermediateSize : hiddenSize,
        outFeatures: module === "intermediate.dense" ? intermediateSize : hiddenSize,
        rank,
        scaling: alpha / (config.useRslora ? Math.sqrt(rank) : rank),
        dora: config.useDora,
      });
    }
  }
  if (modules.length === 0) {
    throw new InputError(
      `target_modules: expected names such as query, key, value, attention.output.dense, intermediate.dense or ` +
        `output.dense, found ${JSON.stringify(config.targetModules)}, which no layer of the base model matches`,
    );
  }
  return modules;
}

function named(name: string, names: readonly string[] | string, key: string): boolean {
  if (typeof names === "string") return expression(`^(?:${names})$`, key).test(name);
  return names.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}

/** PEFT's `get_pattern_key`: the first expression that matches the end of the name decides. */
function byPattern(name: string, patterns: Readonly<Record<string, number>>, key: string): number | undefined {
  const match = Object.keys(patterns).find((pattern) => expression(`^(.*\\.)?(${pattern})$`, key).test(name));
  return match === undefined ? undefined : patterns[match];
}

function expression(source: string, key: string): RegExp {
  try {
    return new RegExp(source);
  } catch {
    throw new InputError(`${key}: expected a regular expression that JavaScript can read, found ${source}`);
  }
}
