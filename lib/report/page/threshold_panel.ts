/** A slider that moves the decision threshold, and what that does to each group: counted here, divided in the page. */
import { metricShort, metricTitle, scoredTable } from "../../evaluate/mod.ts";
import type { AttributeEvaluation, Evaluation, EvaluationInput, ScoredTable } from "../../evaluate/mod.ts";
import { FOUR_FIFTHS, type Grouping } from "../../metrics/mod.ts";
import { byGroup } from "../figures/marks.ts";
import { number, percent, scoreDigits, WORDS } from "../format.ts";
import { type Html, html, join } from "../html/html.ts";

/** Thresholds that the slider stops at, besides the one in use. */
const STOPS = 100;
/** Groups above which nobody reads the table. */
const MOST_GROUPS = 40;

/** What a model decides at each threshold; with weights their sums stand for counts. */
export interface ThresholdCounts {
  readonly model: string;
  /** In rising order, that in use among them. */
  readonly thresholds: readonly number[];
  /** Where the one in use stands. */
  readonly chosen: number;
  readonly groups: readonly {
    readonly group: string;
    readonly small: boolean;
    /** Whether it has a ratio, and whether it may be what the others are measured by. */
    readonly judged: boolean;
    readonly measure: boolean;
    readonly n: number;
    /** Rows with label 1, and with label 0; `null` without labels. */
    readonly positives: number | null;
    readonly negatives: number | null;
    /** By threshold: rows with the favourable decision. */
    readonly selected: readonly number[];
    /** By threshold: rows with label 1, and with label 0, whose score is at least that; empty without labels. */
    readonly hits: readonly number[];
    readonly falseAlarms: readonly number[];
  }[];
}

/** The counts of every model that decides by one threshold, of the groups that were compared. */
export function thresholdCounts(evaluation: Evaluation, input: EvaluationInput, attribute: string): ThresholdCounts[] {
  const table = scoredTable(input);
  const groups = table.attributes.find(({ name }) => name === attribute)?.groups;
  if (groups === undefined || groups.names.length > MOST_GROUPS) return [];
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
    const counted = countRows(table, groups, { scores: columns.scores, thresholds });
    return [{
      model: model.name,
      thresholds,
      chosen: thresholds.indexOf(model.threshold),
      groups: groupCounts(own, counted, evaluation).map((counts) =>
        table.labels === null ? { ...counts, positives: null, negatives: null, hits: [], falseAlarms: [] } : counts
      ),
    }];
  });
}

/** By group and label (0, 1, or 2 where it is missing): rows in all, and those that reach each threshold. */
function countRows(
  { labels, weights }: ScoredTable,
  { names, codes }: Grouping,
  { scores, thresholds }: { readonly scores: Float64Array; readonly thresholds: readonly number[] },
): Map<string, Counted[]> {
  const counted = names.map(() => [0, 1, 2].map(() => ({ n: 0, last: new Float64Array(thresholds.length) })));
  scores.forEach((score, row) => {
    const label = labels?.[row] ?? NaN, weight = weights?.[row] ?? 1;
    const cell = counted[codes[row]!]![Number.isNaN(label) ? 2 : label]!;
    // The last threshold that a score reaches, so that one pass counts all.
    const reached = reachedBy(score, thresholds);
    cell.n += weight;
    if (reached >= 0) cell.last[reached]! += weight;
  });
  return new Map(counted.map((cells, g) => [
    names[g]!,
    cells.map(({ n, last }): Counted => ({ n: rounded(n), reached: fromAbove(last) })),
  ]));
}

function groupCounts(
  { groups, reference }: AttributeEvaluation,
  counted: ReadonlyMap<string, readonly Counted[]>,
  { settings: { favourable, minShare }, data }: Evaluation,
): ThresholdCounts["groups"] {
  const anyLarge = groups.filter(({ small }) => !small).length >= 2;
  return byGroup(groups.filter(({ count }) => count > 0)).map(({ group, small, count }) => {
    const [negative, positive, unknown] = counted.get(group)! as [Counted, Counted, Counted];
    const n = rounded(negative.n + positive.n + unknown.n);
    const reached = positive.reached.map((own, t) => rounded(own + negative.reached[t]! + unknown.reached[t]!));
    const judged = (!small || !anyLarge) && (minShare === null || count >= minShare * data.rows);
    return {
      group,
      small,
      judged,
      measure: reference?.from === "option" ? group === reference.group : judged,
      n,
      positives: positive.n,
      negatives: negative.n,
      selected: favourable === "high" ? reached : reached.map((own) => rounded(n - own)),
      hits: positive.reached,
      falseAlarms: negative.reached,
    };
  });
}

