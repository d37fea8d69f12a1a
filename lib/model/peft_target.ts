import { InputError } from "../errors.ts";
import { LINEAR_MODULES } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import type { LoraModule } from "./lora.ts";
import type { AdapterConfig } from "./peft_config.ts";

type Selection = Pick<AdapterConfig, "targetModules" | "excludeModules" | "layersToTransform" | "layersPattern">;

/**
 * Whether PEFT puts an adapter on a module: `check_target_module_exists` of its `tuners_utils.py` (version 0.21).
 * Names match by suffix at a dot, so `output.dense` also adapts `attention.output.dense`.
 *
 * @param name The module's full name, for example `encoder.layer.0.attention.self.query`.
 * @param config Which modules to adapt.
 * @returns Whether it is adapted.
 * @throws {InputError} If an expression cannot be read.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { matchesTarget } from "./peft_target.ts";
 *
 * const config = { targetModules: ["query"], excludeModules: null, layersToTransform: [1], layersPattern: null };
 * assert(matchesTarget("encoder.layer.1.attention.self.query", config));
 * assert(!matchesTarget("encoder.layer.0.attention.self.query", config));
 * ```
 */
export function matchesTarget(name: string, config: Selection): boolean {
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
 *
 * @param config The adapter's settings.
 * @param bert The encoder's shape.
 * @returns One module per adapted layer, in the order of the forward pass.
 * @throws {InputError} If no layer matches, a layer to transform does not exist, or an expression cannot be read.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readBertConfig } from "./config.ts";
 * import { readAdapterConfig } from "./peft_config.ts";
 * import { adapterModules } from "./peft_target.ts";
 *
 * const tiny = `${import.meta.dirname}/../testdata/bert_lora_tiny`;
 * const config = await readAdapterConfig(`${tiny}/adapters/rslora/adapter_config.json`);
 * const modules = adapterModules(config, await readBertConfig(`${tiny}/base/config.json`));
 * assertEquals(modules.length, 6);
 * assertEquals(modules[0]!.scaling, 8 / Math.sqrt(4));
 * ```
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
