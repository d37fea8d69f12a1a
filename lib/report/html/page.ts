import { createHash } from "node:crypto";
import { type Html, html, join } from "./html.ts";
import { BLUE, DARK_COLORS, GRID, INK, MUTED, RULE, SURFACE, VERMILLION } from "../figures/palette.ts";

/** A script of a page: a file beside it, or the code itself. */
export type PageScript = { readonly file: string } | { readonly code: string };

/** A link to another page. */
export interface PageLink {
  readonly title: string;
  /** Relative to this page; absent for this page itself. */
  readonly href?: string | undefined;
}

/** What a page holds. */
export interface PageParts {
  readonly title: string;
  /** Its sister pages, itself included. */
  readonly pages?: readonly PageLink[] | undefined;
  readonly body: Html;
  /** CSS after what all pages share. */
  readonly style?: string | undefined;
  /** Run in this order after the body. */
  readonly scripts?: readonly PageScript[] | undefined;
}

const VARIABLES = { surface: SURFACE, ink: INK, muted: MUTED, rule: RULE, grid: GRID, accent: BLUE, alert: VERMILLION };
const variables = Object.entries(VARIABLES)
  .map(([name, light]) => `--${name}: light-dark(${light}, ${DARK_COLORS[light]!});`).join(" ");

/**
 * The style that pages share: the figures' colours in light and dark, readable lines, tables that scroll in themselves, and
 * paper. Colours are variables, `--surface` to `--alert`; `--well` is the ground of code. `data-theme` of the root element
 * overrules the reader's preference, and paper is light.
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark; ${variables} --well: light-dark(#f5f7f9, #1c2229); }
:root[data-theme="light"] { color-scheme: light; }
:root[data-theme="dark"] { color-scheme: dark; }
@media print { :root, :root[data-theme] { color-scheme: light; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--surface); color: var(--ink);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
main, header, footer { max-width: 60rem; margin: 0 auto; padding: 0 1.5rem; }
main { padding-bottom: 4rem; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
h1 { font-size: 2rem; margin: 1.5rem 0 1rem; }
h2 { font-size: 1.45rem; margin: 3rem 0 0.75rem; }
h3 { font-size: 1.15rem; margin: 2rem 0 0.5rem; }
p, ul, ol { max-width: 72ch; }
a { color: var(--accent); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
header { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0.5rem 1.25rem;
  font-size: 0.9rem; }
header::after { content: ""; width: 100%; border-bottom: 1px solid var(--grid); }
header nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; list-style: none; margin: 0; max-width: none;
  padding: 0.9rem 0 0.4rem; }
.theme { margin: 0.5rem 0 0 auto; padding: 0.2rem 0.6rem; font: inherit; color: var(--muted); background: none;
  border: 1px solid var(--rule); border-radius: 4px; cursor: pointer; }
header nav [aria-current] { color: var(--ink); font-weight: 600; }
footer { padding-bottom: 2rem; color: var(--muted); font-size: 0.85rem; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 0.5rem; background: var(--surface); padding: 0.25rem 0.5rem; }
.scroll { overflow-x: auto; max-width: 100%; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; margin: 0.75rem 0; }
caption { text-align: left; color: var(--muted); padding-bottom: 0.35rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 1rem 0.3rem 0; border-bottom: 1px solid var(--grid); }
thead th { border-bottom: 2px solid var(--ink); vertical-align: bottom; }
tbody th { font-weight: 400; }
code, pre { font-family: ui-monospace, "SF Mono", "Cascadia Code", Menlo, "DejaVu Sans Mono", monospace; font-size: 0.85rem; }
:not(pre) > code { background: var(--well); border-radius: 3px; padding: 0.1em 0.3em; }
pre { margin: 0.75rem 0; padding: 0.75rem 1rem; overflow-x: auto; line-height: 1.5; border-radius: 4px; }
blockquote { margin: 1rem 0; padding: 0.1rem 0 0.1rem 1rem; border-left: 3px solid var(--rule); color: var(--muted); }
img, svg { max-width: 100%; height: auto; }
figure { margin: 1.5rem 0; }
@media (max-width: 40rem) { main, header, footer { padding-left: 1rem; padding-right: 1rem; } h1 { font-size: 1.6rem; } }
@media print {
  body { font-size: 10.5pt; } main, header, footer { max-width: none; padding: 0; } header, .skip { display: none; }
  h1, h2, h3 { break-after: avoid; } figure, tr, pre { break-inside: avoid; }
  pre { white-space: pre-wrap; } .scroll { overflow: visible; } a { color: inherit; }
}
`;

/** Follows the reader's choice between light and dark colours, which the browser remembers where it may. */
const THEME_SCRIPT = `(() => {
  const root = document.documentElement;
  const preference = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : preference.matches;
  const stored = (use) => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };
  const choice = stored((all) => all.getItem("theme"));
  if (choice === "dark" || choice === "light") root.dataset.theme = choice;
  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.theme");
    const name = () => button.textContent = isDark() ? "Light colours" : "Dark colours";
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      stored((all) => all.setItem("theme", root.dataset.theme));
      name();
    });
    preference.addEventListener("change", name);
    name();
    button.hidden = false;
  });
})();`;

/**
 * A page that needs no network: it opens from a folder, in light and dark, on paper and with a keyboard. Its security policy
 * lets nothing run but the scripts given here and the one that switches colours, whatever the body holds, and nothing be fetched.
 *
 * @param parts What it holds.
 * @returns The HTML of the page.
 *
 * @example
 * ```ts
 * import { assert, assertStringIncludes } from "@std/assert";
 * import { html } from "./html.ts";
 * import { page } from "./page.ts";
 *
 * const text = page({ title: "A < B", body: html`<h1>A</h1>`, scripts: [{ code: "document.title += '!'" }] });
 * assertStringIncludes(text, "<title>A &lt; B</title>");
 * assert(/script-src 'sha256-[^']+'/.test(text));
 * ```
 */
export function page({ title, pages = [], body, style = "", scripts = [] }: PageParts): string {
  const allowed = [{ code: THEME_SCRIPT }, ...scripts].map((script) =>
    "code" in script ? `'sha256-${sha256(script.code)}'` : "'self' file:"
  );
  const policy = `default-src 'none'; img-src data: 'self' file:; style-src 'unsafe-inline'; script-src ${
    [...new Set(allowed)].join(" ")
  }; base-uri 'none'; form-action 'none'`;
  const links = pages.map(({ title, href }) =>
    href === undefined
      ? html`<li><a aria-current="page" href="#main">${title}</a></li>`
      : html`<li><a href="${href}">${title}</a></li>`
  );
  const elements = scripts.map((script) =>
    "code" in script ? html`<script>${{ markup: script.code }}</script>` : html`<script src="${script.file}"></script>`
  );
  return html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${{ markup: policy }}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>${title}</title>
        <link rel="icon" href="data:,">
        <style>${{ markup: PAGE_STYLE + style }}</style>
        <script>${{ markup: THEME_SCRIPT }}</script>
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

function sha256(code: string): string {
  return createHash("sha256").update(code).digest("base64");
}
