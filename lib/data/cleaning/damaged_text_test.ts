import { assertEquals } from "@std/assert";
import { joinSpacedLetters, literalText, mendMojibake, writtenOutBreaks } from "./damaged_text.ts";

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

/** UTF-8 bytes of a text, read in another encoding. */
const misread = (text: string, encoding: string) => new TextDecoder(encoding).decode(new TextEncoder().encode(text));

Deno.test("mendMojibake() reads back UTF-8 that was taken for windows-1252, Latin-1 or Mac Roman", () => {
  const western = "résumé – it’s “good” • naïve Größe Łódź… €5";
  assertEquals(
    mendMojibake(misread("résumé – it’s • naïve Größe, €5", "windows-1252")),
    "résumé – it’s • naïve Größe, €5",
  );
  assertEquals(mendMojibake(misread(misread("résumé – it’s", "windows-1252"), "windows-1252")), "résumé – it’s");
  assertEquals(mendMojibake(misread("résumé – it’s", "macintosh")), "résumé – it’s");
  assertEquals(mendMojibake(String.fromCharCode(...new TextEncoder().encode("“é”"))), "“é”");
  assertEquals(mendMojibake(misread("Wrocław, при, Αθήνα, 学士", "windows-1252")), "Wrocław, при, Αθήνα, 学士");
  assertEquals(mendMojibake("â€œgoodâ€"), "“good”");
  assertEquals(mendMojibake("2012 Â Spring, Âge"), "2012  Spring, Âge");
  assertEquals(mendMojibake(western), western);
});

Deno.test("mendMojibake() leaves accented capitals beside punctuation", () => {
  for (const text of ["CAFÉ–BAR", "«ÉTÉ»", "LYCÉE “PRÉ”", "AVENUE DU PARÍ–X", "São Paulo", "FORMAÇÃO"]) {
    assertEquals(mendMojibake(text), text);
  }
});

Deno.test("joinSpacedLetters() goes by gaps, else by the words of the lexicons, else by capitals", () => {
  assertEquals(joinSpacedLetters("B a c h e l o r   o f   A r t s  ,  2 0 1 1"), "Bachelor of Arts , 2011");
  assertEquals(
    joinSpacedLetters("E D U C A T I O N\nB a c h e l o r o f S c i e n c e"),
    "EDUCATION\nBachelor of Science",
  );
  assertEquals(joinSpacedLetters("A n a F i e l d"), "Ana Field");
});

Deno.test("joinSpacedLetters() leaves enumerations, formulas and initials", () => {
  for (const text of ["A B C D E F", "x + y = z", "J. R. R. Tolkien", "Vitamins A, B & C", "T S Eliot", "1 2 3 4 5"]) {
    assertEquals(joinSpacedLetters(text), text);
  }
});
