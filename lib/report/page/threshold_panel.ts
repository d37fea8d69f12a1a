/** A slider that moves the decision threshold, and what that does to each group: counted here, divided in the page. */
import { type Evaluation, type EvaluationInput, scoredTable } from "../../evaluate/mod.ts";
import { FOUR_FIFTHS } from "../../metrics/mod.ts";
import { byGroup } from "../figures/marks.ts";
import { number, percent, scoreDigits } from "../format.ts";
import { type Html, html, join } from "../html/html.ts";

/** Thresholds that the slider stops at, besides the one in use. */
const STOPS = 100;
/** Groups above which nobody reads the table. */
const MOST_GROUPS = 40;

/** What a model selects at each threshold; with weights their sums stand for counts. */
export interface ThresholdCounts {
  readonly model: string;
  /** In rising order, that in use among them. */
  readonly thresholds: readonly number[];
  /** Where the one in use stands. */
  readonly chosen: number;
  readonly groups: readonly {
    readonly group: string;
    readonly small: boolean;
    readonly n: number;
    /** Positive labels; `null` without labels. */
    readonly positives: number | null;
    /** By threshold: rows that it selects. */
    readonly selected: readonly number[];
    /** By threshold: those of them with a positive label; empty without labels. */
    readonly hits: readonly number[];
  }[];
}

/** The counts of every model that decides by one threshold. */
export function thresholdCounts(evaluation: Evaluation, input: EvaluationInput, attribute: string): ThresholdCounts[] {
  const table = scoredTable(input);
  const groups = table.attributes.find(({ name }) => name === attribute)?.groups;
  if (groups === undefined || groups.names.length > MOST_GROUPS) return [];
  const weight = (row: number) => table.weights?.[row] ?? 1;
  return evaluation.models.flatMap((model): ThresholdCounts[] => {
    const columns = table.models.find(({ name }) => name === model.name);
    const { lowest, highest } = model.scores;
    if (columns === undefined || model.threshold === null || model.seeds > 1 || columns.decisions) return [];
    const stops = Array.from(
      { length: STOPS },
      (_, i) => Number((lowest + (highest - lowest) * (i + 1) / STOPS).toPrecision(6)),
    );
    const thresholds = [...new Set([lowest, ...stops, model.threshold])].sort((a, b) => a - b);
    const own = model.attributes.find((one) => one.attribute === attribute)!;
    // The last threshold that a score reaches, so that one pass counts all.
    const empty = () => new Float64Array(thresholds.length);
    const counted = groups.names.map(() => ({ n: 0, positives: 0, selected: empty(), hits: empty() }));
    columns.scores.forEach((score, row) => {
      const cell = counted[groups.codes[row]!]!;
      const reached = thresholds.findLastIndex((threshold) => score >= threshold);
      const positive = table.labels === null ? 0 : table.labels[row]! * weight(row);
      cell.n += weight(row);
      cell.positives += positive;
      if (reached < 0) return;
      cell.selected[reached]! += weight(row);
      cell.hits[reached]! += positive;
    });
    return [{
      model: model.name,
      thresholds,
      chosen: thresholds.indexOf(model.threshold),
      groups: byGroup(counted.map(({ n, positives, selected, hits }, g) => ({
        group: groups.names[g]!,
        small: own.groups.find(({ group }) => group === groups.names[g])?.small ?? true,
        n: rounded(n),
        positives: table.labels === null ? null : rounded(positives),
        selected: fromAbove(selected),
        hits: table.labels === null ? [] : fromAbove(hits),
      }))),
    }];
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/** Sums from each place to the last. */
function fromAbove(values: Float64Array): number[] {
  let sum = 0;
  return Array.from(values).toReversed().map((value) => rounded(sum += value)).toReversed();
}

/** The slider with its table, as it stands at the threshold in use; nothing where no model has one threshold. */
export function thresholdPanel(evaluation: Evaluation, input: EvaluationInput, attribute: string): Html {
  const models = thresholdCounts(evaluation, input, attribute);
  const last = models.at(-1);
  if (last === undefined) return html``;
  const digits = scoreDigits(evaluation.models.at(-1)!.scores);
  const json = JSON.stringify({ models, digits, fourFifths: FOUR_FIFTHS }).replaceAll("<", "\\u003c");
  const id = `threshold-${evaluation.data.columns.groups.indexOf(attribute)}`;
  const options = models.map(({ model }) =>
    model === last.model ? html`<option selected>${model}</option>` : html`<option>${model}</option>`
  );
  const threshold = number(last.thresholds[last.chosen]!, digits);
  return html`
    <div class="threshold" data-threshold>
      <p class="controls" hidden>
        <label>Model <select>${join(options)}</select></label>
        <label for="${id}">Threshold <output>${threshold}</output></label>
        <input type="range" id="${id}" min="0" max="${last.thresholds.length - 1}" step="1" value="${last.chosen}">
        <button type="button" class="reset">In use</button>
      </p>
      <div class="scroll" tabindex="0" role="group" aria-label="Groups at the threshold">
        <table class="cards">
          <caption>Selected by ${last.model} at a score of at least ${threshold}, by ${attribute}</caption>
          <thead>
            <tr>${join(HEADS.map((head) => html`<th scope="col">${head}</th>`))}</tr>
          </thead>
          <tbody>${join(thresholdRows(last, last.chosen).map(rowHtml))}</tbody>
        </table>
      </div>
      <p class="sums">${sumsText(last, last.chosen)}</p>
      <script type="application/json">${{ markup: json }}</script>
    </div>
  `;
}

const HEADS = ["Group", "Rows", "Selected", "Selection rate", "Ratio", "TPR", "FPR"];

function rowHtml([group, ...cells]: readonly string[]): Html {
  return html`<tr><th scope="row">${group!}</th>${
    join(cells.map((cell, c) => html`<td data-label="${HEADS[c + 1]!}">${cell}</td>`))
  }</tr>`;
}

/** The cells of the table at a threshold; `threshold.js` computes the same. */
export function thresholdRows({ groups }: ThresholdCounts, t: number): string[][] {
  const judged = groups.filter(({ small }) => !small).length >= 2 ? groups.filter(({ small }) => !small) : groups;
  const highest = Math.max(...judged.map(({ n, selected }) => selected[t]! / n));
  return groups.map((own) => {
    const { group, small, n, positives, selected, hits } = own;
    const ratio = judged.includes(own) && highest > 0 ? selected[t]! / n / highest : null;
    const share = (part: number, of: number) => of === 0 ? "–" : percent(part / of);
    return [
      group + (small ? "†" : ""),
      String(n),
      String(selected[t]),
      share(selected[t]!, n),
      ratio === null ? "–" : number(ratio, 2) + (ratio < FOUR_FIFTHS ? " ✗" : ""),
      positives === null ? "–" : share(hits[t]!, positives),
      positives === null ? "–" : share(selected[t]! - hits[t]!, n - positives),
    ];
  });
}

function sumsText({ groups }: ThresholdCounts, t: number): string {
  const sum = (of: (group: ThresholdCounts["groups"][number]) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  const [n, selected] = [sum((own) => own.n), sum(({ selected }) => selected[t]!)];
  const labelled = groups.every(({ positives }) => positives !== null);
  const right = sum(({ n, positives, selected, hits }) => n - (positives ?? 0) - selected[t]! + 2 * (hits[t] ?? 0));
  return `All: ${percent(selected / n)} selected${labelled ? `, ${percent(right / n)} of the decisions right` : ""}. ` +
    "✗ below four fifths of the highest rate. † few rows, neither judged nor the measure of others.";
}