interface Counted {
  readonly n: number;
  readonly reached: readonly number[];
}

/** The last of rising thresholds that a score reaches; −1 if none. */
function reachedBy(score: number, thresholds: readonly number[]): number {
  let low = 0, high = thresholds.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (score >= thresholds[middle]!) low = middle + 1;
    else high = middle;
  }
  return low - 1;
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
  const { favourable } = evaluation.settings;
  const says = sayings(favourable);
  const json = JSON.stringify({ models, digits, fourFifths: FOUR_FIFTHS, says }).replaceAll("<", "\\u003c");
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
          <caption>${says.by} ${last.model} ${says.at} ${threshold}, by ${attribute}</caption>
          <thead>
            <tr>${join(headsOf(favourable).map((head) => html`<th scope="col">${head}</th>`))}</tr>
          </thead>
          <tbody>${join(thresholdRows(last, last.chosen).map((row) => rowHtml(row, headsOf(favourable))))}</tbody>
        </table>
      </div>
      <p class="sums">${sumsText(last, last.chosen, says.share)}</p>
      <script type="application/json">${{ markup: json }}</script>
    </div>
  `;
}

type Favourable = Evaluation["settings"]["favourable"];

function headsOf(favourable: Favourable): readonly string[] {
  const [short, title] = [metricShort("selectionRate", favourable), metricTitle("selectionRate", favourable)];
  return ["Group", "Rows", short, title, "Ratio", "TPR", "FPR"];
}

/** What the caption and the line below the table say, here and in `threshold.js`. */
function sayings(favourable: Favourable) {
  const { share } = WORDS[favourable];
  return favourable === "high"
    ? { by: "Selected by", at: "at a score of at least", share }
    : { by: "Favourable outcomes by", at: "at a score below", share };
}

function rowHtml([group, ...cells]: readonly string[], heads: readonly string[]): Html {
  return html`<tr><th scope="row">${group!}</th>${
    join(cells.map((cell, c) => html`<td data-label="${heads[c + 1]!}">${cell}</td>`))
  }</tr>`;
}

/** The cells of the table at a threshold; `threshold.js` computes the same. */
export function thresholdRows({ groups }: ThresholdCounts, t: number): string[][] {
  const rates = groups.filter(({ measure }) => measure).map(({ n, selected }) => selected[t]! / n);
  const highest = groups.filter(({ judged }) => judged).length < 2 ? 0 : Math.max(0, ...rates);
  return groups.map(({ group, small, judged, n, positives, negatives, selected, hits, falseAlarms }) => {
    const ratio = judged && highest > 0 ? selected[t]! / n / highest : null;
    const share = (part: number, of: number | null) => of === null || of === 0 ? "–" : percent(part / of);
    return [
      group + (small ? "†" : ""),
      String(n),
      String(selected[t]),
      share(selected[t]!, n),
      ratio === null ? "–" : number(ratio, 2) + (ratio < FOUR_FIFTHS ? " ✗" : ""),
      share(hits[t]!, positives),
      share(falseAlarms[t]!, negatives),
    ];
  });
}

function sumsText({ groups }: ThresholdCounts, t: number, selects: string): string {
  const sum = (of: (group: ThresholdCounts["groups"][number]) => number) =>
    groups.reduce((total, group) => total + of(group), 0);
  const [n, selected] = [sum((own) => own.n), sum(({ selected }) => selected[t]!)];
  const labelled = sum(({ positives, negatives }) => (positives ?? 0) + (negatives ?? 0));
  const right = sum(({ negatives, hits, falseAlarms }) =>
    hits.length === 0 ? 0 : hits[t]! + negatives! - falseAlarms[t]!
  );
  return `All: ${percent(selected / n)} ${selects}${
    labelled > 0 ? `, ${percent(right / labelled)} of the decisions right` : ""
  }. ✗ below four fifths of the reference's rate. † few rows, neither judged nor the measure of others.`;
}
