import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { textLengths } from "./text_lengths.ts";
import { permittedTest } from "../../_testing.ts";

// 1 to 101 tokens: the quartiles are 26, 51 and 76.
const even = Array.from({ length: 101 }, (_, i) => i + 1);
const kinds = [
  { name: "jobs", lengths: even.map((length) => length / 2) },
  { name: "résumés, high school", lengths: even },
  { name: HOSTILE_NAME, lengths: even.map((length) => 2 * length) },
  { name: "none", lengths: [] },
];
const figure = textLengths({ name: "education", kinds, maxLength: 128 });

permittedTest("textLengths() looks as reviewed", () => assertSnapshot(figure));

Deno.test("textLengths() shows quantiles, and says how many texts are cut", () => {
  const [box, longest] = figure.data as Record<string, number[]>[];
  assertEquals(
    ["lowerfence", "q1", "median", "q3", "upperfence"].map((key) => box![key]![1]),
    [6, 26, 51, 76, 96],
  );
  assertEquals(longest!.x, [50.5, 101, 202]);
  // 65 to 101 of the doubled lengths are above 128.
  assertStringIncludes(
    figure.title,
    "37 of 303 texts are longer than the 128 tokens that the model reads: 0% of “jobs”",
  );
  assertEquals(
    textLengths({ name: "all", kinds: kinds.slice(0, 1), maxLength: 51 }).title,
    "All 101 texts fit into the 51 tokens that the model reads",
  );
});

Deno.test("textLengths() leaves out kinds without texts, and shows names as text", () => {
  assert(!figure.alt.includes("none ("));
  assertStringIncludes(figure.alt, HOSTILE_NAME);
  assert(plotTexts([figure.data, figure.layout]).every((text) => !/<script|<a |%\{x/.test(text)));
});
