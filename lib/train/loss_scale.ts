import { InputError } from "../errors.ts";

/**
 * What the loss is multiplied by before it is differentiated in float16, whose smallest number is 6·10⁻⁸: as large as
 * it can be without an infinite gradient (Micikevicius et al. 2018, section 3.2).
 */
export interface LossScale {
  /** A power of two, so that dividing by it again is exact. */
  factor: number;
  /** Passes since it last changed. */
  passes: number;
}

/** PyTorch's GradScaler starts here and doubles after as many passes without an infinite gradient. */
const FIRST_FACTOR = 2 ** 16, GROWTH_INTERVAL = 2000;

/** The scale before the first pass. */
export function initialLossScale(): LossScale {
  return { factor: FIRST_FACTOR, passes: 0 };
}

/**
 * Adapts the scale after a pass: half of it where gradients were not finite, twice as much after 2,000 good passes.
 *
 * @param scale Changed in place.
 * @param finite Whether all gradients were finite.
 * @throws {InputError} When not even a scale of 1 keeps the gradients finite.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { adjustLossScale, initialLossScale } from "./loss_scale.ts";
 *
 * const scale = initialLossScale();
 * adjustLossScale(scale, false);
 * assertEquals(scale, { factor: 32768, passes: 0 });
 * ```
 */
export function adjustLossScale(scale: LossScale, finite: boolean): void {
  if (finite) {
    scale.passes++;
    if (scale.passes < GROWTH_INTERVAL) return;
    scale.factor *= 2;
  } else {
    if (scale.factor <= 1) {
      throw new InputError(
        'training.precision "fp16": the gradients are too large for float16; lower training.learningRate or use "fp32"',
      );
    }
    scale.factor /= 2;
  }
  scale.passes = 0;
}
