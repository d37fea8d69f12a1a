/** What people look at: figures, tables, their display in notebooks and as pictures. @module */
// Shown in notebooks.
export { type FrameRecords, type FrameSource, toDataFrame } from "./data_frame.ts";
export { figureBundle, figureOf, liveLoss, outputPicture } from "./show_figure.ts";
export type { FigureExtras, LiveLoss, LiveLossOptions, PlotlyFigure, Redraw } from "./show_figure.ts";
export { JUPYTER_DISPLAY, show, tableOf } from "./show.ts";
export type { ChangedText, Displayable, MimeBundle, ShownChange, ShownColumn, TableData, TableFrame } from "./show.ts";
export type { TableOptions } from "./show.ts";
export { openNotebook } from "./open_notebook.ts";
// Figures.
export * from "./figures/mod.ts";
export { type Ends, type NumberFormat } from "./format.ts";
export { findBrowser, openRenderer, plotlyPath, type Renderer, type RenderOptions, smallPng } from "./render.ts";
// Tables and pages.
export { type Html, html, join } from "./html/html.ts";
export { FIGURE_SCRIPT, page, plotlyScript, SORT_SCRIPT } from "./html/page.ts";
export type { PageLink, PageParts, PageScript } from "./html/page.ts";
export { Notes, right, tableHtml, tableMarkdown, tableText } from "./table.ts";
export type { CellFormat, Mark, Table, TableCell, TableColumn, TableHtmlOptions, TableValue } from "./table.ts";
// Evaluations and reports.
export { evaluationHtml } from "./evaluation_html.ts";
export { frontText, sweepPage, type SweepTableResult } from "./sweep_page.ts";
export { evaluationText, type EvaluationTextOptions } from "./evaluation_text.ts";
export { type Finding, findingsOf } from "./findings.ts";
export { type CardFormat, modelCard } from "./page/model_card.ts";
export { scorerPage } from "./page/scorer_page.ts";
export { type BaseModel, type Report, type ReportData, reportOf, type ReportRun, shownPath } from "./page/report.ts";
export { figuresOf, reportPage } from "./page/report_page.ts";
export type { Folded, Part, ReportPageOptions, Section } from "./page/report_page.ts";
export { reportSections } from "./page/sections.ts";

// Why scores are what they are
export { contributionBars, explanationPage, groupExplanationPage } from "./explanation.ts";
export { auditMarkdown, auditTables, auditText } from "./model_audit.ts";
export { partsTable, wordDifferenceTable, wordTable } from "./explanation.ts";
