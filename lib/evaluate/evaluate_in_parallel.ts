/** `evaluate()` on several workers. Each piece of the work draws for itself, so their number changes no number. */
import { assembleEvaluation, type EvaluateOptions, type EvaluationJob, jobsOf } from "./evaluate.ts";
import { type PreparedEvaluation, prepareEvaluation, runJob } from "./evaluate.ts";
import type { Evaluation } from "./evaluation.ts";
import type { EvaluationInput } from "./table.ts";

type Outcome = ReturnType<typeof runJob>;

/** What a worker is told: first the table, then one job after the other. */
export type ToWorker =
  | { readonly input: EvaluationInput; readonly options: EvaluateOptions }
  | { readonly job: EvaluationJob };

/** What a worker says; without an outcome the job failed. */
export type FromWorker = { readonly part: true } | { readonly part: false; readonly outcome: Outcome | null };

/** Below this many rows times jobs times resamples, starting workers takes longer than they save. */
const LEAST_WORK = 2e7;
/** More rows than this hardly make a job longer. */
const MOST_ROWS = 10_000;
/** Rows that all workers together hold: each has tables of its own, some 65 bytes a row beside the shared columns. */
const MOST_HELD = 2 ** 25;

/** {@linkcode evaluate} on as many workers as there are processors, where there is work enough. */
export async function evaluateInParallel(
  input: EvaluationInput,
  options: EvaluateOptions,
  workers: number = navigator.hardwareConcurrency,
): Promise<Evaluation> {
  const prepared = prepareEvaluation(input, options);
  const jobs = jobsOf(prepared), { chance, table } = prepared.context;
  const work = (table.queries === null ? Math.min(MOST_ROWS, table.rows) : table.rows) * jobs.length * chance.resamples;
  const count = workersFor({ work, rows: table.rows, jobs: jobs.length, workers });
  const outcomes = count < 2
    ? jobs.map((job) => runJob(prepared, job))
    : await runShared(prepared, { jobs, count, options });
  return assembleEvaluation(prepared, outcomes);
}

/** How many workers are worth their start and have room; below 2, the work is done where it is asked for. */
export function workersFor(
  { work, rows, jobs, workers }: Readonly<Record<"work" | "rows" | "jobs" | "workers", number>>,
): number {
  return work < LEAST_WORK ? 1 : Math.min(workers, jobs, Math.floor(MOST_HELD / rows));
}

async function runShared(
  prepared: PreparedEvaluation,
  { jobs, count, options: { onProgress: _, ...options } }: {
    readonly jobs: readonly EvaluationJob[];
    readonly count: number;
    readonly options: EvaluateOptions;
  },
): Promise<Outcome[]> {
  const input = shared(prepared.input);
  const outcomes: Outcome[] = [];
  // Where every worker has a single job, the last is done here: one worker less has to start and to prepare, and what
  // rankings have to say of each query is not copied.
  const own = count === jobs.length ? count - 1 : null;
  const others = own === null ? jobs : jobs.slice(0, own);
  let next = 0;
  const done = Promise.all(Array.from({ length: own ?? count }, async () => {
    const worker = new Worker(new URL("./evaluate_worker.ts", import.meta.url), { type: "module" });
    const tell = (message: ToWorker) => worker.postMessage(message);
    let alive = true;
    try {
      tell({ input, options });
      while (next < others.length) {
        const at = next++, job = others[at]!;
        tell({ job });
        const outcome: Outcome | null = alive ? await answered(worker, prepared.context.partDone) : null;
        alive = outcome !== null;
        // What fails there fails here too, and says why as it always does.
        outcomes[at] = outcome ?? runJob(prepared, job);
      }
    } finally {
      worker.terminate();
    }
  }));
  if (own !== null) outcomes[own] = runJob(prepared, jobs[own]!);
  await done;
  return outcomes;
}

function answered(worker: Worker, partDone: () => void): Promise<Outcome | null> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => data.part ? partDone() : resolve(data.outcome);
    worker.onerror = (event) => {
      event.preventDefault();
      resolve(null);
    };
  });
}

/** The same with columns in memory that workers read too. */
function shared<T>(value: T): T {
  if (value instanceof Float64Array || value instanceof Int32Array || value instanceof Uint8Array) {
    const own = new (value.constructor as Float64ArrayConstructor)(new SharedArrayBuffer(value.byteLength));
    own.set(value);
    return own as T;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shared(inner)])) as T;
}
