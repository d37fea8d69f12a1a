import { assertEquals, assertLess, assertRejects, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { readHeader, readTable, type ReadTableOptions, tableFormat } from "./read_table.ts";
import { requireColumns } from "./row_reader.ts";
import { permittedTest } from "../_testing.ts";

async function withFile<T>(name: string, content: string | Uint8Array, use: (path: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/${name}`;
  try {
    await Deno.writeFile(path, typeof content === "string" ? new TextEncoder().encode(content) : content);
    return await use(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const read = (name: string, content: string | Uint8Array, options?: ReadTableOptions) =>
  withFile(name, content, (path) => Array.fromAsync(readTable(path, options)));

const fails = (name: string, content: string | Uint8Array, message: string, options?: ReadTableOptions) =>
  assertRejects(() => read(name, content, options), InputError, message);

permittedTest("readTable() reads quoted delimiters, doubled quotes and line breaks as RFC 4180 says", async () => {
  assertEquals(await read("a.csv", 'x,y\r\n"a,b","say ""hi"""\r\n"line 1\r\nline 2",\r\n'), [
    { row: 1, values: { x: "a,b", y: 'say "hi"' } },
    { row: 2, values: { x: "line 1\nline 2", y: "" } },
  ]);
});

permittedTest("readTable() drops the byte order mark and needs no line end after the last row", async () => {
  assertEquals(await read("a.csv", "\uFEFFx,y\n1,2"), [{ row: 1, values: { x: "1", y: "2" } }]);
});

permittedTest("readTable() counts blank lines as rows, as an editor does, but does not give them", async () => {
  assertEquals((await read("a.csv", "\nx\n1\n\n3\n\n")).map((r) => r.row), [1, 3]);
});

permittedTest("readTable() splits .tsv at tabs and any file at the delimiter it is told", async () => {
  assertEquals(await read("a.tsv", "x\ty\n1,5\t2\n"), [{ row: 1, values: { x: "1,5", y: "2" } }]);
  const options: ReadTableOptions = { format: "csv", delimiter: ";" };
  assertEquals(await read("a.txt", "x;y\n1,5;2\n", options), [{ row: 1, values: { x: "1,5", y: "2" } }]);
});

permittedTest("readTable() turns JSON values into text, and null and absent ones into the empty string", async () => {
  assertEquals(await read("a.jsonl", '{"a":"é\\n","b":0.5,"c":true}\n{"a":null,"b":1}\n'), [
    { row: 1, values: { a: "é\n", b: "0.5", c: "true" } },
    { row: 2, values: { a: "", b: "1", c: "" } },
  ]);
});

permittedTest("readTable() keeps characters whole where a read ends in the middle of one", async () => {
  const text = "€".repeat(300_000);
  assertEquals((await read("a.csv", `x\n${text}\n`))[0]!.values["x"], text);
});

permittedTest("readTable() reads a record longer than a chunk with many quotes and line breaks", async () => {
  const value = 'a"\n,'.repeat(100_000);
  const rows = await read("a.csv", `x,y\n"${value.replaceAll('"', '""')}",1\n2,3\n`);
  assertEquals(rows.map((r) => r.values["x"]), [value, "2"]);
});

permittedTest(
  "readTable() names a missing file and a folder, and tableFormat() an extension that cannot be written",
  async () => {
    await assertRejects(() => Array.fromAsync(readTable("no/such.csv")), InputError, "no/such.csv: file not found");
    await withFile("a.csv", "", async (path) => {
      const folder = path.slice(0, -"/a.csv".length);
      await assertRejects(() => Array.fromAsync(readTable(folder, { format: "csv" })), InputError, "it is a folder");
    });
    assertThrows(() => tableFormat("a.xls"), InputError, 'expected a .csv, .tsv, .jsonl or .ndjson file, found "xls"');
  },
);

permittedTest("readTable() refuses an empty file always and one without rows on demand", async () => {
  await fails("a.csv", "", "the file is empty");
  await fails("a.csv", "\uFEFF\n\n", "the file is empty");
  await fails("a.jsonl", "\n", "the file is empty");
  assertEquals(await read("a.csv", "x,y\n"), []);
  await fails("a.csv", "x,y\n", "at least one row under the header", { requireRows: true });
});

permittedTest(
  "readTable() leaves out columns without a name, and numbers those of one name as pandas does",
  async () => {
    assertEquals(await read("a.csv", ",x,y,x\n0,1,2,3\n"), [{ row: 1, values: { x: "1", y: "2", "x.1": "3" } }]);
    assertEquals(await read("a.csv", "x,x,x.1\n1,2,3\n"), [{ row: 1, values: { x: "1", "x.2": "2", "x.1": "3" } }]);
    await fails("a.csv", ",\n1,2\n", "expected a header with the names of the columns, found none with a name");
    await fails("a.jsonl", "{}\n", "expected at least one column");
  },
);

permittedTest("readTable() takes columns of one name as one if all their values agree, else asks which", async () => {
  const text = "score,priors,priors\n1,2,2\n3,4,5\n";
  assertEquals((await read("a.csv", text, { used: ["score"] })).map(({ values }) => values), [{ score: "1" }, {
    score: "3",
  }]);
  assertEquals((await read("a.csv", "priors,priors\n1,1\n2,2\n", { used: ["priors"] })).length, 2);
  const message =
    'row 2, column "priors": expected equal values in columns of one name, found "4" in column 2 and "5" ' +
    'in column 3; "priors.0" names the first, "priors.1" the other';
  await fails("a.csv", text, message, { used: ["priors"] });
  const [, second] = await read("a.csv", text, { used: ["priors.0", "priors.1"] });
  assertEquals(second!.values, { "priors.0": "4", "priors.1": "5" });
});

permittedTest("readTable() forgives delimiters at the end of rows, of the header, or of both", async () => {
  for (const text of ["x,y\n1,2,\n3,4,,\n", "x,y,\n1,2,\n3,4,\n", "x,y,,\n1,2\n3,4,\n"]) {
    assertEquals((await read("a.csv", text)).map(({ values }) => values), [{ x: "1", y: "2" }, { x: "3", y: "4" }]);
  }
  await fails("a.csv", "x,y\n1,2,3\n", "expected 2 fields as in the header, found 3; does an unquoted value hold");
  await fails("a.csv", "x,y\n1\n", "row 1: expected 2 fields as in the header, found 1");
});

permittedTest("readTable() names the row whose number of fields differs from the header", async () => {
  await fails("a.csv", 'x,y\n1,2\n"3\n3",4,5\n', "a.csv, row 2: expected 2 fields as in the header, found 3");
});

permittedTest("readTable() names the line and the byte offset of broken UTF-8", async () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  await fails(
    "a.csv",
    new Uint8Array([...bytes("x\né\n"), 0xe9, 10]),
    "line 3: expected UTF-8 text, found a wrong byte at offset 5",
  );
  await fails(
    "a.csv",
    new Uint8Array([...bytes("é\n"), 0xe2, 0x82, 10]),
    "line 2: expected UTF-8 text, found a wrong byte at offset 3",
  );
  await fails(
    "a.csv",
    new Uint8Array([...bytes("é\n"), 0xe2, 0x82]),
    "line 2: expected UTF-8 text, found a wrong byte at offset 3",
  );
});

