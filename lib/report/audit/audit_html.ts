import { auditReport, type AuditSection } from "./audit_tables.ts";
import { subtitle } from "./audit_text.ts";
import { type Html, html, join } from "../html/html.ts";
import { reliabilityChart, selectionChart, shareChart } from "./html_charts.ts";
import type { AttributeAudit, AuditResult } from "../../evaluate/mod.ts";
import type { AuditTable } from "./table.ts";

const STYLE = `
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto;
  max-width: 1060px; padding: 32px 24px 80px; }
h1 { font-size: 26px; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 20px; margin: 48px 0 8px; padding-top: 16px; border-top: 2px solid #1a1a1a; overflow-wrap: anywhere; }
.columns { columns: 2 440px; column-gap: 56px; }
.columns > div { break-inside: avoid; }
h3 { font-size: 16px; margin: 28px 0 2px; }
.sub, .caption, .faint { color: #666; fill: #666; }
.sub { margin: 6px 0 24px; }
.caption { margin: 0 0 8px; font-size: 13px; max-width: 80ch; }
.findings { list-style: none; margin: 0; padding: 0; }
.findings li { border-left: 4px solid #888; background: #f6f6f6; margin: 6px 0; padding: 8px 14px; overflow-wrap: anywhere; }
.findings .warning { border-color: #d55e00; background: #fdf3ec; }
.findings .fine { border-color: #009e73; background: #eff8f4; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
th { text-align: left; font-weight: 600; border-bottom: 2px solid #1a1a1a; padding: 4px 14px 4px 0; white-space: nowrap; }
td { border-bottom: 1px solid #e5e5e5; padding: 4px 14px 4px 0; white-space: pre; }
td:first-child { white-space: normal; overflow-wrap: break-word; min-width: 14ch; max-width: 44ch; }
.right { text-align: right; }
.interval { color: #666; }
tr.flagged td { background: #fdf3ec; }
nav { margin: 18px 0 0; font-size: 14px; }
nav a { margin-right: 16px; color: #0072b2; }
svg { font: 13px system-ui, sans-serif; margin: 12px 0; display: block; }
details summary { cursor: pointer; color: #0072b2; margin: 20px 0 4px; }
ol, .missing { font-size: 13px; color: #444; padding-left: 24px; }
@media (max-width: 600px) { body { padding: 20px 14px 60px; } h1 { font-size: 21px; } h2 { margin-top: 36px; } }
@media print { body { max-width: none; padding: 0; } h2 { break-before: page; } nav { display: none; } }
`;

/** Tables longer than this are folded away at first. */
const FOLD_FROM = 25;

/**
 * An audit as one self-contained HTML page: no script, no font, no request. Every text from the data is escaped.
 *
 * @param result The audit.
 * @returns The page.
 *
 * @example
 * ```ts
 * import { assert, assertStringIncludes } from "@std/assert";
 * import { groupRows } from "../../metrics/mod.ts";
 * import { audit } from "../../evaluate/audit.ts";
 * import { auditHtml } from "./audit_html.ts";
 *
 * const page = auditHtml(audit({
 *   source: "<script>.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 }));
 * assertStringIncludes(page, "&lt;script&gt;.csv");
 * assert(!page.includes("<script"));
 * ```
 */
export function auditHtml(result: AuditResult): string {
  const { sections, footnotes } = auditReport(result);
  const page = html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Fairness audit of ${result.data.source}</title>
        <style>${{ markup: STYLE }}</style>
      </head>
      <body>
    <h1>Fairness audit of ${fileName(result.data.source)}</h1>
    <p class="sub">${subtitle(result)}</p>
    <ul class="findings">
    ${join(result.verdicts.map(({ level, text }) => html`<li class="${level}">${text}</li>`))}
    </ul>
    <nav>${join(sections.map(({ title }, i) => html`<a href="#s${i}">${title}</a>`))}</nav>
    ${join(sections.map((section, i) => sectionHtml(section, i, result)))}
    ${notesHtml("Undefined and left out", footnotes, "ol")}
    ${notesHtml("Not reported", result.unavailable.map(({ part, reason }) => `${part}: ${reason}`), "ul")}
      </body>
    </html>
  `;
  return page.markup;
}

function sectionHtml({ title, attribute, tables }: AuditSection, index: number, result: AuditResult): Html {
  if (attribute === undefined) {
    return html`
      <section id="s${index}">
        <h2>${title}</h2>
        <div class="columns">
      ${join([...tables.map(tableHtml), ...overallCharts(result)].map((part) => html`<div>${part}</div>`))}
        </div>
      </section>
    `;
  }
  const parts = tables.map((table) => {
    const chart = attribute.ranking && table.title.startsWith("Rankings") ? shareFigure(attribute.ranking) : html``;
    return html`${chart}${tableHtml(table)}`;
  });
  return html`<section id="s${index}">
<h2>${title}</h2>
${selectionFigure(attribute)}
${join(parts)}
</section>`;
}

function overallCharts({ overall }: AuditResult): Html[] {
  if (overall.reliability === null) return [];
  return [html`<h3>Do scores mean what they say?</h3>
<p class="caption">Each dot is a tenth of the score range, as large as it is full. On the dashed line scores are
 probabilities; below it they promise too much.</p>
${reliabilityChart(overall.reliability)}`];
}

function selectionFigure(attribute: AttributeAudit): Html {
  return html`<h3>Who is selected?</h3>
<div class="scroll">${selectionChart(attribute)}</div>`;
}

function shareFigure(ranking: Parameters<typeof shareChart>[0]): Html {
  return html`<h3>Who gets the top places?</h3>
<p class="caption">Dot: share of the first ${ranking.topK} places, with its interval. Bar: share of the candidates.</p>
<div class="scroll">${shareChart(ranking)}</div>`;
}

function tableHtml({ title, caption, columns, rows }: AuditTable): Html {
  const side = (align: "left" | "right") => align === "right" ? "right" : "left";
  const table = html`
    <div class="scroll">
      <table>
        <thead>
          <tr>${join(columns.map(({ title, align }) => html`<th class="${side(align)}">${title}</th>`))}</tr>
        </thead>
        <tbody>
    ${join(rows.map((cells) => {
      const flagged = cells.some((cell) => cell.endsWith("✗")) ? "flagged" : "";
      return html`<tr class="${flagged}">${
        join(cells.map((cell, j) => {
          const kind = columns[j]!.title.endsWith("interval") ? "interval" : side(columns[j]!.align);
          return html`<td class="${kind}">${cell.trimEnd()}</td>`;
        }))
      }</tr>`;
    }))}
        </tbody>
      </table>
    </div>
  `;
  const about = caption === undefined ? html`` : html`<p class="caption">${caption}</p>`;
  return rows.length < FOLD_FROM
    ? html`<h3>${title}</h3>${about}${table}`
    : html`<h3>${title}</h3>${about}<details><summary>Show ${rows.length} rows</summary>${table}</details>`;
}

function notesHtml(title: string, lines: readonly string[], kind: "ol" | "ul"): Html {
  if (lines.length === 0) return html``;
  const items = join(lines.map((line) => html`<li>${line}</li>`));
  return kind === "ol"
    ? html`
      <h2>${title}</h2>
      <ol>${items}</ol>
    `
    : html`
      <h2>${title}</h2>
      <ul class="missing">${items}</ul>
    `;
}

function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
