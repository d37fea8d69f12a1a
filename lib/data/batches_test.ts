import { assert, assertAlmostEquals, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { contrastivePairs, epochBatches } from "./batches.ts";
import type { Example } from "./example.ts";

const items = Array.from({ length: 1003 }, (_, i) => i);
const options = { batchSize: 16, seed: 42, epoch: 0 };

Deno.test("epochBatches() holds every item once, in full batches but the last", () => {
  const batches = epochBatches(items, options);
  assertEquals(batches.flat().sort((a, b) => a - b), items);
  assertEquals(batches.map((b) => b.length), [...Array(62).fill(16), 11]);
});

Deno.test("epochBatches() depends on seed and epoch alone", () => {
  assertEquals(epochBatches(items, options), epochBatches(items, { ...options }));
  assertNotEquals(epochBatches(items, options), epochBatches(items, { ...options, epoch: 1 }));
  assertNotEquals(epochBatches(items, options), epochBatches(items, { ...options, seed: 43 }));
});

Deno.test("epochBatches() leaves its items in their order", () => {
  const own = [3, 1, 2];
  epochBatches(own, options);
  assertEquals(own, [3, 1, 2]);
});

Deno.test("epochBatches() puts every item equally often at the front", () => {
  let sum = 0;
  for (let epoch = 0; epoch < 2000; epoch++) {
    sum += epochBatches([0, 1, 2, 3, 4], { batchSize: 5, seed: 7, epoch })[0]![0]!;
  }
  // The mean of 2,000 draws from 0…4 has a standard error of 0.032.
  assertAlmostEquals(sum / 2000, 2, 0.13);
});

Deno.test("epochBatches() takes no items and refuses a batch size below 1", () => {
  assertEquals(epochBatches([], options), []);
  for (const batchSize of [0, 1.5, NaN]) {
    assertThrows(() => epochBatches(items, { ...options, batchSize }), RangeError, "batch size");
  }
});

const example = (row: number, jobId: string, candidateId: string, label: number): Example => ({
  row,
  resume: `resume of ${candidateId}`,
  job: `text of ${jobId}`,
  label,
  candidateId,
  jobId,
  groups: {},
  groundTruth: null,
  split: null,
});

const examples = [
  example(1, "j1", "a", 1),
  example(2, "j1", "b", 0.5),
  example(3, "j1", "c", 0),
  example(4, "j1", "d", 0.4),
  example(5, "j2", "a", 0),
  example(6, "j3", "c", 1),
];

Deno.test("contrastivePairs() makes one pair per positive, with the job as anchor", () => {
  const pairs = contrastivePairs(examples, { rng: new Rng(1) });
  assertEquals(pairs.map((p) => [p.positive.job, p.positive.row, p.negatives.length]), [
    ["text of j1", 1, 0],
    ["text of j1", 2, 0],
    ["text of j3", 6, 0],
  ]);
});

Deno.test("contrastivePairs() takes hard negatives from the same job only, as many as there are", () => {
  const rows = (hardNegatives: number) =>
    contrastivePairs(examples, { hardNegatives, rng: new Rng(1) }).map((p) => p.negatives.map((n) => n.row).sort());
  assertEquals(rows(5), [[3, 4], [3, 4], []]);
  assertEquals(rows(1).map((r) => r.length), [1, 1, 0]);
});

Deno.test("contrastivePairs() chooses every negative equally often", () => {
  const rng = new Rng(3);
  let third = 0;
  for (let i = 0; i < 2000; i++) {
    if (contrastivePairs(examples, { hardNegatives: 1, rng })[0]!.negatives[0]!.row === 3) third++;
  }
  assertAlmostEquals(third / 2000, 0.5, 0.05);
});

Deno.test("contrastivePairs() never takes a candidate for a negative who also fits the job", () => {
  const conflicting = [...examples, example(7, "j1", "a", 0)];
  for (const { negatives } of contrastivePairs(conflicting, { hardNegatives: 9, rng: new Rng(1) })) {
    assert(negatives.every(({ candidateId }) => candidateId !== "a"));
  }
});

Deno.test("contrastivePairs() says when there is no positive", () => {
  assertThrows(
    () => contrastivePairs([examples[2]!, examples[3]!], { rng: new Rng(1) }),
    InputError,
    "expected examples with a label of at least 0.5, none of 2 has one",
  );
});

Deno.test("contrastivePairs() refuses a number of negatives that cannot be", () => {
  const rng = new Rng(1);
  assertThrows(() => contrastivePairs(examples, { hardNegatives: -1, rng }), RangeError, "at least 0");
});

Deno.test("epochBatches() gives every item once, the last batch smaller", () => {
  const batches = epochBatches([1, 2, 3, 4, 5], { batchSize: 2, seed: 42, epoch: 0 });
  assertEquals(batches.map((batch) => batch.length), [2, 2, 1]);
  assertEquals(batches.flat().sort(), [1, 2, 3, 4, 5]);
});
