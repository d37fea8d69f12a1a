import { assertEquals } from "@std/assert";
import { mendMojibake } from "./mojibake.ts";

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
