import { assertEquals, assertRejects } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { loadExamples } from "./load_examples.ts";
import { isQueryTable, readQueries } from "./query_rows.ts";

const DEGREE = { name: "education", extract: "degree" } as const;
const COLUMNS = { resume: "resume", job: "job", label: "label" };

/** Lines as FlagEmbedding's documentation and its hn_mine.py write them. */
const LINES = [
  { query: "nurse", pos: ["a nurse, B.Sc. in Nursing", "a ward nurse"], neg: ["a baker", "a pilot"] },
  { query: "baker", pos: ["a baker"], neg: ["a nurse, B.Sc. in Nursing"], pos_scores: [4.5], neg_scores: [-7e-8] },
  { query: "pilot", pos: ["a pilot"], neg: [], prompt: "Find: ", type: "symmetric_sts", extra: { any: 1 } },
];

async function withLines(lines: readonly unknown[], run: (path: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/q.jsonl`, lines.map((line) => JSON.stringify(line) + "\n").join(""));
    await run(`${folder}/q.jsonl`);
  });
}

permittedTest("isQueryTable() knows lines of queries from other tables", () =>
  withFolder(async (folder) => {
    const is = async (text: string, name = "a.jsonl") => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      return await isQueryTable(`${folder}/${name}`);
    };
    assertEquals(await is(`\n\ufeff${JSON.stringify(LINES[0])}`), true);
    assertEquals(await is(JSON.stringify(LINES[0]), "a.txt"), true);
    assertEquals(await is('{"query": "a", "pos": "b"}\n'), false);
    assertEquals(await is('{"resume": "a", "job": "b"}\n'), false);
    assertEquals(await is('{"query": "a", "pos": ["b"\n'), false);
    assertEquals(await is("query,pos\na,b\n", "a.csv"), false);
    assertEquals(await is(""), false);
    assertEquals(await isQueryTable(`${import.meta.dirname}/../testdata/tables/snappy.parquet`), false);
  }));

permittedTest(
  "loadExamples() takes lines of queries for pairs: pos are matches, neg are none, scores a teacher's",
  () =>
    withLines(LINES, async (path) => {
      const { examples, notes } = await loadExamples(path, { columns: COLUMNS, groups: [DEGREE] });
      const shown = examples.map(({ row, job, resume, label, teacherScore, groups }) =>
        [row, job, resume, label, teacherScore ?? null, groups.education] as const
      );
      assertEquals(shown, [
        [1, "nurse", "a nurse, B.Sc. in Nursing", 1, null, "bachelor"],
        [1, "nurse", "a ward nurse", 1, null, "none mentioned"],
        [1, "nurse", "a baker", 0, null, "none mentioned"],
        [1, "nurse", "a pilot", 0, null, "none mentioned"],
        [2, "baker", "a baker", 1, 4.5, "none mentioned"],
        [2, "baker", "a nurse, B.Sc. in Nursing", 0, -7e-8, "bachelor"],
        [3, "pilot", "a pilot", 1, null, "none mentioned"],
      ]);
      assertEquals(examples[0]!.candidateId, examples[5]!.candidateId);
      assertEquals(examples.map(({ prompts }) => prompts), [
        ...Array(6).fill(undefined),
        { job: "Find: ", resume: "Find: ", type: "symmetric_sts" },
      ]);
      assertEquals(
        notes[0]!.startsWith('The prompt "Find: " of the queries stands in place of the model'),
        true,
        notes[0],
      );
      await assertRejects(
        () => loadExamples(path, { columns: COLUMNS, groups: [{ name: "town", column: "town" }] }),
        InputError,
        'expected groups that are extracted, { "name": "education", "extract": "degree" }',
      );
    }),
);

permittedTest("readQueries() names row and key of what it cannot read", async () => {
  const wrong: [unknown, string][] = [
    [{ query: "a", neg: ["b"] }, "row 2, pos: expected a list of texts"],
    [{ query: "a", pos: [] }, "row 2, pos: expected at least one text, found none"],
    [{ query: "a", pos: ["b", " "] }, "row 2, pos, number 2: expected a text, found an empty one"],
    [{ query: "a", pos: ["b", 3] }, "row 2, pos, number 2: "],
    [{ query: " ", pos: ["b"] }, "row 2, query: expected a text, found an empty one"],
    [{ query: "a", pos: ["b"], pos_scores: [1, 2] }, "row 2, pos_scores: expected 1 numbers, one for each of pos"],
    [{ query: "a", pos: ["b"], neg: ["c"], neg_scores: ["x"] }, "row 2, neg_scores, number 1: expected numbers"],
    [{ query: { a: 1 }, pos: ["b"] }, 'row 2, column "query": expected text'],
  ];
  for (const [line, message] of wrong) {
    await withLines([LINES[0], line], async (path) => {
      await assertRejects(() => Array.fromAsync(readQueries(path)), InputError, message);
    });
  }
});
