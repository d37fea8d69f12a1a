import { assertEquals } from "@std/assert";
import type { Example } from "../example.ts";
import { maskExamples } from "./mask_examples.ts";

function example(row: number, resume: string): Example {
  const groups = { education: "bachelor" };
  return {
    row,
    resume,
    job: "Bachelor's degree wanted",
    label: 1,
    candidateId: `c${row}`,
    jobId: "j",
    groups,
    groundTruth: null,
    split: null,
  };
}

const examples = [
  example(1, "Holds a B.A. from Elm College (2011)."),
  example(2, "Holds a B.A. from Elm College (2011)."),
  example(3, "Supervised PhD students. Knows the Oxford comma."),
];

Deno.test("maskExamples() masks résumés only, and counts each once", () => {
  const { examples: masked, table } = maskExamples(examples);
  assertEquals(masked.map(({ resume }) => resume), [
    "Holds a qualification from a school (some year).",
    "Holds a qualification from a school (some year).",
    "Supervised PhD students. Knows the Oxford comma.",
  ]);
  assertEquals(
    masked.map(({ job, groups }) => ({ job, groups })),
    examples.map(({ job, groups }) => ({ job, groups })),
  );
  assertEquals(table, [
    { kind: "degree", resumes: 1, replacements: 1, kept: 1 },
    { kind: "school", resumes: 1, replacements: 1, kept: 0 },
    { kind: "year", resumes: 1, replacements: 1, kept: 0 },
    { kind: "prestige", resumes: 0, replacements: 0, kept: 0 },
  ]);
});

Deno.test("maskExamples() logs every replacement and everything kept, with the first row of the résumé", () => {
  const { log } = maskExamples(examples);
  assertEquals(log.map(({ row, kind, text, outcome }) => [row, kind, text, outcome]), [
    [1, "degree", "B.A.", "replaced"],
    [1, "school", "Elm College", "replaced"],
    [1, "year", "2011", "replaced"],
    [3, "degree", "PhD", "someone else's"],
  ]);
});
