import { InputError } from "../errors.ts";
import type { BertConfig } from "./config.ts";
import type { StoredTensor } from "./safetensors.ts";

/**
 * Finds an encoder's weights under the canonical names of Hugging Face's BertModel and checks that they fit its
 * configuration. Files may put a prefix before the names (`bert.`, `model.`, `0.auto_model.`), and old ones call the
 * layer norm's numbers gamma and beta. Tensors the encoder does not need (pooler, heads, position ids) are left out.
 *
 * @param weights Tensors by their names in the files.
 * @param config The encoder's shape.
 * @param where What messages call the model: its folder.
 * @returns Tensors by canonical name, for example `encoder.layer.0.attention.self.query.weight`.
 * @throws {InputError} If tensors are missing, or a shape or dtype is not what the configuration and the engine ask for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { readBertConfig } from "./config.ts";
 * import { canonicalWeights } from "./weight_names.ts";
 * import { openWeights } from "./weights.ts";
 *
 * const dir = `${import.meta.dirname}/../testdata/bert_lora_tiny/base`;
 * const config = await readBertConfig(`${dir}/config.json`);
 * assertEquals(canonicalWeights(await openWeights(dir), config, dir).size, 5 + 2 * 16);
 * ```
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
  const missing: string[] = [];
  for (const [name, shape] of bertShapes(config)) {
    const old = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    const tensor = weights.get(prefix + name) ?? weights.get(prefix + old);
    if (tensor === undefined) {
      missing.push(name);
      continue;
    }
    if (tensor.shape.join() !== shape.join()) {
      throw new InputError(
        `${tensor.path}: tensor "${tensor.name}" has shape [${tensor.shape}], expected [${shape}] by ${where}/config.json`,
      );
    }
    if (!["F32", "F16", "BF16"].includes(tensor.dtype)) {
      throw new InputError(`${tensor.path}: tensor "${tensor.name}" holds ${tensor.dtype}, expected F32, F16 or BF16`);
    }
    canonical.set(name, tensor);
  }
  if (missing.length > 0) {
    const more = missing.length > 1 ? ` and ${missing.length - 1} more` : "";
    throw new InputError(`${where}: the weights lack "${missing[0]}"${more}, which its config.json asks for`);
  }
  return canonical;
}

/** Every tensor of an encoder and its shape. */
function* bertShapes(config: BertConfig): Generator<[string, number[]]> {
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
