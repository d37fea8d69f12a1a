import { assertEquals } from "@std/assert";
import keep from "./keep.json" with { type: "json" };
import { maskEducation } from "./mask_education.ts";
import { phrasePattern, sameSentence } from "./phrases.ts";
import prestige from "./prestige.json" with { type: "json" };
import words from "./words.json" with { type: "json" };

Deno.test("every phrase of the allow-list stays as it is", () => {
  for (const phrase of keep.phrases) {
    for (const text of [`Knows ${phrase} well.`, `Education\n${phrase}, 2011\n`]) {
      assertEquals(maskEducation(text).text.includes(phrase), true, text);
    }
  }
});

Deno.test("every phrase of the word lists is replaced", () => {
  const phrases = [...Object.keys(words.phrases), ...Object.keys(prestige.nouns), ...prestige.appended];
  for (const phrase of phrases) {
    const { text, replacements } = maskEducation(`We said ${phrase}, then left.`);
    assertEquals([phrase, replacements.length > 0, text.includes(` ${phrase},`)], [phrase, true, false]);
  }
});

Deno.test("what takes the place of a phrase is not masked again", () => {
  for (const neutral of [...Object.values(words.phrases), ...Object.values(prestige.nouns)]) {
    assertEquals(maskEducation(`We said ${neutral}, then left.`).replacements, [], neutral);
  }
});

Deno.test("phrasePattern() lets apostrophes, spaces and hyphens vary", () => {
  const found = "on the dean’s  list, top-ranked".match(phrasePattern(["dean's list", "top ranked"], "g"));
  assertEquals(found, ["dean’s  list", "top-ranked"]);
});

Deno.test("sameSentence() ends at a full stop", () => {
  const a = { start: 0, end: 3 };
  assertEquals(sameSentence("one and two", [a, { start: 8, end: 11 }], 80), true);
  assertEquals(sameSentence("one. Two", [a, { start: 5, end: 8 }], 80), false);
});
