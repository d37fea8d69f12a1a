/** Small classifiers that read an attribute off the résumé's embedding: to remove it, or to learn it along. */
import { concat, constant, customVjp, div, gemm, greater, logSoftmax, mul, neg, reduceSum } from "../../graph/mod.ts";
import { relu, unsqueeze, where } from "../../graph/mod.ts";
import type { Operand, Tensor } from "../../graph/mod.ts";
import type { Parameters } from "../../model/mod.ts";
import type { Rng } from "../../random.ts";
import type { FairnessTerm, TermOptimizer } from "./term.ts";

export interface HeadSize {
  /** Numbers per row that it reads. */
  readonly features: number;
  /** Groups that it tells apart. */
  readonly classes: number;
  /** Width of its one hidden layer; 0 for a linear head. */
  readonly hidden: number;
}

/** Options of {@linkcode adversary} and {@linkcode attributeHead}. */
export interface AttributeHeadOptions extends HeadSize {
  readonly attribute: string;
  readonly weight: number;
  /** `[classes]`, see {@linkcode balancedClassWeights}; default: all 1. */
  readonly classWeights?: readonly number[];
  /**
   * Whether the head is shown the label too: an adversary may then keep what follows from the label, which aims at
   * equalized odds instead of demographic parity (Zhang et al., "Mitigating unwanted biases with adversarial learning",
   * 2018). Default: no.
   */
  readonly seesLabel?: boolean;
  readonly optimizer?: TermOptimizer;
}

/**
 * An adversary: a head that learns to tell the group from the embedding, while the encoder learns to prevent it (Ganin
 * et al. 2016).
 *
 * Its head needs a larger learning rate than the encoder, and strong weight decay (about 1 with AdamW): one that may
 * grow without bound reads the faintest trace, is never wrong, and passes no gradient on.
 */
export function adversary(options: AttributeHeadOptions, rng: Rng): FairnessTerm {
  return headTerm("adversary", options, rng);
}

/** An auxiliary task: encoder and head learn the group together (multi-task learning; Caruana 1997). */
export function attributeHead(options: AttributeHeadOptions, rng: Rng): FairnessTerm {
  return headTerm("attributeHead", options, rng);
}

function headTerm(kind: "adversary" | "attributeHead", options: AttributeHeadOptions, rng: Rng): FairnessTerm {
  const { attribute, weight, features, classes, hidden, classWeights, seesLabel } = options;
  const weights = classWeights &&
    constant({ dtype: "float32", shape: [classes], data: Float32Array.from(classWeights) });
  return {
    name: `${kind}.${attribute}`,
    weight,
    parameters: initHead({ features: features + (seesLabel ? 1 : 0), classes, hidden }, rng),
    ...(options.optimizer && { optimizer: options.optimizer }),
    build({ resume, label, groups, parameters }) {
      const shown = kind === "adversary" ? reverseGradient(resume, 1) : resume;
      const logits = headLogits(seesLabel ? concat([shown, unsqueeze(label, [1])], 1) : shown, parameters);
      return crossEntropy(logits, groups(attribute), weights);
    },
  };
}

/**
 * Starting values of a head, drawn uniformly from ±1/√in as PyTorch's `Linear` does: `weight` and `bias`, `[out, in]`
 * and `[out]`, and with a hidden layer `hidden.weight` and `hidden.bias`.
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
 * What a head says about rows `[items, features]`: logits `[items, classes]`, x·Wᵀ + b, after a ReLU layer if it has
 * one.
 */
export function headLogits(x: Tensor, head: Readonly<Record<string, Tensor>>): Tensor {
  const layer = (x: Tensor, prefix: string) =>
    gemm(x, head[`${prefix}weight`]!, { c: head[`${prefix}bias`]!, transB: true });
  return layer(head["hidden.weight"] ? relu(layer(x, "hidden.")) : x, "");
}

/**
 * Cross-entropy of logits `[items, classes]` against one-hot classes, with PyTorch's definition of class weights: Σᵢ
 * Σ_c w_c tᵢ_c (−ln softmax(logits)ᵢ_c) / Σᵢ w_{yᵢ}. A row of zeros, a class that is not known, is left out; 0, with a
 * gradient of 0, when all are.
 */
export function crossEntropy(logits: Tensor, target: Tensor, classWeights?: Tensor): Tensor {
  const weighted = classWeights ? mul(target, classWeights) : target;
  const total = reduceSum(weighted);
  const losses = neg(mul(weighted, logSoftmax(logits, 1)));
  return div(reduceSum(losses), where(greater(total, 0), total, 1));
}

/**
 * Class weights that give every class the same total weight: n / (k·n_c), scikit-learn's `"balanced"`, for n_c members
 * of each of the k classes that have any; 0 for a class without members. With them an adversary gains nothing by
 * guessing the largest group.
 */
export function balancedClassWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const classes = counts.filter((count) => count > 0).length;
  return counts.map((count) => count > 0 ? total / (classes * count) : 0);
}

/** The same values; the gradient that flows back through them is multiplied by a factor, itself taken as constant. */
export function scaleGradient(x: Tensor, factor: Operand): Tensor {
  return customVjp(x, [x], (dy) => [mul(dy, factor)]);
}

/**
 * Gradient reversal: the same values, and −λ times the gradient (Ganin et al., "Domain-adversarial training of neural
 * networks", 2016). What is computed from the result learns as usual; what x is computed from learns to hinder it.
 */
export function reverseGradient(x: Tensor, lambda: Operand): Tensor {
  return scaleGradient(x, typeof lambda === "number" ? -lambda : neg(lambda));
}
