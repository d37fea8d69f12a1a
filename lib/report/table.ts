/**
 * The one table: typed cells, rendered for the terminal, as HTML, and as Markdown. What a cell means (an interval, a
 * mark, why a value is undefined) is data; renderers never read it back from text.
 */
import { bold, dim, green, red } from "@std/fmt/colors";
import stringWidth from "string-width";
import { wrapLines } from "./figures/plot_text.ts";
import { type Ends, FORMATS, intervalText, markdownText, type NumberFormat } from "./format.ts";
import { type Html, html, join } from "./html/html.ts";

/** What a cell holds; null is undefined, and shows as –. */
export type TableValue = string | number | boolean | null;

/** What a cell is marked with: signs follow its value, and are explained under the table. */
export type Mark = "small" | "significant" | "below four fifths";

/** A cell with more to it than a value. */
export interface TableCell {
  /** What it shows, and is sorted by. */
  readonly value: TableValue;
  /** In brackets after the value. */
  readonly interval?: Ends | null | undefined;
  /** Over the column's. */
  readonly format?: CellFormat | undefined;
  /** Signs after the value. */
  readonly marks?: readonly Mark[] | undefined;
  /** Why the value is undefined, or what else a reader must know of it; numbered, and listed under the table. */
  readonly note?: string | undefined;
  /** Whether it is what one hopes for; green or red. */
  readonly tone?: "good" | "bad" | undefined;
}

/** How the numbers of a column, or of a cell, are written. */
export type CellFormat = NumberFormat | ((value: number) => string);

/** A column of a {@linkcode Table}. */
export interface TableColumn {
  /** Its heading. */
  readonly title: string;
  /** By default whole numbers as counts, others with three decimals. */
  readonly format?: CellFormat | undefined;
  /** Decimals of `number` and `signed`; 3 if absent. */
  readonly digits?: number | undefined;
  /** By default right where a cell is a number. */
  readonly align?: "left" | "right" | undefined;
}

/** A column of numbers that may all be undefined, or stand in texts: aligned right whatever it holds. */
export function right(title: string, format?: CellFormat): TableColumn {
  return { title, format, align: "right" };
}

/** Rows and columns, and how to read them. */
export interface Table {
  /** What it holds, above it. */
  readonly title?: string | undefined;
  /** How to read it, under it. */
  readonly caption?: string | undefined;
  /** From left to right; a text stands for a column with that heading. */
  readonly columns: readonly (TableColumn | string)[];
  /** One cell per column. */
  readonly rows: readonly (readonly (TableValue | TableCell)[])[];
  /** Rows below which a group is small, for the explanation of that mark. */
  readonly smallBelow?: number | undefined;
  /** How many rows a terminal shows of a long table, and which these are, such as `first`. */
  readonly brief?: { readonly rows: number; readonly which: string } | undefined;
}

/** Notes that several tables share, so that they are numbered through; the first is ¹. */
export class Notes {
  /** The notes; the first is marked ¹. */
  readonly texts: string[] = [];

  /** The superscript number of a note. */
  mark(text: string): string {
    let at = this.texts.indexOf(text);
    if (at < 0) at = this.texts.push(text) - 1;
    return superscript(at + 1);
  }
}

/** A number in superscript digits, such as `¹²`. */
export function superscript(number: number): string {
  return [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]).join("");
}

/** The cell of an estimate: its value, interval, or why there is none; an absent one is an empty cell. */
export function estimateCell(
  estimate:
    | { readonly value: number | null; readonly reason?: string; readonly interval?: Ends | null | undefined }
    | undefined,
  rest: Omit<TableCell, "value" | "interval"> = {},
): TableCell {
  if (estimate === undefined) return { value: "" };
  const { value, interval, reason } = estimate;
  return { value, interval, note: reason === "" ? undefined : reason, ...rest };
}

/** The cell of a value without its interval, which stands in the files. */
export function valueCell(
  estimate: { readonly value: number | null; readonly reason?: string } | undefined,
  format?: CellFormat,
): TableCell {
  if (estimate === undefined) return { value: "" };
  return { value: estimate.value, note: estimate.reason || undefined, format };
}

