/** The AdamW optimiser (Loshchilov & Hutter 2019) on the host: an adapter is a few million numbers. */

/** Numbers of parameters, gradients and moments; float32 in training, float64 where its arithmetic is checked. */
export type Numbers = Float32Array | Float64Array;

/** Settings of {@linkcode adamwStep}; the defaults of the last three are PyTorch's. */
export interface AdamwOptions {
  learningRate: number;
  /** Decoupled: every step shrinks the parameter by learningRate · weightDecay. */
  weightDecay: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
}

/** Running first and second moments of one parameter's gradient. */
export interface Moments {
  readonly first: Numbers;
  readonly second: Numbers;
}

/**
 * One AdamW step on one parameter, in place, as torch.optim.AdamW computes it.
 *
 * @param parameter Changed in place.
 * @param gradient Of the same length; not changed.
 * @param moments Changed in place; all zero before the first step.
 * @param step 1 for the first step.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { adamwStep } from "./adamw.ts";
 *
 * const w = Float64Array.of(1);
 * const moments = { first: new Float64Array(1), second: new Float64Array(1) };
 * adamwStep(w, Float64Array.of(0.3), moments, 1, { learningRate: 0.1, weightDecay: 0 });
 * assertAlmostEquals(w[0]!, 0.9, 1e-6); // the first step is the learning rate times the sign
 * ```
 */
export function adamwStep(
  parameter: Numbers,
  gradient: Numbers,
  { first, second }: Moments,
  step: number,
  { learningRate, weightDecay, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamwOptions,
): void {
  const correction1 = 1 - beta1 ** step, correction2 = Math.sqrt(1 - beta2 ** step);
  const stepSize = learningRate / correction1;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]!;
    const m = beta1 * first[i]! + (1 - beta1) * g;
    const v = beta2 * second[i]! + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    const decayed = parameter[i]! * (1 - learningRate * weightDecay);
    parameter[i] = decayed - stepSize * m / (Math.sqrt(v) / correction2 + epsilon);
  }
}

/**
 * Scales all gradients together, in place, so that their common Euclidean norm is at most `maxNorm`; the factor is
 * min(1, maxNorm / (norm + 10⁻⁶)), as in torch.nn.utils.clip_grad_norm_.
 *
 * @returns The norm before clipping.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { clipGradients } from "./adamw.ts";
 *
 * assertEquals(clipGradients([Float64Array.of(3), Float64Array.of(4)], 10), 5);
 * ```
 */
export function clipGradients(gradients: readonly Numbers[], maxNorm: number): number {
  let squares = 0;
  for (const gradient of gradients) for (let i = 0; i < gradient.length; i++) squares += gradient[i]! * gradient[i]!;
  const norm = Math.sqrt(squares);
  const factor = Math.min(1, maxNorm / (norm + 1e-6));
  if (factor < 1) {
    for (const gradient of gradients) {
      for (let i = 0; i < gradient.length; i++) gradient[i]! *= factor;
    }
  }
  return norm;
}
