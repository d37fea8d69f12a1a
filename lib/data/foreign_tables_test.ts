/** Tables as other programs write them. */
import { assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import { InputError } from "../errors.ts";
import { readHeader, readTable, type ReadTableOptions } from "./read_table.ts";
import { permittedTest, withFolder } from "../_testing.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const utf16 = (text: string, isLittle: boolean) =>
  Uint8Array.from(
    [...text].flatMap((letter) => {
      const bytes = [letter.charCodeAt(0) & 255, letter.charCodeAt(0) >> 8];
      return isLittle ? bytes : bytes.reverse();
    }),
  );
const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** The rows of a file, and what was said about it. */
const read = (name: string, content: string | Uint8Array, options: ReadTableOptions = {}) =>
  withFolder(async (folder) => {
    const path = `${folder}/${name}`, notes: string[] = [];
    await Deno.writeFile(path, typeof content === "string" ? utf8(content) : content);
    const note = (sentence: string) => void notes.push(sentence.replace(`${folder}/`, ""));
    const rows = await Array.fromAsync(readTable(path, { ...options, note }), ({ values }) => values);
    return { rows, notes };
  });
const rowsOf = async (...args: Parameters<typeof read>) => (await read(...args)).rows;
const fails = (name: string, content: string | Uint8Array, message: string, options: ReadTableOptions = {}) =>
  assertRejects(() => read(name, content, options), InputError, message);

const ROWS = [{ name: "Zoë", note: "a" }, { name: "Ann", note: "b" }];
const TEXT = "name,note\nZoë,a\nAnn,b\n";

permittedTest("readTable() finds out UTF-8 and UTF-16, with a byte order mark and without", async () => {
  for (
    const bytes of [utf8(TEXT), utf8("\uFEFF" + TEXT), utf16("\uFEFF" + TEXT, true), utf16("\uFEFF" + TEXT, false)]
  ) {
    assertEquals(await read("a.csv", bytes), { rows: ROWS, notes: [] });
  }
  assertEquals(await read("a.csv", utf16(TEXT, true)), {
    rows: ROWS,
    notes: ["a.csv is read as UTF-16LE, since every other byte is 0; --encoding names another"],
  });
  assertEquals((await read("a.jsonl", utf16('{"name":"Zoë"}\n', false))).rows, [{ name: "Zoë" }]);
});

permittedTest("readTable() reads Windows-1252 where ASCII goes on with what is no UTF-8, and says so", async () => {
  const note = "a.csv is read as Windows-1252, since line 2 is not UTF-8; --encoding names another";
  assertEquals(await read("a.csv", latin(TEXT)), { rows: ROWS, notes: [note] });
  // 0x93 and 0x94 are curly quotes, 0x80 is the euro.
  const [{ name }] = await rowsOf("a.csv", Uint8Array.of(...utf8("name\n"), 0x93, 0x80, 0x94, 10)) as [typeof ROWS[0]];
  assertEquals(name, "“€”");
  await fails(
    "a.csv",
    Uint8Array.of(...utf8("name\nZo"), 0xeb, 0x81, 10),
    "expected UTF-8 or Windows-1252 text, found",
  );
});

permittedTest("readTable() decides on Windows-1252 wherever a read ends", async () => {
  for (const shift of [-4, -3, -2, -1, 0, 1]) {
    const bytes = new Uint8Array(256 * 1024 + 100).fill(97);
    bytes.set(utf8("name\n"));
    bytes[256 * 1024 + shift] = 0xe9;
    const [row] = await rowsOf("a.csv", bytes);
    assertEquals(row!["name"]!.indexOf("é"), 256 * 1024 + shift - 5);
    bytes.set([0xc3, 0xa9], 256 * 1024 + shift);
    assertEquals((await rowsOf("a.csv", bytes))[0]!["name"]!.indexOf("é"), 256 * 1024 + shift - 5);
  }
});

permittedTest("readTable() reads the encoding it is told, under the names that programs have for it", async () => {
  for (const encoding of ["windows-1252", "cp1252", "latin-1", "ISO_8859-1"]) {
    assertEquals(await read("a.csv", latin(TEXT), { encoding }), { rows: ROWS, notes: [] });
  }
  assertEquals(await rowsOf("a.csv", Uint8Array.of(...utf8("name\n"), 0xb3, 10), { encoding: "iso-8859-2" }), [
    { name: "ł" },
  ]);
  assertEquals(await rowsOf("a.csv", utf8("\uFEFF" + TEXT), { encoding: "utf-8-sig" }), ROWS);
  assertEquals(await rowsOf("a.csv", utf16("\uFEFF" + TEXT, false), { encoding: "utf-16" }), ROWS);
  await fails("a.csv", TEXT, 'expected a name such as utf-8, utf-16le, windows-1252 or iso-8859-2, found "klingon"', {
    encoding: "klingon",
  });
  await fails("a.csv", latin(TEXT), "line 2: expected UTF-8 text, found a wrong byte at offset 12; --encoding", {
    encoding: "utf-8",
  });
  await fails("a.csv", utf8("\uFEFF" + TEXT), "found the byte order mark of utf-8", { encoding: "cp1252" });
});

permittedTest("readTable() finds out the delimiter from header and rows, whatever the file is called", async () => {
  for (const delimiter of [",", ";", "\t", "|"]) {
    const text = TEXT.replaceAll(",", delimiter);
    for (const name of ["a.csv", "a.tsv", "a.txt", "a"]) assertEquals(await rowsOf(name, text), ROWS);
  }
  assertEquals(await rowsOf("a.csv", "score;label\n0,5;1\n1,25;0\n"), [{ score: "0,5", label: "1" }, {
    score: "1,25",
    label: "0",
  }]);
  // A comma in every row, and in quotes in the header.
  assertEquals(await rowsOf("a.csv", 'score;"a,b"\n0,5;1\n'), [{ score: "0,5", "a,b": "1" }]);
  assertEquals(await rowsOf("a.csv", "text,more\nI;can;weld,1\n"), [{ text: "I;can;weld", more: "1" }]);
  assertEquals(await rowsOf("a.csv", "only\n1;2\n3\n"), [{ only: "1;2" }, { only: "3" }]);
  // The columns that are asked for decide what rows leave open.
  assertEquals(await rowsOf("a.csv", "a;b,c\n1;2,3\n", { used: ["a;b"] }), [{ "a;b": "1;2" }]);
  assertEquals(await rowsOf("a.csv", "a;b,c\n1;2,3\n", { used: ["b,c"] }), [{ "b,c": "2,3" }]);
});

permittedTest("readTable() obeys a line sep= and, before it, the delimiter it is told", async () => {
  assertEquals(await rowsOf("a.csv", "sep=;\r\nname;note\r\nZoë;a\r\nAnn;b\r\n"), ROWS);
  assertEquals(await rowsOf("a.csv", '"sep=^"\nname^note\nZoë^a\nAnn^b\n'), ROWS);
  assertEquals(await readHeaderOf("sep=;\nname;note\n"), ["name", "note"]);
  assertEquals(await rowsOf("a.csv", "a;b,c\n1;2,3\n", { delimiter: ";" }), [{ a: "1", "b,c": "2,3" }]);
  assertEquals(await rowsOf("a.csv", TEXT.replaceAll(",", "\t"), { delimiter: "tab" }), ROWS);
  await fails("a.csv", TEXT, 'Delimiter: expected one character other than a quote or line end, found "::"', {
    delimiter: "::",
  });
});

const readHeaderOf = (text: string) =>
  withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.csv`, text);
    return await readHeader(`${folder}/a.csv`);
  });

permittedTest("readTable() reads line ends that are carriage returns alone", async () => {
  assertEquals(await rowsOf("a.csv", TEXT.replaceAll("\n", "\r")), ROWS);
  assertEquals(await rowsOf("a.csv", 'x,y\r"a\rb",1\r"c\nd",2\r'), [{ x: "a\rb", y: "1" }, { x: "c\nd", y: "2" }]);
  assertEquals(await rowsOf("a.csv", '"x\ny",z\r"c\nd",2\r'), [{ "x\ny": "c\nd", z: "2" }]);
});

permittedTest(
  "readTable() reads quotes that are escaped by a backslash, and backslashes that escape nothing",
  async () => {
    assertEquals(await rowsOf("a.csv", 'x,y\n"say \\"hi\\", then go",1\n"5\\"",2\n"\\"",3\n'), [
      { x: 'say "hi", then go', y: "1" },
      { x: '5"', y: "2" },
      { x: '"', y: "3" },
    ]);
    // An odd number of them would open a field that never ends.
    assertEquals((await rowsOf("a.csv", 'x,y\n"an \\" inch",1\n"b\nc",2\n')).map(({ x }) => x), ['an " inch', "b\nc"]);
    assertEquals(await rowsOf("a.csv", 'x,y\n"C:\\",1\n"D:\\","say ""hi"""\n'), [{ x: "C:\\", y: "1" }, {
      x: "D:\\",
      y: 'say "hi"',
    }]);
  },
);

permittedTest("readTable() unpacks gzip, also of several members, and names a file that is cut off", async () => {
  const packed = gzipSync(utf8(TEXT));
  assertEquals(await rowsOf("a.csv.gz", packed), ROWS);
  assertEquals(await rowsOf("a.tsv.gz", gzipSync(utf8(TEXT.replaceAll(",", "\t")))), ROWS);
  assertEquals(await rowsOf("a.jsonl.gz", gzipSync(utf8('{"name":"Zoë"}\n'))), [{ name: "Zoë" }]);
  assertEquals(await rowsOf("a.csv", packed), ROWS);
  const two = Uint8Array.of(...gzipSync(utf8("name,note\nZoë,a\n")), ...gzipSync(utf8("Ann,b\n")));
  assertEquals(await rowsOf("a.csv.gz", two), ROWS);
  assertEquals((await rowsOf("a.csv.gz", gzipSync(latin(TEXT))))[0]!["name"], "Zoë");
  await fails("a.csv.gz", packed.subarray(0, 20), "expected a complete gzip file, found unexpected end of file");
});

permittedTest("readTable() knows JSON lines, JSON arrays and workbooks by their content", async () => {
  assertEquals(await rowsOf("a.txt", '{"a":1}\n{"b":2}\n'), [{ a: "1", b: "" }, { a: "", b: "2" }]);
  assertEquals(await rowsOf("a.json", '[{"a":1},\n {"b":[2]}]'), [{ a: "1", b: "" }, { a: "", b: "[2]" }]);
  assertEquals(await rowsOf("a.json", '{"a":1}\n{"a":2}\n'), [{ a: "1" }, { a: "2" }]);
  await fails("a.json", '{"a":{"0":1}}', 'pandas writes one with to_json(orient="records")');
  await fails("a.json", "[1]", "row 1: expected a JSON object, found a number");
  await fails("a.xlsx", Uint8Array.of(...utf8("PK\x03\x04"), 0, 0), "found a zip file; save a workbook as CSV");
  await fails("a.parquet", TEXT, "expected a Parquet file, which begins with PAR1");
  await fails("a.parquet", utf8("PAR1PAR1"), "expected a complete Parquet file");
});

const PARQUET = `${import.meta.dirname}/../testdata/tables`;

permittedTest("readTable() reads what pyarrow writes to Parquet, in every common compression", async () => {
  for (const codec of ["none", "snappy", "gzip", "zstd", "brotli"]) {
    const rows = await Array.fromAsync(readTable(`${PARQUET}/${codec}.parquet`));
    assertEquals([codec, rows.length, rows[4]!.row], [codec, 6, 5]);
    assertEquals(rows[1]!.values, {
      resume: "cook",
      score: "0.5",
      half: "0.25",
      label: "0",
      big: "9007199254740993", // 2^53 + 1, which is no number of JavaScript
      rate: "-12.34",
      hired: "false",
      group: "B",
      day: "2024-02-29",
      moment: "2024-02-29T13:05:00.000Z",
      skills: "[]",
      person: '{"id":"2"}',
    });
    assertEquals(rows.map(({ values }) => values["score"]), ["0.25", "0.5", "NaN", "1", "0.125", "1e-7"]);
    assertEquals([rows[2]!.values["resume"], rows[4]!.values["group"]], ["", ""]);
  }
  const path = `${PARQUET}/snappy.parquet`;
  assertEquals((await readHeader(path)).slice(0, 3), ["resume", "score", "half"]);
  const used = (name: string) => Array.fromAsync(readTable(path, { used: [name] }));
  assertEquals((await used("label"))[0], { row: 1, values: { label: "1" } });
  await assertRejects(() => used("skills"), InputError, 'row 1, column "skills": expected text, a number');
  await assertRejects(() => used("lable"), InputError, 'did you mean "label"?');
  await assertRejects(() => Array.fromAsync(readTable(`${PARQUET}/lz4.parquet`)), InputError, "found LZ4_RAW");
});

permittedTest(
  "readTable() refuses a damaged Parquet file in one line, whatever is damaged, and drops no error",
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/a.parquet`;
      // Two bytes of the lengths of a page of one column, while others are being read; the children of the schema.
      for (const [codec, at, values] of [["brotli", 1741, [0o177, 0o177]], ["gzip", 3050, [0o42]]] as const) {
        const bytes = await Deno.readFile(`${PARQUET}/${codec}.parquet`);
        bytes.set(values, at);
        await Deno.writeFile(path, bytes);
        await assertRejects(() => Array.fromAsync(readTable(path)), InputError, "expected a complete Parquet file");
      }
    }),
);
