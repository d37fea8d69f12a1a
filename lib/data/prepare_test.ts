import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../errors.ts";
import { loadExamples } from "./load_examples.ts";
import { type PrepareOptions, prepareTable } from "./prepare.ts";
import { readTable } from "./read_table.ts";
import { permittedTest } from "../_testing.ts";

const degrees = ["High School Diploma", "Associate of Arts", "B.A. in History", "Master's degree in History"];

/** 80 pairs: 40 candidates, each with two jobs. */
const rows = Array.from({ length: 80 }, (_, i) => {
  const candidate = Math.floor(i / 2);
  const resume = `"Person ${candidate}\n\nEducation\n${degrees[candidate % 4]}, Lakeside College\n"`;
  return `${i},${resume},Archivist ${i % 2},${(candidate + i) % 2}`;
});

async function prepare(content: string[], options: Partial<PrepareOptions> = {}) {
  const folder = await Deno.makeTempDir();
  try {
    const [input, output] = [`${folder}/in.csv`, `${folder}/out.csv`];
    await Deno.writeTextFile(input, content.join("\n"));
    const report = await prepareTable({
      input,
      output,
      columns: { resume: "cv", job: "ad", label: "fit" },
      validation: 0.2,
      test: 0.2,
      seed: 1,
      ...options,
    });
    const written = await Array.fromAsync(readTable(output));
    const again = await loadExamples(output, {
      columns: { resume: "cv", job: "ad", label: "fit", split: options.columns?.split ?? "split" },
      groups: [{ name: "education", column: "education_level" }],
    });
    return { report, written: written.map((row) => row.values), again };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const header = "id,cv,ad,fit";

permittedTest("prepareTable() adds education and split, and keeps every other column", async () => {
  const { report, written, again } = await prepare([header, ...rows]);
  assertEquals(Object.keys(written[0]!), [
    "id",
    "cv",
    "ad",
    "fit",
    "education_level",
    "education_span",
    "school",
    "split",
  ]);
  assertEquals(written.map((row) => row["id"]), rows.map((_, i) => String(i)));
  const { split: _, ...first } = written[2 * 2]!;
  assertEquals(first, {
    id: "4",
    cv: "Person 2\n\nEducation\nB.A. in History, Lakeside College",
    ad: "Archivist 0",
    fit: "0",
    education_level: "bachelor",
    education_span: "B.A.",
    school: "Lakeside College",
  });
  assertEquals(report.education, {
    "none mentioned": 0,
    "high school": 20,
    associate: 20,
    bachelor: 20,
    master: 20,
    doctorate: 0,
  });
  assertEquals([report.rowsRead, report.rowsWritten, report.duplicates, report.withSchool], [80, 80, 0, 80]);
  assertEquals(again.examples.length, 80);
});

permittedTest("prepareTable() keeps both pairs of a candidate in one part and reports the parts", async () => {
  const { report, written } = await prepare([header, ...rows]);
  for (let i = 0; i < 80; i += 2) assertEquals(written[i]!["split"], written[i + 1]!["split"]);
  const total = (part: "train" | "validation" | "test") => report.distribution.reduce((sum, row) => sum + row[part], 0);
  assertEquals([total("train"), total("validation"), total("test")], [48, 16, 16]);
  assertEquals(written.filter((row) => row["split"] === "test").length, 16);
});

permittedTest(
  "prepareTable() leaves out duplicates, also those that cleaning reveals, and notes conflicting labels",
  async () => {
    const copies = [
      rows[0]!.replace("Person 0", "Person \u200b 0 "),
      rows[1]!.replace(/\d$/, (label) => String(1 - Number(label))),
    ];
    const { report } = await prepare([header, ...rows, ...copies]);
    assertEquals([report.rowsRead, report.rowsWritten, report.duplicates], [82, 81, 1]);
    assertEquals(report.notes, [
      "1 of 82 résumés cleaned: invisible or decomposed characters 1",
      "1 row has the texts of an earlier row and another label",
    ]);
    assertEquals(report.rowsCleaned, 82);
  },
);

permittedTest("prepareTable() gives the same table for the same seed", async () => {
  const one = await prepare([header, ...rows]), two = await prepare([header, ...rows]);
  assertEquals(one.written, two.written);
});

permittedTest("prepareTable() keeps a split that the table brings", async () => {
  const parts = ["train", "validation", "test"];
  const own = rows.map((row, i) => `${row},${parts[Math.floor(i / 2) % 3]}`);
  const columns = { resume: "cv", job: "ad", label: "fit", split: "part" };
  const { written } = await prepare([`${header},part`, ...own], { columns });
  assertEquals(written.map((row) => row["part"]), rows.map((_, i) => parts[Math.floor(i / 2) % 3]!));
  assertEquals("split" in written[0]!, false);
});

permittedTest("prepareTable() can write over its input", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/table.jsonl`;
  const lines = Array.from({ length: 30 }, (_, i) => JSON.stringify({ cv: `Person ${i}`, ad: "x", fit: i % 2 }));
  await Deno.writeTextFile(path, lines.join("\n"));
  const columns = { resume: "cv", job: "ad", label: "fit" };
  const options = { input: path, output: path, columns, validation: 0.2, test: 0.2, seed: 1 };
  assertEquals((await prepareTable(options)).rowsWritten, 30);
  assertEquals((await Array.fromAsync(readTable(path)))[0]!.values["education_level"], "none mentioned");
  await assertRejects(() => prepareTable(options), InputError, 'expected no column "education_level"');
  await Deno.remove(folder, { recursive: true });
});

permittedTest("prepareTable() leaves out rows whose text is empty once cleaned, and says which", async () => {
  const { report } = await prepare([header, ...rows, "80,\u200b,Archivist,1", "81,Person 81,,0"]);
  assertEquals([report.rowsRead, report.rowsWritten, report.empty], [82, 80, 2]);
  assertEquals(report.notes, [
    "1 of 82 résumés cleaned: invisible or decomposed characters 1",
    "2 rows without text left out: 81, 82",
  ]);
});

permittedTest("prepareTable() refuses a column where it is to add one, and a wrong label", async () => {
  await assertRejects(
    () => prepare([`${header},split`, ...rows.map((row) => `${row},`)]),
    InputError,
    'expected no column "split", which is to be added; name it as the split column to keep it',
  );
  await assertRejects(() => prepare([header, ...rows, "80,Person 80,Archivist,7"]), InputError, 'row 81, column "fit"');
});

permittedTest("prepareTable() leaves out a duplicate and counts degrees", async () => {
  const folder = await Deno.makeTempDir();
  const rows = Array.from({ length: 20 }, (_, i) => `B.A. in History from year ${i},Archivist`);
  await Deno.writeTextFile(`${folder}/in.csv`, ["cv,ad", ...rows, rows[0]].join("\n"));
  const { rowsWritten, duplicates, education } = await prepareTable({
    input: `${folder}/in.csv`,
    output: `${folder}/out.csv`,
    columns: { resume: "cv", job: "ad" },
    validation: 0.1,
    test: 0.2,
    seed: 42,
  });
  assertEquals([rowsWritten, duplicates, education.bachelor], [20, 1, 20]);
  await Deno.remove(folder, { recursive: true });
});

permittedTest(
  "prepareTable() prepares tables of one label class or one row, and says that nobody can train on them",
  async () => {
    const columns = { resume: "cv", job: "ad" };
    for (
      const [content, part] of [[rows.map((row) => row.replace(/.$/, "0")), "train"], [rows.slice(0, 1), "validation"]]
    ) {
      const dir = await Deno.makeTempDir();
      const [input, output] = [`${dir}/in.csv`, `${dir}/out.csv`];
      await Deno.writeTextFile(input, [header, ...content as string[]].join("\n"));
      const options = { input, output, validation: 0.2, test: 0.2, seed: 1 };
      const { notes, rowsWritten } = await prepareTable({ ...options, columns: { ...columns, label: "fit" } });
      assertEquals(rowsWritten, content!.length);
      assertEquals(notes.filter((note) => note.startsWith("This split cannot be trained on: ")).length, 1);
      assertStringIncludes(notes.join(), part === "train" ? "all 48 are below it" : "all 1 are below it");
      const unlabelled = await prepareTable({ ...options, columns });
      assertEquals(unlabelled.rowsWritten, content!.length);
      await Deno.remove(dir, { recursive: true });
    }
  },
);
