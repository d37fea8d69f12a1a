import { parse } from "@std/csv";
import { extname } from "@std/path";
import { closestString } from "@std/text/closest-string";
import { InputError } from "../errors.ts";
import { readText, splitRecords } from "./read_text.ts";

/** How a table file is written. */
export type TableFormat = "csv" | "jsonl";

/**
 * Says how a table file is written, from its name unless the options say otherwise.
 * @throws {InputError} If the extension is unknown, or the delimiter is not a single character.
 */
export function tableFormat(
  path: string,
  options: { format?: TableFormat; delimiter?: string } = {},
): { format: TableFormat; delimiter: string } {
  const extension = extname(path).slice(1).toLowerCase();
  const byExtension: Record<string, TableFormat> = { csv: "csv", tsv: "csv", jsonl: "jsonl", ndjson: "jsonl" };
  const format = options.format ?? byExtension[extension];
  if (format === undefined) {
    throw new InputError(`${path}: expected a .csv, .tsv, .jsonl or .ndjson file, found "${extension}"`);
  }
  const delimiter = options.delimiter ?? (extension === "tsv" ? "\t" : ",");
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw new InputError(`Delimiter: expected one character other than a quote or line end, found "${delimiter}"`);
  }
  return { format, delimiter };
}

/**
 * Checks that a table has the columns that an option names, and says which existing name comes nearest when not.
 * @throws {InputError} Naming the first missing column, its nearest neighbour and all columns.
 */
export function requireColumns(path: string, header: readonly string[], names: readonly string[]): void {
  const missing = names.find((name) => !header.includes(name));
  if (missing === undefined) return;
  const only = header.length === 1 ? header[0]! : "";
  const delimiter = [";", "\t", ",", "|"].find((character) => only.includes(character));
  if (delimiter !== undefined) {
    const shown = delimiter === "\t" ? "a tab" : `"${delimiter}"`;
    throw new InputError(`${path}: expected a column "${missing}", found a single column; is the delimiter ${shown}?`);
  }
  const nearest = closestString(missing, header, { caseSensitive: false });
  const columns = header.map((name) => `"${name}"`).join(", ");
  throw new InputError(
    `${path}: expected a column "${missing}", found the columns ${columns}; did you mean "${nearest}"?`,
  );
}

/** One row of a table, every value as text. */
export interface TableRow {
  /** 1 for the first row under the header (in JSONL: the line), blank lines counted, as a person finds it. */
  row: number;
  /** Column name → value; an absent or null JSON value is `""`. */
  values: Record<string, string>;
}

/** Options of {@linkcode readTable}. */
export interface ReadTableOptions {
  /** Default by extension: `.csv` and `.tsv` are `"csv"`, `.jsonl` and `.ndjson` are `"jsonl"`. */
  format?: TableFormat;
  /** One character between the fields of a `"csv"` file. Default: a tab for `.tsv`, else a comma. */
  delimiter?: string;
  /** The longest value in characters. Default 1,000,000: longer is most often a missing closing quote. */
  maxFieldLength?: number;
  requireRows?: boolean;
}

/** A record may hold several long fields, but must stay far from filling the memory. */
const FIELDS_OF_MAX_LENGTH = 32;

/**
 * Reads a table row by row; memory does not grow with the number of rows.
 *
 * CSV and TSV follow RFC 4180: first row is the header, quoted fields may hold delimiters, doubled quotes and line
 * breaks (kept as LF). JSONL holds one flat object a line; the first one names the columns.
 * @throws {InputError} If the file is missing, empty, not UTF-8 or malformed, with the row and column where that is.
 */
export async function* readTable(path: string, options: ReadTableOptions = {}): AsyncGenerator<TableRow> {
  const { format, delimiter } = tableFormat(path, options);
  const { maxFieldLength = 1_000_000, requireRows = false } = options;
  let columns: string[] | undefined;
  let rows = 0;
  for await (const { row, record } of records(path, format, maxFieldLength)) {
    const at = { path, row };
    let values: Record<string, string>;
    if (format === "jsonl") {
      const object = parseJsonLine(record, at);
      columns ??= checkColumns(Object.keys(object), path);
      values = toStrings(object, columns, at);
    } else {
      const fields = parseCsvRecord(record, delimiter, at);
      if (columns === undefined) {
        columns = checkColumns(fields, path);
        continue;
      }
      values = toValues(fields, columns, at);
    }
    checkValues(values, maxFieldLength, at);
    rows++;
    yield { row, values };
  }
  if (columns === undefined) throw new InputError(`${path}: expected a table, the file is empty`);
  if (requireRows && rows === 0) {
    throw new InputError(`${path}: expected at least one row under the header, found none`);
  }
}

/**
 * Reads the column names of a table and nothing more.
 * @throws {InputError} As {@linkcode readTable} does for the header.
 */
