import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { html } from "./html.ts";
import { page } from "./page.ts";

const policy = (text: string) => /Content-Security-Policy" content="([^"]*)"/.exec(text)![1]!;

Deno.test("page() allows the scripts it was given and nothing else", () => {
  const bare = policy(page({ title: "A", body: html`` }));
  assertStringIncludes(bare, "default-src 'none'");
  // The switch of colours.
  assertEquals(bare.match(/'sha256-/g)?.length, 1);
  const both = policy(page({ title: "A", body: html``, scripts: [{ file: "a.js" }, { code: "1" }] }));
  // printf 1 | openssl dgst -sha256 -binary | base64
  assertStringIncludes(both, "'sha256-a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=' 'strict-dynamic';");
  // No place is trusted, and no script but those with a hash.
  const [, scripts] = /script-src ([^;]*)/.exec(both)!;
  assert(scripts!.split(" ").every((source) => /^'(sha256-.*|strict-dynamic)'$/.test(source)));
});

Deno.test("page() escapes titles and marks the page itself among its sisters", () => {
  const text = page({ title: "<b>", pages: [{ title: "<i>" }, { title: "B", href: "b.html?a&b" }], body: html`` });
  assert(!text.includes("<b>") && !text.includes("<i>"));
  assertEquals(text.match(/<a [^>]*aria-current="page"[^>]*>/g)?.length, 1);
  assertStringIncludes(text, `<a href="b.html?a&amp;b">B</a>`);
});
