/** A notebook as a page that opens offline. */
import { unescape } from "@std/html";
import hljs from "highlight.js/lib/core";
import typescript from "highlight.js/lib/languages/typescript";
import { Marked } from "marked";
import { FIGURE_SCRIPT, figureHtml, figureOf, html, join, page } from "../../report/mod.ts";
import type { Html, PageLink, PageScript } from "../../report/mod.ts";
import { type CodeCell, displays, type Notebook, type Output } from "./notebook.ts";

hljs.registerLanguage("typescript", typescript);

/** How a notebook becomes a page. */
export interface NotebookPage {
  /** The notebook's file, as seen from the page, for the reader who wants to run it. */
  readonly source: string;
  /** All pages, this one included. */
  readonly pages: readonly PageLink[];
  /** Plotly: the file beside the page, or its code. */
  readonly plotly: PageScript;
}

const STYLE = `
.contents { border-left: 3px solid var(--grid); padding-left: 1rem; margin: 1.5rem 0; font-size: 0.95rem; }
.contents ul { list-style: none; padding: 0; margin: 0.25rem 0; }
.tools { font-size: 0.9rem; color: var(--muted); }
.code pre { background: var(--well); }
.code { margin-top: 1.25rem; }
main:has(#show-code:not(:checked)) .code { display: none; }
.output { margin: 0.75rem 0; }
.output > pre { margin: 0; padding: 0 0 0 1rem; border-left: 3px solid var(--grid); border-radius: 0; }
.output.failed > pre { border-color: var(--alert); }
.hljs-comment { color: var(--muted); }
.hljs-keyword, .hljs-literal { color: light-dark(#4442a3, #bbd4ff); }
.hljs-string { color: light-dark(#0b6644, #8fd9b6); }
.hljs-number { color: light-dark(#9e330c, #ffb38a); }
.hljs-title.function_ { color: light-dark(#00568a, #8fcbf2); }
@media print { .tools { display: none; } }
`;

/**
 * A notebook with its outputs as the HTML of a page: prose, code and outputs, plots that can be explored, nothing
 * fetched. Prose may hold HTML, for it is the author's. Texts of outputs are escaped, and HTML outputs are shown as
 * they are; the page's policy lets no script in them run.
 */
export function notebookHtml(notebook: Notebook, { source, pages, plotly }: NotebookPage): string {
  const prose = proseRenderer();
  let number = 0;
  const parts = notebook.cells.map((cell) => {
    if (cell.cell_type === "code") return codeCell(cell, ++number);
    return cell.cell_type === "markdown" ? { markup: prose.render(cell.source) } : preformatted(cell.source, "Text");
  });
  const [first = html``, ...rest] = parts;
  const sections = prose.headings.filter(({ level }) => level === 2);
  const hasPlots = displays(notebook).some((bundle) => figureOf(bundle) !== null);
  return page({
    title: titleOf(prose.headings),
    pages,
    style: STYLE,
    body: join([
      first,
      html`<p class="tools"><label><input type="checkbox" id="show-code" checked> Show code</label> ·
run it yourself: <a href="${source}">${source.split("/").at(-1)!}</a></p>`,
      sections.length > 0 ? contents(sections) : html``,
      ...rest,
    ]),
    scripts: hasPlots ? [plotly, { code: FIGURE_SCRIPT }] : [],
  });
}

/** The first heading of the first level as plain text; "Notebook" if there is none. */
export function notebookTitle({ cells }: Notebook): string {
  const prose = proseRenderer();
  for (const cell of cells) if (cell.cell_type === "markdown") prose.render(cell.source);
  return titleOf(prose.headings);
}

function titleOf(headings: readonly Heading[]): string {
  return headings.find(({ level }) => level === 1)?.text ?? "Notebook";
}

type Heading = Readonly<{ level: number; text: string; id: string }>;

