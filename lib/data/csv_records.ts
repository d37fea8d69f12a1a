/**
 * The records and fields of CSV as programs write it: RFC 4180, and what else is unambiguous. Not `@std/csv`, which
 * knows no quotes escaped by a backslash and no lines that end with a carriage return alone.
 */
import { InputError } from "../errors.ts";

/** How a file of records is written. */
export interface RecordSyntax {
  /** Between the fields; `null` where records are lines, as in JSONL, and quotes mean nothing. */
  readonly delimiter: string | null;
  /** `\n`, a carriage return before it included, or `\r` alone. */
  readonly lineEnd: "\n" | "\r";
}

/** What may stand after a quote that closes a field. */
const endsField = (text: string, at: number, { delimiter, lineEnd }: RecordSyntax) =>
  at >= text.length || text[at] === delimiter || text[at] === lineEnd || text[at] === "\r";

/** Records that lie in one text, in their order; blank ones are among them. */
export class Records implements Iterable<string> {
  /** Where each begins and ends, a carriage return before its line end left out. */
  readonly bounds: number[] = [];
  /** Those in which a backslash escapes a quote, as RFC 4180 has it: a quote doubled instead. */
  readonly rewritten = new Map<number, string>();

  constructor(readonly text: string) {}

  get length(): number {
    return this.bounds.length / 2;
  }

  at(i: number): string {
    return this.rewritten.get(i) ?? this.text.slice(this.bounds[2 * i], this.bounds[2 * i + 1]);
  }

  isBlank(i: number): boolean {
    return this.bounds[2 * i] === this.bounds[2 * i + 1];
  }

  /** Adds what lies between, a quote doubled where one of the backslashes escapes it. */
  add(start: number, end: number, backslashes: readonly number[]): void {
    const { text } = this;
    const ends = end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
    if (backslashes.length > 0) {
      const starts = [start, ...backslashes.map((at) => at + 1)];
      const parts = starts.map((from, i) => text.slice(from, backslashes[i] ?? ends));
      this.rewritten.set(this.length, parts.join('"'));
    }
    this.bounds.push(start, ends);
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }
}

/**
 * Cuts text, given piece by piece, into records: at every line end outside quotes. A quote opens a field only where the
 * field begins, so that inches in unquoted text stay inches.
 */
export class RecordSplitter {
  readonly #syntax: RecordSyntax;
  #buffer = "";
  /** Where in the buffer the search goes on. */
  #position = 0;
  #inQuotes = false;
  /** Whether a quote was seen that only a backslash can have escaped: then they all are. */
  #escapes = false;
  /** Where in the buffer the unfinished record has such backslashes. */
  #backslashes: number[] = [];

  constructor(syntax: RecordSyntax) {
    this.#syntax = syntax;
  }

  /** Characters of a record that has not ended yet. */
  get pending(): number {
    return this.#buffer.length;
  }

