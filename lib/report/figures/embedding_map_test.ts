import { assert, assertAlmostEquals, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { pca } from "../../metrics/mod.ts";
import { HOSTILE_NAME } from "./_data_testing.ts";
import { plotTexts } from "./_fairness_testing.ts";
import { assertSnapshot } from "./_testing.ts";
import { embeddingMap } from "./embedding_map.ts";
import { permittedTest } from "../../_testing.ts";

// Three clusters on a circle, each a small cross in three dimensions.
const CROSS = [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 0.5], [0, 0, -0.5]];
const NAMES = ["high school", "bachelor", HOSTILE_NAME];
const embeddings = NAMES.flatMap((_, g) =>
  CROSS.map(([x, y, z]) => [4 * Math.cos(2 * g) + x!, 4 * Math.sin(2 * g) + y!, z!])
);
const groups = NAMES.flatMap((name) => CROSS.map(() => name));
const options = { of: "résumés, base model", attribute: "education" };
const figure = embeddingMap({ embeddings, groups }, options);

permittedTest("embeddingMap() looks as reviewed", () => assertSnapshot(figure));

Deno.test("embeddingMap() shows the points of each group, its mean, and how much of the spread the groups explain", () => {
  const traces = figure.data as { name?: string; x: number[]; y: number[] }[];
  assertEquals(traces.map(({ x }) => x.length), [6, 6, 6, 1, 1, 1]);
  const [school, , , mean] = traces;
  assertEquals(school!.name, "high school (n = 6)†");
  assertAlmostEquals(mean!.x[0]!, school!.x.reduce((sum, x) => sum + x, 0) / 6, 2e-3);
  // Within a group the plane holds 4 of squared distance, 12 in all; the rest of the total is between the groups.
  const total = pca(embeddings).coordinates.flatMap((own) => [...own]).reduce((sum, x) => sum + x * x, 0);
  assertStringIncludes(figure.title, `education explains ${Math.round(100 * (1 - 12 / total))}% of the spread`);
  assertStringIncludes(figure.title, "; chance alone would explain 12%"); // 2 of 17
});

Deno.test("embeddingMap() thins out many points evenly and says so", () => {
  const many = Array.from({ length: 3100 }, (_, i) => [Math.cos(i), Math.sin(2 * i), i / 3100]);
  const { data, subtitle } = embeddingMap({ embeddings: many, groups: many.map(() => "BA") }, options);
  assertEquals((data[0] as { x: number[] }).x.length, 1034);
  assertStringIncludes(subtitle, "One point of 3 is shown.");
});

Deno.test("embeddingMap() shows names as text, and needs two components and a group for each point", () => {
  assert(plotTexts([figure.data, figure.layout]).every((text) => !/<script|<a |%\{x/.test(text)));
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
