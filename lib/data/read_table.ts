/** Tables as programs write them, row by row. */
import { extname } from "@std/path";
import { InputError } from "../errors.ts";
import { parseJson } from "../files.ts";
import { findFields, RecordBytes } from "./byte_cells.ts";
import { cleanName, markFormula, unmarkFormula } from "./cell_values.ts";
import { checkDelimiter, fieldsOf, sniffDelimiter, splitRecords, statedDelimiter } from "./csv_records.ts";
import type { Records, RecordSyntax } from "./csv_records.ts";
import { openParquet } from "./parquet.ts";
import { distinctNames, kindOf, place, RowReader } from "./row_reader.ts";
import type { ColumnChoice, Place, TableRecord, TableRow } from "./row_reader.ts";
import { firstBytes, readText, type TextOptions } from "./read_text.ts";

/** How a table file is written. */
export type TableFormat = "csv" | "jsonl" | "json" | "parquet";

const BY_EXTENSION: Readonly<Record<string, TableFormat>> = {
  csv: "csv",
  tsv: "csv",
  tab: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
  json: "json",
  parquet: "parquet",
};

/**
 * Says how a table is to be written, from its name.
 * @throws {InputError} If the extension is none that can be written.
 */
export function tableFormat(path: string): { format: "csv" | "jsonl"; delimiter: string } {
  const extension = extname(path).slice(1).toLowerCase();
  const format = BY_EXTENSION[extension];
  if (format !== "csv" && format !== "jsonl") {
    throw new InputError(`${path}: expected a .csv, .tsv, .jsonl or .ndjson file, found "${extension}"`);
  }
  return { format, delimiter: extension === "tsv" || extension === "tab" ? "\t" : "," };
}

/** How the text of a table is found. */
export interface TableSyntax extends TextOptions {
  /** One character between the fields of a CSV. Default: what a line `sep=;` or the header and the first rows say. */
  delimiter?: string | undefined;
}

/** Options of {@linkcode readTable}. */
export interface ReadTableOptions extends TableSyntax, ColumnChoice {
  /** Default by extension, or, where it says nothing, by content. */
  format?: TableFormat | undefined;
  requireRows?: boolean | undefined;
}

/** A record may hold several long fields, but must stay far from filling the memory. */
const FIELDS_OF_MAX_LENGTH = 32;

/**
 * Reads a table row by row; memory does not grow with the number of rows, apart from JSON arrays and a Parquet file's
 * groups of rows.
 *
 * CSV is RFC 4180 and what programs write beside it: any delimiter, `sep=` lines, quotes escaped by a backslash, line
 * ends that are carriage returns; an apostrophe before what a spreadsheet would run is no part of it. The first row is the header; columns without a name are left out, and of several of
 * one name the later ones are `name.1`, `name.2`, as pandas calls them. JSONL holds one object a line. Files may be
 * packed with gzip.
 * @throws {InputError} If the file is missing, empty or malformed, lacks a column, or a used column holds what is no
 * text, with the row and column where that is.
 */
export async function* readTable(path: string, options: ReadTableOptions = {}): AsyncGenerator<TableRow> {
  const source = await openTable(path, options);
  const reader = new RowReader(path, source.header, options);
  let rows = 0;
  for await (const batch of source.records(reader.names)) {
    for (const record of batch) {
      rows++;
      yield reader.read(record);
    }
  }
  if (options.requireRows && rows === 0) {
    throw new InputError(`${path}: expected at least one row under the header, found none`);
  }
}

/** Takes the values of rows, in the order of the columns that are used. */
export interface ValueTaker {
  /**
   * The values of a row of a CSV as bytes in UTF-8, the `j`th from `bounds[2 * j]` to `bounds[2 * j + 1]`, an apostrophe
   * before what a spreadsheet would run included. When the next row comes they are others. `false` asks for the row as
   * texts.
   */
  readonly bytes: (row: number, bytes: Uint8Array, bounds: Int32Array) => boolean;
  /**
   * Any other row, and those that were not taken as bytes, which stay what they were meanwhile. A value may keep its
   * whole record in memory: who collects them takes `detached` ones.
   */
  readonly texts: (row: number, values: readonly string[]) => void;
}

/**
 * The same for a few columns of a million rows: without a string for each value where it can.
 * @throws {InputError} As {@linkcode readTable} does.
 */
