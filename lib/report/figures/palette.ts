/**
 * The colours of all figures, each in its form for light and for dark pages.
 *
 * A figure is drawn in the light ones; {@linkcode inDark} and the script of a page swap them by this table, so one JSON
 * serves both. Marks keep a contrast of at least 3 : 1 to both surfaces (WCAG 2.2, 1.4.11), texts 4.5 : 1, and any two
 * of the seven group colours stay apart for protan, deutan and tritan eyes (the test computes it). Blue and vermillion
 * are Okabe & Ito's; the others were searched by computer for the largest least distance.
 *
 * @module
 */
import type { Template } from "plotly.js-dist-min";

/** The page. */
export const SURFACE = "#ffffff";
/** Titles and numbers. */
export const INK = "#1f2429";
/** Axes' texts and notes. */
export const MUTED = "#59636c";
/** Reference lines: chance, zero, a bound. */
export const RULE = "#808990";
/** Grid lines. */
export const GRID = "#e4e7ea";

/** The first mark of a figure that needs one colour only. */
export const BLUE = "#0072b2";
/** What is to be noticed: the other of two, or a value past its bound. */
export const VERMILLION = "#d55e00";

/** `[7]` colours of groups, in this order. */
export const GROUP_COLORS = [BLUE, VERMILLION, "#0aa168", "#a08ab1", "#9e330c", "#323d45", "#4442a3"] as const;

/**
 * A scale from little to much, for heat maps. Up to three quarters of it {@linkcode INK} reads well on it, then
 * {@linkcode SURFACE}.
 */
export const SEQUENTIAL = ["#eaf3fa", "#b9d7ec", "#7fb4d9", "#3f8bc0", "#0b5394"] as const;

/** For each colour of the light figures, all of them lower-case, its colour on dark pages. */
export const DARK_COLORS: Readonly<Record<string, string>> = {
  [SURFACE]: "#15191f",
  [INK]: "#e8ebee",
  [MUTED]: "#a5afb8",
  [RULE]: "#7d8790",
  [GRID]: "#2c333b",
  [BLUE]: "#56b4e9",
  [VERMILLION]: "#ff8c42",
  "#0aa168": "#1ee6a5",
  "#a08ab1": "#a27d9f",
  "#9e330c": "#fcd73a",
  "#323d45": "#eaffc2",
  "#4442a3": "#bbd4ff",
  "#eaf3fa": "#1b2a36",
  "#b9d7ec": "#1d4058",
  "#7fb4d9": "#235a7f",
  "#3f8bc0": "#3079a8",
  "#0b5394": "#8ecbf0",
};

/**
 * For each colour of the light figures that would be lost on a light or on a dark page, one that shows on both, for
 * viewers that never say which they are: the editors' own renderers of Plotly. No two share one.
 */
const NEUTRAL_COLORS: Readonly<Record<string, string>> = {
  [SURFACE]: "#ffffff00",
  [INK]: "#777d83",
  [MUTED]: "#787e84",
  [GRID]: "#80889040",
  "#9e330c": "#b5421a",
  "#323d45": "#6b7680",
  "#4442a3": "#6a67cf",
};
const FROM_NEUTRAL = Object.fromEntries(Object.entries(NEUTRAL_COLORS).map(([light, neutral]) => [neutral, light]));

/** A colour that lets what lies behind it through, for bands. */
export function faded(color: string, opacity: number): string {
  return color + Math.round(255 * opacity).toString(16).padStart(2, "0");
}

/** The same JSON with the colours of dark pages. */
export function inDark<T>(value: T): T {
  return recoloured(value, (color) => (DARK_COLORS[color.slice(0, 7)] ?? color.slice(0, 7)) + color.slice(7));
}

/** The same JSON on no page of its own: it reads well on light and on dark ones. */
export function inNeutral<T>(value: T): T {
  return recoloured(value, (color) => swapped(color, NEUTRAL_COLORS));
}

/** What {@linkcode inNeutral} was given. */
export function fromNeutral<T>(value: T): T {
  return recoloured(value, (color) => swapped(color, FROM_NEUTRAL));
}

function swapped(color: string, table: Readonly<Record<string, string>>): string {
  const other = table[color];
  if (other !== undefined) return other;
  const opaque = table[color.slice(0, 7)];
  // What is no longer opaque keeps its own opacity.
  return opaque?.length === 7 && color.length === 9 && color !== `${SURFACE}00` ? opaque + color.slice(7) : color;
}

function recoloured<T>(value: T, recolour: (color: string) => string): T {
  if (typeof value === "string") return (/^#[0-9a-f]{6}([0-9a-f]{2})?$/.test(value) ? recolour(value) : value) as T;
  if (Array.isArray(value)) return value.map((part) => recoloured(part, recolour)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, recoloured(part, recolour)])) as T;
}

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
