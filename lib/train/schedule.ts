/** How the learning rate runs over the steps of a training. */

/** The shape after the warm-up. */
export type Schedule = "linear" | "cosine" | "constant";

/**
 * What the learning rate is multiplied by at an optimiser step: it rises linearly from 0 over the warm-up, then falls
 * to 0 in a line or half a cosine wave, or stays. The same numbers as transformers' `get_*_schedule_with_warmup`.
 *
 * @param step The step about to be made, from 0.
 * @param warmup Steps of the warm-up.
 * @param total Steps of the training.
 * @returns A factor in [0, 1].
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { learningRateFactor } from "./schedule.ts";
 *
 * assertEquals([0, 1, 2, 3, 4].map((step) => learningRateFactor("linear", step, 2, 4)), [0, 0.5, 1, 0.5, 0]);
 * ```
 */
export function learningRateFactor(schedule: Schedule, step: number, warmup: number, total: number): number {
  if (step < warmup) return step / Math.max(1, warmup);
  if (schedule === "constant") return 1;
  const left = Math.max(0, total - step), span = Math.max(1, total - warmup);
  if (schedule === "linear") return left / span;
  return Math.max(0, 0.5 * (1 + Math.cos(Math.PI * (step - warmup) / span)));
}
