import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { cellReader, type ValueSyntax } from "./cell_values.ts";
import { LabelColumn } from "./label_values.ts";

/** What texts mean as labels; NaN where they are missing. */
function labels(texts: string[], positive: string[] = [], negative: string[] = [], syntax: ValueSyntax = {}): number[] {
  const column = new LabelColumn('a.csv, column "fit"', cellReader(syntax), { positive, negative });
  const codes = texts.map((text) => column.code(text));
  for (const code of codes) if (code !== null) column.count(code);
  const meanings = column.meanings();
  return codes.map((code) => code === null ? NaN : meanings[code]!);
}
const refused = (message: string, ...args: Parameters<typeof labels>) =>
  assertThrows(() => labels(...args), InputError, message);

Deno.test("0 and 1, true and false need no name, however they are written", () => {
  assertEquals(labels(["1", "1.0", " 0", "0.0", "NA", "1e0"]), [1, 1, 0, 0, NaN, 1]);
  assertEquals(labels(["True", "false", "TRUE", ""]), [1, 0, 1, NaN]);
  assertEquals(labels(["1", "1"]), [1, 1]);
  assertEquals(labels(["1,0", "0,0"], [], [], { decimal: "," }), [1, 0]);
});

Deno.test("of two values one name is enough, on either side", () => {
  assertEquals(labels(["yes", "no", " yes ", "none"], ["yes"]), [1, 0, 1, NaN]);
  assertEquals(labels(["yes", "no"], [], ["no"]), [1, 0]);
  assertEquals(labels(["1", "2", "2.0"], ["1"]), [1, 0, 0]);
  assertEquals(labels(["TRUE", "False"], ["false"]), [0, 1]);
  assertEquals(labels(["yes", "yes"], ["yes"]), [1, 1]);
});

Deno.test("more values are labels only if each is named", () => {
  const adult = ["<=50K", "<=50K", "<=50K.", ">50K", ">50K."];
  assertEquals(labels(adult, [">50K", ">50K."], ["<=50K", "<=50K."]), [0, 0, 0, 1, 1]);
  refused(
    'a.csv, column "fit": expected two values, or all of them named with --positive and --negative, found "<=50K" (2), ' +
      '"<=50K." (1), ">50K" (1), ">50K." (1); "<=50K" and "<=50K." differ only in case, blanks or punctuation; ' +
      '">50K" and ">50K." differ only in case, blanks or punctuation; for example --positive \'>50K\' ' +
      "--positive '>50K.' --negative '<=50K' --negative '<=50K.'",
    adult,
    [">50K"],
  );
  refused('"hired" (1), "rejected" (1), "withdrawn" (1)', ["hired", "rejected", "withdrawn"], ["hired"]);
  refused('"withdrawn" (1)', ["hired", "rejected", "withdrawn"], ["hired"], ["rejected"]);
  // Named on both sides, the second of two values is not the other side's.
  refused('"maybe" (1)', ["no", "maybe"], ["yes"], ["no"]);
  refused('"A" (1), "B" (1), "C" (1)', ["A", "B", "C"], ["A", "B"]);
});

Deno.test("values without a name are refused with what to type", () => {
  refused('found "no" (1), "yes" (1); name those that count as 1, for example --positive yes', ["no", "yes"]);
  refused("--positive 2", ["1", "2"]);
  refused("--positive 1", ["-1", "1"]);
  refused('found "0" (1), "1" (1), "2" (1)', ["0", "1", "2"]);
  refused('expected "yes" in some row, found "Yes" (2)', ["Yes", "Yes"], ["yes"]);
  refused("expected different values", ["1", "0"], ["1"], ["1.0"]);
  refused("found more than 1000; is it a column of labels?", Array.from({ length: 1100 }, (_, i) => `${i / 7}`), ["1"]);
});

Deno.test("a value that is named is meant, even if it looks like a missing one", () => {
  assertEquals(labels(["None", "PhD"], ["PhD"], ["None"]), [0, 1]);
});
