import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { permittedTest, withFolder } from "../_testing.ts";
import { InputError } from "../errors.ts";
import { readHeader, readTable } from "./read_table.ts";
import { markFormula, unmarkFormula } from "./cell_values.ts";
import { type CellValue, csvLine, writeTable } from "./write_table.ts";

const names = (folder: string) => Array.from(Deno.readDirSync(folder), (entry) => entry.name).sort();

const awkward = [
  "plain",
  "a,b",
  "tab\there",
  'say "hi"',
  '"',
  "two\nlines",
  "ends with CR\r",
  "",
  " ",
  "é🎓",
  "\u2028",
];

for (const extension of ["csv", "tsv", "jsonl"]) {
  permittedTest(`writeTable() writes .${extension} that reads back the same`, () =>
    withFolder(async (folder) => {
      const rows = awkward.map((text, i) => ({ text, other: awkward.at(-1 - i)! }));
      const path = `${folder}/made/on/the/way.${extension}`;
      assertEquals(await writeTable(path, ["text", "other"], rows), rows.length);
      assertEquals((await Array.fromAsync(readTable(path))).map((r) => r.values), rows);
      assertEquals(names(`${folder}/made/on/the`), [`way.${extension}`]);
    }));
}

permittedTest("writeTable() keeps a row whose only field is empty", () =>
  withFolder(async (folder) => {
    await writeTable(`${folder}/a.csv`, ["x"], [{ x: "" }, { x: null }]);
    assertEquals((await Array.fromAsync(readTable(`${folder}/a.csv`))).length, 2);
  }));

permittedTest("writeTable() writes numbers that read back exactly", () =>
  withFolder(async (folder) => {
    const numbers = [0.1 + 0.2, 1e-300, 2 ** 53 - 1, -0.5];
    await writeTable(`${folder}/a.csv`, ["x"], numbers.map((x) => ({ x })));
    const rows = await Array.fromAsync(readTable(`${folder}/a.csv`));
    assertEquals(rows.map((r) => Number(r.values["x"])), numbers);
  }));

permittedTest("writeTable() leaves the older file and no other when its rows fail", () =>
  withFolder(async (folder) => {
    const path = `${folder}/a.csv`;
    await Deno.writeTextFile(path, "old");
    const rows = function* () {
      for (let i = 0; i < 100_000; i++) yield { x: "some text" };
      throw new InputError("row 100001 is bad");
    };
    await assertRejects(() => writeTable(path, ["x"], rows()), InputError, "row 100001 is bad");
    assertEquals(await Deno.readTextFile(path), "old");
    assertEquals(names(folder), ["a.csv"]);
  }));

permittedTest(
  "writeTable() refuses a folder in the file's place, and leaves nothing behind",
  () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/a.csv/b`, { recursive: true });
      await assertRejects(() => writeTable(`${folder}/a.csv`, ["x"], []), InputError, "it is a folder");
      await Deno.writeTextFile(`${folder}/file`, "");
      await assertRejects(() => writeTable(`${folder}/file/a.csv`, ["x"], []), InputError, "cannot be written");
      assertEquals(names(folder), ["a.csv", "file"]);
    }),
);

permittedTest(
  "writeTable() refuses rows whose columns differ and numbers that are not finite",
  () =>
    withFolder(async (folder) => {
      const write = (row: Record<string, CellValue>) => writeTable(`${folder}/a.csv`, ["x"], [row]);
      await assertRejects(() => write({ x: 1, y: 2 }), TypeError, 'differs in "y"');
      await assertRejects(() => write({}), TypeError, 'differs in "x"');
      await assertRejects(() => write({ x: NaN }), TypeError, 'finite number in column "x"');
      assertEquals(names(folder), []);
    }),
);

permittedTest("writeTable() as a reader would call it", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  await writeTable(path, ["text", "score"], [{ text: 'a "b"', score: 0.5 }]);
  assertEquals(await Deno.readTextFile(path), 'text,score\n"a ""b""",0.5\n');
  await Deno.remove(path);
});

// The beginnings that OWASP lists, and what hides one.
const FORMULAS = [
  "=HYPERLINK(1)",
  "+cmd|' /C calc'!A0",
  "-2+3",
  "@SUM(1)",
  "\t=1",
  "\r=1",
  "\n=1",
  "  =1",
  "＝1+1",
  "\ufeff=1",
  "'=1",
  "''-x",
  "-",
];

Deno.test("markFormula() puts an apostrophe before what a spreadsheet would run", () => {
  assertEquals(FORMULAS.map(markFormula), [...FORMULAS.slice(0, -1).map((text) => `'${text}`), "-"]);
});

Deno.test("markFormula() leaves numbers, names and other apostrophes as they are", () => {
  const plain = ["-1.5", "+3", "-1,5", "-1,234.50", "-1e-7", "-5%", "", "a=b", "'tis", "'", "O'Neill", "’=1", "a\n- b"];
  assertEquals(plain.map(markFormula), plain);
  assertEquals(plain.map(unmarkFormula), plain);
});

Deno.test("unmarkFormula() gives back every text", () => {
  const piece = fc.constantFrom("'", "=", "+", "-", "@", "\t", "\r", "\n", " ", "1", ".", "e", "a", "＝", "\u200b");
  const text = fc.oneof(fc.string(), fc.array(piece, { maxLength: 8 }).map((parts) => parts.join("")));
  fc.assert(fc.property(text, (text) => unmarkFormula(markFormula(text)) === text), { numRuns: 5000, seed: 1 });
});

Deno.test("csvLine() marks the names of columns too, and no numbers", () => {
  assertEquals(csvLine(["=a", -1, "-1", "- b", null], ","), "'=a,-1,-1,'- b,\n");
});

for (const extension of ["csv", "tsv", "jsonl"]) {
  permittedTest(
    `.${extension} with formulas for names and values is safe to open and reads back the same`,
    () =>
      withFolder(async (folder) => {
        const path = `${folder}/a.${extension}`;
        const rows = FORMULAS.map((text) => ({ "=name": text, "'-other": `x${text}` }));
        await writeTable(path, ["=name", "'-other"], rows);
        assertEquals(await readHeader(path), ["=name", "'-other"]);
        assertEquals((await Array.fromAsync(readTable(path))).map(({ values }) => values), rows);
      }),
  );
}
