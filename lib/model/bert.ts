/**
 * BERT (Devlin et al. 2018) as a graph, after Hugging Face's BertModel: post-layer-norm encoder, absolute positions.
 *
 * Tokens of all texts lie packed, one row each, `[tokens, hidden]`: no dense layer ever computes a padding row. Only
 * attention works on a padded `[texts, heads, length, headSize]`, and one gather per operand does both jobs at once,
 * padding and splitting the heads. `packed_batch.ts` makes the index inputs.
 */
import { add, cast, compile, customVjp, div, fullPrecision, gather, gelu, gemm, greater, input } from "../graph/mod.ts";
import { layerNorm, matMul, maximum, mul, recompute, reduceSum, reshape, softmax, sqrt, sub } from "../graph/mod.ts";
import { toHalf, transposeLast, weight } from "../graph/mod.ts";
import type { CompileOptions, Executable, Tensor } from "../graph/mod.ts";
import type { BertConfig } from "./config.ts";
import { adaptedLinear, loraInputs, type LoraModule, loraParameterNames } from "./lora.ts";
import type { StoredTensor } from "./safetensors.ts";

/** How a text's vector is made of its tokens' vectors. */
export type Pooling = "cls" | "mean";

/** What to build. */
export interface EncoderSpec {
  /** Its shape. */
  readonly config: BertConfig;
  /** Frozen weights under their canonical names. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** The adapted layers; empty for the base model. */
  readonly lora: readonly LoraModule[];
  /** How a text's vector is made of its tokens' vectors. */
  readonly pooling: Pooling;
  /** Whether embeddings are scaled to length 1. */
  readonly normalize: boolean;
  /** Probability of dropping inputs of the adapter branch: above 0 for training only. */
  readonly dropout: number;
  /** Whether the backward pass computes each layer's activations again instead of keeping them; default: no. */
  readonly checkpointing?: boolean;
  /**
   * Whether products will be computed in float16 (see `toHalf`); default: no. Adapters then stay branches of their own:
   * a fresh update is smaller than the last digit of a float16 weight and would vanish when added to it.
   */
  readonly half?: boolean;
  /**
   * Whether products with frozen weights are computed in 8 bits, on the way back as well; default: no. Adapters are in
   * float32, as branches of their own: what is fitted around weights in 8 bits is not rounded with them.
   */
  readonly int8?: boolean;
}