/** A column of a table of like things: its heading, and the cell of each of them. */
export type ColumnOf<Item> = readonly [
  heading: TableColumn | string,
  cell: (item: Item, index: number) => TableValue | TableCell,
];

/** A table with a row for each of like things, written column by column. */
export function tableBy<Item>(
  items: readonly Item[],
  columns: readonly ColumnOf<Item>[],
  rest: Omit<Table, "columns" | "rows"> = {},
): Table {
  return {
    ...rest,
    columns: columns.map(([heading]) => heading),
    rows: items.map((item, i) => columns.map(([, cell]) => cell(item, i))),
  };
}

interface ShownCell {
  readonly value: TableValue;
  /** The value with its marks. */
  readonly text: string;
  /** With a space before it, or empty. */
  readonly interval: string;
  readonly tone: "good" | "bad" | undefined;
}

interface ShownTable {
  readonly title: string | undefined;
  readonly columns: readonly { readonly title: string; readonly right: boolean }[];
  readonly rows: readonly (readonly ShownCell[])[];
  /** How to read it, and what marks and notes say. */
  readonly notes: readonly string[];
}

const MARKS: Readonly<Record<Mark, { sign: string; text: (table: Table) => string }>> = {
  small: {
    sign: "†",
    text: ({ smallBelow }) => `fewer than ${smallBelow ?? "the usual number of"} rows: read with care.`,
  },
  significant: { sign: "*", text: () => "statistically significant." },
  "below four fifths": { sign: " ✗", text: () => "below four fifths of the reference's rate." },
};

function layOut(table: Table, rows: Table["rows"], shared: Notes | undefined): ShownTable {
  const own = shared ?? new Notes();
  const used = new Set<Mark>();
  const cells = rows.map((row) => row.map((cell): TableCell => isPlain(cell) ? { value: cell } : cell));
  const asked = table.columns.map((column) => typeof column === "string" ? { title: column } : column);
  const columns = asked.map((column: TableColumn, c) => ({
    title: column.title,
    right: (column.align ?? (cells.some((row) => typeof row[c]!.value === "number") ? "right" : "left")) === "right",
    write: writer(column, cells.map((row) => row[c]!.value)),
  }));
  const shown = cells.map((row) =>
    row.map(({ value, interval = null, format, marks = [], note, tone }, c): ShownCell => {
      for (const mark of marks) used.add(mark);
      const write = format === undefined ? columns[c]!.write : writer({ ...asked[c]!, format }, []);
      const text = valueText(value, write) + marks.map((mark) => MARKS[mark].sign).join("") +
        (note === undefined ? "" : own.mark(note));
      const ends = isUndefined(value) ? "" : endsText(interval, write);
      return {
        value,
        text,
        interval: ends === "" ? "" : ` ${ends}`,
        tone: tone ?? (marks.includes("below four fifths") ? "bad" : undefined),
      };
    })
  );
  const signs = [...used].map((mark) => `${MARKS[mark].sign.trim()} ${MARKS[mark].text(table)}`);
  const listed = shared === undefined ? own.texts.map((text, i) => `${superscript(i + 1)} ${text}`) : [];
  const readable = [table.caption ?? "", ...signs].filter((text) => text !== "").join(" ");
  return { title: table.title, columns, rows: shown, notes: [...(readable === "" ? [] : [readable]), ...listed] };
}

function isPlain(cell: TableValue | TableCell): cell is TableValue {
  return cell === null || typeof cell !== "object";
}

function isUndefined(value: TableValue): boolean {
  return value === null || Number.isNaN(value);
}

function valueText(value: TableValue, write: (value: number) => string): string {
  if (isUndefined(value)) return "–";
  return typeof value === "number" ? write(value) : String(value);
}

/** An interval with one end undefined still shows the other. */
function endsText(interval: Ends | null, write: (value: number) => string): string {
  if (interval === null || isUndefined(interval.low) && isUndefined(interval.high)) return "";
  if (!isUndefined(interval.low) && !isUndefined(interval.high)) return intervalText(interval, write);
  return `[${valueText(interval.low, write)}, ${valueText(interval.high, write)}]`;
}

