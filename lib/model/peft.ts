/**
 * Adapters as PEFT keeps them: a folder with `adapter_config.json` and `adapter_model.safetensors`. A matrix A is `[r,
 * in]` and B `[out, r]`; the update of a layer's weight is scaling · B · A.
 */
import { InputError } from "../errors.ts";
import { exists, makeFolder, writeText } from "../files.ts";
import type { BertConfig } from "./config.ts";
import { type LoraModule, loraParameterNames } from "./lora.ts";
import { type AdapterConfig, formatAdapterConfig, isUnusedPart, readAdapterConfig } from "./peft_config.ts";
import { type FloatTensor, openSafetensors, readStored, type StoredTensor, writeSafetensors } from "./safetensors.ts";
import { adapterModules } from "./target_modules.ts";
import { shellQuoted } from "../printable.ts";

const CONFIG = "adapter_config.json";
const WEIGHTS = "adapter_model.safetensors";
const PICKLE = "adapter_model.bin";

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
 * @throws {InputError} If a file is missing or malformed, a setting is not supported, the adapter was made for another
 * model, or its numbers cannot be used; the message names the file and the tensor.
 */
export async function readAdapter(dir: string, bert: BertConfig): Promise<Adapter> {
  const config = await readAdapterConfig(`${dir}/${CONFIG}`);
  const modules = within(`${dir}/${CONFIG}`, () => adapterModules(config, bert));
  const path = `${dir}/${WEIGHTS}`;
  const found = await openTensors(dir);
  const parameters: Adapter["parameters"] = {};
  for (const module of modules) {
    for (const [name, shape] of parameterShapes(module)) {
      const tensor = found.get(name);
      if (tensor === undefined) {
        throw new InputError(
          `${path}: expected tensor "${name}", as ${CONFIG} and the base model demand; it is not there`,
        );
      }
      checkShape(tensor, shape);
      const data = await readStored(tensor);
      checkFinite(tensor, data);
      parameters[name] = { shape, data };
      found.delete(name);
    }
    checkUpdate(path, module, parameters);
  }
  for (const [canonical, { name }] of found) {
    const [, other] = /^base_model\.model\.(.+)\.lora_embedding_[AB]$/.exec(canonical) ?? [];
    throw new InputError(
      other !== undefined
        ? `${path}: tensor "${name}" adapts ${other}: only linear layers of the encoder are supported`
        : `${path}: tensor "${name}" belongs to no adapted layer of the base model: ` +
          `the adapter was made for another one, or ${CONFIG} was changed`,
    );
  }
  return { config, modules, parameters };
}

/** The tensors of an adapter's file by their names in the encoder, without those that embeddings do not use. */
async function openTensors(dir: string): Promise<Map<string, StoredTensor>> {
  const path = `${dir}/${WEIGHTS}`;
  if (!await exists(path) && await exists(`${dir}/${PICKLE}`)) {
    const quoted = (name: string) => shellQuoted(`${dir}/${name}`);
    throw new InputError(
      `${dir}: expected ${WEIGHTS}, found ${PICKLE}, which only Python reads; convert it with python -c "import sys, ` +
        `torch; from safetensors.torch import save_file; save_file({k: v.contiguous() for k, v in ` +
        `torch.load(sys.argv[1], weights_only=True).items()}, sys.argv[2])" ${quoted(PICKLE)} ${quoted(WEIGHTS)}`,
    );
  }
  const found = new Map<string, StoredTensor>();
  for (const tensor of (await openSafetensors(path)).tensors.values()) {
    // Adapters of models with a head (`BertForSequenceClassification` …) say `bert.` before the encoder's names.
    const name = tensor.name.replace(/^base_model\.model\.bert\./, "base_model.model.")
      .replace(/(\.lora_magnitude_vector)\.weight$/, "$1"); // as early versions wrote it
    if (!isUnusedPart(name.replace(/^base_model\.model\./, ""))) found.set(name, tensor);
  }
  return found;
}

function checkShape({ path, name, shape }: StoredTensor, expected: readonly number[]): void {
  if (shape.join() === expected.join()) return;
  if (shape.includes(0)) {
    throw new InputError(
      `${path}: tensor "${name}" is empty (shape [${shape}], expected [${expected}]), as DeepSpeed's ZeRO-3 ` +
        "leaves it where weights were not gathered before saving: save the adapter again, with " +
        "stage3_gather_16bit_weights_on_model_save",
    );
  }
  const rank = name.endsWith("lora_A.weight") ? 0 : 1;
  const isRank = shape.length === 2 && shape[1 - rank] === expected[1 - rank];
  throw new InputError(
    `${path}: tensor "${name}" has shape [${shape}], expected [${expected}]: ` +
      (isRank
        ? `it has rank ${shape[rank]}, ${CONFIG} says ${expected[rank]} (r, rank_pattern)`
        : "the adapter was made for another base model"),
  );
}

function checkFinite({ path, name }: StoredTensor, data: Float32Array): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  const count = data.reduce((count, value) => count + (Number.isFinite(value) ? 0 : 1), 0);
  throw new InputError(
    `${path}: tensor "${name}" holds ${count} of ${data.length} numbers that are not finite, the first is ${
      data[at]
    }: ` +
      "the training that made it diverged; train it again with a lower learning rate",
  );
}

/** Trained updates stay below 10; squares of numbers beyond this bound overflow in the layers behind. */
const LARGEST = 1e12;

/** Refuses numbers that are finite and overflow when they are multiplied. */
function checkUpdate(path: string, module: LoraModule, parameters: Adapter["parameters"]): void {
  const names = Object.values(loraParameterNames(module.name)).filter((name) => name in parameters);
  const largest = names.map((name) => parameters[name]!.data.reduce((most, x) => Math.max(most, Math.abs(x)), 0));
  const update = Math.abs(module.scaling) * module.rank * largest[0]! * largest[1]!;
  const worst = largest.indexOf(Math.max(...largest));
  if (Math.max(largest[worst]!, update) <= LARGEST) return;
  throw new InputError(
    `${path}: tensor "${names[worst]}" holds numbers up to ${largest[worst]!.toPrecision(2)}, with which the update ` +
      `of "${module.name}" overflows (its alpha and rank scale it by ${module.scaling}): the file is damaged, or the ` +
      "training that made it diverged",
  );
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
