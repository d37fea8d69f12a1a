import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { evaluate, jobsOf, prepareEvaluation, runJob } from "./evaluate.ts";
import { evaluateInParallel, type FromWorker, threadsFor, type ToWorker } from "./evaluate_in_parallel.ts";

function someTable(rows: number, attributes: number) {
  const rng = new Rng(3);
  const column = (of: () => number) => Float64Array.from({ length: rows }, of);
  const groups = Array.from({ length: attributes }, (_, a) => ({
    names: ["a", "b", "c"].map((name) => `${name}${a}`),
    codes: Int32Array.from({ length: rows }, () => rng.int(3)),
  }));
  return {
    source: "a table",
    scores: { one: { scores: column(() => rng.uniform()), counterfactual: column(() => rng.uniform()) } },
    labels: column(() => rng.int(2)),
    groups: Object.fromEntries(groups.map((own, a) => [`attribute ${a}`, own])),
    queries: { names: ["x", "y"], codes: Int32Array.from({ length: rows }, (_, i) => i % 2) },
  };
}

permittedTest(
  "evaluateInParallel() gives what evaluate() gives, whatever the number of threads, and counts its parts",
  async () => {
    const input = someTable(2500, 3), options = { resamples: 1500, intersections: true };
    const alone = evaluate(input, options);
    for (const threads of [1, 3]) {
      const parts: number[] = [];
      const onProgress = (done: number, of: number) => void parts.push(done, of);
      assertEquals(await evaluateInParallel(input, { ...options, onProgress }, threads), alone);
      assertEquals(parts, Array.from({ length: 24 }, (_, i) => [i + 1, 24]).flat());
    }
  },
);

permittedTest("a worker does the jobs that nobody has begun, says their outcomes and parts, and ends", async () => {
  const input = someTable(2500, 2), options = { resamples: 200 };
  const prepared = prepareEvaluation(input, options), jobs = jobsOf(prepared);
  const next = new Int32Array(new SharedArrayBuffer(4)), said: FromWorker[] = [];
  next[0] = 2;
  const worker = new Worker(new URL("./evaluate_worker.ts", import.meta.url), { type: "module" });
  const { promise, resolve } = Promise.withResolvers<void>();
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => data.said === "end" ? resolve() : void said.push(data);
  worker.postMessage({ input, options, next } satisfies ToWorker);
  await promise.finally(() => worker.terminate());
  const outcomes = said.flatMap((one) => one.said === "outcome" ? [{ ...one }] : []);
  assertEquals(outcomes.map(({ job }) => job), [2, 3, 4, 5]);
  for (const { job, outcome } of outcomes) assertEquals(outcome, runJob(prepared, jobs[job]!));
  // Counterfactuals of the first attribute, everything of the second.
  assertEquals(said.length - outcomes.length, 1 + 6);
  assertEquals(jobs.map(({ attribute, piece }) => `${piece} ${attribute}`).slice(2, 4), [
    "counterfactuals 0",
    "rankings 1",
  ]);
});

permittedTest("evaluateInParallel() fails as evaluate() does where a worker finds what is wrong", async () => {
  const options = { resamples: 3000, exclude: ["a0", "b0", "c0"] };
  await assertRejects(() => evaluateInParallel(someTable(2500, 3), options, 2), InputError, "--exclude");
});

Deno.test("threadsFor() starts none for little work, nor more than jobs, processors or memory allow", () => {
  const given = { work: 1e9, rows: 5000, jobs: 8, threads: 64 };
  assertEquals(threadsFor(given), 8);
  assertEquals(threadsFor({ ...given, threads: 3 }), 3);
  assertEquals(threadsFor({ ...given, work: 1e6 }), 1);
  assertEquals([1e7, 2e7, 1e8].map((rows) => threadsFor({ ...given, rows })), [3, 1, 0]);
});
