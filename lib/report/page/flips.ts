/** Decisions that flip, row by row: from a person to the counterfactual, and from one model to another. */
import { type Evaluation, type EvaluationInput, type ScoredTable, scoredTable } from "../../evaluate/mod.ts";
import { decisionsOf } from "../figures/subject.ts";
import { count, scoreDigits, WORDS } from "../format.ts";
import { type Html, html, join } from "../html/html.ts";
import type { TableValue } from "../table.ts";
import { csvLink, paragraph, type Part, shown } from "./report_page.ts";

/** Rows that the page shows; the CSV files have all. */
const MOST = 8;

/** The decisions of the last model that its counterfactuals overturn, and those in which it differs from the one before. */
export function flipParts(evaluation: Evaluation, input: EvaluationInput): Part[] {
  const table = scoredTable(input);
  const last = evaluation.models.at(-1)!;
  const before = evaluation.comparisons.findLast(({ to }) => to === last.name)?.from;
  const lists: FlipList[] = [
    ...(last.overall.counterfactual === null ? [] : [{
      title: `Decisions of ${last.name} that the counterfactual overturns`,
      file: "counterfactual-flips",
      of: [last.name, "counterfactual"] as const,
      rows: counterfactualFlips(evaluation, table, last.name),
    }]),
    ...(before === undefined ? [] : [{
      title: `Decisions in which ${last.name} differs from ${before}`,
      file: "changed-decisions",
      of: [before, last.name] as const,
      rows: modelFlips(evaluation, table, [before, last.name]),
    }]),
  ];
  if (lists.length === 0) return [];
  const shownLists = lists.map((own) => html`<div>${listHtml(own, evaluation, table)}</div>`);
  return [html`<div class="lists">${join(shownLists)}</div>`];
}

interface FlipList {
  readonly title: string;
  readonly file: string;
  /** What the two scores are of. */
  readonly of: readonly [string, string];
  readonly rows: readonly Flip[];
}

interface Flip {
  readonly row: number;
  readonly scores: readonly [number, number];
  readonly selected: readonly [boolean, boolean];
}

function columnsOf(evaluation: Evaluation, { models }: ScoredTable, name: string) {
  const columns = models.find((own) => own.name === name)!;
  const threshold = columns.threshold ?? evaluation.models.find((own) => own.name === name)!.threshold;
  return { columns, ...decisionsOf(columns, threshold, evaluation.settings.favourable) };
}

function counterfactualFlips(evaluation: Evaluation, table: ScoredTable, name: string): Flip[] {
  const { columns, original, changed } = columnsOf(evaluation, table, name);
  return flipsOf(table.rows, {
    scores: [columns.scores, columns.counterfactual!],
    selected: [original, (row) => changed(row) ?? original(row)],
  });
}

function modelFlips(evaluation: Evaluation, table: ScoredTable, names: readonly [string, string]): Flip[] {
  const [from, to] = names.map((name) => columnsOf(evaluation, table, name));
  return flipsOf(table.rows, {
    scores: [from!.columns.scores, to!.columns.scores],
    selected: [from!.original, to!.original],
  });
}

/** The columns before and after. */
interface Both {
  readonly scores: readonly [ArrayLike<number>, ArrayLike<number>];
  readonly selected: readonly [(row: number) => boolean, (row: number) => boolean];
}

function flipsOf(rows: number, { scores: [first, second], selected: [before, after] }: Both): Flip[] {
  const flips: Flip[] = [];
  for (let row = 0; row < rows; row++) {
    const selected = [before(row), after(row)] as const;
    // Few rows flip: nothing is made of the others.
    if (selected[0] !== selected[1]) flips.push({ row, scores: [first[row]!, second[row]!], selected });
  }
  return flips.sort((a, b) => Math.abs(b.scores[1] - b.scores[0]) - Math.abs(a.scores[1] - a.scores[0]));
}

function listHtml(
  { title, file, of, rows }: FlipList,
  { models, settings: { favourable } }: Evaluation,
  { attributes, clusters, queries, labels }: ScoredTable,
): Html {
  if (rows.length === 0) return paragraph(`${title}: none.`);
  const { now, noLonger } = WORDS[favourable];
  const digits = scoreDigits(models.at(-1)!.scores);
  const named = [clusters, queries, ...attributes].filter((own) => own !== null);
  const columns = ["row", ...named.map(({ name }) => name), ...(labels === null ? [] : ["label"]), ...of, "decision"];
  const cells = rows.map(({ row, scores, selected: [, after] }): TableValue[] => [
    row + 1,
    ...named.map(({ groups }) => groups.names[groups.codes[row]!]!),
    ...(labels === null ? [] : [Number.isNaN(labels[row]!) ? "" : labels[row]!]),
    ...scores,
    after ? now : noLonger,
  ]);
  const scored = new Set(of.map((_, i) => columns.length - 3 + i));
  const gained = rows.filter(({ selected }) => selected[1]).length;
  return join([
    html`
      <details>
        <summary>${title}: ${count(rows.length)}</summary>
        ${shown({
          title,
          caption: `${now[0]!.toUpperCase()}${now.slice(1)} now: ${count(gained)}; no longer: ${
            count(rows.length - gained)
          }.${rows.length > MOST ? ` The ${MOST} whose scores differ most.` : ""}`,
          columns: columns.map((title, c) => scored.has(c) ? { title, format: "number", digits } : title),
          rows: cells.slice(0, MOST),
        })}
      </details>
    `,
    html`<p><small>All of them: ${csvLink(`${file}.csv`, columns, cells)}</small></p>`,
  ]);
}
