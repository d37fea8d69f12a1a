/** Texts of the data: how long they are, and where their embeddings lie. */
import type { Data } from "plotly.js-dist-min";
import { pca, quantileOfSorted, SMALL_GROUP } from "../../metrics/mod.ts";
import { count, number, quoted, wholePercent } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { groupLabels, legendHeight, type MarkStyle, markStyle, orderGroups, rowsHeight, SMALL_MARK } from "./marks.ts";
import { BLUE, faded, MUTED, SURFACE, VERMILLION } from "./palette.ts";
import { remark, rowAxis, upright } from "./panels.ts";
import { plotText, wrapText } from "./plot_text.ts";

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

/** More points are thinned out evenly: they would hide one another, and fill the page's memory. */
const MOST_POINTS = 1500;

/** Points of an embedding, as columns. */
export interface EmbeddedGroups {
  /** `[n][d]` */
  readonly embeddings: readonly ArrayLike<number>[];
  /** `[n]` the group of each point. */
  readonly groups: readonly string[];
}

/** What {@linkcode embeddingMap} says about them. */
export interface EmbeddingMapOptions {
  /** What tells the points apart, such as `education` or `label`. */
  readonly attribute: string;
  /** What is embedded and by which model, such as `résumés, tuned model`. */
  readonly of: string;
  /** Groups with fewer points are marked; 30 if absent. */
  readonly smallBelow?: number | undefined;
}

interface Part {
  readonly name: string;
  /** Which points. */
  readonly members: readonly number[];
  /** `[2]` */
  readonly mean: readonly number[];
  readonly style: MarkStyle;
  /** With the number of points, for the legend. */
  readonly label: string;
}

/**
 * Embeddings on the plane of their two principal components, in the colours of their groups. How much of the points'
 * spread on this plane lies between the groups' means (η², Fisher 1925) says what the eye is not to be trusted with.
 *
 * @throws {RangeError} If there are not two components, or not a group for each point.
 */
export function embeddingMap({ embeddings, groups }: EmbeddedGroups, options: EmbeddingMapOptions): Figure {
  const { of, attribute, smallBelow = SMALL_GROUP } = options;
  if (embeddings.length !== groups.length) {
    throw new RangeError(`Expected a group for each of ${embeddings.length} points, found ${groups.length}`);
  }
  const { coordinates, explained } = pca(embeddings, 2);
  const axes = [coordinates[0]!, coordinates[1]!] as const;
  const parts = orderGroups([...new Set(groups)]).map((name, g): Part => {
    const members = groups.flatMap((own, i) => own === name ? [i] : []);
    const mean = axes.map((axis) => members.reduce((sum, i) => sum + axis[i]!, 0) / members.length);
    const small = members.length < smallBelow ? SMALL_MARK : "";
    return {
      name,
      members,
      mean,
      style: markStyle(g),
      label: `${wrapText(name, 24, 2)} (n = ${count(members.length)})${small}`,
    };
  });
  const step = Math.ceil(groups.length / MOST_POINTS);
  const axis = (component: number) => ({
    title: { text: `Component ${component + 1} (${wholePercent(explained[component]!)} of variance)` },
    nticks: 6,
  });
  const finding = spreadFinding(parts, axes, attribute);
  return makeFigure({
    name: figureName("embeddings", of, attribute),
    title: finding,
    subtitle:
      `The first two principal components of ${count(groups.length)} embeddings: ${of}. Large marks: means of groups.` +
      (step > 1 ? ` One point of ${step} is shown.` : "") +
      (parts.some(({ members }) => members.length < smallBelow)
        ? ` ${SMALL_MARK}: fewer than ${smallBelow} points.`
        : ""),
    alt: `${finding}. Mean positions: ${
      parts.map(({ name, members, mean }) =>
        `${name} (n = ${members.length}) at ${number(fourDigits(mean[0]!), 2)}, ${number(fourDigits(mean[1]!), 2)}`
      ).join("; ")
    }.`,
    rows: groups.map((group, i) => ({ group, x: axes[0][i]!, y: axes[1][i]! })),
    data: drawParts(parts, axes, step),
    layout: {
      xaxis: axis(0),
      // One unit is as long upwards as sideways, or distances would lie.
      yaxis: { ...axis(1), scaleanchor: "x" },
    },
    height: 400 + legendHeight(parts.map(({ label }) => label)),
  });
}

function drawParts(parts: readonly Part[], [x, y]: readonly [Float64Array, Float64Array], step: number): Data[] {
  const points = parts.map(({ name, members, style, label }): Data => {
    const shown = members.filter((i) => i % step === 0);
    return {
      type: "scatter",
      mode: "markers",
      name: label,
      x: shown.map((i) => fourDigits(x[i]!)),
      y: shown.map((i) => fourDigits(y[i]!)),
      marker: { ...marker(style), size: 7, color: faded(style.color, 0.7) },
      hovertemplate: `${plotText(name)}<extra></extra>`,
    };
  });
  const means = parts.map(({ mean, style, label }): Data => ({
    type: "scatter",
    mode: "markers",
    x: [fourDigits(mean[0]!)],
    y: [fourDigits(mean[1]!)],
    marker: { ...marker(style), size: 17, line: { color: SURFACE, width: 2.5 } },
    hovertemplate: `mean of ${label}<extra></extra>`,
    showlegend: false,
  }));
  return [...points, ...means];
}

function marker({ color, symbol }: MarkStyle) {
  return { color, symbol, opacity: 1 };
}

function spreadFinding(
  parts: readonly { readonly members: readonly number[]; readonly mean: readonly number[] }[],
  axes: readonly Float64Array[],
  attribute: string,
): string {
  const n = axes[0]!.length;
  // The coordinates' own mean is 0.
  const total = axes.reduce((sum, axis) => sum + axis.reduce((own, value) => own + value ** 2, 0), 0);
  const between = parts.reduce(
    (sum, { members, mean }) => sum + members.length * mean.reduce((own, value) => own + value ** 2, 0),
    0,
  );
  if (parts.length < 2 || total === 0) return `On this map all ${count(n)} points are of one ${attribute} group`;
  const chance = (parts.length - 1) / (n - 1);
  return `On this map ${attribute} explains ${
    wholePercent(between / total)
  } of the spread; chance alone would explain ${wholePercent(chance)}`;
}

/** Four digits are more than a plot shows; what rounding makes of 0 is 0. */
function fourDigits(value: number): number {
  return Math.abs(value) < 1e-12 ? 0 : Number(value.toPrecision(4));
}