permittedTest("readTable() finds broken UTF-8 that straddles two reads", async () => {
  const size = 256 * 1024;
  for (const shift of [-2, -1, 0, 1]) {
    const bytes = new Uint8Array(size + 100).fill(97);
    bytes.set([0xc3, 0xa9, 10]);
    bytes.set([0xe2, 0x82, 0x28], size + shift);
    await fails("a.csv", bytes, `line 2: expected UTF-8 text, found a wrong byte at offset ${size + shift}`);
  }
});

permittedTest(
  "readTable() refuses NUL characters, written as such or as a JSON escape, in columns that are used",
  async () => {
    await fails("a.csv", "x,y\n1,a\0b\n", 'row 1, column "y": expected text, found a NUL character');
    await fails("a.jsonl", '{"x":"a\\u0000"}\n', 'row 1, column "x": expected text, found a NUL character');
    assertEquals((await read("a.csv", "x,y\n1,a\0b\n", { used: ["x"] }))[0]!.values, { x: "1" });
  },
);

permittedTest("readTable() names the row and column of a 3 MB value", async () => {
  const message = 'row 2, column "y": expected at most 1,000,000 characters, found 3,000,000';
  await fails("a.csv", `x,y\n1,2\n3,${"z".repeat(3_000_000)}\n`, message);
  await fails("a.jsonl", `{"x":1,"y":2}\n{"x":3,"y":"${"z".repeat(3_000_000)}"}\n`, message);
});

permittedTest("readTable() names the row of a quote that is never closed, without reading on forever", async () => {
  await fails(
    "a.csv",
    'x,y\n1,2\n3,"4\n5,6\n',
    "row 2: expected quotes around whole fields, found a quoted field that is not closed",
  );
  const long = `x,y\n1,2\n3,"4\n${"5,6\n".repeat(100_000)}`;
  await fails("a.csv", long, "row 2: expected at most 3200 characters, found more; is a closing quote missing?", {
    maxFieldLength: 100,
  });
});

permittedTest(
  "readTable() takes a quote inside unquoted text as text, and names the row of text after a quote",
  async () => {
    const rows = await read("a.csv", 'x,y\n5" pipe,"4"\nthe "new" one,6\n 7, "8, 9"\n');
    assertEquals(rows.map(({ values }) => Object.values(values)), [['5" pipe', "4"], ['the "new" one', "6"], [
      " 7",
      "8, 9",
    ]]);
    await fails("a.csv", 'x,y\n"5" pipe,4\n', "row 1: expected quotes around whole fields, found text after a closing");
  },
);

permittedTest("readTable() names the line of bad JSON", async () => {
  await fails("a.jsonl", '{"x":1}\n{"x":\n', "row 2: expected a JSON object on one line");
  await fails("a.jsonl", '{"x":1}\n[1]\n', "row 2: expected a JSON object, found an array");
});

