import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { requireColumns, tableFormat } from "./table_format.ts";

Deno.test("requireColumns() names the nearest column whatever its case", () => {
  assertThrows(
    () => requireColumns("a.csv", ["Resume_Text", "Job", "Label"], ["Job", "label"]),
    InputError,
    'a.csv: expected a column "label", found the columns "Resume_Text", "Job", "Label"; did you mean "Label"?',
  );
});

Deno.test("requireColumns() suspects the delimiter when everything is one column", () => {
  assertThrows(() => requireColumns("a.csv", ["x;y"], ["x"]), InputError, 'is the delimiter ";"?');
});

Deno.test("tableFormat() goes by the extension", () => {
  assertEquals(tableFormat("scores.tsv"), { format: "csv", delimiter: "\t" });
});

Deno.test("requireColumns() names the nearest column", () => {
  requireColumns("pairs.csv", ["resume", "job"], ["resume"]);
  assertThrows(() => requireColumns("pairs.csv", ["resume", "job"], ["resumé"]), Error, 'did you mean "resume"?');
});
