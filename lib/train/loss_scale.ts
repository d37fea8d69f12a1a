/** The scale of a loss that is differentiated in half precision. */
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
 * Adapts the scale after a pass: half of it where gradients were not finite, twice as much after 2,000 good passes. The
 * scale is changed in place.
 * @throws {InputError} When not even a scale of 1 keeps the gradients finite.
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

/** In half precision, repeats a pass with a smaller loss scale, which is adapted, until its gradients are finite. */
export async function withLossScale<
  T extends { readonly loss: number; readonly gradients: Readonly<Record<string, Float32Array>> },
>(
  half: boolean | undefined,
  lossScale: LossScale,
  pass: (scale: number) => Promise<T>,
): Promise<T> {
  if (!half) return pass(1);
  while (true) {
    const result = await pass(lossScale.factor);
    // No scale makes up for a loss that is not finite itself: the caller says so.
    if (!Number.isFinite(result.loss)) return result;
    const finite = Object.values(result.gradients).every((gradient) => gradient.every(Number.isFinite));
    adjustLossScale(lossScale, finite);
    if (finite) return result;
  }
}
