import { assertEquals, assertThrows } from "@std/assert";
import { capitalize, checkTrainable, indefiniteArticle, labelClass, normalizeWhitespace, textId } from "./example.ts";

Deno.test("labelClass() counts a label of 0.5 as a match", () => {
  assertEquals([labelClass({ row: 1, label: 0.5 }), labelClass({ row: 2, label: 0.2 })], [1, 0]);
});

Deno.test("checkTrainable() wants labels on both sides of 0.5", () => {
  assertThrows(() => checkTrainable([{ row: 1, label: 1 }], "pairs.csv"), Error, "both sides of 0.5");
});

Deno.test("normalizeWhitespace() puts a text on one line", () => {
  assertEquals(normalizeWhitespace("  one\n\n two "), "one two");
});

Deno.test("textId() is the beginning of the SHA-256, whatever the white space", () => {
  assertEquals(textId("abc"), "ba7816bf8f01cfea"); // FIPS 180-2, appendix B.1
  assertEquals(textId("a  b\n"), textId("a b"));
});

Deno.test("indefiniteArticle() goes by sound", () => {
  const phrases = ["M.S.", "bachelor's degree", "associate degree", "Ph.D.", "university", "MBA", "Ohio school"];
  assertEquals(phrases.map(indefiniteArticle), ["an", "a", "an", "a", "a", "an", "an"]);
});

Deno.test("capitalize() writes the first letter in upper case and leaves the others", () => {
  assertEquals(["the City", "", "1st"].map(capitalize), ["The City", "", "1st"]);
});
