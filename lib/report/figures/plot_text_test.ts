import { assert, assertEquals } from "@std/assert";
import stringWidth from "string-width";
import { isolated, plotText, wrapLines, wrapText } from "./plot_text.ts";

Deno.test("plotText() leaves nothing that Plotly reads as markup, formula or placeholder", () => {
  const hostile = `<script>alert("x")</script> <a href='javascript:alert(1)'>B.A.</a> &lt; $x^2$ %{customdata}`;
  assert(!/[<>$%"']|&(?!#\d+;)/.test(plotText(hostile)));
  assertEquals(decoded(plotText(hostile)), hostile);
});

Deno.test("plotText() keeps emoji and letters of all scripts, and drops what XML cannot hold", () => {
  assertEquals(plotText("博士 👩‍🎓 Ångström"), "博士 👩‍🎓 Ångström");
  assertEquals(plotText("a\u0000b\tc\ud800d\udc00e"), "a b c d e");
});

Deno.test("plotText() isolates right-to-left text, and closes what it opens", () => {
  assertEquals(plotText("بكالوريوس"), "\u2066بكالوريوس\u2069");
  assertEquals(plotText("a\u202eb"), "\u2066ab\u2069");
  // No isolate of the text itself may end ours, nor reach beyond it.
  assertEquals(plotText("\u2069א\u2067"), "\u2066א\u2069");
  assertEquals(plotText(`${isolated("א")} (n = 3)`), "\u2066\u2068א\u2069 (n = 3)\u2069");
});

Deno.test("wrapLines() breaks at spaces, shortens whole letters, and never exceeds the width", () => {
  assertEquals(wrapLines("Master of Business Administration and more", 12, 2), ["Master of", "Business Ad…"]);
  assertEquals(wrapLines("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 5, 1), ["👩‍👩‍👧👩‍👩‍👧…"]);
  assertEquals(wrapLines("", 10), [""]);
  assertEquals(wrapLines("about 95% of", 8), ["about", "95% of"]);
  for (const line of wrapLines("博士 ".repeat(30) + "x".repeat(99), 11)) assert(stringWidth(line) <= 11, line);
});

Deno.test("wrapText() escapes each line on its own", () => {
  assertEquals(wrapText("<b> </b>", 4), "&#60;b&#62;<br>&#60;/b&#62;");
});

function decoded(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
