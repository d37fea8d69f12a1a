import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { type Example, normalizeWhitespace, SPLITS } from "./example.ts";
import { connectedComponents, type Split, splitDistribution, splitExamples } from "./split.ts";

/** Candidates with 1 to 4 pairs each, some sharing a text with another candidate, in groups of unequal size. */
function someExamples(seed: number, candidates: number): Example[] {
  const rng = new Rng(seed);
  const examples: Example[] = [];
  for (let c = 0; c < candidates; c++) {
    const text = rng.uniform() < 0.1 ? `shared ${rng.int(candidates)}` : `text of ${c}`;
    const education = ["high school", "bachelor", "bachelor", "master", "doctorate"][rng.int(5)]!;
    const city = rng.pick(["X", "Y"]);
    for (let k = rng.int(4); k >= 0; k--) {
      const resume = rng.uniform() < 0.5 ? text : ` ${text.replace(" ", "\n ")}`;
      const label = rng.uniform() < (education === "doctorate" ? 0.8 : 0.3) ? 1 : 0;
      examples.push({
        row: examples.length + 1,
        resume,
        job: `job ${rng.int(10)}`,
        label,
        candidateId: `c${c}`,
        jobId: "j",
        groups: { education, city },
        groundTruth: null,
        split: null,
      });
    }
  }
  return examples;
}

function assertDisjoint(split: Split): void {
  const where = new Map<string, string>();
  for (const name of SPLITS) {
    for (const { candidateId, resume } of split[name]) {
      for (const key of [`c ${candidateId}`, `t ${normalizeWhitespace(resume)}`]) {
        assertEquals(where.get(key) ?? name, name);
        where.set(key, name);
      }
    }
  }
}

Deno.test("splitExamples() never shares a candidate or a text between parts, and loses no example", () => {
  for (let seed = 0; seed < 30; seed++) {
    const examples = someExamples(seed, 20 + 10 * seed);
    const split = splitExamples(examples, {
      validation: 0.2,
      test: 0.25,
      stratifyBy: ["education"],
      rng: new Rng(seed),
    });
    assertDisjoint(split);
    const rows = SPLITS.flatMap((name) => split[name].map(({ row }) => row)).sort((a, b) => a - b);
    assertEquals(rows, examples.map(({ row }) => row));
  }
});

Deno.test("splitExamples() keeps each label × group near its wanted share", () => {
  for (let seed = 0; seed < 10; seed++) {
    const examples = someExamples(seed, 600);
    const split = splitExamples(examples, {
      validation: 0.15,
      test: 0.2,
      stratifyBy: ["education", "city"],
      rng: new Rng(seed),
    });
    assertAlmostEquals(split.test.length / examples.length, 0.2, 0.01);
    assertAlmostEquals(split.validation.length / examples.length, 0.15, 0.01);
    for (const { train, validation, test } of split.distribution) {
      const all = train + validation + test;
      // A candidate has up to four pairs, which must stay together.
      assertLess(Math.abs(test - 0.2 * all), 6);
      assertLess(Math.abs(validation - 0.15 * all), 6);
    }
    assertEquals(split.notes, []);
  }
});

Deno.test("splitExamples() meets the shares exactly where every candidate has one pair", () => {
  const examples = someExamples(1, 400).filter((e, i, all) =>
    all.findIndex((o) => o.candidateId === e.candidateId) === i
  )
    .map((e, i) => ({
      ...e,
      resume: `text ${i}`,
      groups: { half: i % 2 === 0 ? "a" : "b" },
      label: i % 4 < 2 ? 1 : 0,
    }));
  const { distribution } = splitExamples(examples, {
    validation: 0.1,
    test: 0.2,
    stratifyBy: ["half"],
    rng: new Rng(2),
  });
  assertEquals(
    distribution.map(({ train, validation, test }) => [train, validation, test]),
    Array(4).fill([70, 10, 20]),
  );
});

Deno.test("splitExamples() gives the same parts for the same seed and others for another", () => {
  const examples = someExamples(3, 100);
  const rows = (seed: number) =>
    splitExamples(examples, { validation: 0.2, test: 0.2, stratifyBy: ["city"], rng: new Rng(seed) }).test.map((e) =>
      e.row
    );
  assertEquals(rows(5), rows(5));
  assert(rows(5).join() !== rows(6).join());
});

Deno.test("splitExamples() keeps the order of the input within each part", () => {
  const split = splitExamples(someExamples(4, 100), { validation: 0.2, test: 0.2, rng: new Rng(1) });
  for (const name of SPLITS) {
    const rows = split[name].map(({ row }) => row);
    assertEquals(rows, rows.toSorted((a, b) => a - b));
  }
});

Deno.test("splitExamples() keeps a split that the examples bring", () => {
  const examples = someExamples(5, 60).map((e) => ({
    ...e,
    resume: e.candidateId,
    split: SPLITS[Number(e.candidateId.slice(1)) % 3]!,
  }));
  const split = splitExamples(examples, { validation: 0, test: 0.1, rng: new Rng(1) });
  for (const name of SPLITS) assertEquals(split[name], examples.filter((e) => e.split === name));
});

