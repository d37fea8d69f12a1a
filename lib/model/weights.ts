/** A model's weights: in which file each lies, and whether they are those that its config.json asks for. */
import { z } from "zod";
import { InputError } from "../errors.ts";
import { shellQuoted } from "../printable.ts";
import { fileError, readJson } from "../files.ts";
import type { BertConfig } from "./config.ts";
import { openSafetensors, type StoredTensor } from "./safetensors.ts";

const WeightIndex = z.object({ weight_map: z.record(z.string(), z.string()) });

/**
 * Finds every tensor of a model's weights; only headers are read.
 *
 * `path` is a safetensors file, or a folder with `model.safetensors`, with `model.safetensors.index.json` and its
 * parts, or with exactly one other safetensors file.
 * @throws {InputError} If there are no weights, a part is missing, or the index and its parts disagree.
 */
export async function openWeights(path: string): Promise<ReadonlyMap<string, StoredTensor>> {
  const names = await fileNames(path);
  if (names === undefined) return (await openSafetensors(path)).tensors;
  if (names.includes("model.safetensors")) return (await openSafetensors(`${path}/model.safetensors`)).tensors;
  if (names.includes("model.safetensors.index.json")) return openParts(path, names);
  const others = names.filter((name) => name.endsWith(".safetensors"));
  if (others.length === 1) return (await openSafetensors(`${path}/${others[0]}`)).tensors;
  if (others.length > 1) {
    throw new InputError(`${path}: expected model.safetensors, found ${others.join(" and ")}: name one of the files`);
  }
  const pickled = names.find((name) => /\.(bin|pt|pth|ckpt|h5|msgpack)$/.test(name));
  throw new InputError(
    `${path}: expected model.safetensors, found ${pickled ?? "no weights"}` +
      (pickled ? `, which only Python reads; convert it with ${conversion(path)}` : ""),
  );
}

/** The line that converts weights of a folder to safetensors. */
function conversion(path: string): string {
  return `python -c "import sys; from transformers import AutoModel; AutoModel.from_pretrained(sys.argv[1])` +
    `.save_pretrained(sys.argv[1])" ${shellQuoted(path)}`;
}

/** The names in a folder, sorted; undefined if the path is not a folder. */
async function fileNames(path: string): Promise<string[] | undefined> {
  try {
    if (!(await Deno.stat(path)).isDirectory) return undefined;
    return (await Array.fromAsync(Deno.readDir(path))).map((entry) => entry.name).sort();
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}

async function openParts(dir: string, names: readonly string[]): Promise<ReadonlyMap<string, StoredTensor>> {
  const indexPath = `${dir}/model.safetensors.index.json`;
  const index = await readJson(indexPath, WeightIndex);
  const parts = Map.groupBy(Object.entries(index.weight_map), ([, file]) => file);
  const tensors = new Map<string, StoredTensor>();
  for (const [part, entries] of parts) {
    // An index may name files of its own folder only: checked against the listing, "../x" is never opened.
    if (!names.includes(part)) throw new InputError(`${indexPath}: its part ${part} is not in ${dir}`);
    const file = await openSafetensors(`${dir}/${part}`);
    for (const [name] of entries) {
      const tensor = file.tensors.get(name);
      if (tensor === undefined) throw new InputError(`${indexPath}: tensor "${name}" is not in ${part}`);
      tensors.set(name, tensor);
    }
  }
  return tensors;
}

/**
 * Finds an encoder's weights under the canonical names of Hugging Face's BertModel and checks that they fit its
 * configuration. Files may put a prefix before the names (`bert.`, `model.`, `0.auto_model.`), and old ones call the
 * layer norm's numbers gamma and beta. Tensors the encoder does not need (pooler, heads, position ids) are left out.
 * @throws {InputError} If tensors are missing, or a shape or dtype is not what configuration and engine ask for.
 */
export function canonicalWeights(
  weights: ReadonlyMap<string, StoredTensor>,
  config: BertConfig,
  where: string,
): ReadonlyMap<string, StoredTensor> {
  const anchor = "embeddings.word_embeddings.weight";
  const found = [...weights.keys()].find((name) => name === anchor || name.endsWith(`.${anchor}`)) ?? anchor;
  const prefix = found.slice(0, -anchor.length);
  const canonical = new Map<string, StoredTensor>();
  for (const [name, shape] of bertShapes(config)) {
    const old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    const tensor = weights.get(prefix + name) ?? weights.get(prefix + old);
    // At the first one that is missing: a configuration may ask for any number of layers.
    if (tensor === undefined) throw new InputError(`${where}: ${missing(name, weights, config)}`);
    if (tensor.shape.join() !== shape.join()) {
      throw new InputError(
        `${tensor.path}: tensor "${tensor.name}" has shape [${tensor.shape}], ` +
          `expected [${shape}] by ${where}/config.json`,
      );
    }
    if (!["F32", "F16", "BF16"].includes(tensor.dtype)) {
      throw new InputError(`${tensor.path}: tensor "${tensor.name}" holds ${tensor.dtype}, expected F32, F16 or BF16`);
    }
    canonical.set(name, tensor);
  }
  return canonical;
}

function missing(name: string, weights: ReadonlyMap<string, StoredTensor>, { numLayers }: BertConfig): string {
  const lacks = `the weights lack "${name}", which its config.json asks for`;
  const layers = new Set([...weights.keys()].flatMap((key) => /encoder\.layer\.(\d+)\./.exec(key)?.[1] ?? [])).size;
  return layers < numLayers ? `${lacks}: it says num_hidden_layers ${numLayers}, the weights have ${layers}` : lacks;
}

/** Every tensor of an encoder and its shape, by the names of Hugging Face's BertModel. */
export function* bertShapes(config: BertConfig): Generator<[string, number[]]> {
  const { hiddenSize: hidden, intermediateSize: inner } = config;
  yield ["embeddings.word_embeddings.weight", [config.vocabSize, hidden]];
  yield ["embeddings.position_embeddings.weight", [config.maxPositions, hidden]];
  yield ["embeddings.token_type_embeddings.weight", [config.typeVocabSize, hidden]];
  yield* norm("embeddings", hidden);
  for (let layer = 0; layer < config.numLayers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const part of ["query", "key", "value"]) yield* linear(`${at}.attention.self.${part}`, hidden, hidden);
    yield* linear(`${at}.attention.output.dense`, hidden, hidden);
    yield* norm(`${at}.attention.output`, hidden);
    yield* linear(`${at}.intermediate.dense`, inner, hidden);
    yield* linear(`${at}.output.dense`, hidden, inner);
    yield* norm(`${at}.output`, hidden);
  }
}

function* linear(name: string, out: number, features: number): Generator<[string, number[]]> {
  yield [`${name}.weight`, [out, features]];
  yield [`${name}.bias`, [out]];
}

function* norm(name: string, size: number): Generator<[string, number[]]> {
  yield [`${name}.LayerNorm.weight`, [size]];
  yield [`${name}.LayerNorm.bias`, [size]];
}
