/** Groups of people before any model: how many there are, and how often they have a positive label. */
import type { Data, Layout } from "plotly.js-dist-min";
import { DISPARITIES, estimateDisparities, groupRates, SMALL_GROUP } from "../../metrics/mod.ts";
import type { Column, GroupRate, Groups } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { count, intervalText, levelText, quoted, wholePercent } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { differenceOf, extremesOf, findingOf } from "./titles.ts";
import { byGroup, groupLabels, intervalBars, legendHeight, rowsHeight, smallNote, symbolOf } from "./marks.ts";
import { BLUE, MUTED, RULE, SURFACE, VERMILLION } from "./palette.ts";
import { remark, rowAxis, upright } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { numbersOf } from "./rates.ts";

/** People and their labels, as columns. */
export interface LabelledGroups {
  /** `[n]` labels, 0 or 1. */
  readonly labels: Column;
  /** `[n]` */
  readonly groups: Groups;
  /** `[n]` trusted labels, 0 or 1. */
  readonly groundTruth?: Column | undefined;
  /** `[n]` whose rows belong together, such as the candidate. */
  readonly clusters?: Groups | undefined;
}

/** How groups are shown, as in an evaluation's settings. */
export interface LabelledGroupsOptions {
  /** What the groups are, such as `education`. */
  readonly attribute: string;
  /** Groups with fewer rows are marked; 30 if absent. */
  readonly smallBelow?: number | undefined;
  /** 0.95 if absent. */
  readonly confidence?: number | undefined;
  /** 1000 if absent. */
  readonly resamples?: number | undefined;
  /** Of the test of the difference; 42 if absent. */
  readonly seed?: number | undefined;
}

/**
 * How many rows each group has, and how many of them have a positive label.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupSizes } from "@fair-embeddings/lib/report";
 *
 * const columns = { labels: [1, 0, 0, 1], groups: ["BA", "BA", "BA", "PhD"] };
 * assertEquals(groupSizes(columns, { attribute: "education" }).title, "“BA” holds 3 of 4 rows, “PhD” only 1");
 * ```
 */
export function groupSizes(columns: LabelledGroups, options: LabelledGroupsOptions): Figure {
  const { attribute, smallBelow = SMALL_GROUP } = options;
  const groups = byGroup(groupRates({ labels: columns.labels, groups: columns.groups, smallBelow }));
  const labels = groupLabels(groups);
  return makeFigure({
    name: figureName("group-sizes", attribute),
    title: sizeFinding(groups),
    subtitle: `Rows of each ${attribute} group by label.${smallNote(groups, smallBelow, "")}`,
    alt: groups.map(({ group, count: rows, positives }) =>
      `${group}: ${count(rows)} rows, ${count(positives)} of them with a positive label.`
    ).join(" "),
    rows: groups.map(({ group, count, positives }) => ({ group, n: count, positives })),
    data: [sizeBars(groups, 1), sizeBars(groups, 0)],
    layout: {
      barmode: "stack",
      // A number that does not fit into its bar is left to the pointer.
      uniformtext: { minsize: 11, mode: "hide" },
      xaxis: { title: { text: "Rows" }, rangemode: "tozero", tickformat: ",d" },
      yaxis: rowAxis(labels, [0, 1]),
      legend: { traceorder: "normal" },
    },
    height: rowsHeight(labels) + legendHeight(["positive labels", "negative labels"]),
  });
}

function sizeBars(groups: readonly GroupRate[], label: 0 | 1): Data {
  const own = ({ count, positives }: GroupRate) => label === 1 ? positives : count - positives;
  return {
    type: "bar",
    orientation: "h",
    name: `label ${label}`,
    x: groups.map(own),
    y: groups.map((_, g) => g),
    width: 0.62,
    marker: { color: label === 1 ? BLUE : SURFACE, line: { color: BLUE, width: 1.5 } },
    text: groups.map((group) => String(own(group))),
    textposition: "auto",
    textangle: 0,
    cliponaxis: false,
    hovertext: groups.map((group) =>
      `${plotText(group.group)}<br>label ${label}: ${count(own(group))} of ${count(group.count)} rows` +
      (group.count === 0 ? "" : ` (${wholePercent(own(group) / group.count)})`)
    ),
    hoverinfo: "text",
  };
}

function sizeFinding(groups: readonly GroupRate[]): string {
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const [largest, ...rest] = [...groups].sort((a, b) => b.count - a.count);
  const smallest = rest.at(-1);
  const all = `${quoted(largest!.group)} holds ${count(largest!.count)} of ${count(total)} rows`;
  if (smallest === undefined) return all;
  if (smallest.count === largest!.count) return `All groups hold ${count(largest!.count)} of ${count(total)} rows`;
  return `${all}, ${quoted(smallest.group)} only ${count(smallest.count)}`;
}

/** A kind of label with its rate in each group. */
interface Series {
  readonly name: string;
  readonly rates: readonly GroupRate[];
  readonly shift: number;
  readonly color: string;
  readonly symbol: "circle" | "diamond";
}

