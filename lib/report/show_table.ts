import { count, number, percent } from "./audit/format.ts";
import { type Html, html, join } from "./audit/html.ts";
import type { Cell } from "./data_frame.ts";
import { type Displayable, JUPYTER_DISPLAY } from "./display.ts";
import { textTable } from "./text_table.ts";

/** How a number is written: `0.842`, `84.2 %`, `1,234`, `+0.042`. */
export type NumberFormat = "number" | "percent" | "count" | "signed";

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
 * @param data Rows, or a danfo data frame.
 * @param options Its columns and texts.
 * @returns What the last line of a cell should be.
 * @throws {RangeError} If a column, or an end of an interval, is not in the data.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { setColorEnabled } from "@std/fmt/colors";
 * import { JUPYTER_DISPLAY } from "./display.ts";
 * import { showTable } from "./show_table.ts";
 *
 * setColorEnabled(false);
 * const table = showTable([{ group: "bachelor", n: 78, auc: 0.8414, low: 0.8, high: 0.88 }], {
 *   columns: ["group", "n", { key: "auc", title: "AUC", digits: 2, interval: ["low", "high"] }],
 * });
 * const lines = (table[JUPYTER_DISPLAY]()["text/plain"] as string).split("\n");
 * assertEquals(lines[2], "bachelor  78  0.84 [0.80, 0.88]");
 * ```
 */
export function showTable(data: TableData, options: TableOptions = {}): Displayable {
  const table = layOut(data, options);
  return { [JUPYTER_DISPLAY]: () => ({ "text/html": toHtml(table).markup, "text/plain": toText(table) }) };
}

/**
 * A table as HTML, as {@linkcode showTable} shows it. Cells of numbers carry them in `data-value`, to be sorted by.
 *
 * @param data Rows, or a danfo data frame.
 * @param options Its columns and texts.
 * @returns A `<table>`.
 * @throws {RangeError} If a column, or an end of an interval, is not in the data.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { tableHtml } from "./show_table.ts";
 *
 * assertStringIncludes(tableHtml([{ group: "<b>", n: 1 }]).markup, "&lt;b&gt;");
 * ```
 */
export function tableHtml(data: TableData, options: TableOptions = {}): Html {
  return toHtml(layOut(data, options));
}

interface LaidOut {
  readonly caption: string | undefined;
  readonly note: string;
  readonly columns: readonly { readonly title: string; readonly numeric: boolean }[];
  readonly rows: readonly (readonly { readonly text: string; readonly value: Cell }[])[];
}

function layOut(data: TableData, { columns: asked, caption, note }: TableOptions): LaidOut {
  const { keys, rows } = rowsOf(data);
  const columns = (asked ?? keys).map((column): ShownColumn => typeof column === "string" ? { key: column } : column);
  for (const key of columns.flatMap(({ key, interval = [] }) => [key, ...interval])) {
    if (!keys.includes(key)) throw new RangeError(`Expected a column of ${keys.join(", ")}, found ${key}`);
  }
  const write = columns.map((column) => writer(column, rows.map((row) => row[column.key]!)));
  const smallest = columns.find(({ key, smallBelow }) => rows.some((row) => isSmall(row[key]!, smallBelow)));
  const smallNote = smallest === undefined ? "" : `† fewer than ${smallest.smallBelow} rows: read with care.`;
  return {
    caption,
    note: [note ?? "", smallNote].filter((text) => text !== "").join(" "),
    columns: columns.map(({ key, title = key }) => ({
      title,
      numeric: rows.some((row) => typeof row[key] === "number"),
    })),
    rows: rows.map((row) => columns.map(({ key }, c) => ({ text: write[c]!(row), value: row[key]! }))),
  };
}

function rowsOf(data: TableData): { keys: readonly string[]; rows: readonly Readonly<Record<string, Cell>>[] } {
  if (!("values" in data && "columns" in data)) return { keys: Object.keys(data[0] ?? {}), rows: data };
  const keys = data.columns;
  // danfo keeps a frame of one column as a flat array.
  const values = (data.values as (Cell | Cell[])[]).map((row) => Array.isArray(row) ? row : [row]);
  return { keys, rows: values.map((row) => Object.fromEntries(keys.map((key, i) => [key, row[i]!]))) };
}

function writer(column: ShownColumn, values: readonly Cell[]): (row: Readonly<Record<string, Cell>>) => string {
  const { key, digits = 3, interval, smallBelow } = column;
  const whole = values.every((value) => typeof value !== "number" || Number.isInteger(value));
  const format = FORMATS[column.format ?? (whole ? "count" : "number")];
  const end = (value: Cell) => typeof value === "number" && !Number.isNaN(value) ? format(value, digits) : "–";
  return (row) => {
    const value = row[key]!;
    if (value === null || Number.isNaN(value)) return "–";
    if (typeof value !== "number") return String(value);
    const text = format(value, digits) + (isSmall(value, smallBelow) ? "†" : "");
    if (interval === undefined || row[interval[0]] === null && row[interval[1]] === null) return text;
    return `${text} [${end(row[interval[0]]!)}, ${end(row[interval[1]]!)}]`;
  };
}

const FORMATS: Readonly<Record<NumberFormat, (value: number, digits: number) => string>> = {
  number,
  percent,
  count,
  signed: (value, digits) => (value > 0 ? "+" : "") + number(value, digits),
};

function isSmall(value: Cell, below: number | undefined): boolean {
  return below !== undefined && typeof value === "number" && value < below;
}

const CELL = "padding: 0.25em 0.75em; ";
const RIGHT = "text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap";

function toHtml({ caption, note, columns, rows }: LaidOut): Html {
  const style = (c: number) => CELL + (columns[c]!.numeric ? RIGHT : "text-align: left");
  const heads = columns.map(({ title }, c) => html`<th scope="col" style="${style(c)}">${title}</th>`);
  const cell = ({ text, value }: LaidOut["rows"][number][number], c: number) =>
    c === 0 && !columns[0]!.numeric
      ? html`<th scope="row" style="${style(c)}; font-weight: normal">${text}</th>`
      : typeof value === "number"
      ? html`<td style="${style(c)}" data-value="${value}">${text}</td>`
      : html`<td style="${style(c)}">${text}</td>`;
  const above = caption === undefined
    ? html``
    : html`<caption style="text-align: left; font-weight: bold">${caption}</caption>`;
  const under = note === "" ? html`` : html`
    <tfoot>
      <tr>
        <td colspan="${columns.length}" style="${CELL}text-align: left"><small>${note}</small></td>
      </tr>
    </tfoot>
  `;
  return html`<table>${above}
<thead><tr>${join(heads)}</tr></thead>
<tbody>
${join(rows.map((row) => html`<tr>${join(row.map(cell))}</tr>`))}
</tbody>${under}
</table>`;
}

function toText({ caption, note, columns, rows }: LaidOut): string {
  const table = textTable(
    columns.map(({ title, numeric }) => ({ title, align: numeric ? "right" : "left" })),
    rows.map((row) => row.map(({ text }) => text)),
  );
  return [caption === undefined ? "" : `${caption}\n`, table, note === "" ? "" : `${note}\n`].join("");
}
