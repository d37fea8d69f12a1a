/** What fairness costs: ROC-AUC lost against disparity removed. */
import type { Data } from "plotly.js-dist-min";
import { type Front, metricTitle } from "../../evaluate/mod.ts";
import { number, signed } from "../format.ts";
import { type Figure, figureName, makeFigure } from "./figure.ts";
import { BLUE, faded } from "./palette.ts";
import { plotText } from "./plot_text.ts";

/**
 * ROC-AUC lost against disparity removed, from the first model of a front to the strictest, with a band: the interval of
 * what was lost, over people and seeds. The slope is what a point of fairness costs.
 */
export function costCurve({ metric, attribute, points, seeds }: Front): Figure {
  const sorted = [...points].sort((a, b) => a.removed.value - b.removed.value);
  const x = sorted.map(({ removed }) => removed.value);
  const title = metricTitle(metric).toLowerCase();
  const most = sorted.at(-1)!;
  const band = (end: "low" | "high", more: object): Data => ({
    type: "scatter",
    mode: "lines",
    x,
    y: sorted.map(({ lost }) => lost[end]),
    line: { width: 0, color: BLUE },
    hoverinfo: "skip",
    showlegend: false,
    ...more,
  } as Data);
  return makeFigure({
    name: figureName("cost", metric, attribute),
    title: `Removing ${number(most.removed.value)} of the ${title} costs ${signed(-most.lost.value)} of ROC-AUC`,
    subtitle: `From ${sorted[0]!.name} to the strictest bound, ${seeds} seed${
      seeds === 1 ? "" : "s"
    }. Band: the interval of what was lost, over people and seeds.`,
    alt: sorted.map(({ name, removed, lost, perPoint }) =>
      `${name}: removed ${number(removed.value)}, lost ${number(lost.value)} (${number(lost.low)} to ${
        number(lost.high)
      })${perPoint === null ? "" : `, ${perPoint.toFixed(4)} per point`}.`
    ).join(" "),
    rows: sorted.map(({ name, disparity, rocAuc, removed, lost, perPoint }) => ({
      model: name,
      disparity: disparity.value,
      rocAuc: rocAuc.value,
      removed: removed.value,
      lost: lost.value,
      lostLow: lost.low,
      lostHigh: lost.high,
      perPoint,
    })),
    data: [
      band("low", {}),
      band("high", { fill: "tonexty", fillcolor: faded(BLUE, 0.2) }),
      {
        type: "scatter",
        mode: "lines+markers",
        x,
        y: sorted.map(({ lost }) => lost.value),
        text: sorted.map(({ name }) => plotText(name)),
        line: { color: BLUE, width: 2 },
        hovertemplate: "%{text}: removed %{x:.3f}, lost %{y:.3f}<extra></extra>",
        showlegend: false,
      } as Data,
    ],
    layout: {
      xaxis: { title: { text: `${metricTitle(metric)} removed` } },
      yaxis: { title: { text: "ROC-AUC lost" } },
    },
    height: 320,
  });
}
