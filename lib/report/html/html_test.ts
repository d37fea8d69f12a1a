import { assertEquals } from "@std/assert";
import { html, join } from "./html.ts";

Deno.test("html() escapes inserted texts, and leaves HTML as it is", () => {
  assertEquals(html`<b title="${'"'}">${"<i>"}${3}</b>`.markup, `<b title="&quot;">&lt;i&gt;3</b>`);
  assertEquals(html`<p>${html`<b>x</b>`}</p>`.markup, "<p><b>x</b></p>");
  assertEquals(join([html`<hr>`, html`<hr>`]).markup, "<hr>\n<hr>");
});
