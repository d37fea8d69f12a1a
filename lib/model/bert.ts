/**
 * BERT (Devlin et al. 2018) as a graph, after Hugging Face's BertModel: post-layer-norm encoder, absolute positions.
 *
 * Tokens of all texts lie packed, one row each, `[tokens, hidden]`: no dense layer ever computes a padding row. Only
 * attention works on a padded `[texts, heads, length, headSize]`, and one gather per operand does both jobs at once,
 * padding and splitting the heads. `packed_batch.ts` makes the index inputs.
 */
import { add, cast, div, maximum, mul, sqrt, sub } from "../graph/elementwise.ts";
import { gather, reshape } from "../graph/layout.ts";
import { gemm, matMul, transposeLast } from "../graph/linear_algebra.ts";
import { gelu, layerNorm, softmax } from "../graph/neural.ts";
import { reduceSum } from "../graph/reduce.ts";
import { customVjp, input, type Tensor, weight } from "../graph/tensor.ts";
import type { BertConfig } from "./config.ts";
import { adaptedLinear, loraInputs, type LoraModule, loraParameterNames } from "./lora.ts";
import type { StoredTensor } from "./safetensors.ts";

/** How a text's vector is made of its tokens' vectors. */
export type Pooling = "cls" | "mean";

/** What to build. */
export interface EncoderSpec {
  readonly config: BertConfig;
  /** Frozen weights under their canonical names. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** The adapted layers; empty for the base model. */
  readonly lora: readonly LoraModule[];
  readonly pooling: Pooling;
  /** Whether embeddings are scaled to length 1. */
  readonly normalize: boolean;
  /** Probability of dropping inputs of the adapter branch: above 0 for training only. */
  readonly dropout: number;
}

/** The tensors of an encoder graph. */
export interface EncoderGraph {
  /** `[tokens, hidden]` */
  readonly lastHidden: Tensor;
  /** `[texts, hidden]` */
  readonly embeddings: Tensor;
  /** The trainable inputs, in a fixed order; their names are PEFT's. */
  readonly parameters: readonly Tensor[];
}

/** The names of the linear layers of layer i that an adapter can be put on, relative to the layer. */
export const LINEAR_MODULES = [
  "attention.self.query",
  "attention.self.key",
  "attention.self.value",
  "attention.output.dense",
  "intermediate.dense",
  "output.dense",
] as const;

/** Builds the encoder. */
export function buildEncoder(spec: EncoderSpec): EncoderGraph {
  const { config, weights } = spec;
  const { hiddenSize, numHeads } = config;
  const headSize = hiddenSize / numHeads;
  const lora = new Map(spec.lora.map((module) => [module.name, module]));
  const parameters: Tensor[] = [];

  const stored = (name: string): Tensor => {
    const { dtype, shape, path, byteOffset, byteLength } = weights.get(name)!;
    return weight(name, shape, GRAPH_TYPES[dtype as keyof typeof GRAPH_TYPES], { path, byteOffset, byteLength });
  };
  const frozen = (name: string) => cast(stored(name), "float32");
  const normalized = (name: string, x: Tensor) =>
    layerNorm(x, frozen(`${name}.LayerNorm.weight`), frozen(`${name}.LayerNorm.bias`), config.layerNormEps);

  const linear = (name: string, x: Tensor): Tensor => {
    const base = { weight: frozen(`${name}.weight`), bias: frozen(`${name}.bias`) };
    const module = lora.get(name);
    if (!module) return gemm(x, base.weight, { c: base.bias, transB: true });
    const trainable = loraInputs(module);
    parameters.push(trainable.a, trainable.b, ...(trainable.magnitude ? [trainable.magnitude] : []));
    if (spec.dropout === 0) return adaptedLinear(x, base, module, trainable);
    const keep = input(dropoutInput(name), x.shape, "bool");
    return adaptedLinear(x, base, module, trainable, { keep, probability: spec.dropout });
  };

  const inputIds = input("inputIds", ["tokens"], "int32");
  const positionIds = input("positionIds", ["tokens"], "int32");
  const tokenTypeIds = input("tokenTypeIds", ["tokens"], "int32");
  const layout: HeadLayout = {
    slotToken: input("slotToken", ["texts", numHeads, "length"], "int32"),
    tokenSlot: input("tokenSlot", ["tokens·heads"], "int32"),
    keyBias: input("keyBias", ["texts", 1, 1, "length"]),
    queryMask: input("queryMask", ["texts", 1, "length", 1]),
    headSize,
    hiddenSize,
  };

  // The rows are picked before they are cast: a half-precision table is never expanded as a whole.
  const rows = (name: string, indices: Tensor) =>
    cast(gather(stored(`embeddings.${name}_embeddings.weight`), indices), "float32"); // [tokens, hidden]
  const embedded = add(add(rows("word", inputIds), rows("position", positionIds)), rows("token_type", tokenTypeIds));
  let x = normalized("embeddings", embedded);

  for (let layer = 0; layer < config.numLayers; layer++) {
    const at = `encoder.layer.${layer}`;
    const [q, k, v] = ["query", "key", "value"].map((part) =>
      // each [texts, heads, length, headSize]
      splitHeads(linear(`${at}.attention.self.${part}`, x), layout)
    ) as [Tensor, Tensor, Tensor];
    const context = mergeHeads(attention(q, k, v, layout.keyBias), layout); // [tokens, hidden]
    x = normalized(`${at}.attention.output`, add(linear(`${at}.attention.output.dense`, context), x));
    const inner = gelu(linear(`${at}.intermediate.dense`, x)); // [tokens, intermediate]
    x = normalized(`${at}.output`, add(linear(`${at}.output.dense`, inner), x));
  }

  const pooled = matMul(input("poolingWeights", ["texts", "tokens"]), x); // [texts, hidden]
  return { lastHidden: x, embeddings: spec.normalize ? unitLength(pooled) : pooled, parameters };
}

