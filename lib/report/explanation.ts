/** Why pairs have their scores, as text, figure and page. */
import type { Data } from "plotly.js-dist-min";
import type { GroupExplanation, PairExplanation } from "../train/mod.ts";
import { type Figure, figureHtml, figureName, makeFigure } from "./figures/figure.ts";
import { BLUE, faded, MUTED, VERMILLION } from "./figures/palette.ts";
import { rowAxis, upright } from "./figures/panels.ts";
import { plotText } from "./figures/plot_text.ts";
import { type Ends, intervalText, levelText, quoted, signed } from "./format.ts";
import { type Html, html, join } from "./html/html.ts";
import { FIGURE_SCRIPT, page, type PageScript, SORT_SCRIPT } from "./html/page.ts";
import { type ColumnOf, type Table, tableBy, tableHtml } from "./table.ts";

const METHOD = "Contributions: integrated gradients from the text with every token masked, in units of the cosine.";

/** Contributions of a résumé's words, largest first. */
export function wordTable({ score, baseline, around, words }: PairExplanation): Table {
  const sorted = words.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  const rest = [["(every token masked)", baseline, ""], ["(around the words)", around, ""]] as const;
  return {
    title: `Score ${signed(score)}`,
    caption: METHOD,
    columns: [{ title: "word" }, { title: "contribution", format: "signed", digits: 4 }, { title: "education" }],
    rows: [
      ...sorted.map(({ word, contribution, kind }) => [word, contribution, kind ?? ""]),
      ...rest.map((row) => [...row]),
    ],
    brief: { rows: 30, which: "the words that contribute most" },
  };
}

/** What makes the difference between two groups' mean scores, part by part. */
export function partsTable(explanation: GroupExplanation): Table {
  const { parts, score } = explanation;
  return tableBy([...parts, { name: "mean score", ...score }], [
    ["part", ({ name }) => name],
    [{ title: "difference", format: (value) => signed(value, 4) }, ({ difference, interval }) => ({
      value: difference,
      interval,
    })],
  ], {
    title: differenceText(explanation),
    caption: `${METHOD} The parts add up to the difference; ${
      levelText(explanation.confidence)
    } intervals over people.`,
  });
}

/** The words that carry most of the difference. */
export function wordDifferenceTable({ words, groups, confidence }: GroupExplanation): Table {
  return tableBy(words, [
    ["word", ({ word }) => word],
    ["education", ({ kind }) => kind ?? ""],
    [{ title: "difference", format: (value) => signed(value, 4) }, ({ difference, interval }) => ({
      value: difference,
      interval,
    })],
    ...groups.map(({ name }, g): ColumnOf<typeof words[number]> => [
      { title: `pairs with it, ${name}`, format: "count" },
      ({ pairs }) => pairs[g]!,
    ]),
  ], {
    title: "Words that carry most of the difference",
    caption: `Chosen for their size, so their ${levelText(confidence)} intervals flatter them: to be read as a hint.`,
  });
}

function differenceText({ groups: [high, low], score }: GroupExplanation): string {
  const range = intervalText(score.interval, (value) => signed(value));
  return `Mean score of ${quoted(high!.name)} less that of ${quoted(low!.name)}: ${signed(score.difference)} ${range}`;
}

/** Parts and words as bars around zero, with their intervals. */
export function contributionBars(explanation: GroupExplanation): Figure {
  const { attribute, parts, words, confidence } = explanation;
  const rows = [
    ...parts.map(({ name, difference, interval }) => (
      { name, education: name.startsWith("education"), value: difference, interval }
    )),
    ...words.map(({ word, kind, difference, interval }) => (
      { name: word, education: kind !== null, value: difference, interval }
    )),
  ];
  return bars(rows, {
    name: figureName("contributions", attribute),
    title: differenceText(explanation),
    subtitle: `${METHOD} Above the parts that add up to it, below the words that carry most; orange, what gives away ` +
      `education. ${levelText(confidence)} intervals over people.`,
    axis: "Difference of mean contributions (cosine)",
  });
}

/** A score, and what the words of the résumé add to it. */
export interface ExplainedScore {
  /** The cosine. */
  readonly score: number;
  /** In any order; `kind` is what of the person's education a word gives away, if anything. */
  readonly words: readonly { readonly word: string; readonly contribution: number; readonly kind: string | null }[];
}

/** Words of the figure of one score. */
const WORDS_DRAWN = 20;

