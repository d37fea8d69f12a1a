/** What people look at: figures, tables, their display in notebooks and as pictures. @module */
// Shown in notebooks.
export { type FrameRecords, type FrameSource, toDataFrame } from "./data_frame.ts";
export { type LiveLoss, liveLoss, type LiveLossOptions, type Redraw } from "./live_loss.ts";
export {
  type ChangedText,
  type Displayable,
  JUPYTER_DISPLAY,
  type MimeBundle,
  show,
  type ShownChange,
  type ShownColumn,
  type TableData,
  type TableFrame,
  tableOf,
  type TableOptions,
} from "./show.ts";
export { figureBundle, type FigureExtras, figureOf, outputPicture, type PlotlyFigure } from "./show_figure.ts";
export { openNotebook } from "./open_notebook.ts";
// Figures.
export * from "./figures/mod.ts";
export { type Ends, type NumberFormat } from "./format.ts";
export { findBrowser, openRenderer, plotlyPath, type Renderer, type RenderOptions, smallPng } from "./render.ts";
// Tables and pages.
export { type Html, html, join } from "./html/html.ts";
export {
  FIGURE_SCRIPT,
  page,
  type PageLink,
  type PageParts,
  type PageScript,
  plotlyScript,
  SORT_SCRIPT,
} from "./html/page.ts";
export {
  type CellFormat,
  type Mark,
  Notes,
  right,
  type Table,
  type TableCell,
  type TableColumn,
  tableHtml,
  type TableHtmlOptions,
  tableMarkdown,
  tableText,
  type TableValue,
} from "./table.ts";
// Evaluations and reports.
export { evaluationHtml } from "./evaluation_html.ts";
export { evaluationText, type EvaluationTextOptions } from "./evaluation_text.ts";
export { type Finding, findingsOf } from "./findings.ts";
export { type CardFormat, modelCard } from "./page/model_card.ts";
export { scorerPage } from "./page/scorer_page.ts";
export { type BaseModel, type Report, type ReportData, reportOf, type ReportRun, shownPath } from "./page/report.ts";
export {
  figuresOf,
  type Folded,
  type Part,
  reportPage,
  type ReportPageOptions,
  type Section,
} from "./page/report_page.ts";
export { reportSections } from "./page/sections.ts";
export { frontText, sweepPage, type SweepTableResult } from "./sweep_page.ts";

// Why scores are what they are
export { contributionBars, explanationPage, groupExplanationPage } from "./explanation.ts";
export { partsTable, wordDifferenceTable, wordTable } from "./explanation.ts";
