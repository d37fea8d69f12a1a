import type { Data } from "plotly.js-dist-min";
import type { GroupRate } from "../../metrics/mod.ts";
import { type Figure, makeFigure } from "./figure.ts";
import { figureName } from "./figure_name.ts";
import { byGroup } from "./group_order.ts";
import { groupLabels, intervalBars, legendHeight, rowsHeight, smallNote, symbolOf } from "./marks.ts";
import { BLUE, MUTED, RULE, VERMILLION } from "./palette.ts";
import { rowAxis } from "./panels.ts";
import { plotText } from "./plot_text.ts";
import { quoted, wholePercent } from "../format.ts";
import { chanceText, type Judged } from "./wording.ts";

/** What {@linkcode labelRates} shows. */
export interface LabelRatesInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** What `groupRates` of the labels gave. */
  readonly rates: readonly GroupRate[];
  /** The same of trusted labels, if there are any. */
  readonly groundTruth?: readonly GroupRate[] | undefined;
  /** The largest difference between groups and its test, from `estimateDisparities` of the labels; none is told if absent. */
  readonly difference?: Judged | undefined;
  /** What intervals count: `candidates` if the rates were given clusters, else `rows`. */
  readonly unit: "rows" | "candidates";
  /** The number of rows below which a group is small. */
  readonly smallGroup: number;
  /** The confidence level of the intervals; 0.95 if absent. */
  readonly level?: number | undefined;
}

/**
 * How often each group carries label 1, with intervals, beside the rate of all rows and, if known, the rates of a trusted label.
 *
 * @param input The rates.
 * @returns The figure.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRates } from "../../metrics/mod.ts";
 * import { labelRates } from "./label_rates.ts";
 *
 * const rates = groupRates({ labels: [1, 0, 0, 1], groups: ["BA", "BA", "BA", "PhD"] });
 * const { title } = labelRates({ attribute: "education", rates, unit: "rows", smallGroup: 30 });
 * assertEquals(title, "33\u00a0% of “BA” and 100\u00a0% of “PhD” carry label 1");
 * ```
 */
export function labelRates(input: LabelRatesInput): Figure {
  const { attribute, groundTruth, unit, smallGroup, level = 0.95 } = input;
  const groups = byGroup(input.rates);
  const labels = groupLabels(groups);
  const trusted = groundTruth === undefined
    ? undefined
    : groups.map(({ group }) => groundTruth.find((own) => own.group === group)!);
  const shift = trusted === undefined ? 0 : 0.16;
  const total = groups.reduce((sum, { count }) => sum + count, 0);
  const overall = groups.reduce((sum, { positives }) => sum + positives, 0) / total;
  const series = [
    { name: "label", rates: groups, shift: -shift, color: BLUE, symbol: "circle" as const },
    ...(trusted === undefined
      ? []
      : [{ name: "ground truth", rates: trusted, shift, color: VERMILLION, symbol: "diamond" as const }]),
  ];
  return makeFigure({
    name: figureName("label-rates", attribute),
    title: findingOf(groups, input.difference),
    subtitle: `Share of rows with label 1 in each ${attribute} group${
      trusted === undefined ? "" : ", beside the share by ground truth"
    }. ${Number((100 * level).toPrecision(6))} % Wilson intervals${
      unit === "candidates" ? " that allow for several rows per candidate" : ""
    }.${smallNote(groups, smallGroup)}`,
    alt: `Of all ${total} rows, ${wholePercent(overall)} carry label 1. ` +
      groups.map((rate, g) =>
        `${rate.group} (n = ${rate.count}): ${rateText(rate)}` +
        (trusted === undefined ? "." : `; ground truth ${rateText(trusted[g]!)}.`)
      ).join(" "),
    data: series.map(({ name, rates, shift, color, symbol }): Data => ({
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
    })),
    layout: {
      xaxis: { title: { text: "Share with label 1" }, rangemode: "tozero", tickformat: ".0%" },
      yaxis: { ...rowAxis(labels, [0, 1]), showgrid: true },
      shapes: [{
        type: "line",
        x0: overall,
        x1: overall,
        yref: "paper",
        y0: 0,
        y1: 1,
        layer: "below",
        line: { color: RULE, width: 1.2, dash: "dash" },
      }],
      annotations: [{
        text: `all rows: ${wholePercent(overall)}`,
        x: overall,
        yref: "paper",
        y: 1,
        yanchor: "bottom",
        showarrow: false,
        font: { size: 11.5, color: MUTED },
      }],
      margin: { l: 12, r: 16, t: 24, b: 12, pad: 4 },
      showlegend: trusted !== undefined,
    },
    height: rowsHeight(labels) + (trusted === undefined ? 12 : 12 + legendHeight(series.map(({ name }) => name))),
  });
}

function findingOf(groups: readonly GroupRate[], difference: Judged | undefined): string {
  const known = groups.filter(({ rate }) => rate.value !== null);
  const large = known.filter(({ small }) => !small);
  // Extremes of small groups are mostly chance.
  const judged = large.length >= 2 ? large : known;
  if (judged.length < 2) return "Only one group, so there is nothing to compare";
  const [low, ...rest] = [...judged].sort((a, b) => a.rate.value! - b.rate.value!);
  const high = rest.at(-1)!;
  const told = difference === undefined ? "" : `: ${chanceText(difference)}`;
  return `${wholePercent(low!.rate.value!)} of ${quoted(low!.group)} and ${wholePercent(high.rate.value!)} of ${
    quoted(high.group)
  } carry label 1${told}`;
}

function rateText({ rate, interval }: GroupRate): string {
  if (rate.value === null) return `undefined: ${rate.reason}`;
  return `${wholePercent(rate.value)} [${wholePercent(interval!.low)}, ${wholePercent(interval!.high)}]`;
}
