import { assertEquals, assertStringIncludes } from "@std/assert";
import { cellReader, cleanName, MISSING, similarNames, similarNotes } from "./cell_values.ts";
import { shellQuoted } from "../printable.ts";

Deno.test("numbers are decimal numbers only, of one custom for their parts", () => {
  const { number } = cellReader();
  const read = (...texts: string[]) => texts.map((text) => number(text));
  assertEquals(read("5", " 5 ", "-0.5", "+.5", "5.", "1e5", "1E-2", "1.0"), [5, 5, -0.5, 0.5, 5, 100_000, 0.01, 1]);
  const none = read("0x1", "0b1", "0o7", "1_000", "1,5", "1.000,5", "Infinity", "-inf", "1e999", "5 %", "€5", "five");
  assertEquals(none, none.map(() => undefined));
  const comma = cellReader({ decimal: "," });
  assertEquals(["0,5", "5", "-1,5e3"].map(comma.number), [0.5, 5, -1500]);
  assertEquals(["0.5", "1.000,5", "1,000,5", ","].map(comma.number), [undefined, undefined, undefined, undefined]);
});

Deno.test("what programs write for a missing value is missing, in any case of letters", () => {
  const { isMissing, number } = cellReader();
  for (const text of ["", " ", "NA", "na", "N/A", "n/a", "NaN", "nan", "None", "null", "NULL", "<NA>", "#N/A", "\\N"]) {
    assertEquals([text, isMissing(text), number(` ${text} `)], [text, true, null]);
  }
  for (const text of ["0", "no", "none mentioned", "Nan Li", "unknown", "?", "-"]) assertEquals(isMissing(text), false);
  const own = cellReader({ missing: ["?", "NA"] });
  assertEquals(["?", "na", "", "None"].map(own.isMissing), [true, true, true, false]);
  assertEquals(MISSING.includes("None"), true);
});

Deno.test("names are composed and trimmed; those that differ only in case, blanks or punctuation are noticed", () => {
  assertEquals(cleanName(" E\u0301cole\u00a0"), "École");
  assertEquals(["A\u200b", "\ufeffA", "\u202aA\u202c", "A\u00ad "].map(cleanName), ["A", "A", "A", "A"]);
  assertEquals(["\u200b", " \ufeffN/A"].map(cellReader().isMissing), [true, true]);
  assertEquals(similarNames(["Hispanic/Latino", "hispanic latino", "White", "white ", "Black"]), [
    ["Hispanic/Latino", "hispanic latino"],
    ["White", "white "],
  ]);
  assertEquals(similarNames(["1", "-1", "1.0", ">50K", "<=50K", "?", "--"]), []);
  const [note] = similarNotes("race", new Map([["white", 2], ["White", 1200]]));
  assertEquals(
    note,
    'Column "race": "White" (1,200), "white" (2) differ only in case, blanks or punctuation and are kept apart; ' +
      "--merge white=White joins them",
  );
  assertStringIncludes(shellQuoted("it's >50K"), `'it'\\''s >50K'`);
});

Deno.test("numbers beyond ±1e300, whose sums and percentages overflow, are refused as that", () => {
  const { number, numberWords } = cellReader();
  assertEquals([number("1e300"), number("-1e301"), number("1e999")], [1e300, undefined, undefined]);
  assertEquals([numberWords("-1e301"), numberWords("1e999")], ["a number within ±1e+300", "a finite number"]);
});
