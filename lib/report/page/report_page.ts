/** Every report as one page: sections of text, tables and figures, of which the details are folded away. */
import { csvLine } from "../../data/mod.ts";
import { type Figure, figureHtml } from "../figures/figure.ts";
import { type Html, html, join } from "../html/html.ts";
import { FIGURE_SCRIPT, page, type PageLink, type PageScript, SORT_SCRIPT, THRESHOLD_SCRIPT } from "../html/page.ts";
import { type Notes, type Table, tableHtml } from "../table.ts";

/** A piece of a section: HTML that is safe as it stands, a figure, or parts that are folded away at first. */
export type Part = Html | Figure | Folded;

/** Parts under a line that opens them. */
export interface Folded {
  /** The line. */
  readonly summary: string;
  /** What it opens. */
  readonly parts: readonly Part[];
}

/** A section of a report. */
export interface Section {
  /** For links within the page. */
  readonly id: string;
  /** Its heading. */
  readonly title: string;
  /** What it holds, from top to bottom; figures that follow each other stand abreast where there is room. */
  readonly parts: readonly Part[];
  /** Whether it is folded away at first, and not printed. */
  readonly folded?: boolean | undefined;
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

/** A list of plain texts; nothing of none. */
export function list(texts: readonly string[], kind: "ol" | "ul" = "ul"): Html {
  if (texts.length === 0) return html``;
  const items = join(texts.map((text) => html`<li>${text}</li>`));
  return kind === "ol" ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`;
}

/** A table that becomes a list of its rows where a page is too narrow for it. */
export function shown(table: Table, notes?: Notes): Html {
  return tableHtml(table, { scroll: true, notes });
}

/** Parts that only those open who look for them. */
export function folded(summary: string, parts: readonly Part[]): Folded {
  return { summary, parts };
}

/** The figures of sections, in order. */
export function figuresOf(sections: readonly Section[]): Figure[] {
  return sections.flatMap(({ parts }) => figuresIn(parts));
}

function figuresIn(parts: readonly Part[]): Figure[] {
  return parts.flatMap((part) => "markup" in part ? [] : "summary" in part ? figuresIn(part.parts) : [part]);
}

/** Rows of a figure's data that a page shows; the CSV file has all. */
const MOST_ROWS = 60;

const STYLE = `
.contents ul { list-style: none; padding: 0; margin: 0.5rem 0; max-width: none; font-size: 0.95rem; }
.contents ul { display: flex; flex-wrap: wrap; gap: 0.1rem 1.25rem; }
.warning { border-left: 3px solid var(--alert); padding: 0.25rem 0 0.25rem 1rem; }
.abreast { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
.abreast { gap: 0 2rem; align-items: start; }
.abreast > figure { min-width: 0; }
details { margin: 0.4rem 0; max-width: 100%; }
summary { cursor: pointer; padding: 0.15rem 0; }
.figure-data { font-size: 0.85rem; color: var(--muted); margin: 0; }
.folded { border-bottom: 1px solid var(--grid); }
.folded h2 { display: inline; font-size: 1.1rem; }
.decision { display: grid; grid-template-columns: minmax(0, 0.72fr) minmax(0, 1fr); }
.decision { gap: 0 2.5rem; align-items: start; grid-template-rows: auto 1fr; }
.decision > :nth-child(2) { grid-area: 1 / 2 / span 2; }
.decision > * { min-width: 0; }
.decision table { font-size: 0.85rem; margin-top: 0; }
.decision .cards tr { grid-template-columns: repeat(auto-fit, minmax(6.4rem, 1fr)) !important; }
.decision .cards tr { gap: 0 0.5rem !important; }
.enough { border-bottom: 1px solid var(--rule); padding-bottom: 0.5rem; margin-bottom: 0.5rem !important; }
.decision .cards .interval { font-size: 0.74rem; }
.decision .scroll :is(th, td) { padding-right: 0.5rem !important; line-height: 1.35; }
.decision button.sort::after { content: none; }
.decision tbody th { min-width: 7rem; }
.decision tbody td:last-child:not([data-value]) { min-width: 4.8rem; }
.folded :is(th, td), .figure-data :is(th, td) { overflow-wrap: anywhere; }
.lead, .decision ~ * { max-width: none; }
@media (max-width: 68rem) {
  .decision { grid-template-columns: minmax(0, 1fr); grid-template-rows: none; }
  .decision > :nth-child(2) { grid-area: auto; margin-bottom: 1rem; }
}
.answers { margin: 0; }
#limits + ul { columns: 26rem 2; max-width: none; font-size: 0.9rem; }
#limits + ul li { break-inside: avoid; }
.lists { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 32rem), 1fr)); gap: 0 2rem; }
.lists > div { min-width: 0; }
.answers dt { font-weight: 600; margin-top: 0.4rem; font-size: 0.95rem; }
.answers dt:first-child { margin-top: 0; }
.answers dd { margin: 0.05rem 0 0; font-size: 0.88rem; line-height: 1.4; }
.answers .level { font-variant: small-caps; color: var(--muted); }
.answers .attention { border-left: 3px solid var(--alert); padding-left: 0.6rem; margin-left: -0.8rem; }
.interval { color: var(--muted); }
tr.flagged { background: color-mix(in srgb, var(--alert) 9%, transparent); }
.threshold output { font-variant-numeric: tabular-nums; font-weight: 600; }
.threshold .controls { display: flex; flex-wrap: wrap; gap: 0.5rem 1.5rem; align-items: center; }
.threshold input[type="range"] { width: min(26rem, 100%); accent-color: var(--accent); }
.threshold select { font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--rule); }
@media print {
  .contents, .figure-data, .threshold .controls { display: none; }
  .decision { grid-template-columns: minmax(0, 1fr); grid-template-rows: none; }
  .decision > :nth-child(2) { grid-area: auto; }
  .decision > div, .lists > div { break-inside: avoid; }
  .abreast > .figure { zoom: 0.82; }
  .lists { grid-template-columns: minmax(0, 1fr); }
  .abreast { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 1rem; }
  .folded { display: none; }
}
`;

/** What a page is made with besides its sections. */
export interface ReportPageOptions {
  /** The page's sisters, itself included. */
  readonly pages?: readonly PageLink[] | undefined;
  /** Draws the figures; without it they are their texts and their data. */
  readonly plotly?: PageScript | undefined;
  /** The folder, relative to the page, of the figures' pictures, for browsers that run no scripts. */
  readonly pictures?: string | undefined;
}

/** A report as a page that opens offline: the first section, then a table of contents, then the rest. */
export function reportPage(
  title: string,
  sections: readonly Section[],
  { pages = [], plotly, pictures }: ReportPageOptions = {},
): string {
  const [first, ...rest] = sections.map((section) => sectionHtml(section, pictures));
  const links = sections.slice(1).map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`);
  const contents = html`
    <nav class="contents" aria-label="Contents">
      <ul>${join(links)}</ul>
    </nav>
  `;
  return page({
    title,
    pages,
    style: STYLE,
    body: join([html`<h1>${title}</h1>`, ...(first ? [first] : []), contents, ...rest]),
    scripts: [
      ...(plotly === undefined ? [] : [plotly, { code: FIGURE_SCRIPT }]),
      { code: SORT_SCRIPT },
      { code: THRESHOLD_SCRIPT },
    ],
  });
}

