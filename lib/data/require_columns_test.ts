import { assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { requireColumns } from "./require_columns.ts";

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
