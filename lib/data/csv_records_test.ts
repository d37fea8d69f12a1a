import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { fieldsOf, RecordSplitter, splitRecords } from "./csv_records.ts";
import { unmarkFormula } from "./cell_values.ts";
import { csvLine } from "./write_table.ts";

/** Text made of what means something in CSV. */
const field = fc.string({ unit: fc.constantFrom("a", "é", " ", ",", ";", '"', "\\", "\n", "\r\n"), maxLength: 8 });
const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 3 }), { minLength: 1, maxLength: 5 });

/** The rows of a text that comes in pieces of some length. */
function parsed(text: string, length: number): string[][] {
  const splitter = new RecordSplitter({ delimiter: ",", lineEnd: "\n" });
  const pieces = Array.from({ length: Math.ceil(text.length / length) }, (_, i) => text.substr(i * length, length));
  return [...pieces.flatMap((piece) => [...splitter.push(piece)]), ...splitter.push("", true)].map((record) =>
    fieldsOf(record, ",")
  );
}
const lineFeeds = (table: string[][]) => table.map((row) => row.map((text) => text.replaceAll("\r\n", "\n")));

Deno.test("what csvLine() writes is read as it was, wherever the pieces are cut", () => {
  // A quote after a backslash is read by the custom of the file, which is RFC 4180 only where nothing speaks against it.
  const plain = rows.filter((table) => !table.flat().some((text) => /\\"/.test(text)));
  fc.assert(fc.property(plain, fc.integer({ min: 1, max: 9 }), (table, length) => {
    const own = lineFeeds(table);
    const read = parsed(table.map((row) => csvLine(row, ",")).join(""), length);
    assertEquals(read.map((row) => row.map(unmarkFormula)), own);
  }));
});

Deno.test("quotes escaped by backslashes are read as they were, from the first one on", () => {
  const line = (row: string[]) => row.map((text) => `"${text.replaceAll('"', '\\"')}"`).join(",") + "\n";
  const plain = rows.filter((table) => !table.flat().some((text) => text.includes("\\")));
  fc.assert(fc.property(plain, fc.integer({ min: 1, max: 9 }), (table, length) => {
    const all = [["say", 'an "inch" each'], ...table];
    assertEquals(parsed(all.map(line).join(""), length), lineFeeds(all));
  }));
});

Deno.test("splitRecords() keeps a line feed inside quotes", async () => {
  const pieces = ReadableStream.from(['a,b\n"x\n', 'y",z']);
  const records = (await Array.fromAsync(splitRecords(pieces, { delimiter: ",", lineEnd: "\n" }, 100)))
    .flatMap((batch) => [...batch]);
  assertEquals(records, ["a,b", '"x\ny",z']);
});

Deno.test("fieldsOf() says what is wrong with a quote", () => {
  assertThrows(() => fieldsOf('1,"2', ","), SyntaxError, "a quoted field that is not closed");
  assertThrows(() => fieldsOf('"1"2,3', ","), SyntaxError, "text after a closing quote");
  assertEquals(fieldsOf('1, "2, 3" ,4', ","), ["1", "2, 3", "4"]);
  assertEquals(fieldsOf('1,"",""""', ","), ["1", "", '"']);
});
