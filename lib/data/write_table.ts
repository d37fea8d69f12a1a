import { fileError } from "../files.ts";
import { type TableFormat, tableFormat } from "./table_format.ts";

/** A value of a written row; `null` becomes an empty CSV field or a JSON null. */
export type CellValue = string | number | boolean | null;

/** Options of {@linkcode writeTable}. */
export interface WriteTableOptions {
  /** Default by extension, as for `readTable`. */
  format?: TableFormat;
  /** Default: a tab for `.tsv`, else a comma. */
  delimiter?: string;
}

/** Rows are gathered into writes of about this many characters. */
const CHUNK_LENGTH = 256 * 1024;

/**
 * Writes a table row by row: into `<path>.partial` first, renamed when complete, so that a reader never finds half a
 * table and an older file survives a failure. Missing folders are made.
 *
 * CSV has LF line ends and quotes where RFC 4180 asks for them; numbers are written so that they read back exactly.
 *
 * @param path The file to write; its extension decides the format.
 * @param columns The column names, in order.
 * @param rows The rows; a row must have every column and no other.
 * @param options See {@linkcode WriteTableOptions}.
 * @returns The number of rows written.
 * @throws {InputError} If the disk is full or the place cannot be written to.
 * @throws {TypeError} If a row lacks a column or has another one, or a number is not finite.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeTable } from "@fair-embeddings/lib";
 *
 * const path = await Deno.makeTempFile({ suffix: ".csv" });
 * await writeTable(path, ["text", "score"], [{ text: 'a "b"', score: 0.5 }]);
 * assertEquals(await Deno.readTextFile(path), 'text,score\n"a ""b""",0.5\n');
 * await Deno.remove(path);
 * ```
 */
export async function writeTable(
  path: string,
  columns: readonly string[],
  rows: Iterable<Record<string, CellValue>> | AsyncIterable<Record<string, CellValue>>,
  options: WriteTableOptions = {},
): Promise<number> {
  const { format, delimiter } = tableFormat(path, options);
  const partial = `${path}.partial`;
  let written = 0;
  const file = await attempt(path, () => openPartial(partial));
  try {
    let text = format === "csv" ? csvLine(columns, delimiter) : "";
    for await (const row of rows) {
      const cells = cellsOf(row, columns);
      text += format === "csv" ? csvLine(cells, delimiter) : JSON.stringify(row, columns as string[]) + "\n";
      written++;
      if (text.length < CHUNK_LENGTH) continue;
      await attempt(path, () => writeAll(file, text));
      text = "";
    }
    await attempt(path, async () => {
      await writeAll(file, text);
      await file.sync();
    });
    file.close();
    await attempt(path, () => Deno.rename(partial, path));
  } catch (error) {
    try {
      file.close();
    } catch {
      // Closed already: it is the rename that failed.
    }
    await Deno.remove(partial).catch(() => {});
    throw error;
  }
  return written;
}

/** Not `@std/csv`'s `stringify`: it leaves a carriage return unquoted, and a lone empty field as a blank line. */
export function csvLine(cells: readonly CellValue[], delimiter: string): string {
  const fields = cells.map((cell) => {
    const text = cell === null ? "" : String(cell);
    const special = text.includes(delimiter) || /["\r\n]/.test(text);
    return special ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return (fields.length === 1 && fields[0] === "" ? '""' : fields.join(delimiter)) + "\n";
}

async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw fileError(path, "cannot be written", error);
  }
}

async function openPartial(partial: string): Promise<Deno.FsFile> {
  const options = { write: true, create: true, truncate: true };
  try {
    return await Deno.open(partial, options);
  } catch (error) {
    const folder = /^(.+)[/\\]/.exec(partial)?.[1];
    if (!(error instanceof Deno.errors.NotFound) || folder === undefined) throw error;
    await Deno.mkdir(folder, { recursive: true });
    return await Deno.open(partial, options);
  }
}

async function writeAll(file: Deno.FsFile, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
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
