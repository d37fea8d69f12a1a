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
export { showTable, type TableData, tableHtml, type TableOptions } from "./show_table.ts";
export { textTable } from "./text_table.ts";