Deno.test("splitExamples() refuses an own split that is incomplete or leaks", () => {
  const [a, b] = someExamples(6, 2) as [Example, Example];
  const options = { validation: 0.2, test: 0.2, rng: new Rng(1) };
  assertThrows(() => splitExamples([{ ...a, split: "train" }, b], options), InputError, "row 2 has none");
  const leaking: Example[] = [{ ...a, resume: "same text", split: "train" }, {
    ...b,
    candidateId: "other",
    resume: "same\ntext",
    split: "test",
  }];
  assertThrows(
    () => splitExamples(leaking, options),
    InputError,
    "row 1 is in train and row 2, of the same candidate or text, in test",
  );
});

Deno.test("splitExamples() follows chains of shared candidates and texts", () => {
  const base = someExamples(7, 1)[0]!;
  const chain = Array.from({ length: 30 }, (_, i): Example => ({
    ...base,
    row: i + 1,
    candidateId: `c${Math.floor(i / 2)}`,
    resume: `t${Math.ceil(i / 2)}`,
    label: i % 2,
  }));
  const others = Array.from(
    { length: 40 },
    (_, i): Example => ({ ...base, row: 31 + i, candidateId: `o${i}`, resume: `o${i}`, label: i % 2 }),
  );
  const split = splitExamples([...chain, ...others], { validation: 0.2, test: 0.2, rng: new Rng(1) });
  assertEquals(SPLITS.filter((name) => split[name].some(({ row }) => row <= 30)).length, 1);
});

Deno.test("splitExamples() says when a part would have one label class or nothing", () => {
  const examples = someExamples(8, 60).map((e) => ({ ...e, label: e.candidateId === "c3" ? 1 : 0 }));
  const options = { validation: 0.2, test: 0.2, rng: new Rng(1) };
  assertThrows(
    () => splitExamples(examples, options),
    InputError,
    "Split: expected labels on both sides of 0.5 in the ",
  );
  assertThrows(
    () =>
      splitExamples(
        [{ ...examples[0]!, candidateId: "c3", resume: "r", label: 1 }, { ...examples[0]!, label: 0 }],
        options,
      ),
    InputError,
    "part is empty",
  );
  assertThrows(() => splitExamples([], options), InputError, "the train part is empty");
});

Deno.test("splitExamples() notes a group that a part lacks", () => {
  const examples = someExamples(9, 200).map((e, i) => ({
    ...e,
    groups: { rare: e.candidateId === "c7" ? "yes" : "no" },
    label: i % 2,
  }));
  const { notes } = splitExamples(examples, { validation: 0.2, test: 0.2, stratifyBy: ["rare"], rng: new Rng(1) });
  assertEquals(notes.length, 2);
  assert(notes.every((note) => note.startsWith('Nobody with rare "yes" is in the ')));
});

Deno.test("splitExamples() refuses fractions that leave nothing and attributes that do not exist", () => {
  const examples = someExamples(10, 30);
  const rng = new Rng(1);
  assertThrows(() => splitExamples(examples, { validation: 0.5, test: 0.5, rng }), InputError, "found 0.5 and 0.5");
  assertThrows(() => splitExamples(examples, { validation: -0.1, test: 0.5, rng }), InputError, "found -0.1");
  assertThrows(
    () => splitExamples(examples, { validation: 0.1, test: 0.2, stratifyBy: ["edu"], rng }),
    InputError,
    'expected attributes among "education", "city", found "edu"',
  );
});

Deno.test("splitExamples() leaves a part empty on demand and splits data without labels", () => {
  const examples = someExamples(11, 100).map((e) => ({ ...e, label: null }));
  const { validation, test } = splitExamples(examples, { validation: 0, test: 0.3, rng: new Rng(1) });
  assertEquals(validation, []);
  assertAlmostEquals(test.length / examples.length, 0.3, 0.02);
});

Deno.test("splitDistribution() counts by part, group and label class", () => {
  const ids = { candidateId: "c1", jobId: "j1" };
  const one = { row: 1, resume: "", job: "", label: 1, ...ids, groups: { city: "X" }, groundTruth: null, split: null };
  assertEquals(splitDistribution({ train: [one, one], validation: [], test: [one] }, ["city"]), [
    { attribute: "city", group: "X", label: 1, train: 2, validation: 0, test: 1 },
  ]);
});

Deno.test("connectedComponents() numbers components in the order of first appearance", () => {
  assertEquals([...connectedComponents([[0, 1, 0, 2], [0, 1, 2, 2]])], [0, 1, 0, 0]);
});

Deno.test("splitExamples() gives each part its share", () => {
  const examples = Array.from({ length: 100 }, (_, i): Example => ({
    row: i + 1,
    resume: `resume ${i}`,
    job: "job",
    label: i % 2,
    candidateId: `c${i}`,
    jobId: "j",
    groups: {},
    groundTruth: null,
    split: null,
  }));
  const { train, validation, test } = splitExamples(examples, { validation: 0.1, test: 0.2, rng: new Rng(1) });
  assertEquals([train.length, validation.length, test.length], [70, 10, 20]);
});