/** The name of the input that says which inputs of an adapted layer are kept under dropout. */
export function dropoutInput(module: string): string {
  return `${loraParameterNames(module).a}.keep`;
}

/** Rows scaled to Euclidean length 1; `x / max(‖x‖, 10⁻¹²)` as in PyTorch, with a derivative at 0. */
export function unitLength(x: Tensor): Tensor {
  const squares = reduceSum(mul(x, x), { axes: [-1], keepDims: true });
  return div(x, sqrt(maximum(squares, 1e-24)));
}

const GRAPH_TYPES = { F32: "float32", F16: "float16", BF16: "bfloat16" } as const;

interface HeadLayout {
  /** `[texts, heads, length]`: the row of `[tokens·heads, headSize]` that a slot of attention shows. */
  readonly slotToken: Tensor;
  /** `[tokens·heads]`: the slot of `[texts·heads·length, headSize]` that a row went to. */
  readonly tokenSlot: Tensor;
  /** `[texts, 1, 1, length]`: 0 for tokens, very negative for padding. */
  readonly keyBias: Tensor;
  /** `[texts, 1, length, 1]`: 1 for tokens, 0 for padding. */
  readonly queryMask: Tensor;
  readonly headSize: number;
  readonly hiddenSize: number;
}

/** From packed rows `[tokens, hidden]` to padded heads `[texts, heads, length, headSize]`. */
function splitHeads(x: Tensor, { slotToken, tokenSlot, headSize }: HeadLayout): Tensor {
  // A padding slot shows its text's first token; keyBias hides it, so it gets no gradient to lose here.
  return gather(reshape(x, ["tokens·heads", headSize]), slotToken, tokenSlot);
}

/** From padded heads back to packed rows. */
function mergeHeads(x: Tensor, layout: HeadLayout): Tensor {
  const { slotToken, tokenSlot, queryMask, headSize, hiddenSize } = layout;
  const merged = reshape(gather(reshape(x, ["slots", headSize]), tokenSlot), ["tokens", hiddenSize]);
  // On the way back padding slots must be zero: their queries reach real keys and values.
  return customVjp(merged, [x], (dy) => [
    mul(gather(reshape(dy, ["tokens·heads", headSize]), slotToken), queryMask),
  ]);
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017): softmax(q·kᵀ/√d + bias)·v.
 *
 * The derivative takes the row sums of P ⊙ ∂P from the output instead, as Σ O ⊙ ∂O (Dao et al. 2022, section 3.1):
 * a pass over `[…, length, headSize]` instead of two over `[…, length, length]`.
 *
 * @param q, k, v `[texts, heads, length, headSize]`
 * @param bias `[texts, 1, 1, length]`
 */
function attention(q: Tensor, k: Tensor, v: Tensor, bias: Tensor): Tensor {
  const scale = 1 / Math.sqrt(q.shape[3] as number);
  const scores = add(mul(matMul(q, transposeLast(k)), scale), bias); // [texts, heads, length, length]
  const probabilities = softmax(scores, -1);
  const output = matMul(probabilities, v);
  return customVjp(output, [q, k, v], (dy) => {
    const dp = matMul(dy, transposeLast(v));
    const rowSums = reduceSum(mul(dy, output), { axes: [-1], keepDims: true });
    const ds = mul(probabilities, sub(dp, rowSums));
    return [
      mul(matMul(ds, k), scale),
      mul(matMul(transposeLast(ds), q), scale),
      matMul(transposeLast(probabilities), dy),
    ];
  });
}
