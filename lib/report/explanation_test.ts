import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { wordContributions } from "./explanation.ts";

const HOSTILE = "<b>nurse</b>";

Deno.test("wordContributions() draws the words that add or take most, education in orange, text as text", () => {
  const words = Array.from({ length: 30 }, (_, i) => ({ word: `w${i}`, contribution: i / 1000, kind: null }));
  const figure = wordContributions({
    score: 0.5,
    words: [...words, { word: HOSTILE, contribution: -0.3, kind: "degree" }],
  });
  assertEquals(figure.rows.length, 20);
  assertEquals(figure.rows.slice(0, 2), [{ word: HOSTILE, contribution: -0.3 }, { word: "w29", contribution: 0.029 }]);
  assertStringIncludes(figure.title, "+0.500");
  const [{ hovertext, marker }] = figure.data as unknown as [{ hovertext: string[]; marker: { color: string[] } }];
  assert(!hovertext[0]!.includes("<b>"));
  assert(marker.color[0] !== marker.color[1]);
});
