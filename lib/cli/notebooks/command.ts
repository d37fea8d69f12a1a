import { format } from "@std/fmt/duration";
import { InputError } from "../../errors.ts";
import { exists, fileError, makeFolder, writeAtomic, writeText } from "../../files.ts";
import { projectFolder } from "../../project_folder.ts";
import { findBrowser, openRenderer, plotlyScript, type Renderer, smallPng } from "../../report/mod.ts";
import { showProgress } from "../../progress.ts";
import { cleanNotebook } from "./clean_notebook.ts";
import { CellFailure, executeNotebook } from "./execute_notebook.ts";
import { startKernel } from "./kernel.ts";
import { type Notebook, notebookText, readNotebook } from "./notebook.ts";
import { notebookHtml, notebookTitle } from "./notebook_html.ts";
import { addPictures, type Picture } from "./static_pictures.ts";

/** The options of `deno task notebooks`. */
export interface NotebooksCommandOptions {
  /** `--only`, repeatable: beginnings of names, such as `01`; all notebooks if empty. */
  readonly only: readonly string[];
  /** `--render-only`: renders the outputs that the notebooks have. */
  readonly renderOnly?: boolean | undefined;
  /** `--standalone`: pages hold Plotly themselves instead of sharing a file. */
  readonly standalone?: boolean | undefined;
  /** `--output`: a folder for notebooks, pages and figures; else the notebooks are written back, the rest to `reports/`. */
  readonly output?: string | undefined;
}

/** Where the command finds notebooks, and speaks. */
export interface NotebooksCommandContext {
  /** Holds `notebooks/` and `reports/`; this project if absent. */
  readonly root?: string;
  readonly print?: (text: string) => void;
}

/**
 * Runs the notebooks with Deno's Jupyter kernel, keeps what came of it in them, and renders each to a page that opens offline.
 * Figures also go to `figures/`, as SVG and PNG.
 *
 * @param options What the user asked for.
 * @param context Where.
 * @throws {InputError} If there is no such notebook, if a cell fails, or if a file cannot be read or written.
 */
export async function runNotebooksCommand(
  { only, renderOnly = false, standalone = false, output }: NotebooksCommandOptions,
  { root = projectFolder(), print = console.log }: NotebooksCommandContext = {},
): Promise<void> {
  const folder = `${root}/notebooks`;
  const names = await notebookNames(folder);
  const chosen = chooseNames(names, only);
  const reports = output ?? `${root}/reports`;
  const written = output ?? folder;
  await makeFolder(reports);

  await using browser = lazyRenderer(print);
  for (const name of renderOnly ? [] : chosen) {
    const began = performance.now();
    const { notebook, pictures } = await runNotebook(folder, name, root, browser.open);
    await writeText(`${written}/${name}.ipynb`, notebookText(notebook));
    await writeFigures(`${reports}/figures`, pictures, browser.open);
    const cells = notebook.cells.filter(({ cell_type }) => cell_type === "code").length;
    const time = format(1000 * Math.ceil((performance.now() - began) / 1000), { ignoreZero: true });
    print(`${name}: ${cells} cells, ${pictures.length} figures, ${time}`);
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
    await writeText(
      `${reports}/${name}.html`,
      notebookHtml(notebooks.get(name)!, {
        source: output === undefined ? `../notebooks/${name}.ipynb` : `${name}.ipynb`,
        pages: [...report, ...pages],
        plotly,
      }),
    );
    print(`${name}: ${output ?? "reports"}/${name}.html`);
  }
}

async function notebookNames(folder: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      if (isFile && name.endsWith(".ipynb")) names.push(name.slice(0, -".ipynb".length));
    }
  } catch (error) {
    throw fileError(folder, "cannot be read", error);
  }
  if (names.length === 0) throw new InputError(`${folder}: expected notebooks (.ipynb), found none`);
  return names.sort();
}

function chooseNames(names: readonly string[], only: readonly string[]): string[] {
  for (const start of only) {
    if (!names.some((name) => name.startsWith(start))) {
      throw new InputError(`--only: expected the beginning of one of ${names.join(", ")}, found "${start}"`);
    }
  }
  return names.filter((name) => only.length === 0 || only.some((start) => name.startsWith(start)));
}

async function runNotebook(
  folder: string,
  name: string,
  root: string,
  openBrowser: () => Promise<Renderer | null>,
): Promise<{ notebook: Notebook; pictures: Picture[] }> {
  const path = `${folder}/${name}.ipynb`;
  const previous = await readNotebook(path);
  const kernel = await startKernel({ folder, env: { NO_COLOR: "1" } });
  const total = previous.cells.filter(({ cell_type }) => cell_type === "code").length;
  const progress = showProgress(name, total, { unit: "cells" });
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
  const pictures = await addPictures(notebook, previous, async (figure) => (await openBrowser())?.svg(figure) ?? null);
  return { notebook, pictures };
}

/** Starts a browser when the first figure is to be drawn, and says once if there is none. */
function lazyRenderer(print: (text: string) => void): AsyncDisposable & { open(): Promise<Renderer | null> } {
  let renderer: Promise<Renderer | null> | undefined;
  const start = async () => {
    if (await findBrowser() !== null) return await openRenderer();
    print(
      "Without Chromium new figures get no pictures, which GitHub would show: install it, or set CHROME_PATH to it",
    );
    return null;
  };
  return {
    open: () => renderer ??= start(),
    [Symbol.asyncDispose]: async () => await (await renderer)?.[Symbol.asyncDispose](),
  };
}

/** Draws the figures that are new, or whose files are not there. */
async function writeFigures(
  folder: string,
  pictures: readonly Picture[],
  openBrowser: () => Promise<Renderer | null>,
): Promise<void> {
  if (pictures.length > 0) await makeFolder(folder);
  for (const { figure, svg, isNew } of pictures) {
    const path = `${folder}/${figure.name}`;
    await writeText(`${path}.svg`, svg);
    if (!isNew && await exists(`${path}.png`)) continue;
    const png = await (await openBrowser())?.png(figure);
    if (png) await writeAtomic(`${path}.png`, [await smallPng(png)]);
  }
}