/** Compiles what was built of a spec, in the precision that it asks for. */
export function compileAs(
  { half, int8 }: Pick<EncoderSpec, "half" | "int8">,
  outputs: Readonly<Record<string, Tensor>>,
  options: Omit<CompileOptions, "precision"> = {},
): Promise<Executable> {
  return compile(half ? toHalf(outputs) : outputs, { ...options, precision: int8 ? "int8" : "fp32" });
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

/** A part of the encoder's layers. */
export interface LayerRange {
  /**
   * The first layer to build. Above 0 the graph does not start from token ids but from the input `hidden` `[tokens,
   * hidden]`, what the layers before give; default: 0.
   */
  readonly from?: number;
  /**
   * What stands for each token instead of its row of the table of words: `[tokens, hidden]`, for asking how the result
   * depends on it. Default: the rows of the input `inputIds`.
   */
  readonly words?: Tensor;
  /** The first layer that is not built; default: all are. */
  readonly to?: number;
}

/**
 * Builds the encoder, or a part of its layers.
 * @throws {RangeError} When a layer below the part is adapted: its adapter would be left out.
 */
export function buildEncoder(spec: EncoderSpec, range: LayerRange = {}): EncoderGraph {
  const { config, lora } = spec;
  const { from = 0, to = config.numLayers, words } = range;
  if (firstAdaptedLayer(lora) < from) {
    throw new RangeError(`Expected adapters on layer ${from} and above, found one on ${firstAdaptedLayer(lora)}`);
  }
  const parts = encoderParts(spec);
  let x = from > 0 ? input("hidden", ["tokens", config.hiddenSize]) : embeddingLayer(parts, words); // [tokens, hidden]
  const parameters: Tensor[] = [];
  let last = (rows: Rows): Tensor => rows(x); // what the last layer gives, for some rows only
  for (let i = from; i < to; i++) {
    const { layer, trainable } = encoderLayer(parts, `encoder.layer.${i}`);
    parameters.push(...trainable);
    const inputs: [Tensor, ...Tensor[]] = [x, ...trainable];
    last = (rows) => spec.checkpointing ? recompute(layer(rows), inputs) : layer(rows)(...inputs);
    x = last(everyRow);
  }
  const poolingWeights = input("poolingWeights", ["texts", "tokens"]);
  const pool: Rows = (x) => matMul(poolingWeights, x); // [texts, …]
  // CLS pooling picks one row of each text, and nothing behind the last attention mixes rows: others are not computed.
  const pooled = fullPrecision(spec.pooling === "cls" ? last(pool) : pool(x)); // [texts, hidden]
  return { lastHidden: x, embeddings: spec.normalize ? unitLength(pooled) : pooled, parameters };
}

/** Word, position and segment embeddings, summed and normalised: `[tokens, hidden]`. */
function embeddingLayer({ rows, normalized }: EncoderParts, given?: Tensor): Tensor {
  const ids = (name: string) => input(name, ["tokens"], "int32");
  const words = given ?? rows("word", ids("inputIds")), positions = rows("position", ids("positionIds"));
  return normalized("embeddings", add(add(words, positions), rows("token_type", ids("tokenTypeIds"))));
}

/** One layer, as a function of its input `[tokens, hidden]` and of its trainable inputs, for the rows asked for. */
function encoderLayer({ spec, frozen, normalized, layout }: EncoderParts, at: string) {
  const adapted = adaptedModules(spec, at);
  const trainable = adapted.flatMap((module) => module.trainable);
  const layer = (rows: Rows) => (x: Tensor, ...values: Tensor[]): Tensor => {
    const linear = (name: string, x: Tensor, rows = everyRow): Tensor => {
      const base = { weight: frozen(`${at}.${name}.weight`), bias: frozen(`${at}.${name}.bias`) };
      const found = adapted.find(({ module }) => module.name === `${at}.${name}`);
      if (!found) return gemm(x, base.weight, { c: base.bias, transB: true });
      const [a, b, magnitude = null] = found.trainable.map((tensor) => values[trainable.indexOf(tensor)]!);
      const dropout = found.keep && { keep: maskOf(rows, found.keep), probability: spec.dropout };
      const adapter = { a: a!, b: b!, magnitude, scaling: found.module.scaling };
      return adaptedLinear(x, { ...base, ...adapter }, dropout ?? (spec.half || spec.int8 ? "separate" : "merged"));
    };
    // each [texts, heads, length, headSize]
    const [q, k, v] = ["query", "key", "value"].map((part) => splitHeads(linear(`attention.self.${part}`, x), layout));
    const context = mergeHeads(attention([q!, k!, v!], layout.keyBias), layout); // [tokens, hidden]
    const projected = linear("attention.output.dense", rows(context), rows);
    const attended = normalized(`${at}.attention.output`, add(projected, rows(x)));
    const inner = gelu(linear("intermediate.dense", attended, rows)); // [tokens, intermediate]
    return normalized(`${at}.output`, add(linear("output.dense", inner, rows), attended)); // [tokens, hidden]
  };
  return { layer, trainable };
}

/**
 * Scaled dot-product attention (Vaswani et al. 2017): softmax(q·kᵀ/√d + bias)·v.
 *
 * The derivative takes the row sums of P ⊙ ∂P from the output instead, as Σ O ⊙ ∂O (Dao et al. 2022, section 3.1): a
 * pass over `[…, length, headSize]` instead of two over `[…, length, length]`.
 */
function attention([q, k, v]: [Tensor, Tensor, Tensor], bias: Tensor): Tensor {
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

/** Rows scaled to Euclidean length 1; `x / max(‖x‖, 10⁻¹²)` as in PyTorch, with a derivative at 0. */
export function unitLength(x: Tensor): Tensor {
  const squares = reduceSum(mul(x, x), { axes: [-1], keepDims: true });
  return div(x, sqrt(maximum(squares, 1e-24)));
}

/** What every layer shares. */
interface EncoderParts {
  readonly spec: EncoderSpec;
  readonly layout: HeadLayout;
  /** A frozen weight, made once however often a layer is built. */
  readonly frozen: (name: string) => Tensor;
  /** Rows of an embedding table: `[tokens, hidden]`. */
  readonly rows: (table: string, indices: Tensor) => Tensor;
  readonly normalized: (name: string, x: Tensor) => Tensor;
}

interface HeadLayout {
  readonly slotToken: Tensor; // [texts, heads, length]: the row of [tokens·heads, headSize] that a slot shows
  readonly tokenSlot: Tensor; // [tokens·heads]: the slot of [texts·heads·length, headSize] that a row went to
  readonly keyBias: Tensor; // [texts, 1, 1, length]: 0 for tokens, very negative for padding
  readonly queryMask: Tensor; // [texts, 1, length, 1]: 1 for tokens, 0 for padding
  readonly headSize: number;
  readonly hiddenSize: number;
}

function encoderParts(spec: EncoderSpec): EncoderParts {
  const { numHeads, hiddenSize, layerNormEps } = spec.config;
  const stored = (name: string): Tensor => {
    const { dtype, shape, ...source } = spec.weights.get(name)!;
    return weight({ name, shape, dtype: GRAPH_TYPES[dtype as keyof typeof GRAPH_TYPES], source });
  };
  const known = new Map<string, Tensor>();
  const frozen = (name: string): Tensor => {
    const tensor = known.get(name) ?? cast(stored(name), "float32");
    known.set(name, tensor);
    return tensor;
  };
  return {
    spec,
    frozen,
    // Picked before they are cast: a half-precision table is never expanded as a whole.
    rows: (table, indices) => cast(gather(stored(`embeddings.${table}_embeddings.weight`), indices), "float32"),
    normalized: (name, x) => {
      const [scale, shift] = [frozen(`${name}.LayerNorm.weight`), frozen(`${name}.LayerNorm.bias`)];
      return layerNorm(x, { scale, shift, epsilon: layerNormEps });
    },
    layout: {
      slotToken: input("slotToken", ["texts", numHeads, "length"], "int32"),
      tokenSlot: input("tokenSlot", ["tokens·heads"], "int32"),
      keyBias: input("keyBias", ["texts", 1, 1, "length"]),
      queryMask: input("queryMask", ["texts", 1, "length", 1]),
      headSize: hiddenSize / numHeads,
      hiddenSize,
    },
  };
}

const GRAPH_TYPES = { F32: "float32", F16: "float16", BF16: "bfloat16" } as const;

/** The adapted linear layers of one encoder layer, with their inputs, in the order of {@linkcode LINEAR_MODULES}. */
function adaptedModules(spec: EncoderSpec, layer: string) {
  return LINEAR_MODULES.flatMap((name) => {
    const module = spec.lora.find((module) => module.name === `${layer}.${name}`);
    if (!module) return [];
    const { a, b, magnitude } = loraInputs(module);
    const keep = spec.dropout > 0 ? input(dropoutInput(module.name), ["tokens", module.inFeatures], "bool") : undefined;
    return [{ module, trainable: magnitude ? [a, b, magnitude] : [a, b], keep }];
  });
}

/** The name of the input that says which inputs of an adapted layer are kept under dropout. */
export function dropoutInput(module: string): string {
  return `${loraParameterNames(module).a}.keep`;
}

/** Picks rows of `[tokens, …]`. */
type Rows = (x: Tensor) => Tensor;

const everyRow: Rows = (x) => x;

/** The rows of a dropout mask; only numbers can be multiplied with the weights that pick. */
function maskOf(rows: Rows, keep: Tensor): Tensor {
  return rows === everyRow ? keep : greater(rows(cast(keep, "float32")), 0.5);
}

/** The first layer that an adapter sits on: those before it give the same for a text throughout training. */
export function firstAdaptedLayer(lora: readonly LoraModule[]): number {
  return Math.min(...lora.map(({ name }) => Number(/^encoder\.layer\.(\d+)\./.exec(name)![1])));
}
