/**
 * What a Parquet file says of its own sizes, seen to before anything is made or looped of them: hyparquet takes a list's
 * length, and a page's number of values, as they are written.
 */
import type { FileMetaData } from "hyparquet";

/** Fields of a Thrift struct: whole numbers and structs; the others are passed over. */
type Fields = Map<number, number | Fields>;

/** Structs and lists of Parquet lie less deep within each other. */
const DEEPEST = 32;

/** Bytes of Thrift's compact protocol, read within their bounds. */
class Compact {
  at: number;
  readonly #view: DataView;
  readonly #end: number;

  constructor(view: DataView, at: number, end: number) {
    this.#view = view;
    this.at = at;
    this.#end = end;
  }

  struct(depth = 0): Fields {
    const fields: Fields = new Map();
    for (let id = 0;;) {
      const head = this.#byte(), type = head & 15;
      if (type === 0) return fields;
      id = head >> 4 ? id + (head >> 4) : this.#whole();
      const value = this.#value(type, depth);
      if (value !== null) fields.set(id, value);
    }
  }

  #value(type: number, depth: number): number | Fields | null {
    if (depth > DEEPEST) throw new Error(`structs or lists more than ${DEEPEST} levels deep`);
    switch (type) {
      case 1:
      case 2:
        return null; // The type is the value.
      case 3:
        return this.#pass(1);
      case 4:
      case 5:
      case 6:
        return this.#whole();
      case 7:
        return this.#pass(8);
      case 8:
        return this.#pass(this.#varint());
      case 9: {
        const head = this.#byte(), size = head >> 4 === 15 ? this.#varint() : head >> 4, of = head & 15;
        if (size > this.#end - this.at) throw new Error(`a list of ${size} in ${this.#end - this.at} bytes`);
        for (let i = 0; i < size; i++) this.#value(of < 3 ? 3 : of, depth + 1);
        return null;
      }
      case 12:
        return this.struct(depth + 1);
    }
    throw new Error(`a value of type ${type}`);
  }

  #pass(length: number): null {
    if (length > this.#end - this.at) throw new Error(`a value of ${length} bytes in ${this.#end - this.at}`);
    this.at += length;
    return null;
  }

  #byte(): number {
    if (this.at >= this.#end) throw new Error("that it ends too early");
    return this.#view.getUint8(this.at++);
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    throw new Error("a number of more than ten bytes");
  }

  #whole(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** Throws unless the struct that the footer is lies within its bytes. */
export function checkFooter(footer: Uint8Array): void {
  new Compact(new DataView(footer.buffer, footer.byteOffset), 0, footer.length).struct();
}

type RowGroup = FileMetaData["row_groups"][number];

/** More than can be held as objects. */
const MOST_VALUES = 2 ** 26;
const MOST_BYTES = 2 ** 30;

/** A column's part of a group of rows: where it lies in the file, and how many values it announces. */
export interface Chunk {
  readonly start: number;
  readonly end: number;
  readonly values: number;
}

/** Those of the columns that are read. */
export function chunksOf({ columns, num_rows }: RowGroup, names: readonly string[]): Chunk[] {
  if (!(num_rows >= 0n && num_rows <= MOST_VALUES)) throw new Error(`a group of ${num_rows} rows`);
  return columns.flatMap(({ meta_data }) => {
    if (!meta_data || !names.includes(meta_data.path_in_schema[0]!)) return [];
    const start = Number(meta_data.dictionary_page_offset || meta_data.data_page_offset);
    const values = Number(meta_data.num_values);
    if (!(values >= 0 && values <= MOST_VALUES)) throw new Error(`${values} values of a column in a group of rows`);
    return [{ start, end: start + Number(meta_data.total_compressed_size), values }];
  });
}

/** Throws unless the pages of a chunk lie within its bytes, and hold no more than it announces. */
export function checkPages(bytes: ArrayBuffer, { start, end, values }: Chunk): void {
  const view = new DataView(bytes);
  let held = 0;
  for (let at = start; at < end - 1;) {
    const compact = new Compact(view, at, end);
    const header = compact.struct();
    const [whole, packed, page] = [header.get(2), header.get(3), header.get(5) ?? header.get(8) ?? header.get(7)];
    const count = typeof page === "object" ? page.get(1) : 0, left = end - compact.at;
    if (!within(packed, left) || !within(whole, MOST_BYTES)) throw new Error(`a page that is no part of ${left} bytes`);
    // Those of a dictionary are not the column's.
    const most = header.has(7) ? whole : values - held;
    if (!within(count, most)) throw new Error(`a page of more than ${most} values`);
    if (!header.has(7)) held += count;
    at = compact.at + packed;
  }
}

const within = (value: number | Fields | undefined, most: number): value is number =>
  typeof value === "number" && value >= 0 && value <= most;
