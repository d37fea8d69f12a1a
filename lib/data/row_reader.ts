/** The columns of a table and the values of its rows: which are used, what they are called, what they may hold. */
import { InputError, nearName } from "../errors.ts";
import { cleanName } from "./cell_values.ts";
import { cellText, nestedText } from "./parquet.ts";

/** One row of a table, every value as text. */
export interface TableRow {
  /** 1 for the first row under the header (in JSONL: the line), blank lines counted, as a person finds it. */
  row: number;
  /** Column name → value; an absent or null value is `""`. */
  values: Record<string, string>;
}

/** A row before its values are looked at: fields in the order of the header, or an object of named values. */
export type TableRecord = { readonly row: number } & ({ readonly fields: string[] } | { readonly object: object });

/** Which columns a reader of rows gives. */
export interface ColumnChoice {
  /** The columns that are used: they must be there and hold text. Default: all that have a name. */
  used?: readonly string[] | undefined;
  /** What names a column, for the message that it is missing: `data.columns.resume or --column resume=`. */
  namedBy?: ReadonlyMap<string, string> | undefined;
  /** Whether to give the columns that are not used too; lists in them become JSON. */
  keepOthers?: boolean | undefined;
  /** The longest value in characters. Default 1,000,000: longer is most often a missing closing quote. */
  maxFieldLength?: number | undefined;
}

/**
 * Checks that a table has the columns that an option names, and says which existing name comes nearest when not.
 * @throws {InputError} Naming the first missing column, its nearest neighbour and all columns.
 */
export function requireColumns(
  path: string,
  header: readonly string[],
  { used: names = [], namedBy }: Pick<ColumnChoice, "used" | "namedBy">,
): void {
  const missing = names.find((name) => !header.includes(name) && placesOf(header, name).length === 0);
  if (missing === undefined) return;
  const columns = header.filter((name) => name !== "");
  const only = columns.length === 1 ? columns[0]! : "";
  const delimiter = [";", "\t", ",", "|"].find((character) => only.includes(character));
  if (delimiter !== undefined) {
    const shown = delimiter === "\t" ? "a tab" : `"${delimiter}"`;
    throw new InputError(`${path}: expected a column "${missing}", found a single column; is the delimiter ${shown}?`);
  }
  if (columns.length === 0) throw new InputError(`${path}: expected a column "${missing}", found none with a name`);
  const near = nearName(missing, columns);
  const by = namedBy?.get(missing);
  throw new InputError(
    `${path}: expected a column "${missing}", found the columns ${columns.map((name) => `"${name}"`).join(", ")}` +
      (near === undefined ? "" : `; did you mean "${near}"?`) + (by === undefined ? "" : `; ${by} names another`),
  );
}

/** The second of the columns of one name is `name.1`, as in pandas; those without a name stay so. */
export function distinctNames(header: readonly string[]): string[] {
  const names: string[] = [];
  const taken = new Set(header);
  const repeats = new Map<string, number>();
  const seen = new Set<string>();
  for (const name of header) {
    let own = name;
    while (own !== "" && seen.has(own)) {
      const next = (repeats.get(name) ?? 0) + 1;
      repeats.set(name, next);
      if (!taken.has(`${name}.${next}`)) own = `${name}.${next}`;
    }
    seen.add(own);
    names.push(own);
  }
  return names;
}

/** Where a name stands in the header: `name.0` is the first of several columns of one name. */
function placesOf(header: readonly string[], asked: string): number[] {
  const name = header.includes(asked) ? asked : cleanName(asked);
  const places = header.flatMap((own, i) => own === name ? [i] : []);
  if (places.length > 0) return places;
  const distinct = distinctNames(header).indexOf(name.replace(/\.0$/, ""));
  return distinct !== -1 && (name.endsWith(".0") ? isRepeated(header, distinct) : true) ? [distinct] : [];
}

const isRepeated = (header: readonly string[], at: number) =>
  header.indexOf(header[at]!, at + 1) !== -1 || header.includes(`${header[at]}.1`);

/** Row 0 is the header. */
export type Place = { readonly path: string; readonly row: number };

/** `pairs.csv, row 7, column "label"` */
export function place({ path, row }: Place, column?: string): string {
  const where = row === 0 ? "header" : `row ${row}`;
  return column === undefined ? `${path}, ${where}` : `${path}, ${where}, column "${column}"`;
}

/** What a JSON value is, in words. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  return value === null ? "null" : typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Takes the values of rows that somebody asked for. */
export class RowReader {
  /** What is read of each row. */
  readonly names: readonly string[];
  readonly #path: string;
  readonly #width: number;
  readonly #named: number;
  readonly #columns: readonly { name: string; place: number; others: number[]; isUsed: boolean; isChecked: boolean }[];
  readonly #maxLength: number;

