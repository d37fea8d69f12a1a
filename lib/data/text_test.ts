import { assertEquals } from "@std/assert";
import { capitalize, indefiniteArticle, normalizeWhitespace, textId } from "./text.ts";

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
