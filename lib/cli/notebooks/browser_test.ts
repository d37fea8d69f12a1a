import { assertEquals, assertGreater } from "@std/assert";
import { permitted, withFolder } from "../../_testing.ts";
import { JUPYTER_DISPLAY, show as shown } from "../../report/show.ts";
import { figureBundle } from "../../report/show_figure.ts";
import { makeFigure } from "../../report/figures/figure.ts";
import { plotText } from "../../report/figures/plot_text.ts";
import { inspectPage } from "../../report/html/_testing.ts";
import { findBrowser, launchBrowser, plotlyPath } from "../../report/render.ts";
import { runNotebooksCommand } from "./command.ts";
import type { Notebook } from "./notebook.ts";
import { notebookHtml } from "./html.ts";

const chromium = permitted ? await findBrowser() : null;
const WITH_BROWSER = { ignore: chromium === null };
const why = chromium === null ? " (ignored: no Chromium found)" : "";
const VIEWS = [{ width: 360 }, { width: 1440 }, { width: 1440, colorScheme: "dark" }] as const;

Deno.test({
  ...WITH_BROWSER,
  name: `notebookHtml() shows hostile data as text, runs no script of an output and fetches nothing${why}`,
  fn: () =>
    withFolder(async (folder) => {
      const hostile = `<script>alert(1)</script><img src=x onerror=alert(2)> "quoted" 'too' 😀 مرحبا`;
      const figure = makeFigure({
        name: "hostile",
        title: hostile,
        subtitle: hostile,
        alt: hostile,
        data: [{ type: "bar", x: [plotText(hostile)], y: [1] }],
        layout: {},
      });
      const show = (data: Record<string, unknown>) => ({ output_type: "display_data" as const, data, metadata: {} });
      const cell = {
        cell_type: "code" as const,
        source: `// ${hostile}\n"${"long ".repeat(60)}"`,
        metadata: {},
        execution_count: 1,
        outputs: [
          show(figureBundle(figure)),
          show(shown([{ [hostile]: hostile, n: 1 }], { caption: hostile })[JUPYTER_DISPLAY]()),
          show({ "text/plain": hostile }),
          show({ "image/svg+xml": `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(3)</script></svg>` }),
          // What no display of ours makes, but a reader's own cell may.
          show({
            "text/html":
              `<img alt="" src="https://example.com/x.png"><script>alert(4)</script><p onclick="alert(5)">own</p>` +
              `<script src="evil.js"></script><base href="https://example.com">`,
          }),
          { output_type: "stream" as const, name: "stdout" as const, text: `${hostile}${" wide".repeat(100)}\n` },
          { output_type: "error" as const, ename: "E", evalue: hostile, traceback: [hostile] },
        ],
      };
      const notebook: Notebook = {
        cells: [{ cell_type: "markdown", source: "# A title\n\n| a | b |\n|--|--|\n| 1 | 2 |", metadata: {} }, cell],
        metadata: {},
        nbformat: 4,
        nbformat_minor: 5,
      };
      await Deno.copyFile(plotlyPath(), `${folder}/plotly.min.js`);
      await Deno.writeTextFile(`${folder}/evil.js`, `console.error("ran");`);
      await Deno.writeTextFile(
        `${folder}/page.html`,
        notebookHtml(notebook, {
          source: "page.ipynb",
          pages: [{ title: hostile }],
          plotly: { file: "plotly.min.js" },
        }),
      );
      const browser = await launchBrowser();
      try {
        for (const view of VIEWS) {
          const { problems, cut: _wide, ...found } = await inspectPage(browser, `${folder}/page.html`, view);
          assertEquals(found, { overflow: 0, figures: ["hostile"], empty: [], violations: [] });
          // Both scripts, the handler, the base and the image of the reader's own HTML, each refused.
          const refused = problems.filter((text) => text.includes("Content Security Policy"));
          assertEquals(refused.length, 5);
          const known = (text: string) => refused.includes(text) || /https:..example|^failed: .*evil.js$/.test(text);
          assertEquals(problems.filter((text) => !known(text)), []);
        }
      } finally {
        await browser.close();
      }
    }),
});

Deno.test({
  ...WITH_BROWSER,
  name: `the notebooks, rendered as committed, are whole at any width, light and dark${why}`,
  fn: () =>
    withFolder(async (folder) => {
      await runNotebooksCommand({ only: [], renderOnly: true, output: folder }, { print: () => {} });
      const pages: string[] = [];
      for await (const { name } of Deno.readDir(folder)) if (name.endsWith(".html")) pages.push(name);
      assertGreater(pages.length, 0);
      const browser = await launchBrowser();
      try {
        for (const page of pages) {
          for (const view of VIEWS) {
            const { figures, cut: _wide, ...found } = await inspectPage(browser, `${folder}/${page}`, view);
            assertEquals(
              found,
              { problems: [], violations: [], overflow: 0, empty: [] },
              `${page} ${JSON.stringify(view)}`,
            );
            assertEquals(figures.length, new Set(figures).size, "figures of a notebook have names of their own");
          }
        }
      } finally {
        await browser.close();
      }
    }),
});
