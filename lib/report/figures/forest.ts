import stringWidth from "string-width";
import type { Annotation, Layout, LayoutAxis, ScatterData } from "plotly.js-dist-min";
import { number } from "../format.ts";
import type { Interval, Value } from "../../metrics/mod.ts";
import { intervalBars, type MarkStyle, symbolOf } from "./marks.ts";
import { faded, INK, MUTED, SURFACE } from "./palette.ts";
import { plotText, wrapText } from "./plot_text.ts";

/** A line of a forest plot: a heading, or an estimate with its interval. */
export type ForestRow = { readonly heading: string } | {
  /** Not escaped. */
  readonly label: string;
  readonly estimate: Value;
  readonly interval: Pick<Interval, "low" | "high">;
  readonly style: Pick<MarkStyle, "color" | "symbol">;
  /** Drawn hollow: chance explains it. */
  readonly hollow: boolean;
  /** To the right of the interval, not escaped. */
  readonly note: string;
  /** Whether `+` stands before what is above 0. */
  readonly signed?: boolean | undefined;
};

/** A forest plot without its texts. */
export interface Forest {
  readonly data: Partial<ScatterData>[];
  readonly layout: Partial<Layout>;
  readonly height: number;
}

const HEADING = 28;
const ROW = 26;
/** A row whose label takes two lines. */
const TALL = 38;
/** A row of a reason, on up to three lines. */
const REASON = 52;
/** Letters beside a plot on a narrow page. */
const WIDTH = 26;

/**
 * Estimates under one another, with their intervals and a line at 0, each with its numbers beside its name.
 *
 * @param rows The rows, from top to bottom.
 * @param xaxis What is measured.
 * @returns Traces, layout and height.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { forest } from "./forest.ts";
 *
 * const { layout } = forest([{ heading: "Equalized odds" }, {
 *   label: "tuned",
 *   estimate: { value: 0.25 },
 *   interval: { low: 0.1, high: 0.4 },
 *   style: { color: "#0072b2", symbol: "circle" },
 *   hollow: false,
 *   note: "p = 0.012",
 * }], "Difference between groups");
 * assertEquals(layout.yaxis!.ticktext, ["<b>Equalized odds</b>", "tuned 0.25 [0.10, 0.40]"]);
 * ```
 */
export function forest(rows: readonly ForestRow[], xaxis: string): Forest {
  let depth = 0;
  const placed = rows.map((row) => {
    const label = labelOf(row);
    const size = "heading" in row
      ? HEADING
      : row.estimate.value === null
      ? REASON
      : label.includes("<br>")
      ? TALL
      : ROW;
    depth += size;
    return { row, label, y: depth - size / 2 };
  });
  const lines = placed.flatMap(({ row, y }) => "heading" in row ? [] : [{ ...row, y }]);
  const drawn = lines.flatMap(({ estimate, ...row }) =>
    estimate.value === null ? [] : [{ ...row, value: estimate.value }]
  );
  const values = drawn.map(({ value }) => value);
  const ends = drawn.flatMap(({ value, interval: { low, high } }) => [value, low ?? value, high ?? value]);
  const [low, high] = [Math.min(0, ...ends), Math.max(0, ...ends)];
  const room = 0.5 * (high - low || 1);
  return {
    data: [{
      type: "scatter",
      mode: "markers",
      x: values,
      y: drawn.map(({ y }) => y),
      marker: {
        size: 9,
        color: drawn.map(({ style }) => style.color),
        symbol: drawn.map(({ style, hollow }) => symbolOf(style.symbol, hollow) as "circle"),
        line: { width: 1.8, color: drawn.map(({ style }) => style.color) },
      },
      error_x: intervalBars(values, drawn.map(({ interval }) => interval), INK),
      hovertext: drawn.map((row) => `${plotText(row.label)}<br>${plotText(numbersOf(row))} ${plotText(row.note)}`),
      hoverinfo: "text",
      showlegend: false,
    }],
    layout: {
      yaxis: {
        range: [depth, 0],
        tickvals: placed.map(({ y }) => y),
        ticktext: placed.map(({ label }) => label),
        tickfont: { size: 12, color: INK },
        showgrid: false,
      },
      xaxis: {
        title: { text: plotText(xaxis) },
        range: [low - 0.04 * (high - low || 1), high + room],
        zeroline: true,
        zerolinecolor: MUTED,
        zerolinewidth: 1.5,
        nticks: 6,
      } as Partial<LayoutAxis>,
      annotations: lines.map(({ estimate, interval, note, y }): Partial<Annotation> => ({
        text: estimate.value === null ? wrapText(`undefined: ${estimate.reason}`, 24, 3) : plotText(note),
        x: estimate.value === null ? 0 : Math.max(estimate.value, interval.high ?? estimate.value),
        y,
        xanchor: "left",
        xshift: 6,
        showarrow: false,
        align: "left",
        bgcolor: faded(SURFACE, 0.85),
        borderpad: 0,
        font: { size: 11, color: MUTED },
      })),
    },
    height: depth + 64,
  };
}

function labelOf(row: ForestRow): string {
  if ("heading" in row) return `<b>${wrapText(row.heading, WIDTH, 1)}</b>`;
  const { estimate: { value } } = row;
  const name = wrapText(row.label, WIDTH, 1);
  if (value === null) return name;
  const numbers = numbersOf({ ...row, value });
  return stringWidth(row.label) + 1 + numbers.length > WIDTH ? `${name}<br>${numbers}` : `${name} ${numbers}`;
}

function numbersOf(
  { value, interval: { low, high }, signed }: {
    readonly value: number;
    readonly interval: Pick<Interval, "low" | "high">;
    readonly signed?: boolean | undefined;
  },
): string {
  // A bound of 0.004 must not read as 0.
  const digits = (x: number) => Math.abs(x) >= 0.005 || Math.abs(x) < 0.0005 ? 2 : 3;
  const text = (x: number) => {
    const rounded = Number(x.toFixed(digits(x)));
    return (signed && rounded > 0 ? "+" : "") + (rounded === 0 ? "0.00" : number(rounded, digits(x)));
  };
  return low === null || high === null ? text(value) : `${text(value)} [${text(low)}, ${text(high)}]`;
}
