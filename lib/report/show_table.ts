import { type Displayable, JUPYTER_DISPLAY } from "./display.ts";
import type { NumberFormat } from "./format.ts";
import { type Cell, type Table, type TableCell, tableHtml, tableText } from "./table.ts";

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

/** Rows with the same keys, or a danfo DataFrame (its groupings give one of another class). */
export type TableData = readonly Readonly<Record<string, Cell>>[] | {
  readonly columns: readonly string[];
  readonly values: readonly unknown[];
};

/**
 * Shows a table in a notebook: HTML with numbers aligned right, and text for everything else. Every cell is escaped; what is
 * undefined (`null`) shows as –.
 *
 * @throws {RangeError} If a column, or an end of an interval, is not in the data.
 */
export function showTable(data: TableData, options: TableOptions = {}): Displayable {
  const table = tableOf(data, options);
  return { [JUPYTER_DISPLAY]: () => ({ "text/html": tableHtml(table).markup, "text/plain": tableText(table) }) };
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
    if (!keys.includes(key)) throw new RangeError(`Expected a column of ${keys.join(", ")}, found ${key}`);
  }
  return {
    title: caption,
    caption: note,
    columns: columns.map(({ key, title = key, format, digits }) => ({ title, format, digits })),
    rows: rows.map((row) => columns.map((column) => cellOf(row, column))),
    smallBelow: columns.find(({ key, smallBelow }) => rows.some((row) => isSmall(row[key]!, smallBelow)))?.smallBelow,
  };
}

function cellOf(row: Readonly<Record<string, Cell>>, { key, interval, smallBelow }: ShownColumn): TableCell {
  const value = row[key]!;
  const end = (key: string) => typeof row[key] === "number" ? row[key] : null;
  return {
    value,
    interval: interval && { low: end(interval[0]), high: end(interval[1]) },
    marks: isSmall(value, smallBelow) ? ["small"] : [],
  };
}

function rowsOf(data: TableData): { keys: readonly string[]; rows: readonly Readonly<Record<string, Cell>>[] } {
  if (!("values" in data && "columns" in data)) return { keys: Object.keys(data[0] ?? {}), rows: data };
  const keys = data.columns;
  // danfo keeps a frame of one column as a flat array.
  const values = (data.values as (Cell | Cell[])[]).map((row) => Array.isArray(row) ? row : [row]);
  return { keys, rows: values.map((row) => Object.fromEntries(keys.map((key, i) => [key, row[i]!]))) };
}

function isSmall(value: Cell, below: number | undefined): boolean {
  return below !== undefined && typeof value === "number" && value < below;
}
