import { format } from "@std/fmt/duration";
import { basename } from "@std/path";
import { z } from "zod";
import { InputError } from "../../errors.ts";
import { exists, fileError, makeFolder, writeAtomic, writeText } from "../../files.ts";
import { showProgress } from "../../progress.ts";
import { projectFolder } from "../../project_folder.ts";
import { findBrowser, openRenderer, outputPicture, plotlyScript, type Renderer, smallPng } from "../../report/mod.ts";
import { flag, option, optionalText, texts, verb } from "../command.ts";
import { CellFailure, executeNotebook } from "./execute.ts";
import { notebookHtml, notebookTitle } from "./html.ts";
import { addPictures, cleanNotebook, codeCells, outputFault, type Picture } from "./kept.ts";
import { startKernel } from "./kernel.ts";
import { type Notebook, readNotebook, writeNotebook } from "./notebook.ts";

/** The options of `deno task notebooks`. */
export const NOTEBOOKS_OPTIONS = z.object({
  only: option(texts, "--only <name>", "a notebook, or the beginning of its name, such as 01; repeatable"),
  renderOnly: option(flag, "--render-only", "render the outputs that the notebooks have, without running them"),
  standalone: option(flag, "--standalone", "put Plotly into each page instead of a file that they share"),
  output: option(
    optionalText,
    "-o, --output <folder>",
    "write notebooks, pages and figures here; the project stays as it is",
  ),
});

/**
 * Runs the notebooks with Deno's Jupyter kernel, keeps what came of it in them, and renders each to a page that opens
 * offline. Figures also go to `figures/`, as SVG and PNG. `context`: Where `notebooks/` and `reports/` are, and what
 * prints. Throws an InputError if there is no such notebook, if a cell fails, writes to standard error, shows an empty figure or no longer
 * what it has shown, or if a file cannot be read or written.
 */
export async function runNotebooksCommand(
  { only, renderOnly = false, standalone = false, output }: z.output<typeof NOTEBOOKS_OPTIONS>,
  { root = projectFolder(), print = console.log }: { root?: string; print?: (text: string) => void } = {},
): Promise<void> {
  const folder = `${root}/notebooks`, reports = output ?? `${root}/reports`, written = output ?? folder;
  const names = await notebookNames(folder);
  const chosen = chooseNames(names, only);
  await makeFolder(reports);

  await using browser = lazyRenderer(print);
  for (const name of renderOnly ? [] : chosen) {
    const began = performance.now();
    const { notebook, pictures } = await runNotebook(`${folder}/${name}.ipynb`, root, browser.open);
    await writeNotebook(`${written}/${name}.ipynb`, notebook);
    await writeFigures(`${reports}/figures`, pictures, browser.open);
    const time = format(1000 * Math.ceil((performance.now() - began) / 1000), { ignoreZero: true });
    print(`${name}: ${codeCells(notebook).length} cells, ${pictures.length} figures, ${time}`);
  }

  const source = (name: string) => !renderOnly && chosen.includes(name) ? written : folder;
  const notebooks = new Map<string, Notebook>();
  for (const name of names) notebooks.set(name, await readNotebook(`${source(name)}/${name}.ipynb`));
  const plotly = await plotlyScript(reports, standalone);
  const report = await exists(`${reports}/index.html`) ? [{ title: "Report", href: "index.html" }] : [];
  for (const name of chosen) {
    const pages = names.map((other) => ({
      title: notebookTitle(notebooks.get(other)!),
      href: other === name ? undefined : `${other}.html`,
    }));
    const page = notebookHtml(notebooks.get(name)!, {
      source: output === undefined ? `../notebooks/${name}.ipynb` : `${name}.ipynb`,
      pages: [...report, ...pages],
      plotly,
    });
    await writeText(`${reports}/${name}.html`, page);
    print(`${name}: ${output ?? "reports"}/${name}.html`);
  }
}

async function notebookNames(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch((error) => {
    throw fileError(folder, "cannot be read", error);
  });
  const files = entries.filter(({ name, isFile }) => isFile && name.endsWith(".ipynb"));
  if (files.length === 0) throw new InputError(`${folder}: expected notebooks (.ipynb), found none`);
  return files.map(({ name }) => basename(name, ".ipynb")).sort();
}

function chooseNames(names: readonly string[], only: readonly string[]): string[] {
  const unknown = only.find((start) => !names.some((name) => name.startsWith(start)));
  if (unknown !== undefined) {
    throw new InputError(`--only: expected the beginning of one of ${names.join(", ")}, found "${unknown}"`);
  }
  return names.filter((name) => only.length === 0 || only.some((start) => name.startsWith(start)));
}

type OpenBrowser = () => Promise<Renderer | null>;

async function runNotebook(
  path: string,
  root: string,
  openBrowser: OpenBrowser,
): Promise<{ notebook: Notebook; pictures: Picture[] }> {
  const previous = await readNotebook(path);
  const kernel = await startKernel({ folder: `${root}/notebooks`, env: { NOTEBOOK_PICTURES: "none" } });
  const progress = showProgress(basename(path, ".ipynb"), codeCells(previous).length, { unit: "cells" });
  let executed: Notebook;
  try {
    executed = await executeNotebook(previous, kernel, (number) => progress.update(number - 1));
  } catch (error) {
    throw error instanceof CellFailure ? new InputError(`${path}, ${error.message}`) : error;
  } finally {
    progress.stop();
    await kernel.stop();
  }
  const notebook = cleanNotebook(executed, { root, home: Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") });
  const fault = outputFault(notebook, previous);
  if (fault !== null) throw new InputError(`${path}, ${fault}`);
  const pictures = await addPictures(notebook, previous, async (figure) => {
    const renderer = await openBrowser();
    return renderer && await outputPicture(figure, renderer);
  });
  return { notebook, pictures };
}

/** Starts a browser when the first figure is to be drawn, and says once if there is none. */
function lazyRenderer(print: (text: string) => void): AsyncDisposable & { open: OpenBrowser } {
  let renderer: Promise<Renderer | null> | undefined;
  const start = async () => {
    if (await findBrowser() !== null) return await openRenderer();
    print("Without Chromium new figures get no pictures for GitHub to show: install it, or set CHROME_PATH to it");
    return null;
  };
  return {
    open: () => renderer ??= start(),
    [Symbol.asyncDispose]: async () => await (await renderer)?.[Symbol.asyncDispose](),
  };
}

/** Draws the figures that are new, or whose files are not there. */
async function writeFigures(folder: string, pictures: readonly Picture[], openBrowser: OpenBrowser): Promise<void> {
  if (pictures.length > 0) await makeFolder(folder);
  for (const { figure, isNew } of pictures) {
    const path = `${folder}/${figure.name}`;
    if (!isNew && await exists(`${path}.svg`) && await exists(`${path}.png`)) continue;
    const renderer = await openBrowser();
    if (renderer === null) continue;
    await writeText(`${path}.svg`, await renderer.svg(figure));
    await writeAtomic(`${path}.png`, [await smallPng(await renderer.png(figure))]);
  }
}

export const notebooks = verb(
  [
    "notebooks",
    "Run the notebooks with Deno's Jupyter kernel and render them to reports/ as pages that open offline",
    "deno task notebooks",
    "deno task notebooks --only 03",
  ],
  NOTEBOOKS_OPTIONS,
  async (options) => await runNotebooksCommand(options),
);
