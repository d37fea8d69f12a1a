/**
 * Low-rank adaptation (Hu et al. 2021) of linear layers, with rank-stabilised scaling (Kalajdzievski 2023) and weight
 * decomposition (DoRA, Liu et al. 2024), as graph code that follows PEFT.
 */
import { add, after, customVjp, div, gemm, input, matMul, mul, reduceSum, sqrt } from "../graph/mod.ts";
import { stopGradient, where } from "../graph/mod.ts";
import type { Tensor, TensorData } from "../graph/mod.ts";
import type { Rng } from "../random.ts";

/** One adapted linear layer. */
export interface LoraModule {
  /** The layer's name in the encoder, for example `encoder.layer.0.attention.self.query`. */
  readonly name: string;
  /** Numbers that come in for each token. */
  readonly inFeatures: number;
  /** Numbers that go out. */
  readonly outFeatures: number;
  /** Rows of A, columns of B. */
  readonly rank: number;
  /** What B·A is multiplied by: α/r, or α/√r with rank-stabilised scaling. */
  readonly scaling: number;
  /** Whether the weight is decomposed into magnitude and direction (DoRA). */
  readonly dora: boolean;
}

/** Values of trainable parameters by name. */
export type Parameters = Record<string, { shape: number[]; data: Float32Array }>;

/** Parameters as feeds of a graph. */
export function parameterFeeds(parameters: Parameters): Record<string, TensorData> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { dtype: "float32", shape, data }]),
  );
}

/** PEFT's names of a module's parameters, which are also the names of the graph's inputs. */
export function loraParameterNames(module: string): { a: string; b: string; magnitude: string } {
  const stem = `base_model.model.${module}`;
  return { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight`, magnitude: `${stem}.lora_magnitude_vector` };
}

/**
 * Fresh parameters as PEFT makes them: A uniform in ±1/√in (Kaiming with a = √5), B zero, so that training starts at
 * the base model; a DoRA magnitude starts as the length of each row of the frozen weight, `rowNorms(module)`.
 */
export async function initLora(
  modules: readonly LoraModule[],
  rng: Rng,
  rowNorms: (module: string) => Promise<Float32Array>,
): Promise<Parameters> {
  const parameters: Parameters = {};
  for (const module of modules) {
    const { rank, inFeatures, outFeatures } = module;
    const names = loraParameterNames(module.name);
    const bound = 1 / Math.sqrt(inFeatures);
    const a = Float32Array.from({ length: rank * inFeatures }, () => (2 * rng.uniform() - 1) * bound);
    parameters[names.a] = { shape: [rank, inFeatures], data: a };
    parameters[names.b] = { shape: [outFeatures, rank], data: new Float32Array(outFeatures * rank) };
    if (module.dora) parameters[names.magnitude] = { shape: [outFeatures], data: await rowNorms(module.name) };
  }
  return parameters;
}

/** The length of each row of a row-major `[out, in]` matrix. */
export function rowNorms(weight: Float32Array, inFeatures: number): Float32Array {
  const norms = new Float32Array(weight.length / inFeatures);
  for (let row = 0; row < norms.length; row++) {
    let squares = 0;
    for (let i = row * inFeatures; i < (row + 1) * inFeatures; i++) squares += weight[i]! * weight[i]!;
    norms[row] = Math.sqrt(squares);
  }
  return norms;
}

/** The trainable inputs of an adapted layer. */
export interface LoraTensors {
  readonly a: Tensor; // [r, in]
  readonly b: Tensor; // [out, r]
  readonly magnitude: Tensor | null; // [out]; DoRA only
}

/** A frozen linear layer `y = x·Wᵀ + b` and its adapter. */
export interface AdaptedLayer extends LoraTensors {
  readonly weight: Tensor; // [out, in]
  readonly bias: Tensor; // [out]
  readonly scaling: number;
}

/** Graph inputs, named as PEFT names them. */
export function loraInputs(module: LoraModule): LoraTensors {
  const names = loraParameterNames(module.name);
  return {
    a: input(names.a, [module.rank, module.inFeatures]),
    b: input(names.b, [module.outFeatures, module.rank]),
    magnitude: module.dora ? input(names.magnitude, [module.outFeatures]) : null,
  };
}

/**
 * A linear layer with its adapter: `y = x·(W + s·B·A)ᵀ + b`; with DoRA every row of the sum is rescaled to the trained
 * magnitude m, `y = (m/‖W + s·B·A‖) ⊙ x·(W + s·B·A)ᵀ + b`, the norm being a constant in the backward pass as in the
 * paper's section 4.3 and in PEFT.
 *
 * Without dropout the product B·A is added to the weight and x is multiplied once: adding two matrices of the size of a
 * weight costs less than the two thin products and the sum over all tokens that the separate branch needs. The
 * derivative keeps the thin form, `∂A = s·(∂y·B)ᵀ·x` and `∂B = s·∂yᵀ·(x·Aᵀ)`, and never builds a full `∂W`.
 *
 * Dropout: `keep` is bool `[tokens, in]`, false where an input of the branch is dropped; kept ones are scaled up.
 */
export function adaptedLinear(
  x: Tensor, // [tokens, in]
  layer: AdaptedLayer,
  branch: "merged" | "separate" | { keep: Tensor; probability: number } = "merged",
): Tensor {
  const { weight, bias, a, b, magnitude, scaling } = layer;
  const merged = mergedWeight(layer, b); // [out, in]
  if (branch === "merged" && !magnitude) return mergedProduct(x, merged, layer, { c: bias });

  let y: Tensor; // [tokens, out], without bias
  if (branch === "merged") {
    y = mergedProduct(x, merged, layer);
  } else {
    const [kept, share] = branch === "separate" ? [x, 1] : [where(branch.keep, x, 0), 1 - branch.probability];
    const update = gemm(gemm(kept, a, { transB: true, alpha: scaling / share }), b, { transB: true });
    y = add(gemm(x, weight, { transB: true }), update);
  }
  if (magnitude) {
    const norm = stopGradient(sqrt(reduceSum(mul(merged, merged), { axes: [1] }))); // [out]
    y = mul(y, div(magnitude, norm));
  }
  return add(y, bias);
}

/** W + s·B·A */
function mergedWeight({ weight, a, scaling }: AdaptedLayer, b: Tensor): Tensor {
  return add(weight, matMul(mul(b, scaling), a));
}

/**
 * `x·mergedᵀ + c` with the derivative of the low-rank parameters in its thin form. On the way back the weight is merged
 * again, which costs a thousandth of the product, instead of being kept: of bge-large all of them are 0.3 GB.
 */
function mergedProduct(x: Tensor, merged: Tensor, layer: AdaptedLayer, options: { c?: Tensor } = {}): Tensor {
  const { a, b, scaling } = layer;
  const y = gemm(x, merged, { transB: true, ...options });
  return customVjp(y, [x, a, b], (dy) => [
    gemm(dy, mergedWeight(layer, after(b, dy))),
    gemm(gemm(dy, b), x, { transA: true, alpha: scaling }),
    gemm(dy, gemm(x, a, { transB: true }), { transA: true, alpha: scaling }),
  ]);
}
