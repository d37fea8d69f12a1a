import type { Data } from "plotly.js-dist-min";
import { count, quoted, wholePercent } from "../format.ts";
import { quantileOfSorted } from "../../metrics/mod.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { groupLabels, rowsHeight } from "./marks.ts";
import { BLUE, faded, MUTED, VERMILLION } from "./palette.ts";
import { remark, rowAxis, upright } from "./panels.ts";
import { plotText } from "./plot_text.ts";

/** What {@linkcode textLengths} shows. */
export interface TextLengthsInput {
  /** What the figure is about, for its name, such as `education`. */
  readonly name: string;
  /** Kinds of texts from top to bottom, such as jobs and the résumés of each group, with the tokens of each text. */
  readonly kinds: readonly { readonly name: string; readonly lengths: readonly number[] }[];
  /** Tokens that the model reads of a text. */
  readonly maxLength: number;
}

/** How long texts are in tokens, and how much of them lies beyond what the model reads. */
export function textLengths({ name, kinds, maxLength }: TextLengthsInput): Figure {
  const rows = kinds.filter(({ lengths }) => lengths.length > 0).map((kind) => summaryOf(kind, maxLength));
  const labels = groupLabels(rows.map(({ name, count }) => ({ group: name, count, small: false })));
  return makeFigure({
    name: figureName("text-lengths", name),
    title: findingOf(rows, maxLength),
    subtitle:
      "Tokens of each text: box and line, quartiles and median; whiskers, 5% to 95% of the texts; tick, the longest.",
    alt: `The model reads ${maxLength} tokens of a text. ` +
      rows.map((row) => `${row.name} (n = ${row.count}): ${say(row)}.`).join(" "),
    rows: rows.map(({ name, ...numbers }) => ({ kind: name, ...numbers })),
    data: drawBoxes(rows, maxLength),
    layout: {
      xaxis: { title: { text: "Tokens" } },
      yaxis: rowAxis(labels, [0, 1]),
      shapes: [upright(maxLength, { color: VERMILLION, width: 1.2, dash: "dash" })],
      annotations: [remark(`cut after ${count(maxLength)}`, {
        x: maxLength,
        xanchor: "right",
        yref: "paper",
        y: 1,
        font: { size: 11.5, color: MUTED },
      })],
      margin: { l: 12, r: 16, t: 24, b: 12, pad: 4 },
      showlegend: false,
    },
    height: rowsHeight(labels) + 12,
  });
}

type Summary = ReturnType<typeof summaryOf>;

function summaryOf({ name, lengths }: TextLengthsInput["kinds"][number], maxLength: number) {
  const sorted = Float64Array.from(lengths).sort();
  const at = (share: number) => quantileOfSorted(sorted, share);
  return {
    name,
    count: lengths.length,
    cut: lengths.filter((length) => length > maxLength).length,
    low: at(0.05),
    q1: at(0.25),
    median: at(0.5),
    q3: at(0.75),
    high: at(0.95),
    longest: sorted.at(-1)!,
  };
}

function say(row: Summary): string {
  return `median ${tokens(row.median)} tokens, half of them ${tokens(row.q1)} to ${tokens(row.q3)}, longest ` +
    `${tokens(row.longest)}, ${wholePercent(row.cut / row.count)} cut`;
}

function drawBoxes(rows: readonly Summary[], maxLength: number): Data[] {
  const at = rows.map((_, i) => i);
  return [{
    type: "box",
    orientation: "h",
    y: at,
    lowerfence: rows.map(({ low }) => low),
    q1: rows.map(({ q1 }) => q1),
    median: rows.map(({ median }) => median),
    q3: rows.map(({ q3 }) => q3),
    upperfence: rows.map(({ high }) => high),
    width: 0.5,
    whiskerwidth: 0.4,
    line: { color: BLUE, width: 1.6 },
    fillcolor: faded(BLUE, 0.18),
    hoverinfo: "skip",
  }, {
    type: "scatter",
    mode: "markers",
    x: rows.map(({ longest }) => longest),
    y: at,
    marker: {
      color: rows.map(({ longest }) => longest > maxLength ? VERMILLION : BLUE),
      size: 6,
      symbol: "line-ns-open",
    },
    hovertext: rows.map((row) => `${plotText(row.name)} (n = ${count(row.count)})<br>${say(row)}`),
    hoverinfo: "text",
  }];
}

function findingOf(
  rows: readonly { readonly name: string; readonly count: number; readonly cut: number }[],
  maxLength: number,
): string {
  const total = rows.reduce((sum, { count }) => sum + count, 0);
  const cut = rows.reduce((sum, row) => sum + row.cut, 0);
  if (cut === 0) return `All ${count(total)} texts fit into the ${count(maxLength)} tokens that the model reads`;
  const [least, ...others] = [...rows].sort((a, b) => a.cut / a.count - b.cut / b.count);
  const most = others.at(-1);
  const share = ({ name, count, cut }: typeof rows[number]) => `${wholePercent(cut / count)} of ${quoted(name)}`;
  return `${count(cut)} of ${count(total)} texts ${cut === 1 ? "is" : "are"} longer than the ${
    count(maxLength)
  } tokens that the model reads${most === undefined ? "" : `: ${share(least!)}, ${share(most)}`}`;
}

function tokens(value: number): string {
  return count(Math.round(value));
}
