/** A report as one page: sections of text, tables and figures. */
import { type Figure, figureHtml } from "../figures/figure.ts";
import { type Html, html, join } from "../html/html.ts";
import { FIGURE_SCRIPT, page, type PageLink, type PageScript, SORT_SCRIPT } from "../html/page.ts";
import { type Table, tableHtml } from "../table.ts";

/** A piece of a section: HTML that is safe as it stands, or a figure. */
export type Part = Html | Figure;

/** A section of a report. */
export interface Section {
  /** For links within the page. */
  readonly id: string;
  /** Its heading. */
  readonly title: string;
  /** What it holds, from top to bottom. */
  readonly parts: readonly Part[];
}

/** A paragraph of plain text. */
export function paragraph(text: string): Html {
  return html`<p>${text}</p>`;
}

/** What a reader must not overlook, in plain text. */
export function warning(text: string): Html {
  return html`<p class="warning">${text}</p>`;
}

/** A heading within a section. */
export function subheading(text: string): Html {
  return html`<h3>${text}</h3>`;
}

/** A table that scrolls in itself where a page is too narrow for it. */
export function shown(table: Table): Html {
  return tableHtml(table, { scroll: true });
}

/** The figures of sections, in order. */
export function figuresOf(sections: readonly Section[]): Figure[] {
  return sections.flatMap(({ parts }) => parts.flatMap((part) => "markup" in part ? [] : [part]));
}

const STYLE = `
.contents { border-left: 3px solid var(--grid); padding-left: 1rem; margin: 1.5rem 0; font-size: 0.95rem; }
.contents ul { list-style: none; padding: 0; margin: 0.25rem 0; display: flex; flex-wrap: wrap; gap: 0.1rem 1.25rem; }
.warning { border-left: 3px solid var(--alert); padding: 0.25rem 0 0.25rem 1rem; }
#summary + p { font-size: 1.05rem; }
main tbody th { min-width: 11rem; }
summary { cursor: pointer; color: var(--accent); }
details pre { background: var(--well); }
@media print { .contents { display: none; } }
`;

/** The page of a report: figures that can be explored and tables that can be sorted, nothing fetched. */
export function reportPage(
  title: string,
  sections: readonly Section[],
  { pages, plotly }: { readonly pages: readonly PageLink[]; readonly plotly: PageScript },
): string {
  const contents = html`
    <nav class="contents" aria-label="Contents">
      <ul>${join(sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`))}</ul>
    </nav>
  `;
  const [first, ...rest] = sections.map(sectionHtml);
  return page({
    title,
    pages,
    style: STYLE,
    body: join([html`<h1>${title}</h1>`, ...(first ? [first] : []), contents, ...rest]),
    scripts: [plotly, { code: FIGURE_SCRIPT }, { code: SORT_SCRIPT }],
  });
}

function sectionHtml({ id, title, parts }: Section): Html {
  return html`
    <section aria-labelledby="${id}">
      <h2 id="${id}">${title}</h2>
    ${join(parts.map((part) => "markup" in part ? part : { markup: figureHtml(part) }))}
    </section>
  `;
}
