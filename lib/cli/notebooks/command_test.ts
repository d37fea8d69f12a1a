import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InputError } from "../../errors.ts";
import { permitted, permittedTest, withFolder } from "../../_testing.ts";
import { figureBundle } from "../../report/show_figure.ts";
import { makeFigure } from "../../report/figures/figure.ts";
import { findBrowser } from "../../report/render.ts";
import { runNotebooksCommand } from "./command.ts";
import { type CodeCell, type Notebook, readNotebook, writeNotebook } from "./notebook.ts";

/** Writes `notebooks/NAME.ipynb`, whose code cells are these. */
async function writeCells(root: string, name: string, ...sources: string[]): Promise<void> {
  const notebook: Notebook = {
    cells: [
      { cell_type: "markdown", id: "title", source: `# Notebook ${name}`, metadata: {} },
      ...sources.map((source, i): CodeCell => ({
        cell_type: "code",
        id: `c${i}`,
        source,
        metadata: {},
        execution_count: null,
        outputs: [],
      })),
    ],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  };
  await Deno.mkdir(`${root}/notebooks`, { recursive: true });
  await writeNotebook(`${root}/notebooks/${name}.ipynb`, notebook);
}

async function run(root: string, options: Partial<Parameters<typeof runNotebooksCommand>[0]> = {}): Promise<string> {
  const lines: string[] = [];
  await runNotebooksCommand({ only: [], ...options }, { root, print: (text) => lines.push(text) });
  return lines.join("\n");
}

/** All files under a folder with their contents. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) Object.assign(files, await snapshot(`${folder}/${name}`));
    else files[`${folder}/${name}`] = (await Deno.readFile(`${folder}/${name}`)).toBase64();
  }
  return files;
}

const FIGURE = makeFigure({
  name: "up",
  title: "Up",
  subtitle: "",
  alt: "Up.",
  data: [{ type: "bar", y: [1, 2] }],
  layout: {},
});
// There is no import map in these folders; a cell that shows a figure sends this.
const FIGURE_CELL = `await Deno.jupyter.display(${JSON.stringify(figureBundle(FIGURE))}, { raw: true })`;

const browser = permitted ? await findBrowser() : null;

permittedTest({
  name: `runNotebooksCommand() writes notebooks, pages and figures, the same bytes again${
    browser === null ? " (ignored: no Chromium found)" : ""
  }`,
  ignore: browser === null,
  fn: () =>
    withFolder(async (root) => {
      await writeCells(root, "01_a", "console.log(Deno.cwd())", FIGURE_CELL);
      await writeCells(root, "02_b", "1 + 1");
      const printed = await run(root);
      assertStringIncludes(printed, "01_a: 2 cells, 1 figures");
      const first = await snapshot(root);
      assertEquals(
        Object.keys(first).map((path) => path.slice(root.length + 1)).sort(),
        [
          "notebooks/01_a.ipynb",
          "notebooks/02_b.ipynb",
          "reports/01_a.html",
          "reports/02_b.html",
          "reports/assets/plotly.min.js",
          "reports/figures/up.png",
          "reports/figures/up.svg",
        ],
      );
      const [, code, figure] = (await readNotebook(`${root}/notebooks/01_a.ipynb`)).cells as CodeCell[];
      assertEquals(code!.outputs, [{ output_type: "stream", name: "stdout", text: "notebooks\n" }]);
      const data = (figure!.outputs[0] as { data: Record<string, unknown> }).data;
      assertEquals(Object.keys(data).sort(), ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
      const page = await Deno.readTextFile(`${root}/reports/01_a.html`);
      assertStringIncludes(page, `<a href="02_b.html">Notebook 02_b</a>`);
      assertStringIncludes(page, '{ src: "assets/plotly.min.js" }');

      await run(root, { only: ["01"] });
      assertEquals(await snapshot(root), first);
    }),
});

permittedTest(
  "runNotebooksCommand() says which cell of which notebook failed, and writes nothing",
  () =>
    withFolder(async (root) => {
      await writeCells(root, "01_a", "1", "// why\nnull.x");
      const before = await snapshot(root);
      const path = `${root}/notebooks/01_a.ipynb`;
      const { message } = await assertRejects(() => run(root), InputError);
      assertStringIncludes(message, `${path}, code cell 2 (// why): TypeError: Cannot read properties of null`);
      await Deno.remove(`${root}/reports`, { recursive: true });
      assertEquals(await snapshot(root), before);
      await writeCells(root, "01_a", "console.error('careless')");
      await assertRejects(() => run(root), InputError, "expected nothing on standard error, found: careless");
    }),
);

permittedTest(
  "runNotebooksCommand() renders without running, into another folder, with Plotly inside",
  () =>
    withFolder(async (root) => {
      await writeCells(root, "01_a", "throw new Error('is not run')");
      const before = await snapshot(root);
      await withFolder(async (output) => {
        await run(root, { renderOnly: true, standalone: true, output });
        const written = Object.keys(await snapshot(output));
        assertEquals(written, [`${output}/01_a.html`]);
        assert(!(await Deno.readTextFile(`${output}/01_a.html`)).includes(" src="));
      });
      assertEquals(await snapshot(root), before);
    }),
);

permittedTest(
  "runNotebooksCommand() refuses names that no notebook has, and folders without notebooks",
  () =>
    withFolder(async (root) => {
      await assertRejects(() => run(root), InputError, "notebooks cannot be read: no such file or folder");
      await writeCells(root, "01_a");
      await assertRejects(
        () => run(root, { only: ["01", "3"] }),
        InputError,
        '--only: expected the beginning of one of 01_a, found "3"',
      );
    }),
);