export async function readHeader(path: string, options: ReadTableOptions = {}): Promise<string[]> {
  const { format, delimiter } = tableFormat(path, options);
  for await (const { row, record } of records(path, format, options.maxFieldLength ?? 1_000_000)) {
    const at = { path, row };
    const names = format === "jsonl" ? Object.keys(parseJsonLine(record, at)) : parseCsvRecord(record, delimiter, at);
    return checkColumns(names, path);
  }
  throw new InputError(`${path}: expected a table, the file is empty`);
}

/** Every record that is not blank; the header of a CSV is row 0. */
async function* records(path: string, format: TableFormat, maxFieldLength: number) {
  const quoted = format === "csv";
  const maxLength = FIELDS_OF_MAX_LENGTH * maxFieldLength;
  let row = quoted ? -1 : 0, started = false;
  try {
    for await (const batch of splitRecords(readText(path), { quoted, maxLength })) {
      for (const record of batch) {
        // Blank lines above the header are no rows; below it a person's editor counts them.
        if (record === "" && !started) continue;
        started = true;
        row++;
        if (record !== "") yield { row, record };
      }
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const hint = quoted ? "; is a closing quote missing?" : "";
    throw new InputError(
      `${place({ path, row: row + 1 })}: expected at most ${maxLength} characters, found more${hint}`,
    );
  }
}

function parseCsvRecord(record: string, separator: string, at: Place): string[] {
  // Most records hold no quote, and then splitting is all there is to CSV, at ten times the speed.
  if (!record.includes('"')) return record.split(separator).map(detach);
  try {
    return parse(record, { separator })[0]!.map(detach);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const detail = error.message.includes("bare")
      ? "found a quote inside an unquoted field; quote the field and double the quote"
      : "found a quoted field that is not closed, or text after its closing quote";
    throw new InputError(`${place(at)}: expected RFC 4180 quoting, ${detail}`);
  }
}

/**
 * Copies a short value out of its record. V8 keeps the whole parent of a substring alive, so that a caller who collects
 * one id column would otherwise hold the whole file in memory.
 */
function detach(value: string): string {
  return value.length < 13 ? value : (" " + value).slice(1);
}

function parseJsonLine(line: string, at: Place): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new InputError(`${place(at)}: expected a JSON object on one line, found ${(error as Error).message}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const found = Array.isArray(value) ? "an array" : value === null ? "null" : `a ${typeof value}`;
    throw new InputError(`${place(at)}: expected a JSON object, found ${found}`);
  }
  return value as Record<string, unknown>;
}

function checkColumns(names: string[], path: string): string[] {
  const seen = new Set<string>();
  for (const [i, name] of names.entries()) {
    if (name.trim() === "") throw new InputError(`${path}: expected a name for every column, column ${i + 1} has none`);
    if (name === "__proto__") throw new InputError(`${path}: "__proto__" cannot be a column name`);
    if (seen.has(name)) throw new InputError(`${path}: expected distinct column names, found "${name}" twice`);
    if (name.includes("\0")) throw new InputError(`${path}: expected text in the header, found a NUL character`);
    seen.add(name);
  }
  if (names.length === 0) throw new InputError(`${path}: expected at least one column, found none`);
  return names;
}

function toValues(fields: string[], columns: string[], at: Place): Record<string, string> {
  if (fields.length !== columns.length) {
    throw new InputError(`${place(at)}: expected ${columns.length} fields as in the header, found ${fields.length}`);
  }
  const values: Record<string, string> = {};
  for (let i = 0; i < columns.length; i++) values[columns[i]!] = fields[i]!;
  return values;
}

function toStrings(object: Record<string, unknown>, columns: string[], at: Place): Record<string, string> {
  for (const name of Object.keys(object)) {
    if (!columns.includes(name)) {
      throw new InputError(`${place(at)}: expected the columns of the first line, found another one, "${name}"`);
    }
  }
  const values: Record<string, string> = {};
  for (const column of columns) {
    const value = object[column] ?? null;
    if (typeof value === "object" && value !== null) {
      const found = Array.isArray(value) ? "an array" : "an object";
      throw new InputError(`${place(at, column)}: expected text, a number, true, false or null, found ${found}`);
    }
    values[column] = value === null ? "" : String(value);
  }
  return values;
}

function checkValues(values: Record<string, string>, maxLength: number, at: Place): void {
  for (const column in values) {
    const { length } = values[column]!;
    if (length > maxLength) {
      const most = `at most ${maxLength.toLocaleString("en")} characters`;
      throw new InputError(`${place(at, column)}: expected ${most}, found ${length.toLocaleString("en")}`);
    }
    if (values[column]!.includes("\0")) {
      throw new InputError(`${place(at, column)}: expected text, found a NUL character`);
    }
  }
}

/** Row 0 is the header. */
type Place = { readonly path: string; readonly row: number };

/** `pairs.csv, row 7, column "label"` */
function place({ path, row }: Place, column?: string): string {
  const where = row === 0 ? "header" : `row ${row}`;
  return column === undefined ? `${path}, ${where}` : `${path}, ${where}, column "${column}"`;
}