function writer({ format, digits = 3 }: TableColumn, values: readonly TableValue[]): (value: number) => string {
  if (typeof format === "function") return format;
  const whole = values.every((value) => typeof value !== "number" || Number.isInteger(value));
  return (value) => FORMATS[format ?? (whole ? "count" : "number")](value, digits);
}

/** Columns of text are made no narrower than this to fit a width. */
const NARROWEST = 12;

/**
 * A table for the terminal: a bold header, a rule, one line per row, columns two spaces apart. Control characters show
 * as spaces, so no cell can break the layout.
 */
export function tableText(
  table: Table,
  { width = Infinity, notes }: { readonly width?: number | undefined; readonly notes?: Notes | undefined } = {},
): string {
  const { brief } = table;
  const cut = brief !== undefined && table.rows.length > brief.rows;
  const shown = layOut(table, cut ? table.rows.slice(0, brief.rows) : table.rows, notes);
  const blocks = blocksOf(shown, width);
  const under = [
    ...(cut ? [`The ${brief.which} ${brief.rows} of ${table.rows.length}.`] : []),
    ...shown.notes,
  ].flatMap((note) => wrapLines(plain(note), width));
  return [
    ...(shown.title === undefined ? [] : [bold(plain(shown.title)) + "\n"]),
    blocks.join("\n"),
    ...under.map((line) => dim(line) + "\n"),
  ].join("");
}

function blocksOf({ columns, rows }: ShownTable, width: number): string[] {
  const texts = rows.map((row) => row.map(({ text, interval }) => plain(text + interval)));
  const widths = columns.map(({ title }, c) =>
    Math.max(...[title, ...texts.map((row) => row[c]!)].map((text) => stringWidth(text)))
  );
  const needed = () => widths.reduce((sum, own) => sum + own + 2, -2);
  const flexible = widths.map((_, c) => c).filter((c) => !columns[c]!.right);
  while (needed() > width) {
    const widest = flexible.reduce((best, c) => widths[c]! > (widths[best] ?? 0) ? c : best, -1);
    if (widest < 0 || widths[widest]! <= NARROWEST) break;
    widths[widest] = Math.max(NARROWEST, widths[widest]! - (needed() - width));
  }
  const groups: number[][] = [[]];
  for (let c = 0, used = 0; c < widths.length; c++) {
    const group = groups.at(-1)!;
    if (group.length > (groups.length > 1 ? 1 : 0) && used + widths[c]! > width) {
      groups.push([0, c]);
      used = widths[0]! + 2 + widths[c]! + 2;
    } else {
      group.push(c);
      used += widths[c]! + 2;
    }
  }
  const tones = rows.map((row) => row.map(({ tone }) => tone === "good" ? green : tone === "bad" ? red : same));
  return groups.map((group) => {
    const line = (cells: readonly string[], style: (c: number) => (text: string) => string) => {
      const wrapped = group.map((c) =>
        stringWidth(cells[c]!) > widths[c]! ? wrapLines(cells[c]!, widths[c]!) : [cells[c]!]
      );
      return Array.from({ length: Math.max(1, ...wrapped.map(({ length }) => length)) }, (_, l) =>
        group.map((c, g) => {
          const text = wrapped[g]![l] ?? "";
          const padding = " ".repeat(Math.max(0, widths[c]! - stringWidth(text)));
          return columns[c]!.right ? padding + style(c)(text) : style(c)(text) + padding;
        }).join("  ").trimEnd() + "\n").join("");
    };
    return line(columns.map(({ title }) => plain(title)), () => bold) +
      line(widths.map((own) => "─".repeat(own)), () => dim) +
      texts.map((row, r) => line(row, (c) => tones[r]![c]!)).join("");
  });
}

const same = (text: string) => text;

/** Without what could move the cursor. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex -- they are what must not reach the terminal
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** How a table is rendered as HTML. */
export interface TableHtmlOptions {
  /** Collects the notes of several tables; they are listed under the table if absent. */
  readonly notes?: Notes | undefined;
  /** Whether it scrolls in itself where a page is too narrow for it. */
  readonly scroll?: boolean | undefined;
  /** Tables of at least so many rows are folded away at first. */
  readonly foldFrom?: number | undefined;
}

