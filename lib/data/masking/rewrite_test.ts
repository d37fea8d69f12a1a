import { assertEquals, assertThrows } from "@std/assert";
import keep from "./keep.json" with { type: "json" };
import { maskEducation } from "./mask_education.ts";
import prestige from "./prestige.json" with { type: "json" };
import { beginsSentence, inPlaceCase, isCapitals, phrasePattern, rewrite, sameSentence } from "./rewrite.ts";
import words from "./words.json" with { type: "json" };

const swap = (text: string, from: string, replacement: string) => {
  const start = text.indexOf(from);
  return rewrite(text, [{ start, end: start + from.length, replacement }]).text;
};

Deno.test("rewrite() fits the article to what follows it", () => {
  assertEquals(swap("an M.S. in law", "M.S.", "Ph.D."), "a Ph.D. in law");
  assertEquals(swap("A master's degree", "master's degree", "associate's degree"), "An associate's degree");
  assertEquals(swap("a B.A. in law", "B.A.", "MSc"), "an MSc in law");
  assertEquals(swap("a university", "university", "one-year course"), "a one-year course");
});

Deno.test("rewrite() leaves alone what only looks like an article", () => {
  assertEquals(swap("vitamin a MBA", "MBA", "B.S."), "vitamin a B.S.");
  assertEquals(swap("plan an. MBA", "MBA", "B.S."), "plan an. B.S.");
  assertEquals(swap("Joan MBA", "MBA", "B.S."), "Joan B.S.");
});

Deno.test("rewrite() takes edits in any order and refuses overlaps", () => {
  const { text, changes } = rewrite("one two three", [
    { start: 8, end: 13, replacement: "3" },
    { start: 0, end: 3, replacement: "1" },
  ]);
  assertEquals(text, "1 two 3");
  assertEquals(changes.map(({ newStart, newEnd }) => text.slice(newStart, newEnd)), ["1", "3"]);
  const overlapping = [{ start: 0, end: 3, replacement: "" }, { start: 2, end: 4, replacement: "" }];
  assertThrows(() => rewrite("one two", overlapping), RangeError, "found two at 2");
  assertEquals(rewrite("one", []), { text: "one", changes: [] });
});

Deno.test("beginsSentence() knows sentences, lines and items", () => {
  const text = "One. Two\nThree\n - Four  Five, six";
  const begins = (word: string) => beginsSentence(text, text.indexOf(word));
  assertEquals(["One", "Two", "Three", "Four", "Five", "six"].map(begins), [true, true, true, true, true, false]);
});

Deno.test("rewrite() changes the article before a replacement with it", () => {
  const { text, changes } = rewrite("I hold an MBA.", [{ start: 10, end: 13, replacement: "B.S." }]);
  assertEquals(text, "I hold a B.S..");
  assertEquals(changes, [{ start: 7, end: 13, text: "an MBA", replacement: "a B.S.", newStart: 7, newEnd: 13 }]);
});

Deno.test("inPlaceCase() writes as the place has it", () => {
  assertEquals(inPlaceCase("Hello. Master of Arts", { start: 7, end: 21 }, "qualification"), "Qualification");
  assertEquals(inPlaceCase("MASTER OF ARTS, ROME", { start: 0, end: 14 }, "qualification"), "QUALIFICATION");
  assertEquals(inPlaceCase("holds a Master of Arts", { start: 8, end: 22 }, "qualification"), "qualification");
});

Deno.test("isCapitals() takes headings for capitals, abbreviations not", () => {
  assertEquals(["B.A. IN LATIN", "SCHOOL", "UCLA", "Latin"].map(isCapitals), [true, true, false, false]);
});

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
