/** An evaluation as a page that opens offline: findings, figures and every table, whatever the names in the data. */
import type { Evaluation } from "../evaluate/mod.ts";
import { topShares } from "./figures/exposure.ts";
import { type Figure, figureHtml } from "./figures/figure.ts";
import { selectionRates } from "./figures/rates.ts";
import { reliability } from "./figures/reliability.ts";
import { evaluationSections } from "./evaluation_tables.ts";
import { evaluationSubtitle } from "./evaluation_text.ts";
import { type Finding, findingsOf } from "./findings.ts";
import { type Html, html, join } from "./html/html.ts";
import { FIGURE_SCRIPT, page, type PageScript, SORT_SCRIPT } from "./html/page.ts";
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

/** Groups above which a figure by group would be as long as a table, and say less. */
const MOST_GROUPS = 40;

/** A page about an evaluation. Without Plotly its figures are their texts. */
export function evaluationHtml(
  evaluation: Evaluation,
  { plotly }: { readonly plotly?: PageScript | undefined } = {},
): string {
  const title = `Fairness audit of ${fileName(evaluation.data.source)}`;
  const notes = new Notes();
  const sections = evaluationSections(evaluation).map(({ title, attribute, tables }, i) => ({
    title,
    body: html`<section id="s${i}">
<h2>${title}</h2>
${join(figuresOf(evaluation, attribute).map((figure) => ({ markup: figureHtml(figure) })))}
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
  const scripts = [...(plotly === undefined ? [] : [plotly, { code: FIGURE_SCRIPT }]), { code: SORT_SCRIPT }];
  return page({ title, body, style: STYLE, scripts });
}

/** What is drawn of everybody, or of an attribute; the sections of many seeds have tables only. */
function figuresOf(evaluation: Evaluation, attribute: string | undefined): Figure[] {
  const { models } = evaluation;
  if (models.some(({ seeds }) => seeds > 1)) return [];
  if (attribute === undefined) {
    return models.filter(({ overall }) => overall.reliability !== null).map(({ name: model }) =>
      reliability(evaluation, { model })
    );
  }
  const own = models[0]!.attributes.find((own) => own.attribute === attribute);
  if (own === undefined || own.groups.length > MOST_GROUPS) return [];
  return [
    selectionRates(evaluation, { attribute }),
    ...(own.ranking === null ? [] : [topShares(evaluation, { attribute })]),
  ];
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
