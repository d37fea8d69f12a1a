/**
 * Figures: pure functions from numbers to Plotly's JSON, and what one needs to write another in the same style.
 *
 * @module
 */
export * from "./figure.ts";
export { FIGURE_SCRIPT, figureHtml } from "./figure_html.ts";
export { inDark } from "./in_dark.ts";
export { groupLabel, intervalBars, markStyle } from "./marks.ts";
export { GROUP_COLORS } from "./palette.ts";
export { plotText, wrapText } from "./plot_text.ts";
