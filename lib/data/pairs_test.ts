import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import type { Example } from "./example.ts";
import { contrastivePairs } from "./pairs.ts";

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
  assertEquals(pairs.map((p) => [p.anchor, p.positive.row, p.negatives.length]), [
    ["text of j1", 1, 0],
    ["text of j1", 2, 0],
    ["text of j3", 6, 0],
  ]);
  assertEquals([...pairs[0]!.fitting], ["a", "b"]);
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

Deno.test("contrastivePairs() with requireNegative leaves out pairs that have none", () => {
  const options = { hardNegatives: 1, requireNegative: true, rng: new Rng(1) };
  assertEquals(contrastivePairs(examples, options).map((p) => p.positive.row), [1, 2]);
  assertThrows(
    () => contrastivePairs([examples[4]!, examples[5]!], options),
    InputError,
    "expected jobs with labels on both sides of 0.5",
  );
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
  assertThrows(() => contrastivePairs(examples, { requireNegative: true, rng }), RangeError, "at least 1");
});
