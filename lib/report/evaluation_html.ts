/** An evaluation as a page that opens offline: findings, figures and every table, whatever the names in the data. */
import type { Evaluation } from "../evaluate/mod.ts";
import { evaluationSections } from "./evaluation_tables.ts";
import { evaluationSubtitle } from "./evaluation_text.ts";
import { type Finding, findingsOf } from "./findings.ts";
import { type Html, html, join } from "./html/html.ts";
import { page } from "./html/page.ts";
import { Notes, tableHtml } from "./table.ts";

const STYLE = `
.findings { list-style: none; padding: 0; max-width: none; }
.findings li { border-left: 4px solid var(--rule); background: var(--well); margin: 0.4rem 0; padding: 0.5rem 0.9rem; }
.findings .attention { border-color: var(--alert); }
.interval { color: var(--muted); }
tr.flagged { background: color-mix(in srgb, var(--alert) 9%, transparent); }
`;

/** What each level of finding is called, for those who cannot see its colour. */
const LEVELS: Readonly<Record<Finding["level"], string>> = {
  attention: "Attention",
  open: "Open",
  equivalent: "Equivalent",
  limit: "Limit",
};

/** Tables longer than this are folded away at first. */
const FOLD_FROM = 25;

/** A page about an evaluation. */
export function evaluationHtml(evaluation: Evaluation): string {
  const title = `Fairness audit of ${fileName(evaluation.data.source)}`;
  const notes = new Notes();
  const sections = evaluationSections(evaluation).map(({ title, tables }, i) => ({
    title,
    body: html`<section id="s${i}">
<h2>${title}</h2>
${join(tables.map((table) => tableHtml(table, { notes, scroll: true, foldFrom: FOLD_FROM })))}
</section>`,
  }));
  const single = evaluation.models.length === 1 && evaluation.models[0]!.seeds === 1;
  const body = html`
    <h1>${title}</h1>
    <p>${evaluationSubtitle(evaluation)}</p>
    ${single ? findingsHtml(findingsOf(evaluation)) : html``}
    <nav aria-label="Sections">
      <ul>${join(sections.map(({ title }, i) => html`<li><a href="#s${i}">${title}</a></li>`))}</ul>
    </nav>
    ${join(sections.map(({ body }) => body))}
    ${listHtml("Undefined and left out", notes.texts, "ol")}
    ${listHtml("Not reported", evaluation.unavailable.map(({ part, reason }) => `${part}: ${reason}`), "ul")}
  `;
  return page({ title, body, style: STYLE });
}

/** Findings as a list, each with its level in words. */
export function findingsHtml(findings: readonly Finding[]): Html {
  return html`<ul class="findings">
${join(findings.map(({ level, text }) => html`<li class="${level}"><strong>${LEVELS[level]}.</strong> ${text}</li>`))}
</ul>`;
}

function listHtml(title: string, items: readonly string[], kind: "ol" | "ul"): Html {
  if (items.length === 0) return html``;
  const list = join(items.map((item) => html`<li>${item}</li>`));
  return kind === "ol"
    ? html`<h2>${title}</h2>
<ol>${list}</ol>`
    : html`<h2>${title}</h2>
<ul>${list}</ul>`;
}

function fileName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}
