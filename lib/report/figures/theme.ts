import type { Template } from "plotly.js-dist-min";
import { GRID, GROUP_COLORS, INK, MUTED, RULE, SURFACE } from "./palette.ts";

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', Arial, sans-serif";

const AXIS = {
  automargin: true,
  tickangle: 0,
  gridcolor: GRID,
  linecolor: RULE,
  zeroline: false,
  ticks: "" as const,
  tickfont: { size: 12, color: MUTED },
  title: { font: { size: 13, color: INK }, standoff: 10 },
};

/** What all figures share: quiet axes, readable sizes, colours of the palette, room for labels of any length. */
export const TEMPLATE: Template = {
  layout: {
    font: { family: FONT, size: 12.5, color: INK },
    paper_bgcolor: SURFACE,
    plot_bgcolor: SURFACE,
    colorway: [...GROUP_COLORS],
    title: {
      font: { size: 16, color: INK },
      subtitle: { font: { size: 12.5, color: MUTED } },
      x: 0,
      xref: "container",
      xanchor: "left",
      yref: "container",
      yanchor: "top",
      pad: { l: 12 },
    },
    margin: { l: 12, r: 16, t: 12, b: 12, pad: 4 },
    xaxis: AXIS,
    yaxis: AXIS,
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      xref: "container",
      y: 0,
      yanchor: "bottom",
      yref: "container",
      font: { size: 12, color: INK },
    },
    hoverlabel: {
      align: "left",
      namelength: -1,
      bgcolor: SURFACE,
      bordercolor: RULE,
      font: { size: 12, color: INK, family: FONT },
    },
    hovermode: "closest",
    dragmode: "zoom",
    autosize: true,
  },
};