  constructor(path: string, header: readonly string[], options: ColumnChoice) {
    const { used: named, keepOthers = named === undefined, maxFieldLength = 1_000_000 } = options;
    requireColumns(path, header, options);
    const used = new Set(named);
    const others = keepOthers ? distinctNames(header).filter((name) => name !== "" && !used.has(name)) : [];
    this.names = [...used, ...others];
    this.#columns = this.names.map((name, i) => {
      const [place, ...repeats] = placesOf(header, name);
      const isUsed = i < used.size;
      return { name, place: place!, others: isUsed ? repeats : [], isUsed, isChecked: isUsed || named === undefined };
    });
    this.#path = path;
    this.#width = header.length;
    this.#named = header.findLastIndex((name) => name !== "") + 1;
    this.#maxLength = maxFieldLength;
  }

  read(record: TableRecord): TableRow {
    const texts = this.values(record);
    // An object has a prototype of that name, which takes no text.
    const values: Record<string, string> = this.names.includes("__proto__") ? Object.create(null) : {};
    for (let i = 0; i < texts.length; i++) values[this.names[i]!] = detached(texts[i]!);
    return { row: record.row, values };
  }

  /** Where the values of a row stand in the order of `names`; `null` where several columns must hold the same. */
  plainPlaces(): number[] | null {
    return this.#columns.some(({ others }) => others.length > 0) ? null : this.#columns.map(({ place }) => place);
  }

  /** The values of a row in the order of `names`; they may be parts of the record. */
  values(record: TableRecord): string[] {
    return "fields" in record ? this.#fromFields(record) : this.#fromObject(record);
  }

  #fromFields({ row, fields }: { row: number; fields: string[] }): string[] {
    if (fields.length !== this.#width) this.#checkWidth(fields, row);
    const values: string[] = [];
    for (const { name, place, others, isChecked } of this.#columns) {
      const value = fields[place]!;
      if (isChecked) this.#checkText(value, row, name);
      if (others.length > 0) this.#checkEqual({ name, fields, row }, [place, ...others]);
      values.push(value);
    }
    return values;
  }

  #fromObject({ row, object }: { row: number; object: object }): string[] {
    return this.#columns.map(({ name, isUsed, isChecked }) => {
      const own = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : null;
      const text = cellText(own);
      if (text === null && isUsed) {
        throw new InputError(
          `${this.#place(row, name)}: expected text, a number, true, false or null, found ${kindOf(own)}`,
        );
      }
      const value = text ?? nestedText(own);
      if (isChecked) this.#checkText(value, row, name);
      return value;
    });
  }

  /** Empty fields beyond the header come from trailing delimiters, and missing ones may have no name. */
  #checkWidth(fields: readonly string[], row: number): void {
    const beyond = fields.slice(this.#width);
    if (fields.length >= this.#named && beyond.every((field) => field.trim() === "")) return;
    const hint = beyond.length > 0 ? "; does an unquoted value hold the delimiter?" : "";
    throw new InputError(
      `${this.#place(row)}: expected ${this.#width} fields as in the header, found ${fields.length}${hint}`,
    );
  }

  #checkText(value: string, row: number, column: string): void {
    const { length } = value;
    if (length > this.#maxLength) {
      const most = `at most ${this.#maxLength.toLocaleString("en")} characters`;
      throw new InputError(`${this.#place(row, column)}: expected ${most}, found ${length.toLocaleString("en")}`);
    }
    if (value.includes("\0")) {
      throw new InputError(`${this.#place(row, column)}: expected text, found a NUL character`);
    }
  }

  /** Columns of one name may be used if it makes no difference which is meant. */
  #checkEqual({ name, fields, row }: { name: string; fields: readonly string[]; row: number }, places: number[]): void {
    const other = places.findIndex((place) => fields[place] !== fields[places[0]!]);
    if (other === -1) return;
    throw new InputError(
      `${this.#place(row, name)}: expected equal values in columns of one name, found "${fields[places[0]!]}" in ` +
        `column ${places[0]! + 1} and "${fields[places[other]!]}" in column ${places[other]! + 1}; ` +
        `"${name}.0" names the first, "${name}.${other}" the other`,
    );
  }

  #place(row: number, column?: string): string {
    return place({ path: this.#path, row }, column);
  }
}

/**
 * Copies a short value out of its record. V8 keeps the whole parent of a substring alive, so that a caller who collects
 * one id column would otherwise hold the whole file in memory.
 */
export function detached(value: string): string {
  return value.length < 13 ? value : (" " + value).slice(1);
}