permittedTest(
  "readTable() gives lists and objects of JSON as JSON, and refuses them where a column is used",
  async () => {
    const text = '{"x":{"y":1},"z":1}\n{"x":["a",2],"late":true}\n';
    assertEquals((await read("a.jsonl", text)).map(({ values }) => values), [
      { x: '{"y":1}', z: "1", late: "" },
      { x: '["a",2]', z: "", late: "true" },
    ]);
    assertEquals((await read("a.jsonl", text, { used: ["late"] })).map(({ values }) => values), [{ late: "" }, {
      late: "true",
    }]);
    const message = 'row 1, column "x": expected text, a number, true, false or null, found an object';
    await fails("a.jsonl", text, message, { used: ["x"] });
    await fails("a.jsonl", text, 'found the columns "x", "z", "late"; did you mean "late"?', { used: ["lte"] });
  },
);

permittedTest("readTable() stops reading and closes the file when its caller stops", async () => {
  await withFile("a.csv", "x\n" + "1\n".repeat(1000), async (path) => {
    for await (const { row } of readTable(path)) if (row === 3) break;
  });
});

permittedTest("readTable() lets go of the file when only one of its columns is kept", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/a.csv`;
  using file = await Deno.open(path, { write: true, create: true });
  const text = "word ".repeat(2000);
  const block = new TextEncoder().encode(`an id of some length,${text}\n`.repeat(100));
  await file.write(new TextEncoder().encode("id,text\n"));
  for (let i = 0; i < 100; i++) await file.write(block);
  const before = Deno.memoryUsage().rss;
  const ids: string[] = [];
  for await (const { values } of readTable(path)) ids.push(values["id"]!);
  assertEquals(ids.length, 10_000);
  // The texts alone are 100 MB.
  assertLess(Deno.memoryUsage().rss - before, 60e6);
  await Deno.remove(folder, { recursive: true });
});

permittedTest("readHeader() reads the columns of each format", async () => {
  const header = (name: string, content: string) => withFile(name, content, (path) => readHeader(path));
  assertEquals(await header("a.csv", '"x\ny",z\n1\n'), ["x\ny", "z"]);
  assertEquals(await header("a.tsv", "x\ty"), ["x", "y"]);
  assertEquals(await header("a.jsonl", '{"b":1}\n{"a":2}\n'), ["b", "a"]);
  await assertRejects(() => header("a.csv", ""), InputError, "the file is empty");
});

permittedTest("readHeader() gives the column names alone", async () => {
  const path = await Deno.makeTempFile({ suffix: ".tsv" });
  await Deno.writeTextFile(path, "resume\tjob\n");
  assertEquals(await readHeader(path), ["resume", "job"]);
  await Deno.remove(path);
});

Deno.test("requireColumns() names the nearest column whatever its case", () => {
  assertThrows(
    () => requireColumns("a.csv", ["Resume_Text", "Job", "Label"], { used: ["Job", "label"] }),
    InputError,
    'a.csv: expected a column "label", found the columns "Resume_Text", "Job", "Label"; did you mean "Label"?',
  );
});

Deno.test("requireColumns() suspects the delimiter when everything is one column", () => {
  assertThrows(() => requireColumns("a.csv", ["x;y"], { used: ["x"] }), InputError, 'is the delimiter ";"?');
});

Deno.test("tableFormat() goes by the extension", () => {
  assertEquals(tableFormat("scores.tsv"), { format: "csv", delimiter: "\t" });
});

Deno.test("requireColumns() names the nearest column", () => {
  requireColumns("pairs.csv", ["resume", "job"], { used: ["resume"] });
  assertThrows(
    () => requireColumns("pairs.csv", ["resume", "job"], { used: ["resumé"] }),
    Error,
    'did you mean "resume"?',
  );
});

permittedTest("readTable() as a reader would call it", async () => {
  const path = await Deno.makeTempFile({ suffix: ".csv" });
  await Deno.writeTextFile(path, 'name,note\nAda,"a, b"\n');
  assertEquals(await Array.fromAsync(readTable(path)), [{ row: 1, values: { name: "Ada", note: "a, b" } }]);
  await Deno.remove(path);
});

permittedTest("readTable() knows columns by what their names look like, and JSON's by what they are", async () => {
  assertEquals(await read("a.csv", "sco\u0301re , x\n1,2\n", { used: ["sc\u00f3re"] }), [{
    row: 1,
    values: { "sc\u00f3re": "1" },
  }]);
  assertEquals((await read("a.csv", "__proto__,x\n1,2\n"))[0]!.values, { x: "2" });
  assertEquals((await read("a.jsonl", '{" x":1,"__proto__":2}\n'))[0]!.values, { " x": "1" });
});

Deno.test("requireColumns() guesses no column that looks different, and says what names another", () => {
  const [used, namedBy] = [["resume"], new Map([["resume", "data.columns.resume or --column resume=…"]])];
  assertThrows(
    () => requireColumns("a.csv", ["cv_text", "advert"], { used, namedBy }),
    InputError,
    'a.csv: expected a column "resume", found the columns "cv_text", "advert"; data.columns.resume or --column resume=… ' +
      "names another",
  );
});
