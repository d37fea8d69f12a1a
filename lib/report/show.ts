/** How values are shown in notebooks: figures, tables, changed texts. */
import { jupyter, showWhenAsked } from "../jupyter.ts";
import type { Figure } from "./figures/figure.ts";
import { count, type NumberFormat } from "./format.ts";
import { html } from "./html/html.ts";
import { figureBundle, plotlyBundle, type PlotlyFigure, shownFigure } from "./show_figure.ts";
import { type Table, type TableCell, tableHtml, tableText, type TableValue } from "./table.ts";

/** The method by which Deno's Jupyter kernel asks a value how it is shown. */
export const JUPYTER_DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** The forms of a value by their MIME type; a viewer takes the richest one that it knows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** A value that a notebook shows richly when it is the last of a cell. */
export interface Displayable {
  /** Its forms. */
  [JUPYTER_DISPLAY](): MimeBundle;
}

/**
 * Shows a figure, Plotly's own `{ data, layout }`, a table, plain records, a danfo data frame, a sentence or what was
 * changed in a text in a notebook. Figures as Plotly's JSON for editors that draw it, as HTML that brings along what it
 * needs, as a picture where there is a Chromium to draw it, and as their texts for everything else; tables as HTML with
 * numbers aligned right, and as text. Nothing is fetched, everything is escaped, and equal values give equal output.
 *
 * @throws {RangeError} If a column that is asked for is not in the data.
 * @throws {TypeError} If it is none of these.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { JUPYTER_DISPLAY, show } from "@fair-embeddings/lib/report";
 *
 * const shown = show([{ group: "none", n: 12 }], { columns: ["n"] })[JUPYTER_DISPLAY]();
 * assertEquals(Object.keys(shown), ["text/html", "text/plain"]);
 * ```
 */
export function show(
  value: Figure | PlotlyFigure | Table | TableData | ChangedText | string,
  options: TableOptions = {},
): Displayable {
  if (typeof value === "string") return showSentence(value);
  if (typeof value !== "object" || value === null) {
    throw new TypeError(`Expected a figure, a table, rows or a text to show, found ${value}`);
  }
  // A data frame first: it has a property for each of its columns, whatever they are called.
  if (isFrame(value)) return showTable(tableOf(value, options));
  if ("changes" in value) return showChanges(value, options);
  if ("layout" in value || "data" in value) {
    return displayable(() => "alt" in value ? figureBundle(value) : plotlyBundle(value), () => shownFigure(value));
  }
  return showTable("rows" in value ? value : tableOf(value, options));
}

function isFrame(value: object): value is TableFrame {
  return "values" in value && "columns" in value && Array.isArray(value.columns);
}

/** What shows a bundle; `cell` makes that of a running notebook, where it differs. */
function displayable(
  bundle: () => MimeBundle,
  cell: () => MimeBundle | Promise<MimeBundle> = bundle,
): Displayable {
  // A promise in a notebook only, where nobody but Deno's kernel asks, which awaits it.
  return { [JUPYTER_DISPLAY]: () => jupyter() === null ? bundle() : showWhenAsked(cell()) as never };
}

function showTable(table: Table): Displayable {
  return displayable(() => ({ "text/html": tableHtml(table).markup, "text/plain": tableText(table) }));
}

function showSentence(text: string): Displayable {
  return displayable(() => ({ "text/html": html`<p>${text}</p>`.markup, "text/plain": text }));
}

/** A column of a table, by the key of its values. */
export interface ShownColumn {
  /** The rows' key, or the data frame's column. */
  readonly key: string;
  /** Its heading; the key if absent. */
  readonly title?: string;
  /** How numbers are written; by default whole numbers as counts, others with three decimals. */
  readonly format?: NumberFormat;
  /** Decimals of `number` and `signed`; 3 if absent. */
  readonly digits?: number;
  /** The keys of the low and the high end of an interval, which follows the value in brackets. */
  readonly interval?: readonly [low: string, high: string];
  /** Marks smaller numbers with †, and says so under the table. For numbers of rows of a group. */
  readonly smallBelow?: number;
}

/** How a table is shown. */
export interface TableOptions {
  /** The columns in their order; all of the rows' keys if absent. A name stands for a column with that key. */
  readonly columns?: readonly (string | ShownColumn)[];
  /** What the table holds, above it. */
  readonly caption?: string;
  /** How to read it, under it. */
  readonly note?: string;
}

/** What is read of a danfo DataFrame or Series (its groupings give one of another class). */
export interface TableFrame {
  /** Their names. */
  readonly columns: readonly string[];
  /** A row each; of a single column a value each. */
  readonly values: readonly unknown[];
  /** Names of rows, such as the statistics of `describe()`, are shown before them; numbers are not. */
  readonly index?: readonly (string | number)[];
}

/** Rows with the same keys, or a danfo DataFrame. */
export type TableData = readonly Readonly<Record<string, TableValue>>[] | TableFrame;