export async function takeValues(
  path: string,
  options: ReadTableOptions & { readonly used: readonly string[] },
  taker: ValueTaker,
): Promise<void> {
  const source = await openTable(path, options);
  const reader = new RowReader(path, source.header, options);
  const order = options.used.map((name) => reader.names.indexOf(name));
  const inOrder = order.every((place, i) => place === i);
  const take = (record: TableRecord) => {
    const values = reader.values(record);
    taker.texts(record.row, inOrder ? values : order.map((place) => values[place]!));
  };
  const plain = reader.plainPlaces();
  const longest = Math.min(LONGEST_IN_BYTES, options.maxFieldLength ?? Infinity);
  if (source.scan !== undefined && plain !== null) {
    const places = order.map((i) => plain[i]!), own = new Int32Array(2 * places.length);
    await source.scan((row, bytes, bounds) => {
      for (let j = 0; j < places.length; j++) {
        own[2 * j] = bounds[2 * places[j]!]!;
        own[2 * j + 1] = bounds[2 * places[j]! + 1]!;
        if (own[2 * j + 1]! - own[2 * j]! > longest) return false;
      }
      return taker.bytes(row, bytes, own);
    }, take);
    return;
  }
  for await (const batch of source.records(reader.names)) for (const record of batch) take(record);
}

/** A value that is longer has its characters counted first. */
const LONGEST_IN_BYTES = 1000;

/**
 * Reads the names of a table's columns: of JSONL those of all lines, since a key may come late.
 * @throws {InputError} As {@linkcode readTable} does for the header.
 */
export async function readHeader(path: string, options: ReadTableOptions = {}): Promise<string[]> {
  return distinctNames((await openTable(path, { ...options, note: undefined })).header).filter((name) => name !== "");
}

/** A table whose columns are known. */
interface OpenTable {
  /** The names as they stand, empty and repeated ones too. */
  readonly header: readonly string[];
  /** Batches of records; not one by one, which for a million costs more than parsing them. */
  readonly records: (columns: readonly string[]) => AsyncIterable<Iterable<TableRecord>>;
  /** Of a CSV: gives the fields of each row as bytes, or, where they are not plain or not taken, the row as a record. */
  readonly scan?: (take: ValueTaker["bytes"], other: (record: TableRecord) => void) => Promise<void>;
}

