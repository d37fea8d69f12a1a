import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { permittedTest, withFolder } from "../_testing.ts";
import { markFormula, unmarkFormula } from "./formula_cells.ts";
import { readHeader, readTable } from "./read_table.ts";
import { csvLine, writeTable } from "./write_table.ts";

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
