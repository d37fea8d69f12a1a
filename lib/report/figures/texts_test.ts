import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { permittedTest } from "../../_testing.ts";
import { pca } from "../../metrics/mod.ts";
import { HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { embeddingMap, textLengths } from "./texts.ts";

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

// Three clusters on a circle, each a small cross in three dimensions.
const CROSS = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 0.5], [0, 0, -0.5]];
const NAMES = ["high school", "bachelor", HOSTILE_NAME];
const embeddings = NAMES.flatMap((_, g) =>
  CROSS.map(([x, y, z]) => [4 * Math.cos(2 * g) + x!, 4 * Math.sin(2 * g) + y!, z!])
);
const groups = NAMES.flatMap((name) => CROSS.map(() => name));
const options = { of: "résumés, base model", attribute: "education" };
const map = embeddingMap({ embeddings, groups }, options);

permittedTest("embeddingMap() looks as reviewed", () => assertSnapshot(map));

Deno.test("embeddingMap() shows the points of each group, its mean, and how much of the spread the groups explain", () => {
  const traces = map.data as { name?: string; x: number[]; y: number[] }[];
  assertEquals(traces.map(({ x }) => x.length), [6, 6, 6, 1, 1, 1]);
  const [school, , , mean] = traces;
  assertEquals(school!.name, "high school (n = 6)†");
  assertAlmostEquals(mean!.x[0]!, school!.x.reduce((sum, x) => sum + x, 0) / 6, 2e-3);
  // Within a group the plane holds 4 of squared distance, 12 in all; the rest of the total is between the groups.
  const total = pca(embeddings).coordinates.flatMap((own) => [...own]).reduce((sum, x) => sum + x * x, 0);
  assertStringIncludes(map.title, `education explains ${Math.round(100 * (1 - 12 / total))}% of the spread`);
  assertStringIncludes(map.title, "; chance alone would explain 12%"); // 2 of 17
});

Deno.test("embeddingMap() thins out many points evenly and says so", () => {
  const many = Array.from({ length: 3100 }, (_, i) => [Math.cos(i), Math.sin(2 * i), i / 3100]);
  const { data, subtitle } = embeddingMap({ embeddings: many, groups: many.map(() => "BA") }, options);
  assertEquals((data[0] as { x: number[] }).x.length, 1034);
  assertStringIncludes(subtitle, "One point of 3 is shown.");
});

Deno.test("embeddingMap() shows names as text, and needs two components and a group for each point", () => {
  assert(plotTexts([map.data, map.layout]).every((text) => !/<script|<a |%\{x/.test(text)));
  assertThrows(
    () => embeddingMap({ embeddings: embeddings.map(([x]) => [x!]), groups }, options),
    RangeError,
    "Expected 1 to 1 components",
  );
  assertThrows(
    () => embeddingMap({ embeddings, groups: ["BA"] }, options),
    RangeError,
    "for each of 18 points, found 1",
  );
  assertEquals(
    embeddingMap({ embeddings, groups: groups.map(() => "BA") }, options).title,
    "On this map all 18 points are of one education group",
  );
});
