/** A report as one page. */
import { html, join } from "../html/html.ts";
import { FIGURE_SCRIPT } from "../figures/figure_html.ts";
import { page, type PageLink, type PageScript } from "../html/page.ts";
import { SORT_SCRIPT, SORT_STYLE } from "../html/sort_script.ts";
import { type Section, sectionHtml } from "./section.ts";

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

/**
 * The page of a report: sections with figures that can be explored and tables that can be sorted, nothing fetched.
 *
 * @param title Plain text.
 * @param sections What it holds.
 * @param options Its sister pages, and Plotly: a file beside the page, or its code.
 * @returns The HTML.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { reportPage } from "./report_page.ts";
 * import { paragraph } from "./section.ts";
 *
 * const sections = [{ id: "summary", title: "Summary", parts: [paragraph("1 < 2")] }];
 * const text = reportPage("A & B", sections, { pages: [], plotly: { file: "assets/plotly.min.js" } });
 * assertStringIncludes(text, "<h1>A &amp; B</h1>");
 * ```
 */
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
    style: STYLE + SORT_STYLE,
    body: join([html`<h1>${title}</h1>`, ...(first ? [first] : []), contents, ...rest]),
    scripts: [plotly, { code: FIGURE_SCRIPT }, { code: SORT_SCRIPT }],
  });
}
