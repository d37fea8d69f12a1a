import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { figureBundle } from "../../report/show_figure.ts";
import { makeFigure } from "../../report/figures/figure.ts";
import type { Cell, Output } from "./notebook.ts";
import { notebookHtml, notebookTitle } from "./html.ts";

function render(...cells: Cell[]): string {
  const text = notebookHtml({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, {
    source: "../notebooks/a.ipynb",
    pages: [{ title: "A" }, { title: "B", href: "b.html" }],
    plotly: { file: "assets/plotly.min.js" },
  });
  return text.slice(text.indexOf("<body>"));
}

const prose = (source: string): Cell => ({ cell_type: "markdown", source, metadata: {} });
const code = (source: string, ...outputs: Output[]): Cell => ({
  cell_type: "code",
  source,
  metadata: {},
  execution_count: 1,
  outputs,
});
const display = (data: Record<string, unknown>): Output => ({ output_type: "display_data", data, metadata: {} });

Deno.test("notebookHtml() lists sections and gives headings ids of their own", () => {
  const page = render(prose("# A\n\n## Who's there?"), prose("## Who's there?\n### Not listed\n## <i>x</i> & y"));
  const links = [...page.matchAll(/<a href="(#[^"]*)">([^<]*)<\/a>/g)].map(([, href, text]) => [href, text]);
  assertEquals(links.slice(-3), [
    ["#who-s-there", "Who&#39;s there?"],
    ["#who-s-there--2", "Who&#39;s there?"],
    ["#i-x-i-y", "&lt;i&gt;x&lt;/i&gt; &amp; y"],
  ]);
  for (const [href] of links.slice(-3)) assertStringIncludes(page, ` id="${href!.slice(1)}"`);
});

Deno.test("notebookHtml() points to the pages of other notebooks, and to other files as they are", () => {
  const page = render(prose("[next](02_b.ipynb#train) [docs](../lib/README.md) [site](https://example.com/a.ipynb)"));
  const links = [...page.matchAll(/href="([^"#]*(?:html|md|ipynb)[^"]*)"/g)].map(([, href]) => href);
  assertEquals(links, [
    "b.html",
    "02_b.html#train",
    "../lib/README.md",
    "https://example.com/a.ipynb",
    "../notebooks/a.ipynb",
  ]);
});

Deno.test("notebookHtml() shows the richest form of an output that it knows", () => {
  const shown = (data: Record<string, unknown>) => render(code("", display(data))).split(`class="output"`)[1];
  assertStringIncludes(shown({ "text/plain": "plain", "text/html": "<table></table>" })!, "<table></table>");
  assertStringIncludes(shown({ "text/plain": "<plain>" })!, "&lt;plain&gt;");
  assertStringIncludes(shown({ "text/plain": "plain", "image/png": "AAAA\n" })!, `src="data:image/png;base64,AAAA"`);
  assertStringIncludes(shown({ "text/markdown": "*m*" })!, "<em>m</em>");
  assertEquals(shown({ "application/x-unknown": "?" }), undefined);
});

Deno.test("notebookHtml() loads Plotly only where there are figures, and carries their texts", () => {
  assert(!render(prose("# A"), code("1", display({ "text/plain": "1" }))).includes("<script"));
  const figure = makeFigure({ name: "f", title: "T < U", subtitle: "S", alt: "A", data: [], layout: {} });
  const page = render(code("1", display(figureBundle(figure))));
  assertStringIncludes(page, '{ src: "assets/plotly.min.js" }');
  assertStringIncludes(page, "<strong>T &lt; U</strong>");
});

Deno.test("notebookHtml() keeps the code's lines and spaces", () => {
  const page = render(code("if (a < b) {\n  f(`x\n    y`);\n}"));
  const text = page.slice(page.indexOf("<code>") + 6, page.indexOf("</code>")).replace(/<[^>]*>/g, "");
  assertEquals(text, "if (a &lt; b) {\n  f(`x\n    y`);\n}");
});

Deno.test("notebookTitle() is the first heading of the first level, as plain text", () => {
  const titled = (...cells: Cell[]) => notebookTitle({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  assertEquals(titled(prose("Hello\n## No\n# R & *D*"), prose("# Later")), "R & D");
  assertEquals(titled(code("# a comment")), "Notebook");
});