async function openTable(path: string, options: ReadTableOptions): Promise<OpenTable> {
  const magic = new TextDecoder("latin1").decode(await firstBytes(path));
  if (magic === "PK\x03\x04") {
    throw new InputError(`${path}: expected a table as text or Parquet, found a zip file; save a workbook as CSV`);
  }
  if (magic === "\xd0\xcf\x11\xe0") {
    throw new InputError(`${path}: expected a table as text or Parquet, found an Excel workbook; save it as CSV`);
  }
  if (magic === "PAR1") return await parquetTable(path);
  const name = path.toLowerCase().endsWith(".gz") ? path.slice(0, -3) : path;
  const format = options.format ?? BY_EXTENSION[extname(name).slice(1).toLowerCase()];
  if (format === "parquet") throw new InputError(`${path}: expected a Parquet file, which begins with PAR1`);
  const start = await startOf(path, options);
  const isObject = /^\s*\{\s*("|\})/.test(start.text), isArray = /^\s*\[/.test(start.text);
  if (format === "json" || (format === undefined && isArray)) {
    if (isArray || !isJsonLine(start.text)) return await jsonTable(path, options);
    return await jsonLinesTable(path, options);
  }
  if (format === "jsonl" || (format === undefined && isObject)) return await jsonLinesTable(path, options);
  return await csvTable(path, { usual: /\.(tsv|tab)$/i.test(name) ? "\t" : ",", start }, options);
}

interface Start {
  readonly text: string;
  /** Whether that is the whole file. */
  readonly whole: boolean;
}

/** Enough text to judge a file by. */
const JUDGED_CHARACTERS = 64 * 1024;

async function startOf(path: string, options: ReadTableOptions): Promise<Start> {
  let text = "";
  for await (const piece of readText(path, { encoding: options.encoding })) {
    text += piece;
    if (text.length > JUDGED_CHARACTERS) return { text: text.slice(0, JUDGED_CHARACTERS), whole: false };
  }
  return { text, whole: true };
}

async function csvTable(
  path: string,
  { usual, start }: { usual: string; start: Start },
  options: ReadTableOptions,
): Promise<OpenTable> {
  const stated = statedDelimiter(start.text);
  const lineEnd = firstLineEnd(start.text);
  const body = start.text.slice(stated?.length ?? 0);
  const delimiter = options.delimiter === undefined
    ? stated?.delimiter ?? sniffDelimiter(body, { usual, lineEnd, whole: start.whole, wanted: options.used })
    : checkDelimiter(options.delimiter);
  const syntax = { delimiter, lineEnd };
  const batches = (note?: TextOptions["note"]) => {
    const pieces = withoutStart(readText(path, { encoding: options.encoding, note }), stated?.length ?? 0);
    return records(pieces, syntax, { path, ...options });
  };
  for await (const { records, from } of batches()) {
    const names = parseCsvRecord(records.at(from), delimiter, { path, row: 0 });
    checkHeader(names, path);
    const read = (records: Records, i: number, row: number): TableRecord | null => {
      if (records.isBlank(i)) return null;
      const fields = parseCsvRecord(records.at(i), delimiter, { path, row });
      if (!isHeader(fields, names)) return { row, fields };
      options.note?.(`${path}, row ${row} repeats the header and is left out`);
      return null;
    };
    const rows = function* ({ row: first, records, from }: RecordBatch): Generator<TableRecord> {
      for (let i = from, row = first; i < records.length; i++, row++) {
        const record = row === 0 ? null : read(records, i, row);
        if (record !== null) yield record;
      }
    };
    const scan: OpenTable["scan"] = async (take, other) => {
      const lines = new RecordBytes(), bounds = new Int32Array(2 * names.length);
      const first = new TextEncoder().encode(names[0]), byte = delimiter.charCodeAt(0);
      const repeats = (bytes: Uint8Array) => {
        if (bounds[1]! - bounds[0]! !== first.length) return false;
        return first.every((own, i) => own === bytes[bounds[0]! + i]);
      };
      for await (const { row: start, records, from } of batches(options.note)) {
        lines.fill(records);
        const { bytes } = lines;
        for (let i = from, row = start; i < records.length; i++, row++) {
          const line = { from: lines.bounds[2 * i]!, to: lines.bounds[2 * i + 1]!, delimiter: byte };
          if (
            row > 0 && !records.rewritten.has(i) && findFields(bytes, line, bounds) && !repeats(bytes) &&
            take(row, bytes, bounds)
          ) continue;
          const record = row === 0 ? null : read(records, i, row);
          if (record !== null) other(record);
        }
      }
    };
    return {
      header: names.map(columnName),
      records: async function* () {
        for await (const batch of batches(options.note)) yield rows(batch);
      },
      // A name with an apostrophe before it would be no field's bytes.
      ...(delimiter < "\x80" && markFormula(names[0]!) === names[0] ? { scan } : {}),
    };
  }
  throw new InputError(`${path}: expected a table, the file is empty`);
}

/** Excel on a Mac ends rows with a carriage return, and lines within quotes with a line feed. */
function firstLineEnd(text: string): "\n" | "\r" {
  const [end] = /[\r\n]+/.exec(text.replaceAll(/"[^"]*"/g, "")) ?? ["\n"];
  return end.includes("\n") ? "\n" : "\r";
}

/** As where files were joined with all their lines. */
const isHeader = (fields: readonly string[], header: readonly string[]) =>
  fields[0] === header[0] && header.length > 1 && fields.every((field, i) => field === header[i]);

async function* withoutStart(pieces: AsyncIterable<string>, length: number): AsyncGenerator<string> {
  let left = length;
  for await (const piece of pieces) {
    yield piece.slice(left);
    left = Math.max(0, left - piece.length);
  }
}

async function jsonLinesTable(path: string, options: ReadTableOptions): Promise<OpenTable> {
  const objects = async function* (note?: TextOptions["note"]) {
    const pieces = readText(path, { encoding: options.encoding, note });
    const syntax = { delimiter: null, lineEnd: "\n" } as const;
    for await (const { row: first, records: lines, from } of records(pieces, syntax, { path, ...options })) {
      yield (function* () {
        for (let i = from, row = first; i < lines.length; i++, row++) {
          if (!lines.isBlank(i)) yield { row, object: parseJsonLine(lines.at(i), { path, row }) };
        }
      })();
    }
  };
  return { header: await keysOf(path, objects(), scanned(options)), records: () => objects(options.note) };
}

/** The columns that it is enough to find; all keys there are if that is not said. */
const scanned = ({ used, keepOthers }: ReadTableOptions) => keepOthers ? undefined : used;

/** The keys of all objects, or of as many as it takes to know those that are wanted. */
async function keysOf(
  path: string,
  batches: AsyncIterable<Iterable<{ object: object }>> | Iterable<Iterable<{ object: object }>>,
  wanted?: readonly string[],
): Promise<string[]> {
  const keys = new Set<string>();
  let rows = 0;
  reading:
  for await (const batch of batches) {
    for (const { object } of batch) {
      rows++;
      for (const key in object) keys.add(key);
      if (wanted?.every((name) => keys.has(name))) break reading;
    }
  }
  if (rows === 0) throw new InputError(`${path}: expected a table, the file is empty`);
  if (keys.size === 0) throw new InputError(`${path}: expected at least one column, found none`);
  return [...keys].map((key) => key === "__proto__" ? "" : key);
}

async function jsonTable(path: string, options: ReadTableOptions): Promise<OpenTable> {
  const text = (await Array.fromAsync(readText(path, options))).join("");
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw new InputError(`${path}: expected JSON, found ${(error as Error).message}`);
  }
  if (!Array.isArray(value)) {
    throw new InputError(
      `${path}: expected an array of objects, or an object on each line, found ${kindOf(value)}; ` +
        'pandas writes one with to_json(orient="records")',
    );
  }
  const records = value.map((object: unknown, i) => ({
    row: i + 1,
    object: checkObject(object, { path, row: i + 1 }),
  }));
  const header = await keysOf(path, [records], scanned(options));
  return {
    header,
    records: async function* () {
      yield records;
    },
  };
}

async function parquetTable(path: string): Promise<OpenTable> {
  const { columns, read } = await openParquet(path);
  return {
    header: columns,
    records: async function* (names) {
      let row = 0;
      for await (const object of read(columns.filter((name) => names.includes(name)))) yield [{ row: ++row, object }];
    },
  };
}

/** Records that follow each other, which of them is the first, and its row; the header of a CSV is row 0. */
interface RecordBatch {
  readonly row: number;
  readonly records: Records;
  readonly from: number;
}

/** All records from the first that is not blank. */
async function* records(
  pieces: AsyncIterable<string>,
  syntax: RecordSyntax,
  { path, maxFieldLength = 1_000_000 }: { path: string; maxFieldLength?: number | undefined },
): AsyncGenerator<RecordBatch> {
  const isCsv = syntax.delimiter !== null;
  const maxLength = FIELDS_OF_MAX_LENGTH * maxFieldLength;
  let row = isCsv ? -1 : 0, started = false;
  try {
    for await (const records of splitRecords(pieces, syntax, maxLength)) {
      // Blank lines above the header are no rows; below it a person's editor counts them.
      let from = 0;
      while (!started && from < records.length && records.isBlank(from)) from++;
      if (from === records.length) continue;
      started = true;
      yield { row: row + 1, records, from };
      row += records.length - from;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const hint = isCsv ? "; is a closing quote missing?" : "";
    throw new InputError(
      `${place({ path, row: row + 1 })}: expected at most ${maxLength} characters, found more${hint}`,
    );
  }
}

function parseCsvRecord(record: string, delimiter: string, at: Place): string[] {
  try {
    const fields = fieldsOf(record, delimiter);
    return record.includes("'") ? fields.map(unmarkFormula) : fields;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InputError(`${place(at)}: expected quotes around whole fields, found ${error.message}`);
  }
}

function parseJsonLine(line: string, at: Place): object {
  let value: unknown;
  try {
    value = parseJson(line);
  } catch (error) {
    throw new InputError(`${place(at)}: expected a JSON object on one line, found ${(error as Error).message}`);
  }
  return checkObject(value, at);
}

function isJsonLine(text: string): boolean {
  try {
    return typeof parseJson(text.trimStart().split("\n", 1)[0]!) === "object" && text.trim().includes("\n");
  } catch {
    return false;
  }
}

function checkObject(value: unknown, at: Place): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new InputError(`${place(at)}: expected a JSON object, found ${kindOf(value)}`);
}

function checkHeader(names: readonly string[], path: string): void {
  if (names.every((name) => name.trim() === "")) {
    throw new InputError(`${path}: expected a header with the names of the columns, found none with a name`);
  }
  if (names.some((name) => name.includes("\0"))) {
    throw new InputError(`${path}: expected text in the header, found a NUL character; which --encoding has it?`);
  }
}

/** A name as people type it; no object can hold a value of the name `__proto__`. */
const columnName = (name: string) => name === "__proto__" ? "" : cleanName(name);