const CELL = "padding: 0.25em 0.75em; ";
const RIGHT = "text-align: right; font-variant-numeric: tabular-nums";
/** From so many columns on a table becomes a list of its rows where its place is narrow; page.css says how narrow. */
const CARDS = [[12, "cards all"], [8, "cards many"], [7, "cards some"], [4, "cards"]] as const;

/**
 * A table as HTML, every text escaped. Cells of numbers carry them in `data-value`, to be sorted by; intervals have the
 * class `interval`, and rows with a cell that is bad the class `flagged`. Styles are inline, as notebooks need them.
 */
export function tableHtml(table: Table, { notes, scroll = false, foldFrom = Infinity }: TableHtmlOptions = {}): Html {
  const { title, columns, rows, notes: under } = layOut(table, table.rows, notes);
  const cards = scroll ? CARDS.find(([from]) => columns.length >= from)?.[1] : undefined;
  const style = (c: number) => CELL + (columns[c]!.right ? RIGHT : "text-align: left");
  const heads = columns.map(({ title }, c) =>
    title === "" ? html`<td style="${style(c)}"></td>` : html`<th scope="col" style="${style(c)}">${title}</th>`
  );
  const cell = ({ value, text, interval }: ShownCell, c: number) => {
    const shown = interval === "" ? html`${text}` : html`${text}<span class="interval">${interval}</span>`;
    if (c === 0 && !columns[0]!.right) {
      return html`<th scope="row" style="${style(c)}; font-weight: normal">${shown}</th>`;
    }
    const label: Html = {
      markup: cards === undefined ? "" : html`|data-label="${columns[c]!.title}"`.markup.replace("|", " "),
    };
    const kept = columns[c]!.right ? html`${style(c)}; white-space: nowrap` : html`${style(c)}`;
    return typeof value === "number" && !isUndefined(value)
      ? html`
        <td style="${kept}" ${label} data-value="${value}">${shown}</td>
      `
      : html`
        <td style="${kept}" ${label}>${shown}</td>
      `;
  };
  const row = (cells: readonly ShownCell[]) =>
    cells.some(({ tone }) => tone === "bad")
      ? html`<tr class="flagged">${join(cells.map(cell))}</tr>`
      : html`<tr>${join(cells.map(cell))}</tr>`;
  const caption = title === undefined
    ? html``
    : html`<caption style="text-align: left; font-weight: bold">${title}</caption>`;
  const foot = under.length === 0 ? html`` : html`
    <tfoot>
      <tr>
        <td colspan="${columns.length}" style="${CELL}text-align: left"><small>${lines(under)}</small></td>
      </tr>
    </tfoot>
  `;
  const name: Html = { markup: cards === undefined ? "" : ` class="${cards}"` };
  const whole = html`<table${name}>${caption}
<thead><tr>${join(heads)}</tr></thead>
<tbody>
${join(rows.map(row))}
</tbody>${foot}
</table>`;
  const scrolling = scroll
    ? html`<div class="scroll" tabindex="0" role="group" aria-label="${title ?? "Table"}">
${whole}
</div>`
    : whole;
  return rows.length < foldFrom
    ? scrolling
    : html`<details><summary>Show ${rows.length} rows</summary>${scrolling}</details>`;
}

function lines(texts: readonly string[]): Html {
  return { markup: texts.map((text) => html`${text}`.markup).join("<br>") };
}

/** A table as Markdown, every text escaped: the title in bold, the table, its notes as a paragraph. */
export function tableMarkdown(table: Table, { notes }: { readonly notes?: Notes | undefined } = {}): string {
  const { title, columns, rows, notes: under } = layOut(table, table.rows, notes);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    ...(title === undefined ? [] : [`**${markdownText(title)}**`]),
    [
      line(columns.map(({ title }) => markdownText(title))),
      line(columns.map(({ right }) => right ? "--:" : "---")),
      ...rows.map((row) => line(row.map(({ text, interval }) => markdownText(text + interval)))),
    ].join("\n"),
    ...under.map(markdownText),
  ].join("\n\n");
}
