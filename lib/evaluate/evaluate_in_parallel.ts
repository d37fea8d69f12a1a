/**
 * `evaluate()` on several threads, this one and workers. Each piece of the work draws for itself, so how many there are
 * changes no number.
 */
import { assembleEvaluation, type EvaluateOptions, type EvaluationJob, type JobOutcome, jobsOf } from "./evaluate.ts";
import { type PreparedEvaluation, prepareEvaluation, runJob } from "./evaluate.ts";
import type { Evaluation } from "./evaluation.ts";
import type { EvaluationInput } from "./table.ts";

/** What a worker is told: the table, and the counter that says which job nobody has begun yet. */
export interface ToWorker {
  readonly input: EvaluationInput;
  readonly options: EvaluateOptions;
  readonly next: Int32Array;
}

/** What a worker says. */
export type FromWorker =
  | { readonly said: "part" }
  | { readonly said: "outcome"; readonly job: number; readonly outcome: JobOutcome }
  | { readonly said: "end" };

/** Below this many rows times jobs times resamples, starting workers takes longer than they save. */
const LEAST_WORK = 2e7;
/** More rows than this hardly make a job longer. */
const MOST_ROWS = 10_000;
/** Rows that all threads together hold: each has tables of its own, some 65 bytes a row beside the shared columns. */
const MOST_HELD = 2 ** 25;

/** {@linkcode evaluate} on as many threads as there are processors, where there is work enough. */
export async function evaluateInParallel(
  input: EvaluationInput,
  options: EvaluateOptions,
  threads: number = navigator.hardwareConcurrency,
): Promise<Evaluation> {
  const prepared = prepareEvaluation(input, options);
  const jobs = jobsOf(prepared), { chance, table } = prepared.context;
  const work = (table.queries === null ? Math.min(MOST_ROWS, table.rows) : table.rows) * jobs.length * chance.resamples;
  const count = threadsFor({ work, rows: table.rows, jobs: jobs.length, threads });
  const outcomes = count < 2
    ? jobs.map((job) => runJob(prepared, job))
    : await runShared(prepared, { jobs, count, options });
  return assembleEvaluation(prepared, outcomes);
}

/** How many threads are worth their start and have room; below 2, the work is done where it is asked for. */
export function threadsFor(
  { work, rows, jobs, threads }: Readonly<Record<"work" | "rows" | "jobs" | "threads", number>>,
): number {
  return work < LEAST_WORK ? 1 : Math.min(threads, jobs, Math.floor(MOST_HELD / rows));
}

/** This thread does its share: a worker less has to start, and what is found here is not copied. */
async function runShared(
  prepared: PreparedEvaluation,
  { jobs, count, options: { onProgress: _, ...options } }: {
    readonly jobs: readonly EvaluationJob[];
    readonly count: number;
    readonly options: EvaluateOptions;
  },
): Promise<JobOutcome[]> {
  const next = new Int32Array(new SharedArrayBuffer(4));
  const message: ToWorker = { input: shared(prepared.input), options, next };
  const outcomes: (JobOutcome | undefined)[] = [];
  const workers = Array.from({ length: count - 1 }, () => {
    const worker = new Worker(new URL("./evaluate_worker.ts", import.meta.url), { type: "module" });
    worker.postMessage(message);
    return { worker, end: ended(worker, outcomes, prepared.context.partDone) };
  });
  try {
    for (const job of untaken(next, jobs.length)) outcomes[job] = runJob(prepared, jobs[job]!);
    // Those that have started too late for any job are not waited for.
    if (jobs.some((_, i) => outcomes[i] === undefined)) await Promise.all(workers.map(({ end }) => end));
  } finally {
    for (const { worker } of workers) worker.terminate();
  }
  // What fails there fails here too, and says why as it always does.
  return jobs.map((job, i) => outcomes[i] ?? runJob(prepared, job));
}

/** Takes one job after the other of those that nobody has begun. */
export function* untaken(next: Int32Array, jobs: number): Generator<number> {
  for (let job = Atomics.add(next, 0, 1); job < jobs; job = Atomics.add(next, 0, 1)) yield job;
}

function ended(worker: Worker, outcomes: (JobOutcome | undefined)[], partDone: () => void): Promise<void> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if (data.said === "part") partDone();
      else if (data.said === "outcome") outcomes[data.job] = data.outcome;
      else resolve();
    };
    worker.onerror = (event) => {
      event.preventDefault();
      resolve();
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
