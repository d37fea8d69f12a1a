/** Does pieces of an evaluation, apart from the thread that waits for them. */
import { jobsOf, prepareEvaluation, runJob } from "./evaluate.ts";
import { type FromWorker, type ToWorker, untaken } from "./evaluate_in_parallel.ts";

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage: (message: FromWorker) => void;
};

scope.onmessage = ({ data: { input, options, next } }) => {
  const prepared = prepareEvaluation(input, { ...options, onProgress: () => scope.postMessage({ said: "part" }) });
  const jobs = jobsOf(prepared);
  for (const job of untaken(next, jobs.length)) {
    try {
      scope.postMessage({ said: "outcome", job, outcome: runJob(prepared, jobs[job]!) });
    } catch {
      // Whoever waits does it again, and is told what is wrong.
    }
  }
  scope.postMessage({ said: "end" });
};
