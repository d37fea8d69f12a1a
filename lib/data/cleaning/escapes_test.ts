import { assertEquals } from "@std/assert";
import { literalText, writtenOutBreaks } from "./escapes.ts";

Deno.test("literalText() reads literals of Python, also one that was cut off", () => {
  assertEquals(literalText("b'Elm\\xe2\\x80\\x93Oak\\nB.A.'"), "Elm–Oak\nB.A.");
  assertEquals(literalText('b"it\\\'s"'), "it's");
  assertEquals(literalText("u'caf\\xe9 \\u2022'"), "café •");
  assertEquals(literalText("b'Elm\\nOak"), "Elm\nOak");
  assertEquals(literalText("b'C:\\\\new'"), "C:\\new");
  for (const text of ["plain", "'quoted'", "b 'x'", "b'x and more", "big 'b'"]) assertEquals(literalText(text), null);
});

Deno.test("writtenOutBreaks() makes real line breaks of those that are written out", () => {
  assertEquals(writtenOutBreaks('Education\\nB.A.\\r\\n\\tElm \\"College\\"'), 'Education\nB.A.\r\n\tElm "College"');
  assertEquals(writtenOutBreaks("a\\nB\\nc \\u2022 caf\\xc3\\xa9"), "a\nB\nc • café");
});

Deno.test("writtenOutBreaks() leaves folders and commands", () => {
  for (const text of ["C:\\new\\Notes", "\\newpage, \\noindent", "a\\b", "no backslash"]) {
    assertEquals(writtenOutBreaks(text), text);
  }
});
