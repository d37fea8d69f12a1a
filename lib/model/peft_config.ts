/** An adapter's `adapter_config.json`, as PEFT reads and writes it. */
import { z } from "zod";
import { readJson } from "../files.ts";
import peftSettings from "./peft_settings.json" with { type: "json" };

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
  modules_to_save: optional(z.array(z.string())),
  bias: z.literal("none", "expected none: trained biases are not supported").default("none"),
  // The other ways to begin (pissa, olora, corda, loftq …) change the frozen weights too.
  init_lora_weights: z.union(
    [z.boolean(), z.enum(["gaussian", "eva", "orthogonal"])],
    "expected true, false, gaussian, eva or orthogonal",
  ).default(true),
});

/** Parts of a model behind the encoder's last layer. Embeddings come from that layer: these are not used. */
const UNUSED_PARTS = ["pooler", "classifier", "score", "qa_outputs", "cls"];

/** Whether a module, by its name in the model, is or lies in a part that embeddings do not use. */
export function isUnusedPart(name: string): boolean {
  return UNUSED_PARTS.includes(name.replace(/^bert\./, "").split(".")[0]!);
}

/** An `adapter_config.json`. A missing key takes PEFT's default: files of older versions lack the newer ones. */
export const AdapterConfigFile = settings.transform((file, context): AdapterConfig => {
  const refuse = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
  const trained = file.modules_to_save?.find((module) => !isUnusedPart(module));
  if (trained !== undefined) refuse("modules_to_save", `"${trained}" was trained whole, which is not supported`);
  for (const [key, value] of Object.entries(file)) {
    if (Object.hasOwn(settings.shape, key) || HARMLESS.has(key)) continue;
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
