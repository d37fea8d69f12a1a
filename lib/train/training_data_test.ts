import { assert, assertEquals, assertThrows } from "@std/assert";
import type { Example } from "../data/example.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { parseConfig } from "./config.ts";
import { TokenCache } from "./token_cache.ts";
import { trainingSet } from "./training_data.ts";

const example = (row: number, job: string, resume: string, label: number): Example => ({
  row,
  job,
  resume,
  label,
  candidateId: resume,
  jobId: job,
  groups: {},
  groundTruth: null,
  split: null,
});

const EXAMPLES = [
  example(1, "nurse", "a", 1),
  example(2, "nurse", "b", 0.2),
  example(3, "nurse", "c", 0.7),
  example(4, "baker", "d", 1),
];

function setOf(training: Parameters<typeof parseConfig>[0], examples = EXAMPLES) {
  const texts: string[] = [];
  const encode = (text: string) => [texts.push(text) - 1];
  const tokenizer = { encode, vocabSize: 99, clsId: 1, sepId: 2, padId: 0, maskId: 4 };
  const tokens = new TokenCache({ tokenizer, maxLength: 9, instruction: { job: "", resume: "" } });
  const set = trainingSet(examples, parseConfig({ training }).training, { tokens, rng: new Rng(1) });
  return set.items.map(({ job, resume, label, negatives }) => ({
    job: texts[job],
    resume: texts[resume],
    label,
    negatives: negatives.map((number) => texts[number]!),
  }));
}

Deno.test("trainingSet() takes every example as it is for the pair and CoSENT objectives", () => {
  for (const objective of ["pair", "cosent"]) {
    assertEquals(
      setOf({ objective }),
      EXAMPLES.map(({ job, resume, label }) => ({ job, resume, label: label!, negatives: [] })),
    );
  }
});

Deno.test("trainingSet() starts from the matches and prefers résumés that failed for the same job as negatives", () => {
  const items = setOf({ objective: "contrastive", hardNegatives: 2 });
  assertEquals(items.map(({ job, resume, label }) => [job, resume, label]), [
    ["nurse", "a", 1],
    ["nurse", "c", 1],
    ["baker", "d", 1],
  ]);
  // b failed as a nurse; d, the only other one that does not match, fills up.
  assertEquals([items[0]!.negatives, items[1]!.negatives], [["b", "d"], ["b", "d"]]);
  const forBaker = items[2]!.negatives;
  assertEquals(new Set(forBaker).size, 2);
  assert(forBaker.every((resume) => ["a", "b", "c"].includes(resume)));
});

Deno.test("trainingSet() gives triplets one negative, and contrastive pairs none when none are asked for", () => {
  assertEquals(setOf({ objective: "triplet", hardNegatives: 5 }).map((item) => item.negatives.length), [1, 1, 1]);
  assertEquals(setOf({ objective: "contrastive", hardNegatives: 0 }).map((item) => item.negatives.length), [0, 0, 0]);
});

Deno.test("trainingSet() says when there are too few matches or too few résumés that do not match", () => {
  assertThrows(
    () => setOf({ objective: "triplet" }, EXAMPLES.slice(0, 2)),
    InputError,
    "training.objective triplet: expected at least two matching pairs in a split, found one",
  );
  assertThrows(
    () => setOf({ objective: "contrastive", hardNegatives: 3 }),
    InputError,
    'training.objective contrastive: expected 3 résumés that do not match "nurse", found 2',
  );
});