/** Renders cell after cell and remembers their headings, whose ids must differ. */
function proseRenderer(): { render(markdown: string): string; headings: readonly Heading[] } {
  const headings: Heading[] = [];
  const marked = new Marked({
    gfm: true,
    async: false,
    renderer: {
      heading({ tokens, depth }) {
        const content = this.parser.parseInline(tokens);
        const text = this.parser.parseInline(tokens, this.parser.textRenderer);
        const slug = text.toLowerCase().replace(/&[#\w]+;/g, "").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "");
        const taken = headings.filter(({ id }) => id === slug || id.startsWith(`${slug}--`)).length;
        const id = taken === 0 ? slug : `${slug}--${taken + 1}`;
        // marked has escaped the text; a title is escaped when it is put on the page.
        headings.push({ level: depth, text: unescape(text), id });
        return `<h${depth} id="${id}">${content}</h${depth}>\n`;
      },
      table(token) {
        const rendered = tableRenderer.call(this, token);
        return `<div class="scroll" tabindex="0" role="group" aria-label="Table">${rendered}</div>\n`;
      },
    },
    // Notebooks point at each other; so do the pages.
    walkTokens(token) {
      if (token.type === "link") token.href = token.href.replace(/^([\w-]+)\.ipynb(?=#|$)/, "$1.html");
    },
  });
  return { render: (markdown) => marked.parse(markdown) as string, headings };
}

const tableRenderer = new Marked().Renderer.prototype.table;

function contents(sections: readonly Heading[]): Html {
  return html`
    <nav class="contents" aria-label="Contents">
      <ul>${join(sections.map(({ id, text }) => html`<li><a href="#${id}">${text}</a></li>`))}</ul>
    </nav>
  `;
}

function codeCell({ source, outputs }: CodeCell, number: number): Html {
  const highlighted = { markup: hljs.highlight(source, { language: "typescript" }).value };
  const code = html`
    <div class="code">
      <pre tabindex="0" role="group" aria-label="Code cell ${number}"><code>${highlighted}</code></pre>
    </div>
  `;
  return join([code, ...outputs.map((output) => outputHtml(output, `Output of code cell ${number}`))]);
}

function outputHtml(output: Output, label: string): Html {
  if (output.output_type === "stream") return html`<div class="output">${preformatted(output.text, label)}</div>`;
  if (output.output_type === "error") {
    const text = [`${output.ename}: ${output.evalue}`, ...output.traceback].join("\n");
    return html`<div class="output failed">${preformatted(text, label)}</div>`;
  }
  const figure = figureOf(output.data);
  if (figure !== null) return { markup: figureHtml(figure) };
  const type = Object.keys(FORMS).find((type) => output.data[type] !== undefined);
  return type === undefined
    ? html``
    : html`<div class="output">${FORMS[type]!(String(output.data[type]), label)}</div>`;
}

/** How the forms of an output are shown, those that show most first. */
const FORMS: Readonly<Record<string, (text: string, label: string) => Html>> = {
  "text/html": (markup, label) =>
    html`<div class="scroll" tabindex="0" role="group" aria-label="${label}">${{ markup }}</div>`,
  "text/markdown": (text) => ({ markup: proseRenderer().render(text) }),
  // As an image an SVG can run nothing and fetch nothing.
  "image/svg+xml": (svg, label) => picture("svg+xml", new TextEncoder().encode(svg).toBase64(), label),
  "image/png": (base64, label) => picture("png", base64, label),
  "image/jpeg": (base64, label) => picture("jpeg", base64, label),
  "text/plain": preformatted,
};

function picture(kind: string, base64: string, label: string): Html {
  return html`<img src="data:image/${kind};base64,${base64.replaceAll("\n", "")}" alt="${label}">`;
}

function preformatted(text: string, label: string): Html {
  return html`<pre tabindex="0" role="group" aria-label="${label}">${text.replace(/\n$/, "")}</pre>`;
}
