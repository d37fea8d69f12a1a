import { markFormula } from "./cell_values.ts";
import { dirname } from "@std/path";
import { fileError, writeAtomic } from "../files.ts";
import { tableFormat } from "./read_table.ts";

/** A value of a written row; `null` becomes an empty CSV field or a JSON null. */
export type CellValue = string | number | boolean | null;

/** Rows are gathered into writes of about this many characters. */
const CHUNK_LENGTH = 256 * 1024;

/**
 * Writes a table row by row, so that a reader never finds half of it and an older file survives a failure. The
 * extension decides the format; missing folders are made. Gives the number of rows. CSV has LF line ends and quotes
 * where RFC 4180 asks for them; numbers are written so that they read back exactly, and texts that a spreadsheet would run
 * have an apostrophe before them, which `readTable` takes away.
 * @throws {InputError} If the disk is full or the place cannot be written to.
 * @throws {TypeError} If a row lacks a column or has another one, or a number is not finite.
 */
export async function writeTable(
  path: string,
  columns: readonly string[],
  rows: Iterable<Record<string, CellValue>> | AsyncIterable<Record<string, CellValue>>,
): Promise<number> {
  const { format, delimiter } = tableFormat(path);
  const encoder = new TextEncoder();
  let written = 0;
  const chunks = async function* () {
    let text = format === "csv" ? csvLine(columns, delimiter) : "";
    for await (const row of rows) {
      const cells = cellsOf(row, columns);
      text += format === "csv" ? csvLine(cells, delimiter) : JSON.stringify(row, columns as string[]) + "\n";
      written++;
      if (text.length < CHUNK_LENGTH) continue;
      yield encoder.encode(text);
      text = "";
    }
    yield encoder.encode(text);
  };
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw fileError(path, "cannot be written", error);
  }
  await writeAtomic(path, chunks());
  return written;
}

/**
 * A row of a CSV that no spreadsheet runs anything of. Not `@std/csv`'s `stringify`: it leaves a carriage return unquoted,
 * and a lone empty field as a blank line.
 */
export function csvLine(cells: readonly CellValue[], delimiter: string): string {
  const fields = cells.map((cell) => {
    const text = typeof cell === "string" ? markFormula(cell) : cell === null ? "" : String(cell);
    const special = text.includes(delimiter) || /["\r\n]/.test(text);
    return special ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return (fields.length === 1 && fields[0] === "" ? '""' : fields.join(delimiter)) + "\n";
}

function cellsOf(row: Record<string, CellValue>, columns: readonly string[]): CellValue[] {
  const names = Object.keys(row);
  const stray = names.find((name) => !columns.includes(name)) ?? columns.find((column) => !(column in row));
  if (stray !== undefined) {
    throw new TypeError(`Expected the columns ${columns.join(", ")}, the row differs in "${stray}"`);
  }
  return columns.map((column) => {
    const value = row[column]!;
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new TypeError(`Expected a finite number in column "${column}", found ${value}`);
    }
    return value;
  });
}
