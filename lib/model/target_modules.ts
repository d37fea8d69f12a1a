/** Which linear layers an adapter sits on: the names and patterns of PEFT's `LoraConfig`. */
import { RE2JS } from "re2js";
import { InputError } from "../errors.ts";
import { LINEAR_MODULES } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import type { LoraModule } from "./lora.ts";
import type { AdapterConfig } from "./peft_config.ts";

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
    const layer = expression(`.*?\\.${pattern}\\.(\\d+)\\.`, "layers_pattern").matcher(name);
    if (layer.lookingAt()) return layersToTransform.includes(Number(layer.group(layer.groupCount())));
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
  const patterns = Object.keys({ ...config.rankPattern, ...config.alphaPattern }).length;
  if (patterns > MOST_PATTERNS) {
    throw new InputError(`rank_pattern and alpha_pattern: expected at most ${MOST_PATTERNS}, found ${patterns}`);
  }
  const { hiddenSize, intermediateSize } = bert;
  const modules: LoraModule[] = [];
  const started = performance.now();
  for (let layer = 0; layer < bert.numLayers; layer++) {
    if (performance.now() - started > LONGEST_MATCHING) {
      throw new InputError("target_modules, rank_pattern: the expressions take longer than 10 seconds to match");
    }
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
  // PEFT's short form, which it writes out when it saves an adapter.
  if (typeof names === "string" && names.toLowerCase() === "all-linear" && key === "target_modules") return true;
  if (typeof names === "string") return expression(names, key).matches(name);
  return names.some((suffix) => name === suffix || name.endsWith(`.${suffix}`));
}

/** PEFT's `get_pattern_key`: the first expression that matches the end of the name decides. */
function byPattern(name: string, patterns: Readonly<Record<string, number>>, key: string): number | undefined {
  const match = Object.keys(patterns).find((pattern) => expression(`(.*\\.)?(${pattern})`, key).matches(name));
  return match === undefined ? undefined : patterns[match];
}

/** Milliseconds. */
const LONGEST_MATCHING = 10_000;

/** More patterns than modules, or longer than their names, are no honest ones. */
const MOST_PATTERNS = 1000, LONGEST_PATTERN = 1000;

/**
 * A pattern that somebody else wrote, for RE2: its time grows with the length of the name only, where JavaScript's own
 * expressions may take years (`(.*)*x`).
 */
function expression(source: string, key: string): RE2JS {
  if (source.length > LONGEST_PATTERN) {
    throw new InputError(`${key}: expected an expression of at most ${LONGEST_PATTERN} characters`);
  }
  const known = compiled.get(source);
  if (known) return known;
  if (compiled.size > MOST_PATTERNS) compiled.clear();
  try {
    const made = RE2JS.compile(source);
    compiled.set(source, made);
    return made;
  } catch {
    const shown = JSON.stringify(source.length > 100 ? `${source.slice(0, 100)}…` : source);
    throw new InputError(
      `${key}: expected a regular expression without look-arounds and back-references (RE2's syntax), found ${shown}`,
    );
  }
}

const compiled = new Map<string, RE2JS>();
