/** A page that a model runs in: it ranks pasted résumés and says which words make a score, without a network. */
import type { ExportCheck, PageExport } from "../../train/mod.ts";
import { count, number, percent } from "../format.ts";
import { type Html, html, join } from "../html/html.ts";
import { page, SCORER_SCRIPT, SORT_SCRIPT } from "../html/page.ts";
import { tableHtml } from "../table.ts";
import { scorecard } from "./decision.ts";
import { intervalsText, limitsOf, subjectText } from "./sections.ts";
import { INTENDED_USE, OUT_OF_SCOPE } from "./model_card.ts";
import { attributesOf, type Report } from "./report.ts";
import { rateTable } from "./tables.ts";

const STYLE = `
textarea { width: 100%; font: inherit; color: inherit; background: var(--well); border: 1px solid var(--rule);
  padding: 0.5rem; }
label { display: block; font-weight: 600; margin-top: 1rem; }
.help { margin: 0.2rem 0; color: var(--muted); font-size: 0.9rem; }
form button, #rows button { font: inherit; padding: 0.3rem 0.9rem; color: inherit; background: var(--well);
  border: 1px solid var(--rule); border-radius: 4px; cursor: pointer; }
form button[type=submit] { background: var(--accent); color: var(--surface); border-color: var(--accent); }
form button:disabled { opacity: 0.5; cursor: default; }
form .actions { display: flex; flex-wrap: wrap; gap: 0.75rem; margin: 1rem 0; }
input[type=file] { font: inherit; max-width: 100%; }
#explained { white-space: pre-wrap; max-width: 46rem; line-height: 1.7; }
.unread { color: var(--muted); }
`;

/** Texts for a first try. */
const EXAMPLE = {
  job: "We look for a registered nurse with experience in intensive care, who plans and documents treatments.",
  resumes: `Registered nurse, six years in an intensive care unit.
Planned treatments with physicians and kept the records of twelve beds.
Bachelor of Science in Nursing, Ohio State University, 2014.
---
Accountant. Closed the books of three companies each month and prepared their tax returns.
Master of Accounting, 2016. Advanced Excel, SAP.`,
};

/** The page as one file: the model, what runs it, and what is known about it. */
export async function scorerPage(report: Report, { packed, worker, wasm, check }: PageExport): Promise<string> {
  const encoder = new TextEncoder();
  const blocks = await Promise.all([
    block("model-settings", encoder.encode(JSON.stringify(packed.model))),
    block("model-weights", packed.data),
    block("wasm", wasm),
    block("worker-code", encoder.encode(worker)),
  ]);
  const { subject: { name } } = report;
  const body = html`<h1>Rank résumés with ${name}</h1>
<p>The model runs in this page. Nothing that you paste leaves it: the page can open no connection.</p>
<noscript><p>This page computes with a script; without scripts it only says what the model is.</p></noscript>
${FORM}
<p id="status" role="status"></p>
${RESULTS}
<section><h2>About this model</h2>
${aboutHtml(report, check)}</section>
<script type="application/json" id="example-texts">${{ markup: JSON.stringify(EXAMPLE) }}</script>
${join(blocks)}`;
  const scripts = [{ code: SCORER_SCRIPT }, { code: SORT_SCRIPT }];
  return page({ title: `Rank résumés with ${name}`, body, style: STYLE, scripts, runsModel: true });
}

const FORM = html`
  <form id="form" hidden>
    <label for="job">Job</label>
    <textarea id="job" rows="5" required></textarea>
    <label for="resumes">Résumés</label>
    <p class="help" id="resumes-help">Several: put a line of three hyphens (---) between them, or paste a table (CSV)
  that has a column of résumés.</p>
    <textarea id="resumes" rows="10" required aria-describedby="resumes-help"></textarea>
    <label for="file">Or take the résumés from a text or CSV file</label>
    <input type="file" id="file" accept=".txt,.csv,.tsv,text/plain,text/csv">
    <p class="actions"><button type="submit" id="score" disabled>Rank</button>
  <button type="button" id="example">Fill in an example</button></p>
  </form>
`;

const RESULTS = html`
  <section id="ranking" hidden>
    <h2>Ranking</h2>
    <div class="scroll" tabindex="0" role="group" aria-label="Ranking">
      <table class="cards">
        <thead>
          <tr>
  ${join(
    ["Résumé", "Rank", "Score", "Probability", "Decision", "Read", ""].map((head) =>
      head === "" ? html`<td></td>` : html`<th scope="col">${head}</th>`
    ),
  )}
          </tr>
        </thead>
        <tbody id="rows"></tbody>
      </table>
    </div>
    <p class="help">Score: the cosine of the embeddings of job and résumé.</p>
  </section>
  <section id="why" hidden>
    <h2 id="why-title" tabindex="-1">Why</h2>
    <p>What a word or phrase adds: the score less the score of the résumé without it (occlusion). This is not the
  integrated gradients that <code>deno task explain</code> computes, and what is added here does not sum up to the
  score: of two words that say the same, each adds little. Blue raises the score, orange lowers it; underlined, what gives away
  education; grey, what the model does not read.</p>
    <p id="explained"></p>
    <div class="scroll" tabindex="0" role="group" aria-label="Words">
      <table>
        <caption>The words and phrases that add or take most</caption>
        <thead>
          <tr>
            <th scope="col">Word</th>
            <th scope="col">Adds</th>
            <th scope="col">Education</th>
          </tr>
        </thead>
        <tbody id="words"></tbody>
      </table>
    </div>
  </section>
`;

function aboutHtml(report: Report, check: ExportCheck): Html {
  const { subject: { file: { thresholds }, adapter }, evaluation } = report;
  const tuned = [evaluation.models.at(-1)!.name];
  return html`
      <p>${subjectText(report)} A pair is accepted from a score of ${number(thresholds.tuned)} on. SHA-256 of its
    adapter: <code>${adapter.fingerprint.slice(0, 16)}</code>…</p>
      <p>${INTENDED_USE}</p>
      <p><strong>Out of scope:</strong> ${OUT_OF_SCOPE}</p>
      <p>${differenceText(check)}</p>
      <h3>How it treats groups</h3>
      ${tableHtml(scorecard(evaluation), { scroll: true })}
      ${join(attributesOf(evaluation).map((own) => tableHtml(rateTable(own, tuned, evaluation), { scroll: true })))}
      <p>${intervalsText(report)}</p>
      <details>
      <summary>Limits</summary>
      <ul>${join(limitsOf(report).map((text) => html`<li>${text}</li>`))}</ul>
    </details>
  `;
}

/** What the weights of a page change. */
function differenceText({ texts, leastCosine, flipped }: ExportCheck): string {
  const close =
    `Embeddings of this page have a cosine of at least ${number(leastCosine, 4)} with those of the run itself ` +
    `(${count(texts)} texts).`;
  if (flipped === null) return close;
  const [changed, of] = flipped;
  return `${close} Its weights are in 8 bits: ${count(changed)} of ${count(of)} pairs of the test split ` +
    `(${percent(changed / of)}) are decided otherwise than by the run, whose numbers follow.`;
}

async function block(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<Html> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  const base64 = new Uint8Array(await new Response(packed).arrayBuffer()).toBase64();
  return html`<script type="application/octet-stream" id="${id}">${{ markup: base64 }}</script>`;
}
