import type { Annotation, BarData, Data, LayoutAxis, YAxisName } from "plotly.js-dist-min";
import { count, wholePercent } from "../format.ts";
import type { Estimate, Interval } from "../../metrics/mod.ts";
import { intervalBars } from "./marks.ts";
import { faded, INK, MUTED, SURFACE } from "./palette.ts";
import { wrapText } from "./plot_text.ts";

/** A bar of a share. */
export interface RateBar {
  /** Where it stands on the axis of rows. */
  readonly at: number;
  readonly rate: Estimate;
  /** Rows that the share is of. */
  readonly of: number;
  readonly color: string;
  /** Drawn hollow. */
  readonly small: boolean;
  /** Escaped, for the pointer. */
  readonly hover: string;
  /** Beside the value, escaped. */
  readonly note?: string | undefined;
}

/**
 * Bars of shares with their intervals.
 *
 * @param bars The bars; those of undefined shares are left to {@linkcode rateValues}.
 * @param thickness Of a bar, in rows.
 * @param yaxis Of the panel, such as `y2`.
 * @returns Plotly's trace.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rateBars } from "./rate_bars.ts";
 *
 * const interval = { low: 0.1, high: 0.4, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
 * const rate = { estimate: { value: 0.25 }, interval };
 * const { x, marker } = rateBars([{ at: 0, rate, of: 12, color: "#0072b2", small: true, hover: "" }], 0.6, "y");
 * assertEquals([x, marker?.color], [[0.25], ["#0072b21f"]]);
 * ```
 */
export function rateBars(bars: readonly RateBar[], thickness: number, yaxis: YAxisName): Partial<BarData> {
  const defined = bars.filter(({ rate }) => rate.estimate.value !== null);
  const values = defined.map(({ rate }) => rate.estimate.value!);
  return {
    type: "bar",
    orientation: "h",
    x: values,
    y: defined.map(({ at }) => at),
    width: thickness,
    marker: {
      color: defined.map(({ color, small }) => faded(color, small ? 0.12 : 0.75)),
      line: { color: defined.map(({ color }) => color), width: 1.5 },
    },
    error_x: intervalBars(values, defined.map(({ rate }) => rate.interval), INK),
    hovertext: defined.map(({ hover }) => hover),
    hoverinfo: "text",
    showlegend: false,
    yaxis,
  };
}

/**
 * The values beside bars, to the right of their intervals. Where a share is undefined, the reason stands in its place; where all
 * rows agree, the interval has no width, which is not certainty, and their number is given instead.
 *
 * @param bars The bars.
 * @param yaxis Of the panel.
 * @returns An annotation per bar, on a ground that hides lines behind it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { rateValues } from "./rate_bars.ts";
 *
 * const interval = { low: null, high: null, level: 0.95, method: "bca", resamples: 9, undefinedResamples: 9, bias: null } as const;
 * const rate = { estimate: { value: null, reason: "no rows" }, interval };
 * const [value] = rateValues([{ at: 0, rate, of: 0, color: "#0072b2", small: false, hover: "" }], "y");
 * assertEquals([value!.text, value!.x], ["undefined: no rows", 0]);
 * ```
 */
export function rateValues(bars: readonly RateBar[], yaxis: YAxisName): Partial<Annotation>[] {
  return bars.map(({ at, of, rate: { estimate, interval }, note }) => ({
    text: estimate.value === null
      ? wrapText(`undefined: ${estimate.reason}`, 26, 2)
      : valueText(estimate.value, interval, of) + (note ?? ""),
    x: estimate.value === null ? 0 : Math.max(estimate.value, interval.high ?? 0),
    y: at,
    yref: yaxis,
    xanchor: "left",
    xshift: 4,
    showarrow: false,
    align: "left",
    bgcolor: faded(SURFACE, 0.85),
    borderpad: 0,
    font: { size: 11.5, color: estimate.value === null ? MUTED : INK },
  }));
}

function valueText(value: number, { low, high }: Interval, of: number): string {
  if (low !== high || (value !== 0 && value !== 1)) return wholePercent(value);
  return value === 0 ? `none of ${count(of)}` : `all ${count(of)}`;
}

/**
 * The entries of a legend of bars, which themselves may be hollow.
 *
 * @param names Escaped.
 * @param colors One per name.
 * @returns Traces without bars.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { barLegend } from "./rate_bars.ts";
 *
 * assertEquals(barLegend(["base"], ["#0072b2"]).length, 1);
 * ```
 */
export function barLegend(names: readonly string[], colors: readonly string[]): Data[] {
  return names.map((name, i): Data => ({
    type: "bar",
    x: [null],
    y: [null],
    name,
    marker: { color: faded(colors[i]!, 0.75), line: { color: colors[i]!, width: 1.5 } },
  }));
}

/**
 * An axis of shares from 0 that leaves room for the values beside the bars and has no tick above 1.
 *
 * @param rates What is drawn.
 * @param room Share of the axis for values.
 * @returns Range and ticks.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { shareAxis } from "./rate_bars.ts";
 *
 * assertEquals(shareAxis([], 0.2), { range: [0, 1.25], tickvals: [0, 0.25, 0.5, 0.75, 1], tickformat: ".0%" });
 * ```
 */
export function shareAxis(rates: readonly Estimate[], room: number): Partial<LayoutAxis> {
  const ends = rates.flatMap(({ estimate: { value }, interval }) => value === null ? [] : [value, interval.high ?? 0]);
  const highest = ends.length === 0 ? 1 : Math.max(0.05, ...ends);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25].find((step) => highest / step <= 4.5) ?? 0.25;
  const ticks = Math.floor(Math.min(1, highest / (1 - room)) / step + 1e-9);
  return {
    range: [0, highest / (1 - room)],
    tickvals: Array.from({ length: ticks + 1 }, (_, i) => Number((i * step).toPrecision(6))),
    tickformat: ".0%",
  };
}