/** A longer frame shows its first rows, a longer text its beginning. */
const MOST_ROWS = 20, FIRST_ROWS = 10, MOST_LETTERS = 60;

/** Shows a danfo frame as a notebook does when it is the last of a cell: a long one in part. */
export function showFrame(frame: TableFrame): Displayable {
  const all = frame.values.length;
  const most = all > MOST_ROWS ? FIRST_ROWS : MOST_ROWS;
  const part = {
    columns: frame.columns,
    values: frame.values.slice(0, most),
    index: frame.index?.slice(0, most) ?? [],
  };
  const { keys, rows } = rowsOf(part);
  const short = (value: TableValue) =>
    typeof value === "string" && value.length > MOST_LETTERS ? `${value.slice(0, MOST_LETTERS - 1)}…` : value;
  const shown = rows.map((row) => Object.fromEntries(keys.map((key) => [key, short(row[key]!)])));
  const note = shown.length < all ? `The first ${shown.length} of ${count(all)} rows.` : undefined;
  return show(shown, { columns: keys, ...(note === undefined ? {} : { note }) });
}

/**
 * The table of rows or of a danfo data frame.
 *
 * @throws {RangeError} If a column, or an end of an interval, is not in the data.
 */
export function tableOf(data: TableData, { columns: asked, caption, note }: TableOptions = {}): Table {
  const { keys, rows } = rowsOf(data);
  const columns = (asked ?? keys).map((column): ShownColumn => typeof column === "string" ? { key: column } : column);
  for (const key of columns.flatMap(({ key, interval = [] }) => [key, ...interval])) {
    // Without rows nobody can say what is in them.
    if (rows.length > 0 && !keys.includes(key)) {
      throw new RangeError(`Expected a column of ${keys.join(", ")}, found ${key}`);
    }
  }
  return {
    title: caption,
    caption: note,
    columns: columns.map(({ key, title = key, format, digits }) => ({ title, format, digits })),
    rows: rows.map((row) => columns.map((column) => cellOf(row, column))),
    smallBelow: columns.find(({ key, smallBelow }) => rows.some((row) => isSmall(row[key]!, smallBelow)))?.smallBelow,
  };
}

function cellOf(row: Readonly<Record<string, TableValue>>, { key, interval, smallBelow }: ShownColumn): TableCell {
  const value = row[key]!;
  const end = (key: string) => typeof row[key] === "number" ? row[key] : null;
  return {
    value,
    interval: interval && { low: end(interval[0]), high: end(interval[1]) },
    marks: isSmall(value, smallBelow) ? ["small"] : [],
  };
}

function rowsOf(data: TableData): { keys: readonly string[]; rows: readonly Readonly<Record<string, TableValue>>[] } {
  if (!isFrame(data)) return { keys: Object.keys(data[0] ?? {}), rows: data };
  const { columns, index = [] } = data;
  const named = typeof index[0] === "string" && !columns.includes("");
  // danfo keeps a frame of one column as a flat array, and undefined numbers as NaN.
  const values = (data.values as (TableValue | TableValue[])[]).map((row) => Array.isArray(row) ? row : [row]);
  const cell = (value: TableValue | undefined) => value === undefined || Number.isNaN(value) ? null : value;
  return {
    keys: named ? ["", ...columns] : columns,
    rows: values.map((row, r) => ({
      ...(named ? { "": index[r]! } : {}),
      ...Object.fromEntries(columns.map((key, i) => [key, cell(row[i])])),
    })),
  };
}

function isSmall(value: TableValue, below: number | undefined): boolean {
  return below !== undefined && typeof value === "number" && value < below;
}

/** A piece of a text that something else took the place of. */
export interface ShownChange {
  /** Where it begins in the old text. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** What took its place. */
  readonly replacement: string;
}

/** A text, and what something else took the place of in it. */
export interface ChangedText {
  /** Before the changes. */
  readonly text: string;
  /** A row each. */
  readonly changes: readonly ShownChange[];
}

/** The old struck out, the new underlined. */
function showChanges({ text, changes }: ChangedText, { caption }: Pick<TableOptions, "caption">): Displayable {
  const kept = (i: number) => text.slice(changes[i - 1]?.end ?? 0, changes[i]?.start ?? text.length);
  const old = ({ start, end }: ShownChange) => text.slice(start, end);
  const marked = changes.map((change, i) => html`${kept(i)}<del>${old(change)}</del> <ins>${change.replacement}</ins>`);
  const above = caption === undefined ? html`` : html`<strong>${caption}</strong><br>`;
  const plain = changes.map((change, i) => `${kept(i)}[-${old(change)}-]{+${change.replacement}+}`);
  const markup =
    html`<p>${above}${{ markup: marked.map(({ markup }) => markup).join("") }}${kept(changes.length)}</p>`.markup;
  const plainText = [...(caption === undefined ? [] : [`${caption}\n`]), ...plain, kept(changes.length)].join("");
  return displayable(() => ({ "text/html": markup, "text/plain": plainText }));
}
