/** Terms that read an attribute off the résumé's embedding: to remove it, or to learn it along. */
import { concat, constant, unsqueeze } from "../../../graph/mod.ts";
import type { Rng } from "../../../random.ts";
import { headLogits, type HeadSize, initHead } from "../attribute_head.ts";
import { crossEntropy } from "../cross_entropy.ts";
import { reverseGradient } from "../gradient_scaling.ts";
import type { FairnessTerm, TermOptimizer } from "../term.ts";

/** Options of {@linkcode adversary} and {@linkcode attributeHead}. */
export interface AttributeHeadOptions {
  readonly attribute: string;
  readonly weight: number;
  /** Numbers per embedding. */
  readonly features: number;
  /** Groups of the attribute. */
  readonly classes: number;
  /** Width of the head's hidden layer; 0 for a linear head. */
  readonly hidden: number;
  /** `[classes]`, see `balancedClassWeights()`; default: all 1. */
  readonly classWeights?: readonly number[];
  /** In [0, 1); default 0. */
  readonly labelSmoothing?: number;
  /**
   * Whether the head is shown the label too: an adversary may then keep what follows from the label, which aims at
   * equalized odds instead of demographic parity (Zhang et al., "Mitigating unwanted biases with adversarial
   * learning", 2018). Default: no.
   */
  readonly seesLabel?: boolean;
  /** How the head is updated. */
  readonly optimizer?: TermOptimizer;
}

/**
 * An adversary: a head that learns to tell the group from the embedding, while the encoder learns to prevent it
 * (Ganin et al. 2016).
 *
 * Its head needs a larger learning rate than the encoder, and strong weight decay (about 1 with AdamW): a head that may
 * grow without bound reads the faintest trace, is never wrong, and passes no gradient on. In `training_test.ts` an
 * adversary without decay leaves the gap as large as it was or larger.
 *
 * @param rng Draws the head's starting values.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../../../random.ts";
 * import { adversary } from "./adversary.ts";
 *
 * const term = adversary({ attribute: "education", weight: 0.5, features: 384, classes: 3, hidden: 64 }, new Rng(1));
 * assertEquals(term.name, "adversary.education");
 * assertEquals(Object.keys(term.parameters!), ["hidden.weight", "hidden.bias", "weight", "bias"]);
 * ```
 */
export function adversary(options: AttributeHeadOptions, rng: Rng): FairnessTerm {
  return headTerm("adversary", options, rng, true);
}

/** An auxiliary task: encoder and head learn the group together (multi-task learning; Caruana 1997). */
export function attributeHead(options: AttributeHeadOptions, rng: Rng): FairnessTerm {
  return headTerm("attributeHead", options, rng, false);
}

function headTerm(kind: string, options: AttributeHeadOptions, rng: Rng, reversed: boolean): FairnessTerm {
  const { attribute, weight, features, classes, hidden, classWeights, labelSmoothing = 0, seesLabel } = options;
  const size: HeadSize = { features: features + (seesLabel ? 1 : 0), classes, hidden };
  const weights = classWeights &&
    constant({ dtype: "float32", shape: [classes], data: Float32Array.from(classWeights) });
  return {
    name: `${kind}.${attribute}`,
    weight,
    parameters: initHead(size, rng),
    ...(options.optimizer && { optimizer: options.optimizer }),
    build({ resume, label, groups, parameters }) {
      const shown = reversed ? reverseGradient(resume, 1) : resume;
      const logits = headLogits(seesLabel ? concat([shown, unsqueeze(label, [1])], 1) : shown, parameters);
      return crossEntropy(logits, groups(attribute), { labelSmoothing, ...(weights && { classWeights: weights }) });
    },
  };
}
