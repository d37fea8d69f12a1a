/**
 * Adapters as PEFT keeps them: a folder with `adapter_config.json` and `adapter_model.safetensors`. A matrix A is
 * `[r, in]` and B `[out, r]`; the update of a layer's weight is scaling · B · A.
 */

import { InputError } from "../errors.ts";
import type { BertConfig } from "./config.ts";
import { fileError, writeText } from "../files.ts";
import { type LoraModule, loraParameterNames } from "./lora.ts";
import { type AdapterConfig, formatAdapterConfig, readAdapterConfig } from "./peft_config.ts";
import { adapterModules } from "./peft_target.ts";
import { openSafetensors, readStored, type StoredTensor } from "./safetensors.ts";
import { type TensorData, writeSafetensors } from "./safetensors_write.ts";

const CONFIG = "adapter_config.json";
const WEIGHTS = "adapter_model.safetensors";

/** An adapter in memory. */
export interface Adapter {
  readonly config: AdapterConfig;
  /** The layers it sits on. */
  readonly modules: readonly LoraModule[];
  /** Its numbers, by PEFT's names (`base_model.model.….lora_A.weight`). */
  readonly parameters: Record<string, { shape: number[]; data: Float32Array<ArrayBuffer> }>;
}

/**
 * Reads an adapter and checks that it fits a base model.
 *
 * @param dir The adapter's folder.
 * @param bert The shape of the base model.
 * @returns The adapter.
 * @throws {InputError} If a file is missing or malformed, a setting is not supported, or the adapter was made for
 * another model; the message names the file and the tensor.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readBertConfig } from "./config.ts";
 * import { readAdapter } from "./peft.ts";
 *
 * const tiny = `${import.meta.dirname}/../testdata/bert_lora_tiny`;
 * const adapter = await readAdapter(`${tiny}/adapters/qkv`, await readBertConfig(`${tiny}/base/config.json`));
 * assertEquals(adapter.parameters["base_model.model.encoder.layer.0.attention.self.query.lora_A.weight"]!.shape, [4, 32]);
 * ```
 */
export async function readAdapter(dir: string, bert: BertConfig): Promise<Adapter> {
  const config = await readAdapterConfig(`${dir}/${CONFIG}`);
  const modules = within(`${dir}/${CONFIG}`, () => adapterModules(config, bert));
  const path = `${dir}/${WEIGHTS}`;
  const found = new Map<string, StoredTensor>();
  for (const tensor of (await openSafetensors(path)).tensors.values()) {
    const name = canonicalName(tensor.name);
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
 *
 * @param dir The folder; made if it is missing.
 * @param config The adapter's settings.
 * @param parameters Its numbers, by PEFT's names.
 * @throws {InputError} If the folder cannot be written.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readBertConfig } from "./config.ts";
 * import { readAdapter, writeAdapter } from "./peft.ts";
 *
 * const tiny = `${import.meta.dirname}/../testdata/bert_lora_tiny`;
 * const bert = await readBertConfig(`${tiny}/base/config.json`);
 * const adapter = await readAdapter(`${tiny}/adapters/dora`, bert);
 * const dir = await Deno.makeTempDir();
 * await writeAdapter(dir, adapter.config, adapter.parameters);
 * assertEquals(await readAdapter(dir, bert), adapter);
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export async function writeAdapter(
  dir: string,
  config: AdapterConfig,
  parameters: Readonly<Record<string, TensorData>>,
): Promise<void> {
  try {
    await Deno.mkdir(dir, { recursive: true });
  } catch (error) {
    throw fileError(dir, "cannot be made", error);
  }
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

/** Adapters of models with a head (`BertForSequenceClassification` …) say `bert.` before the encoder's names. */
function canonicalName(name: string): string {
  return name.replace(/^base_model\.model\.bert\./, "base_model.model.");
}

/** Puts the file's name before the message of an InputError. */
function within<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof InputError ? new InputError(`${path}, ${error.message}`) : error;
  }
}