/**
 * How often each group has a positive label, with intervals, beside the rate of all rows and, if known, the rates of the
 * ground-truth label. The title tells whether the largest difference between groups is significant.
 */
export function labelRates(columns: LabelledGroups, options: LabelledGroupsOptions): Figure {
  const { attribute, smallBelow = SMALL_GROUP, confidence = 0.95 } = options;
  const { groups: names, clusters, groundTruth } = columns;
  const ratesOf = (labels: Column) => byGroup(groupRates({ labels, groups: names, clusters, smallBelow }, confidence));
  const groups = ratesOf(columns.labels);
  const trusted = groundTruth === undefined ? undefined : ratesOf(groundTruth);
  const labels = groupLabels(groups);
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const overall = groups.reduce((sum, { positives }) => sum + positives, 0) / total;
  const shift = trusted === undefined ? 0 : 0.16;
  const series: Series[] = [
    { name: "label", rates: groups, shift: -shift, color: BLUE, symbol: "circle" },
    ...(trusted === undefined
      ? []
      : [{ name: "ground truth", rates: trusted, shift, color: VERMILLION, symbol: "diamond" } as const]),
  ];
  const room = 12 + (trusted === undefined ? 0 : legendHeight(series.map(({ name }) => name)));
  return makeFigure({
    name: figureName("label-rates", attribute),
    title: rateFinding(groups, columns, options),
    subtitle: `Share of rows with a positive label in each ${attribute} group${
      trusted === undefined ? "" : ", beside the share by ground truth"
    }. ${levelText(confidence)} Wilson intervals${
      clusters === undefined ? "" : " that allow for several rows per candidate"
    }.${smallNote(groups, smallBelow)}`,
    alt: `Of all ${total} rows, ${wholePercent(overall)} have a positive label. ` +
      groups.map((rate, g) =>
        `${rate.group} (n = ${rate.count}): ${rateText(rate)}` +
        (trusted === undefined ? "." : `; ground truth ${rateText(trusted[g]!)}.`)
      ).join(" "),
    rows: series.flatMap(({ name, rates }) =>
      rates.map(({ group, count, rate, interval }) => ({
        label: name,
        group,
        n: count,
        ...numbersOf("rate", { value: rate.value, interval }),
      }))
    ),
    data: series.map(rateMarks),
    layout: {
      xaxis: { title: { text: "Share with a positive label" }, rangemode: "tozero", tickformat: ".0%" },
      yaxis: { ...rowAxis(labels, [0, 1]), showgrid: true },
      ...overallLine(overall),
      margin: { l: 12, r: 16, t: 24, b: 12, pad: 4 },
      showlegend: trusted !== undefined,
    },
    height: rowsHeight(labels) + room,
  });
}

function rateMarks({ name, rates, shift, color, symbol }: Series): Data {
  return {
    type: "scatter",
    mode: "markers",
    name,
    x: rates.map(({ rate }) => rate.value),
    y: rates.map((_, g) => g + shift),
    error_x: intervalBars(rates.map(({ rate }) => rate.value), rates.map(({ interval }) => interval), color),
    marker: {
      color,
      size: 10,
      symbol: rates.map(({ small }) => symbolOf(symbol, small)),
      line: { color, width: 1.5 },
    },
    hovertext: rates.map((rate) => `${plotText(rate.group)} (n = ${rate.count})<br>${name}: ${rateText(rate)}`),
    hoverinfo: "text",
  };
}

function overallLine(x: number): Pick<Partial<Layout>, "shapes" | "annotations"> {
  return {
    shapes: [upright(x, { color: RULE, width: 1.2, dash: "dash" }, [0, 1], { yref: "paper", layer: "below" })],
    annotations: [
      remark(`all rows: ${wholePercent(x)}`, { x, yref: "paper", y: 1, font: { size: 11.5, color: MUTED } }),
    ],
  };
}

function rateFinding(
  groups: readonly GroupRate[],
  { labels, groups: names, clusters }: LabelledGroups,
  { attribute, confidence = 0.95, resamples = 1000, seed = 42 }: LabelledGroupsOptions,
): string {
  const extremes = extremesOf(groups, ({ rate }) => rate);
  if (extremes === null) return "Only one group, so there is nothing to compare";
  const { low, high } = extremes;
  const { demographicParityDifference } = estimateDisparities(
    { predictions: labels, groups: names, clusters },
    { demographicParityDifference: DISPARITIES.demographicParityDifference },
    { rng: new Rng(seed).derive(`${attribute} labels`), resamples, level: confidence },
  );
  const difference = differenceOf("demographicParityDifference", demographicParityDifference);
  return `${wholePercent(low.rate.value!)} of ${quoted(low.group)} and ${wholePercent(high.rate.value!)} of ${
    quoted(high.group)
  } have a positive label: ${findingOf(difference, { confidence, margin: null }).text}`;
}

function rateText({ rate, interval }: GroupRate): string {
  if (rate.value === null) return `undefined: ${rate.reason}`;
  return `${wholePercent(rate.value)} ${intervalText(interval, wholePercent)}`;
}
