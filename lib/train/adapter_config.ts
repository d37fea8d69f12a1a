import type { Config } from "./config.ts";
import { InputError } from "../errors.ts";
import type { AdapterConfig } from "../model/mod.ts";

/**
 * The adapter that a configuration asks for, in PEFT's terms.
 *
 * @param lora The configuration's part on LoRA.
 * @param base The model it is trained on, as Python would name it, and its number of layers.
 * @returns The adapter's configuration, as `adapter_config.json` says it.
 * @throws {InputError} When the layer range does not lie within the model.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "./config.ts";
 * import { adapterConfig } from "./adapter_config.ts";
 *
 * const { lora } = parseConfig({ lora: { rank: 4, layers: [4, 5] } });
 * const config = adapterConfig(lora, { name: "BAAI/bge-small-en-v1.5", revision: null, numLayers: 12 });
 * assertEquals([config.r, config.layersToTransform], [4, [4, 5]]);
 * ```
 */
export function adapterConfig(
  lora: Config["lora"],
  base: { name: string; revision: string | null; numLayers: number },
): AdapterConfig {
  const { layers } = lora;
  if (layers && (layers[0] > layers[1] || layers[1] >= base.numLayers)) {
    throw new InputError(
      `lora.layers: expected first and last layer within 0 to ${base.numLayers - 1}, found [${layers.join(", ")}]`,
    );
  }
  return {
    baseModel: base.name,
    revision: base.revision,
    r: lora.rank,
    alpha: lora.alpha,
    dropout: lora.dropout,
    targetModules: lora.targetModules,
    excludeModules: null,
    layersToTransform: layers && Array.from({ length: layers[1] - layers[0] + 1 }, (_, i) => layers[0] + i),
    layersPattern: null,
    rankPattern: {},
    alphaPattern: {},
    useRslora: lora.rslora,
    useDora: lora.dora,
    taskType: "FEATURE_EXTRACTION",
  };
}
