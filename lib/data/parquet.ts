/** Rows of a Parquet file, a group of rows at a time, and only the columns that are used. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { AsyncBuffer, Compressors, FileMetaData } from "hyparquet";
import { InputError } from "../errors.ts";
import { openFile, readInto } from "../files.ts";
import { localPath } from "../hub/mod.ts";

/** hyparquet has Snappy itself; the runtime has the others that are common. */
const COMPRESSORS: Compressors = {
  GZIP: (input) => new Uint8Array(gunzipSync(input)),
  ZSTD: (input) => new Uint8Array(zstdDecompressSync(input)),
  BROTLI: (input) => new Uint8Array(brotliDecompressSync(input)),
};

/**
 * Opens a Parquet file: its columns, and its rows, of which `read` gives those columns that are named.
 * @throws {InputError} If it is no complete Parquet file, or is written in a way that is not known here.
 */
export async function openParquet(path: string): Promise<{
  columns: string[];
  read: (columns: readonly string[]) => AsyncGenerator<Record<string, unknown>>;
}> {
  const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  const { size } = await Deno.stat(await localPath(path));
  const metadata = await understood(path, () => withFile(path, size, (file) => parquetMetadataAsync(file)));
  const columns = await understood(path, () => parquetSchema(metadata).children.map(({ element }) => element.name));
  return { columns, read: (columns) => rows({ path, size, metadata }, [...columns]) };
}

async function* rows(
  { path, size, metadata }: { path: string; size: number; metadata: FileMetaData },
  columns: string[],
): AsyncGenerator<Record<string, unknown>> {
  const { parquetReadObjects } = await import("hyparquet");
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const options = { metadata, columns, rowStart, rowEnd, compressors: COMPRESSORS };
    yield* await understood(path, () => withFile(path, size, (file) => parquetReadObjects({ file, ...options })));
    rowStart = rowEnd;
  }
}

async function withFile<T>(path: string, byteLength: number, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  using file = await openFile(await localPath(path));
  // One after the other: a seek and its read belong together.
  let last: Promise<unknown> = Promise.resolve();
  const read = async (start: number, end: number) => {
    const bytes = new Uint8Array(Math.max(0, end - start));
    await file.seek(start, Deno.SeekMode.Start);
    if (await readInto(file, bytes) < bytes.length) throw new Error("the file ends too early");
    return bytes.buffer;
  };
  // hyparquet drops what it has begun with other columns where one is damaged; an error in that, which nobody hears,
  // would end the process. So what is read after the end is not handed out.
  let ended = false;
  const slice = (start: number, end = byteLength) => {
    const bytes = last.then(() => read(start, end));
    const settled = bytes.then(() => {}, () => {});
    last = settled;
    return settled.then(() => ended ? new Promise<never>(() => {}) : bytes);
  };
  try {
    return await use({ byteLength, slice });
  } finally {
    ended = true;
  }
}

/** What hyparquet does not understand, it says in errors of its own. */
async function understood<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { message } = error as Error;
    const codec = /unsupported compression codec: (.*)/.exec(message)?.[1];
    throw new InputError(
      codec === undefined
        ? `${path}: expected a complete Parquet file, found ${message}`
        : `${path}: expected Parquet packed with snappy, gzip, zstd, brotli or nothing, found ${codec}`,
    );
  }
}

/** A value of Parquet or JSON as text; `null` for a list or an object, which a cell cannot hold. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return null; // Beyond what dates can be.
    const text = value.toISOString();
    return text.endsWith("T00:00:00.000Z") ? text.slice(0, 10) : text;
  }
  return typeof value === "object" ? null : String(value);
}

/** What a list or an object becomes in a column that nobody uses. */
export function nestedText(value: unknown): string {
  return JSON.stringify(value, (_, inner) => typeof inner === "bigint" ? String(inner) : inner);
}
