/** How a training is asked to stop, and stops: between two batches, in a state that can be resumed. */

import type { Ranks } from "./ranks.ts";

/** What asks a training to stop. An `AbortSignal` does. */
export interface Interruption {
  /** Whether it was asked to. */
  readonly aborted: boolean;
  /** Told whether there is something to be saved before the process ends. At other times it may end at once. */
  readonly hold?: (held: boolean) => Promise<void>;
}

/** Thrown by what was stopped. */
export class Interrupted extends Error {}

/** Throws if the work was asked to stop. */
export function stopIfAsked(signal: Interruption | undefined): void {
  if (signal?.aborted) throw new Interrupted();
}

/** The same for all ranks: they stop before the same step, whichever was asked to. */
export async function stopIfAnyIsAsked(ranks: Ranks, signal: Interruption | undefined): Promise<void> {
  const asked = await ranks.allGather(Float32Array.of(signal?.aborted ? 1 : 0));
  if (asked.includes(1)) throw new Interrupted();
}

/** Does work that ends by saving its state once {@linkcode stopIfAsked} has thrown. */
export async function saving<T>(signal: Interruption | undefined, work: () => Promise<T>): Promise<T> {
  await signal?.hold?.(true);
  try {
    const result = await work();
    stopIfAsked(signal);
    return result;
  } finally {
    await signal?.hold?.(false);
  }
}
