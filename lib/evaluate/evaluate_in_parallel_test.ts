import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { evaluate } from "./evaluate.ts";
import { evaluateInParallel, type FromWorker, workersFor } from "./evaluate_in_parallel.ts";

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

/** Counts the outcomes that workers gave: what they fail in is done again where they were asked, in silence. */
class CountingWorker extends Worker {
  static outcomes = 0;

  constructor(specifier: URL, options: WorkerOptions) {
    super(specifier, options);
    this.addEventListener("message", ({ data }: MessageEvent<FromWorker>) => {
      if (!data.part && data.outcome !== null) CountingWorker.outcomes++;
    });
  }
}

permittedTest(
  "evaluateInParallel() gives what evaluate() gives, whatever the number of workers, and counts its parts",
  async () => {
    const { Worker } = globalThis;
    globalThis.Worker = CountingWorker as typeof Worker;
    using _ = { [Symbol.dispose]: () => void (globalThis.Worker = Worker) };
    const input = someTable(2500, 3), options = { resamples: 1500, intersections: true };
    const alone = evaluate(input, options);
    for (const workers of [1, 3]) {
      const parts: number[] = [];
      const onProgress = (done: number, of: number) => void parts.push(done, of);
      assertEquals(await evaluateInParallel(input, { ...options, onProgress }, workers), alone);
      assertEquals(CountingWorker.outcomes, workers === 1 ? 0 : 8);
      assertEquals(parts, Array.from({ length: 24 }, (_, i) => [i + 1, 24]).flat());
    }
  },
);

permittedTest("evaluateInParallel() does the last piece itself where each worker has a single one", async () => {
  const { Worker } = globalThis;
  globalThis.Worker = CountingWorker as typeof Worker;
  using _ = { [Symbol.dispose]: () => void (globalThis.Worker = Worker) };
  const input = someTable(2500, 1), options = { resamples: 4000 }, before = CountingWorker.outcomes;
  assertEquals(await evaluateInParallel(input, options, 2), evaluate(input, options));
  assertEquals(CountingWorker.outcomes, before + 1);
});

permittedTest("evaluateInParallel() fails as evaluate() does where a worker finds what is wrong", async () => {
  const options = { resamples: 3000, exclude: ["a0", "b0", "c0"] };
  await assertRejects(() => evaluateInParallel(someTable(2500, 3), options, 2), InputError, "--exclude");
});

Deno.test("workersFor() starts none for little work, nor more than jobs, processors or memory allow", () => {
  const given = { work: 1e9, rows: 5000, jobs: 8, workers: 64 };
  assertEquals(workersFor(given), 8);
  assertEquals(workersFor({ ...given, workers: 3 }), 3);
  assertEquals(workersFor({ ...given, work: 1e6 }), 1);
  assertEquals([1e7, 2e7, 1e8].map((rows) => workersFor({ ...given, rows })), [3, 1, 0]);
});
