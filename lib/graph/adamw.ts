/** AdamW (Loshchilov & Hutter 2019), clipping and schedules, on the host: an adapter is a few million numbers. */

/** Numbers of parameters, gradients and moments; float32 in training, float64 where its arithmetic is checked. */
export type Numbers = Float32Array | Float64Array;

/** PyTorch's defaults. */
const BETA1 = 0.9, BETA2 = 0.999, EPSILON = 1e-8;

/**
 * One AdamW step on one parameter, in place, as torch.optim.AdamW computes it; the gradient is not changed. Its running
 * moments, all zero before step 1, change in place; decay is decoupled: a step shrinks by learningRate · weightDecay.
 */
export function adamwStep(
  parameter: Numbers,
  gradient: Numbers,
  { first, second, step, learningRate, weightDecay }: {
    first: Numbers;
    second: Numbers;
    step: number;
    learningRate: number;
    weightDecay: number;
  },
): void {
  const correction1 = 1 - BETA1 ** step, correction2 = Math.sqrt(1 - BETA2 ** step);
  const stepSize = learningRate / correction1;
  for (let i = 0; i < parameter.length; i++) {
    const g = gradient[i]!;
    const m = BETA1 * first[i]! + (1 - BETA1) * g;
    const v = BETA2 * second[i]! + (1 - BETA2) * g * g;
    first[i] = m;
    second[i] = v;
    const decayed = parameter[i]! * (1 - learningRate * weightDecay);
    parameter[i] = decayed - stepSize * m / (Math.sqrt(v) / correction2 + EPSILON);
  }
}

/**
 * Scales all gradients together, in place, so that their common Euclidean norm is at most `maxNorm`; the factor is
 * min(1, maxNorm / (norm + 10⁻⁶)), as in torch.nn.utils.clip_grad_norm_. Gives the norm before clipping.
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

/** How a learning rate runs over the steps of a training. */
export interface LearningRates {
  /** The shape after the warm-up. */
  readonly schedule: "linear" | "cosine" | "constant";
  /** Steps of the warm-up. */
  readonly warmup: number;
  /** Steps of the training. */
  readonly total: number;
}

/**
 * What the learning rate is multiplied by at an optimiser step, counted from 0: it rises linearly from 0 over the
 * warm-up, then falls to 0 in a line or half a cosine wave, or stays. In [0, 1], the same numbers as transformers'
 * `get_*_schedule_with_warmup`.
 */
export function learningRateFactor(step: number, { schedule, warmup, total }: LearningRates): number {
  if (step < warmup) return step / Math.max(1, warmup);
  if (schedule === "constant") return 1;
  const left = Math.max(0, total - step), span = Math.max(1, total - warmup);
  if (schedule === "linear") return left / span;
  return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (step - warmup) / span)));
}
