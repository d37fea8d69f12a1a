import { assertEquals } from "@std/assert";
import { htmlText, isHtml } from "./html_text.ts";

Deno.test("isHtml() wants a tag of a known element", () => {
  for (const text of ["<p>a", "a<br>b", "a<BR/>b", "<b>a</b>", "<!-- a -->", '<div class="x">a']) {
    assertEquals([text, isHtml(text)], [text, true]);
  }
  for (const text of ["a < b > c", "List<String>", "Map<a, b>", "<me@example.org>", "a <- b -> c"]) {
    assertEquals([text, isHtml(text)], [text, false]);
  }
});

Deno.test("htmlText() puts blocks on lines of their own and joins tags inside a word", () => {
  assertEquals(
    htmlText("<div><p>Bach<b>elor</b> of<i> Arts</i></p>\n<p>Elm   College<br>2011</p></div>"),
    "Bachelor of Arts\nElm College\n2011",
  );
  assertEquals(htmlText("<ul><li>one<li>two</ul><h2>Skills</h2>x<hr>y"), "one\ntwo\nSkills\nx\ny");
  assertEquals(
    htmlText("<table><tr><th>B.A.</th><td>2011</td></tr><tr><td>M.A.<td>2013</table>"),
    "B.A.  2011\nM.A.  2013",
  );
  assertEquals(htmlText("<pre>a  b\n c</pre>"), "a  b\n c");
});

Deno.test("htmlText() decodes character references as browsers do", () => {
  assertEquals(
    htmlText("<p>r&eacute;sum&#233; &#x2013; it&#146;s &amp; AT&T &lt;b&gt; &copy 1</p>"),
    "résumé – it’s & AT&T <b> © 1",
  );
});

Deno.test("htmlText() drops what a browser does not show", () => {
  for (
    const hidden of [
      "<script>if (a < b) { x('<p>'); }</script>",
      "<style>p { color: red }</style>",
      "<head><title>x</title></head>",
      "<!-- x <p> -->",
      "<![if !supportLists]>",
      "<?xml version='1.0'?>",
      "<template><p>x</p></template>",
      "<div style='color: red; display : none'>x<div>x</div>x</div>",
      "<span hidden>x</span>",
      "<p style=visibility:hidden>x</p>",
      "<input type=hidden value=x>",
      "<img alt=x src=y>",
    ]
  ) assertEquals([hidden, htmlText(`<b>a</b>${hidden}b`).replace("\n", "")], [hidden, "ab"]);
  assertEquals(htmlText("<p hidden>x<p>shown"), "shown");
  assertEquals(htmlText("<li hidden>x<li>shown</li>"), "shown");
});

Deno.test("htmlText() takes what is left of damaged HTML", () => {
  assertEquals(htmlText("<p>a</b></div><i>b"), "a\nb");
  assertEquals(htmlText("<p>a<a href='"), "a");
  assertEquals(htmlText("a < b <p>c"), "a < b\nc");
});