function sectionHtml({ id, title, parts, folded }: Section, pictures: string | undefined): Html {
  if (folded) {
    return html`
      <section class="folded" aria-labelledby="${id}">
        <details><summary><h2 id="${id}">${title}</h2></summary>
      ${partsHtml(parts, pictures)}</details>
      </section>
    `;
  }
  return html`
    <section aria-labelledby="${id}">
      <h2 id="${id}">${title}</h2>
    ${partsHtml(parts, pictures)}
    </section>
  `;
}

function partsHtml(parts: readonly Part[], pictures: string | undefined): Html {
  const blocks: Html[] = [];
  let abreast: Html[] = [];
  const close = () => {
    if (abreast.length > 0) blocks.push(html`<div class="abreast">${join(abreast)}</div>`);
    abreast = [];
  };
  for (const part of parts) {
    if ("markup" in part) close(), blocks.push(part);
    else if ("summary" in part) {
      close();
      blocks.push(html`<details><summary>${part.summary}</summary>${partsHtml(part.parts, pictures)}</details>`);
    } else abreast.push(figureWithData(part, pictures));
  }
  close();
  return join(blocks);
}

/** A figure with its numbers below it: as a table, and as a file to save. */
function figureWithData(figure: Figure, pictures: string | undefined): Html {
  const file = pictures === undefined ? undefined : `${pictures}/${figure.name}.svg`;
  const data = figure.rows.length === 0 ? html`` : dataHtml(figure);
  return { markup: figureHtml(figure, { file, below: data }) };
}

function dataHtml({ name, rows }: Figure): Html {
  const columns = Object.keys(rows[0]!);
  const cells = rows.map((row) => columns.map((column) => row[column] ?? null));
  const cut = rows.length > MOST_ROWS
    ? `The first ${MOST_ROWS} of ${rows.length} rows; the CSV file has all.`
    : undefined;
  const table = { title: `Data of ${name}`, caption: cut, columns, rows: cells.slice(0, MOST_ROWS) };
  return html`
    <details class="figure-data"><summary>Data</summary>
    <p>${csvLink(`${name}.csv`, columns, cells)}</p>
    ${shown(table)}</details>
  `;
}

/** A link that saves rows as a CSV file, which the page itself holds. */
export function csvLink(file: string, columns: readonly string[], rows: Table["rows"]): Html {
  const lines = [columns, ...rows].map((row) =>
    csvLine(row.map((cell) => cell !== null && typeof cell === "object" ? cell.value : cell), ",")
  );
  const data = new TextEncoder().encode(lines.join("")).toBase64();
  return html`<a download="${file}" href="data:text/csv;charset=utf-8;base64,${data}">${file}</a>`;
}
