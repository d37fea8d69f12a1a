/** A small classifier that reads an attribute off embeddings: an adversary's head, or an auxiliary task's. */
import { gemm, relu, type Tensor } from "../../graph/mod.ts";
import type { Parameters } from "../../model/mod.ts";
import type { Rng } from "../../random.ts";

/** The size of a head. */
export interface HeadSize {
  /** Numbers per row that it reads. */
  readonly features: number;
  /** Groups that it tells apart. */
  readonly classes: number;
  /** Width of its one hidden layer; 0 for a linear head. */
  readonly hidden: number;
}

/**
 * Starting values of a head, drawn uniformly from ±1/√in as PyTorch's `Linear` does.
 *
 * @param rng Draws them.
 * @returns `weight` and `bias`, `[out, in]` and `[out]`, and with a hidden layer `hidden.weight` and `hidden.bias`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { initHead } from "./attribute_head.ts";
 *
 * const head = initHead({ features: 8, classes: 3, hidden: 4 }, new Rng(1));
 * assertEquals(head["hidden.weight"]!.shape, [4, 8]);
 * assertEquals(head["weight"]!.shape, [3, 4]);
 * ```
 */
export function initHead({ features, classes, hidden }: HeadSize, rng: Rng): Parameters {
  const layer = (prefix: string, inFeatures: number, outFeatures: number): Parameters => {
    const draw = () => (2 * rng.uniform() - 1) / Math.sqrt(inFeatures);
    return {
      [`${prefix}weight`]: {
        shape: [outFeatures, inFeatures],
        data: Float32Array.from({ length: outFeatures * inFeatures }, draw),
      },
      [`${prefix}bias`]: { shape: [outFeatures], data: Float32Array.from({ length: outFeatures }, draw) },
    };
  };
  if (hidden === 0) return layer("", features, classes);
  return { ...layer("hidden.", features, hidden), ...layer("", hidden, classes) };
}

/**
 * What a head says about rows: x·Wᵀ + b, after a ReLU layer if it has one.
 *
 * @param x `[items, features]`
 * @param head Its parameters, named as by {@linkcode initHead}.
 * @returns Logits `[items, classes]`
 */
export function headLogits(x: Tensor, head: Readonly<Record<string, Tensor>>): Tensor {
  const layer = (x: Tensor, prefix: string) =>
    gemm(x, head[`${prefix}weight`]!, { c: head[`${prefix}bias`]!, transB: true });
  return layer(head["hidden.weight"] ? relu(layer(x, "hidden.")) : x, "");
}
