/** The shell of every page: reports, evaluations of tables, sweeps and notebooks. */
import { createHash } from "node:crypto";
import { makeFolder, writeText } from "../../files.ts";
import { plotlyPath } from "../render.ts";
import figureScript from "./figures.js" with { type: "text" };
import notebookScript from "./notebook.js" with { type: "text" };
import pageStyle from "./page.css" with { type: "text" };
import scorerScript from "./scorer.js" with { type: "text" };
import sortScript from "./sort.js" with { type: "text" };
import thresholdScript from "./threshold.js" with { type: "text" };
import themeScript from "./theme.js" with { type: "text" };
import { type Html, html, join } from "./html.ts";
import { BLUE, DARK_COLORS, GRID, INK, MUTED, RULE, SURFACE, VERMILLION } from "../figures/palette.ts";

/** A script of a page: a file beside it, or the code itself. */
export type PageScript = { readonly file: string } | { readonly code: string };

/** A link to another page. */
export interface PageLink {
  /** Plain text. */
  readonly title: string;
  /** Relative to this page; absent for this page itself. */
  readonly href?: string | undefined;
}

/** What a page holds. */
export interface PageParts {
  /** Plain text. */
  readonly title: string;
  /** Its sister pages, itself included. */
  readonly pages?: readonly PageLink[] | undefined;
  /** What stands between head and scripts. */
  readonly body: Html;
  /** CSS after what all pages share. */
  readonly style?: string | undefined;
  /** Run in this order after the body. */
  readonly scripts?: readonly PageScript[] | undefined;
  /** Whether a worker computes behind it, with WebAssembly; it can open no connection either. */
  readonly runsModel?: boolean | undefined;
}

const VARIABLES = { surface: SURFACE, ink: INK, muted: MUTED, rule: RULE, grid: GRID, accent: BLUE, alert: VERMILLION };
const variables = Object.entries(VARIABLES)
  .map(([name, light]) => `--${name}: light-dark(${light}, ${DARK_COLORS[light]!});`).join(" ");
const STYLE = `:root { ${variables} }\n${pageStyle}`;

const drawing = `${figureScript}\ndrawFigures(${JSON.stringify(DARK_COLORS)});`;

/** The script, without its element, that draws a page's figures. */
export const FIGURE_SCRIPT: string = `(() => {\n${drawing}\n})();`;

/** The same for an output of a notebook, with the Plotly that one of its outputs brings along. */
export const NOTEBOOK_SCRIPT: string =
  `(async () => {\n${notebookScript}\nif (await notebookPlotly()) {\n${drawing}\n}\n})();`;

/** The script, without its element, that lets a reader sort a page's tables. */
export const SORT_SCRIPT: string = sortScript;

/** The script, without its element, that runs a page's model. */
export const SCORER_SCRIPT: string = scorerScript;

/** The script, without its element, that moves the thresholds of a page's panels. */
export const THRESHOLD_SCRIPT: string = thresholdScript;

/**
 * A page that needs no network: it opens from a folder, in light and dark, on paper and with a keyboard. Its security
 * policy lets nothing run but the scripts given here and the one that switches colours, each by its hash, whatever the
 * body holds, and nothing be fetched. A file beside the page is loaded by such a script: a policy that named files would
 * let the body's run as well.
 */
export function page({ title, pages = [], body, style = "", scripts = [], runsModel = false }: PageParts): string {
  const codes = scripts.map((script) => "code" in script ? script.code : loadingScript(script.file));
  const hashes = [themeScript, ...codes].map((code) => `'sha256-${sha256(code)}'`);
  const loads = scripts.some((script) => "file" in script) ? " 'strict-dynamic'" : "";
  const policy = `default-src 'none'; img-src data:${
    runsModel ? "" : " 'self' file:"
  }; style-src 'unsafe-inline'; script-src ${[...new Set(hashes)].join(" ")}${loads}${
    runsModel ? RUNS_MODEL : ""
  }; base-uri 'none'; form-action 'none'`;
  const links = pages.map(({ title, href }) =>
    href === undefined
      ? html`<li><a aria-current="page" href="#main">${title}</a></li>`
      : html`<li><a href="${href}">${title}</a></li>`
  );
  const elements = codes.map((code) => html`<script>${{ markup: code }}</script>`);
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${{ markup: policy }}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <link rel="icon" href="data:,">
        <style>${{ markup: STYLE + style }}</style>
        <script>${{ markup: themeScript }}</script>
      </head>
      <body>
    <a class="skip" href="#main">Skip to content</a>
    <header>
    ${links.length > 0
      ? html`
        <nav aria-label="Pages">
          <ul>${join(links)}</ul>
        </nav>
      `
      : html``}
      <button type="button" class="theme" hidden>Dark colours</button>
    </header>
    <main id="main" tabindex="-1">
    ${body}
    </main>
    ${join(elements)}
      </body>
    </html>
  `.markup;
}

/** The window's load event, when figures are drawn, waits for such a file. */
function loadingScript(file: string): string {
  return `document.head.append(Object.assign(document.createElement("script"), { src: ${JSON.stringify(file)} }));`;
}

const RUNS_MODEL = " 'wasm-unsafe-eval'; worker-src blob:; connect-src 'none'";

function sha256(code: string): string {
  return createHash("sha256").update(code).digest("base64");
}

/**
 * Plotly for the pages of a folder: its code, or the one file that all of them share, written there.
 *
 * @throws {InputError} When the folder cannot be written to.
 */
export async function plotlyScript(folder: string, standalone: boolean): Promise<PageScript> {
  const code = await Deno.readTextFile(plotlyPath());
  if (standalone) return { code };
  await makeFolder(`${folder}/assets`, folder);
  await writeText(`${folder}/assets/plotly.min.js`, code);
  return { file: "assets/plotly.min.js" };
}
