import { assertEquals } from "@std/assert";
import { capitalize, cleanText, indefiniteArticle, normalizeWhitespace, textId } from "./text.ts";

Deno.test("cleanText() keeps words, accents, emoji and line breaks", () => {
  const text = "Éva 👩‍🔧 — «soudeuse»\n日本語\n\nC++ & C#";
  assertEquals(cleanText(text), text);
});

Deno.test("cleanText() removes control and invisible characters, also inside words", () => {
  assertEquals(cleanText("a\u0000b\u0007c\u200bd\u00ade\ufefff\u009fg"), "abcdefg");
});

Deno.test("cleanText() makes all line ends and spaces alike", () => {
  assertEquals(cleanText("a\r\nb\rc\u2028d\fe\u0085f"), "a\nb\nc\nd\ne\nf");
  assertEquals(cleanText("a \t\u00a0\u3000b  \n  c"), "a b\nc");
});

Deno.test("cleanText() composes letters", () => {
  assertEquals(cleanText("re\u0301sume\u0301"), "résumé");
});

Deno.test("cleanText() changes nothing the second time", () => {
  for (const text of ["  a \n\n\n b\u200b ", "\u200b \n x", "e\u200b\u0301", "a \u0000 b", "\n \u00ad \n \n x"]) {
    assertEquals(cleanText(cleanText(text)), cleanText(text));
  }
});

Deno.test("cleanText() leaves one space, one kind of line end and one blank line", () => {
  assertEquals(cleanText("  Skills:\u00a0 \u200bpruning\r\n\n\n\n grafting "), "Skills: pruning\n\ngrafting");
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