/** The words that add to a score most, or take most from it. */
export function wordContributions({ score, words }: ExplainedScore): Figure {
  const largest = words.toSorted((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution)).slice(0, WORDS_DRAWN);
  const rows = largest.map(({ word, contribution, kind }) => (
    { name: word, education: kind !== null, value: contribution, interval: null }
  ));
  return bars(rows, {
    name: "word-contributions",
    title: `Score ${signed(score)}: the words that make it`,
    subtitle: `${METHOD} The ${rows.length} that add or take most; orange, what gives away education.`,
    axis: "Contribution (cosine)",
  });
}

interface BarRow {
  readonly name: string;
  readonly education: boolean;
  readonly value: number;
  readonly interval: Ends | null;
}

function bars(
  rows: readonly BarRow[],
  { axis, ...texts }: Record<"name" | "title" | "subtitle" | "axis", string>,
): Figure {
  const ends = rows.map(({ value, interval }) => ({
    low: interval?.low ?? value,
    high: interval?.high ?? value,
    value,
  }));
  const errors = {
    type: "data",
    symmetric: false,
    array: ends.map(({ value, high }) => high - value),
    arrayminus: ends.map(({ value, low }) => value - low),
    color: MUTED,
    thickness: 1.4,
    width: 4,
  } as const;
  const data: Data[] = [{
    type: "bar",
    orientation: "h",
    y: rows.map((_, i) => i),
    x: rows.map(({ value }) => value),
    marker: { color: rows.map(({ education }) => faded(education ? VERMILLION : BLUE, 0.75)) },
    ...(rows.every(({ interval }) => interval === null) ? {} : { error_x: errors }),
    hovertext: rows.map(({ name, value }) => `${plotText(name)}: ${signed(value, 4)}`),
    hoverinfo: "text",
  }];
  return makeFigure({
    ...texts,
    alt: rows.map(({ name, value }) => `${name}: ${signed(value, 4)}.`).join(" "),
    rows: rows.map(({ name, value, interval }) => (
      interval === null
        ? { word: name, contribution: value }
        : { name, difference: value, low: interval.low, high: interval.high }
    )),
    data,
    layout: {
      xaxis: { title: { text: axis } },
      yaxis: rowAxis(rows.map(({ name }) => name), [0, 1]),
      shapes: [upright(0, { color: MUTED, width: 1 })],
      showlegend: false,
    },
    height: rows.length * 22 + 80,
  });
}

/** A text with each word in the colour of its contribution; what gives away education is underlined. */
function coloredText(text: string, { words }: PairExplanation): Html {
  const largest = Math.max(...words.map(({ contribution }) => Math.abs(contribution)), 1e-9);
  const parts: Html[] = [];
  let at = 0;
  for (const { start, end, contribution, kind } of words) {
    parts.push(html`${text.slice(at, start)}`);
    const share = Math.round(60 * Math.abs(contribution) / largest);
    const style = `background: color-mix(in srgb, var(--${
      contribution < 0 ? "alert" : "accent"
    }) ${share}%, transparent)`;
    const title = `${signed(contribution, 4)}${kind === null ? "" : `, ${kind}`}`;
    const word = html`<span style="${style}" title="${title}">${text.slice(start, end)}</span>`;
    parts.push(kind === null ? word : html`<u>${word}</u>`);
    at = end;
  }
  return join([...parts, html`<span class="unread">${text.slice(at)}</span>`]);
}

const STYLE = `
.explained { white-space: pre-wrap; max-width: 46rem; line-height: 1.7; }
.unread { color: var(--muted); }
`;

/** A page about one pair: the résumé in colours, and its words by size. */
export function explanationPage(text: string, explanation: PairExplanation): string {
  const body = html`<h1>Why this score</h1>
<p>Score ${signed(explanation.score)}: blue words raise it, orange ones lower it; underlined, what gives away education;
grey, what the model does not read. ${METHOD}</p>
<p class="explained">${coloredText(text, explanation)}</p>
${tableHtml(wordTable(explanation), { scroll: true, foldFrom: 40 })}`;
  return page({ title: "Why this score", body, style: STYLE, scripts: [{ code: SORT_SCRIPT }] });
}

/** A page about the difference between two groups. */
export function groupExplanationPage(explanation: GroupExplanation, plotly: PageScript): string {
  const title = `Which words carry the difference by ${explanation.attribute}`;
  const body = html`<h1>${title}</h1>
${{ markup: figureHtml(contributionBars(explanation)) }}
${tableHtml(partsTable(explanation), { scroll: true })}
${tableHtml(wordDifferenceTable(explanation), { scroll: true })}`;
  return page({ title, body, scripts: [plotly, { code: FIGURE_SCRIPT }, { code: SORT_SCRIPT }] });
}