  /** The records that end in this piece, which holds at least the next character, or the end, after each quote. */
  push(piece: string, last = false): Records {
    const { lineEnd, delimiter } = this.#syntax;
    this.#buffer += piece;
    const records = new Records(this.#buffer);
    let start = 0;
    let end = this.#buffer.indexOf(lineEnd, this.#position);
    let quote = delimiter === null ? -1 : this.#buffer.indexOf('"', this.#position);
    while (true) {
      if (quote !== -1 && (this.#inQuotes || end === -1 || quote < end)) {
        // What a quote means, the two characters after it say.
        if (!last && quote + 2 >= this.#buffer.length) break;
        this.#position = this.#quoteAt(quote, start);
        quote = this.#buffer.indexOf('"', this.#position);
        if (end !== -1 && end < this.#position) end = this.#buffer.indexOf(lineEnd, this.#position);
      } else if (this.#inQuotes || end === -1) {
        this.#position = this.#buffer.length;
        break;
      } else {
        this.#add(records, start, end);
        start = this.#position = end + 1;
        end = this.#buffer.indexOf(lineEnd, start);
      }
    }
    if (last && start < this.#buffer.length) {
      this.#add(records, start, this.#buffer.length);
      start = this.#buffer.length;
    }
    this.#buffer = this.#buffer.slice(start);
    this.#position -= start;
    this.#backslashes = this.#backslashes.map((at) => at - start);
    return records;
  }

  #add(records: Records, start: number, end: number): void {
    records.add(start, end, this.#backslashes);
    this.#backslashes = [];
  }

  /** Takes notice of a quote, and gives the position after what belongs to it. */
  #quoteAt(quote: number, start: number): number {
    const text = this.#buffer;
    if (!this.#inQuotes) {
      this.#inQuotes = opensField(text, quote, start, this.#syntax);
      return quote + 1;
    }
    if (text[quote - 1] === "\\" && this.#isEscaped(quote)) {
      this.#backslashes.push(quote - 1);
      return quote + 1;
    }
    if (text[quote + 1] === '"') return quote + 2;
    this.#inQuotes = false;
    return quote + 1;
  }

  #isEscaped(quote: number): boolean {
    const text = this.#buffer, syntax = this.#syntax;
    let backslashes = 1;
    while (text[quote - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) return false;
    // A field may end with a backslash, or hold one before a doubled quote; nothing else follows a quote in RFC 4180.
    const doubled = text[quote + 1] === '"' && !endsField(text, quote + 2, syntax);
    if (!endsField(text, quote + 1, syntax) && !doubled) this.#escapes = true;
    return this.#escapes;
  }
}

/** Whether a quote stands where a field begins, blanks before it aside. */
function opensField(text: string, quote: number, start: number, { delimiter }: RecordSyntax): boolean {
  let before = quote - 1;
  while (before >= start && text[before] === " " && delimiter !== " ") before--;
  return before < start || text[before] === delimiter;
}

/**
 * Cuts a stream of text into records, a batch for each piece. Holds at most one unfinished record and one piece.
 * @throws {RangeError} If a record is longer than `maxLength`; the records before it have been given.
 */
export async function* splitRecords(
  pieces: AsyncIterable<string>,
  syntax: RecordSyntax,
  maxLength: number,
): AsyncGenerator<Records> {
  const splitter = new RecordSplitter(syntax);
  for await (const piece of pieces) {
    const records = splitter.push(piece);
    if (records.length > 0) yield records;
    if (splitter.pending > maxLength) throw new RangeError(`Expected records of at most ${maxLength} characters`);
  }
  const rest = splitter.push("", true);
  if (rest.length > 0) yield rest;
}

/**
 * The fields of a record; line ends within them are line feeds.
 * @throws {SyntaxError} If a quoted field is not closed, or text follows its closing quote.
 */
export function fieldsOf(record: string, delimiter: string): string[] {
  // Most records hold no quote, and then splitting is all there is to CSV, at ten times the speed.
  if (!record.includes('"')) return record.split(delimiter);
  const text = record.includes("\r\n") ? record.replaceAll("\r\n", "\n") : record;
  const fields: string[] = [];
  let at = 0;
  while (true) {
    const opening = delimiter === " " ? at : afterBlanks(text, at);
    if (text[opening] !== '"') {
      const end = text.indexOf(delimiter, at);
      fields.push(end === -1 ? text.slice(at) : text.slice(at, end));
      if (end === -1) return fields;
      at = end + 1;
      continue;
    }
    const closing = closingQuote(text, opening + 1);
    fields.push(text.slice(opening + 1, closing).replaceAll('""', '"'));
    at = delimiter === " " ? closing + 1 : afterBlanks(text, closing + 1);
    if (at >= text.length) return fields;
    if (text[at] !== delimiter) throw new SyntaxError("text after a closing quote");
    at++;
  }
}

/** A pasted text as a table, or null if it is none: two columns or more, and as many fields in every record. */
export function textTable(text: string): { header: string[]; rows: string[][] } | null {
  const delimiter = sniffDelimiter(text, { usual: ",", lineEnd: "\n", whole: true });
  const lines = [...new RecordSplitter({ delimiter, lineEnd: "\n" }).push(text, true)].filter((line) => line.trim());
  try {
    const [header = [], ...rows] = lines.map((line) => fieldsOf(line, delimiter));
    const isTable = header.length > 1 && rows.length > 0 && rows.every(({ length }) => length === header.length);
    return isTable ? { header: header.map((name) => name.trim()), rows } : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function afterBlanks(text: string, at: number): number {
  while (text[at] === " ") at++;
  return at;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (text[at + 1] === '"' && at !== -1) at = text.indexOf('"', at + 2);
  if (at === -1) throw new SyntaxError("a quoted field that is not closed");
  return at;
}

const DELIMITERS = [",", ";", "\t", "|"] as const;

/** Records that a delimiter is judged by. */
const JUDGED_RECORDS = 50;

/**
 * How the fields of a file are delimited, by its beginning: as a first line `sep=;` says, or else by what cuts the
 * header into the wanted columns, and every record into as many fields as the header, and as many as possible.
 * @param start The text of the beginning; `whole` says that it is all of the file.
 */
export function sniffDelimiter(
  start: string,
  { usual, lineEnd, whole, wanted = [] }: {
    usual: string;
    lineEnd: "\n" | "\r";
    whole: boolean;
    wanted?: readonly string[] | undefined;
  },
): string {
  const judged = [...new Set([usual, ...DELIMITERS])].flatMap((delimiter) => {
    const records = [...new RecordSplitter({ delimiter, lineEnd }).push(start, whole)].filter((record) =>
      record !== ""
    );
    const [header, ...rows] = records.slice(0, JUDGED_RECORDS).map((record) => {
      try {
        return fieldsOf(record, delimiter);
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        return [];
      }
    });
    if (header === undefined || header.length < 2) return [];
    const named = wanted.filter((name) => header.some((own) => own.trim() === name.trim())).length;
    const { length } = header;
    const even = rows.every((row) => row.length >= length && row.slice(length).every((field) => field === ""));
    // A quote that is left in a name was cut away from its other.
    const isWhole = !header.some((name) => name.includes('"'));
    return [{ delimiter, named, likely: Number(isWhole) + Number(even), fields: length }];
  });
  judged.sort((a, b) => b.named - a.named || b.likely - a.likely || b.fields - a.fields);
  return judged[0]?.delimiter ?? usual;
}

/** The delimiter that a first line such as `sep=;` names, as Excel writes and reads it, and how long the line is. */
export function statedDelimiter(start: string): { delimiter: string; length: number } | null {
  const line = /^"?sep=(.)"?(\r\n|\n|\r|$)/i.exec(start);
  return line === null ? null : { delimiter: line[1]!, length: line[0].length };
}

/**
 * Checks a delimiter that a person names; `tab` and `\t` are one too.
 * @throws {InputError} If it is not a single character.
 */
export function checkDelimiter(delimiter: string): string {
  const one = delimiter === "\\t" || delimiter.toLowerCase() === "tab" ? "\t" : delimiter;
  if (one.length === 1 && !'"\r\n'.includes(one)) return one;
  throw new InputError(`Delimiter: expected one character other than a quote or line end, found "${delimiter}"`);
}
