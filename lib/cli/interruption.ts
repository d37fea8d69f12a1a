/** Ctrl-C, a closed terminal and `kill`, for work that can be stopped between two batches. */
import type { Interruption } from "../train/mod.ts";

/** What the worker is told. */
export interface Held {
  /** Where it stores the exit code of a signal that came. */
  readonly flag: SharedArrayBuffer;
  /** Whether it is to listen. */
  readonly held: boolean;
  /** To be answered with, once that is so. */
  readonly count: number;
  /** Whether another process says that a signal came. */
  readonly quiet: boolean;
}

/**
 * Runs work that a signal stops in a state that can be resumed: the first signal is answered at once, a second one ends
 * the process, and so does the first where the work holds nothing that would have to be saved. Returns the work's
 * result, and the exit code of the signal that came, or 0.
 */
export async function interruptible<T>(
  run: (signal: Interruption) => Promise<T>,
  quiet = false,
): Promise<{ readonly result: T; readonly exitCode: number }> {
  const flag = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const came = () => Atomics.load(new Int32Array(flag), 0);
  const worker = new Worker(new URL("./interruption_worker.ts", import.meta.url), { type: "module" });
  let count = 0;
  const hold = (held: boolean) =>
    new Promise<void>((resolve) => {
      const own = ++count;
      worker.onmessage = ({ data }) => data === own && resolve();
      // A signal that came is being answered: the next one ends the process.
      worker.postMessage({ flag, held: held && came() === 0, count: own, quiet } satisfies Held);
    });
  try {
    const result = await run({
      get aborted() {
        return came() !== 0;
      },
      hold,
    });
    return { result, exitCode: came() };
  } finally {
    worker.terminate();
  }
}
