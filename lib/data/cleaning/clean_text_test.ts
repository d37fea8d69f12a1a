import { assertEquals } from "@std/assert";
import { cleanedText, Cleaning, cleanText } from "./clean_text.ts";

const steps = (text: string) => [...cleanedText(text).steps];

Deno.test("cleanText() keeps words, accents, emoji and line breaks", () => {
  const text = "Éva 👩‍🔧 — «soudeuse»\n日本語\n\nC++ & C#";
  assertEquals(cleanText(text), text);
});

Deno.test("cleanText() removes control and invisible characters, also inside words", () => {
  assertEquals(cleanText("a\u0000b\u0007c\u200bd\u00ade\ufefff\u009fg"), "abcdefg");
});

Deno.test("cleanText() makes all line ends and spaces alike", () => {
  assertEquals(cleanText("a\r\nb\rc\u2028d\fe\u0085f"), "a\nb\nc\nd\ne\nf");
  assertEquals(cleanText("a\u00a0b \t\u00a0\u3000c  \n  d"), "a b  c\nd");
});

Deno.test("cleanText() composes letters", () => {
  assertEquals(cleanText("re\u0301sume\u0301"), "résumé");
  assertEquals(cleanText("o\ufb03ce, \uff22\uff21, \u{1d401}\u{1d5d4}"), "office, BA, BA");
});

Deno.test("cleanText() changes nothing the second time", () => {
  for (const text of ["  a \n\n\n b\u200b ", "\u200b \n x", "e\u200b\u0301", "a \u0000 b", "\n \u00ad \n \n x"]) {
    assertEquals(cleanText(cleanText(text)), cleanText(text));
  }
});

Deno.test("cleanText() leaves at most two spaces, one kind of line end and one blank line", () => {
  assertEquals(cleanText("  Skills:\u00a0 \u200bpruning\r\n\n\n\n grafting "), "Skills:  pruning\n\ngrafting");
});

Deno.test("cleanText() leaves plain texts as they are, angle brackets, ampersands and backslashes included", () => {
  for (
    const text of [
      "List<String>, List<a>, x < 5 && y > 3; AT&T, R&D; a&b=c&copy=1",
      "C:\\new\\notes, \\newpage and \\textbf",
      "CAFÉ–BAR, «ÉTÉ», “PRÉ»”, Äpfel, naïve",
      "Licences A B C D E; grades A, B and C",
      "b'side' is no literal, nor is a 'b' here",
    ]
  ) assertEquals([cleanText(text), steps(text)], [text, []]);
});

Deno.test("cleanText() goes through what was wrapped or escaped twice", () => {
  assertEquals(
    cleanText("&amp;lt;p&amp;gt;Education&amp;lt;/p&amp;gt;&amp;lt;p&amp;gt;B.S.&amp;lt;/p&amp;gt;"),
    "Education\nB.S.",
  );
  assertEquals(cleanText("b'<p>r&eacute;sum\\xc3\\xa9</p>\\n<p>B.S.</p>'"), "résumé\nB.S.");
  assertEquals(cleanText("<p>rÃ©sumÃ© &ndash; itâ€™s</p>"), "résumé – it’s");
  for (const text of ["&amp;amp;lt;", "b'b\\'x\\n\\'\\n'", "Ã\u0192Â©", "<p>B a c h e l o r</p>"]) {
    assertEquals(cleanText(cleanText(text)), cleanText(text));
  }
});

Deno.test("Cleaning counts texts and what was done, but no white space", () => {
  const cleaning = new Cleaning("résumés");
  for (const text of ["plain", " two  spaces ", "<p>a &amp; b</p>", "c&nbsp;d", "e\ufffd"]) cleaning.clean(text);
  assertEquals(cleaning.notes, [
    "2 of 5 résumés cleaned: HTML 1, character references 1",
    "1 of 5 résumés with letters that an earlier conversion lost (\ufffd)",
  ]);
  assertEquals(new Cleaning("résumés").notes, []);
});
