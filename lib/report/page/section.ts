/** What a report's sections are made of. */
import { type Html, html, join } from "../html/html.ts";
import { figureHtml } from "../figures/figure_html.ts";
import type { Figure } from "../figures/figure.ts";
import { type TableData, tableOf, type TableOptions } from "../show_table.ts";
import { tableHtml } from "../table.ts";

/** A piece of a section: HTML that is safe as it stands, or a figure. */
export type Part = Html | Figure;

/** A section of a report. */
export interface Section {
  /** For links within the page. */
  readonly id: string;
  readonly title: string;
  readonly parts: readonly Part[];
}

/**
 * A paragraph.
 *
 * @param text Plain text; sentences.
 * @returns HTML, the text escaped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { paragraph } from "./section.ts";
 *
 * assertEquals(paragraph("1 < 2").markup, "<p>1 &lt; 2</p>");
 * ```
 */
export function paragraph(text: string): Html {
  return html`<p>${text}</p>`;
}

/**
 * What a reader must not overlook.
 *
 * @param text Plain text; sentences.
 * @returns HTML, the text escaped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { warning } from "./section.ts";
 *
 * assertEquals(warning("Mind").markup, `<p class="warning">Mind</p>`);
 * ```
 */
export function warning(text: string): Html {
  return html`<p class="warning">${text}</p>`;
}

/**
 * A heading within a section.
 *
 * @param text Plain text.
 * @returns HTML, the text escaped.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { subheading } from "./section.ts";
 *
 * assertEquals(subheading("R&D").markup, "<h3>R&amp;D</h3>");
 * ```
 */
export function subheading(text: string): Html {
  return html`<h3>${text}</h3>`;
}

/**
 * A table that scrolls in itself where a page is too narrow for it.
 *
 * @param data As for `tableOf`.
 * @param options As for `tableOf`, with a caption.
 * @returns HTML, every cell escaped.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { table } from "./section.ts";
 *
 * assertStringIncludes(table([{ group: "<b>" }], { caption: "Groups" }).markup, `aria-label="Groups"`);
 * ```
 */
export function table(data: TableData, options: TableOptions & { readonly caption: string }): Html {
  return tableHtml(tableOf(data, options), { scroll: true });
}

/**
 * A section as HTML.
 *
 * @param section The section.
 * @returns A `<section>`, labelled by its heading.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { paragraph, sectionHtml } from "./section.ts";
 *
 * const { markup } = sectionHtml({ id: "data", title: "Data", parts: [paragraph("Rows")] });
 * assertStringIncludes(markup, `<h2 id="data">Data</h2>`);
 * ```
 */
export function sectionHtml({ id, title, parts }: Section): Html {
  return html`
    <section aria-labelledby="${id}">
      <h2 id="${id}">${title}</h2>
    ${join(parts.map((part) => "markup" in part ? part : { markup: figureHtml(part) }))}
    </section>
  `;
}

/**
 * The figures of sections.
 *
 * @param sections The sections.
 * @returns Their figures, in order.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { figuresOf, paragraph } from "./section.ts";
 *
 * assertEquals(figuresOf([{ id: "data", title: "Data", parts: [paragraph("Rows")] }]), []);
 * ```
 */
export function figuresOf(sections: readonly Section[]): Figure[] {
  return sections.flatMap(({ parts }) => parts.flatMap((part) => "markup" in part ? [] : [part]));
}
