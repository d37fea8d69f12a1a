/** Does pieces of an evaluation, apart from the thread that waits for them. */
import { type PreparedEvaluation, prepareEvaluation, runJob } from "./evaluate.ts";
import type { FromWorker, ToWorker } from "./evaluate_in_parallel.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage: (message: FromWorker) => void;
};

let prepared: PreparedEvaluation | undefined;

scope.onmessage = ({ data }) => {
  if ("input" in data) {
    prepared = prepareEvaluation(data.input, {
      ...data.options,
      onProgress: () => scope.postMessage({ part: true }),
    });
    return;
  }
  let outcome: ReturnType<typeof runJob> | null = null;
  try {
    outcome = runJob(prepared!, data.job);
  } catch {
    // Whoever waits does it again, and is told what is wrong.
  }
  scope.postMessage({ part: false, outcome });
};
