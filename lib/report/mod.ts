/**
 * What people look at: figures, tables, their display in notebooks and as pictures.
 *
 * @module
 */
export { toDataFrame } from "./data_frame.ts";
export { type Displayable, figureBundle, JUPYTER_DISPLAY, type MimeBundle, show } from "./display.ts";
export * from "./figures/mod.ts";
export { type Display, type LiveLoss, liveLoss, type LiveLossOptions } from "./live_loss.ts";
export { openRenderer, type Renderer, type RenderOptions } from "./render.ts";
export { showChanges, type ShownChange } from "./show_changes.ts";
export { showTable, type TableData, tableOf, type TableOptions } from "./show_table.ts";
export { type Table, tableHtml, tableMarkdown, tableText } from "./table.ts";
export { type Html, html, join } from "./html/html.ts";
export { figureOf } from "./figure_of.ts";
export { FIGURE_SCRIPT, figureHtml } from "./figures/figure_html.ts";
export { figureName } from "./figures/figure_name.ts";
export { page, type PageLink, type PageScript } from "./html/page.ts";
export { plotlyScript } from "./html/plotly_script.ts";
export { modelCard } from "./page/model_card.ts";
export { type BaseModel, type Report, type ReportData, reportOf, type ReportRun, shownPath } from "./page/report.ts";
export { figuresOf, reportPage } from "./page/report_page.ts";
export { reportSections } from "./page/sections.ts";
export { findBrowser, plotlyPath } from "./render.ts";
export { smallPng } from "./small_png.ts";
export { evaluationText, type EvaluationTextOptions } from "./evaluation_text.ts";
export { evaluationHtml } from "./evaluation_html.ts";
export { type Finding, findingsOf } from "./findings.ts";
