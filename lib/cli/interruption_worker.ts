/**
 * Listens for signals beside the main thread, which computes for seconds without looking up: asked to stop, it says so
 * at once. A second signal finds no listener and ends the process.
 */
import type { Held } from "./interruption.ts";

const SIGNALS: readonly Deno.Signal[] = Deno.build.os === "windows"
  ? ["SIGINT", "SIGBREAK"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];
/** What a shell gives as the exit code of a process that the signal ended. */
const EXIT_CODES: Partial<Record<Deno.Signal, number>> = { SIGHUP: 129, SIGINT: 130, SIGBREAK: 130, SIGTERM: 143 };

const worker = self as unknown as {
  onmessage: (event: { data: Held }) => void;
  postMessage: (answer: number) => void;
};
const listeners = new Map<Deno.Signal, () => void>();

function release(): void {
  for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
  listeners.clear();
}

worker.onmessage = ({ data: { flag, held, count, quiet } }) => {
  release();
  for (const signal of held ? SIGNALS : []) {
    const listener = () => {
      release();
      // Said before it is stored: work that looks up in between would end the worker before it has spoken.
      if (!quiet) console.error("\nstopping after the current batch; a second time ends at once");
      Atomics.store(new Int32Array(flag), 0, EXIT_CODES[signal]!);
    };
    listeners.set(signal, listener);
    Deno.addSignalListener(signal, listener);
  }
  worker.postMessage(count);
};
