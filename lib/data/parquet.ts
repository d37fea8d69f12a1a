/** Rows of a Parquet file, a group of rows at a time, and only the columns that are used. */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { AsyncBuffer, Compressors, FileMetaData } from "hyparquet";
import { InputError } from "../errors.ts";
import { openFile, readInto } from "../files.ts";
import { localPath } from "../hub/mod.ts";
import { checkFooter, checkPages, type Chunk, chunksOf } from "./parquet_check.ts";

/** hyparquet has Snappy itself; the runtime has the others that are common. */
const COMPRESSORS: Compressors = {
  GZIP: (input, length) => new Uint8Array(gunzipSync(input, { maxOutputLength: Math.max(1, length) })),
  ZSTD: (input, length) => new Uint8Array(zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
  BROTLI: (input, length) => new Uint8Array(brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) })),
};

/**
 * Opens a Parquet file: its columns, and its rows, of which `read` gives those columns that are named.
 * @throws {InputError} If it is no complete Parquet file, or is written in a way that is not known here.
 */
export async function openParquet(path: string): Promise<{
  columns: string[];
  read: (columns: readonly string[]) => AsyncGenerator<Record<string, unknown>>;
}> {
  const { parquetSchema } = await import("hyparquet");
  const { size } = await Deno.stat(await localPath(path));
  const metadata = await understood(path, () => withFile({ path, size }, readMetadata));
  const columns = await understood(path, () => parquetSchema(metadata).children.map(({ element }) => element.name));
  return { columns, read: (columns) => rows({ path, size, metadata }, [...columns]) };
}

/** The footer, which its length and four letters follow. */
async function readMetadata({ byteLength, slice }: AsyncBuffer): Promise<FileMetaData> {
  const { parquetMetadata } = await import("hyparquet");
  if (byteLength < 12) throw new Error("that it ends too early");
  const length = new DataView(await slice(byteLength - 8)).getUint32(0, true);
  if (length > byteLength - 8) throw new Error(`a footer of ${length} bytes in ${byteLength}`);
  const end = new Uint8Array(await slice(byteLength - 8 - length));
  checkFooter(end.subarray(0, length));
  // What places and shapes mean is nothing that a table of texts asks.
  return parquetMetadata(end, { geoparquet: false });
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
    yield* await understood(path, () => {
      const chunks = chunksOf(group, columns);
      return withFile({ path, size, chunks }, (file) => parquetReadObjects({ file, ...options }));
    });
    rowStart = rowEnd;
  }
}

/** Opens a file as hyparquet reads it; the pages of chunks are looked at before it gets them. */
async function withFile<T>(
  { path, size: byteLength, chunks = [] }: { path: string; size: number; chunks?: readonly Chunk[] },
  use: (file: AsyncBuffer) => Promise<T>,
): Promise<T> {
  using file = await openFile(await localPath(path));
  // One after the other: a seek and its read belong together.
  let last: Promise<unknown> = Promise.resolve();
  const read = async (start: number, end: number) => {
    const bytes = new Uint8Array(Math.max(0, end - start));
    await file.seek(start, Deno.SeekMode.Start);
    if (await readInto(file, bytes) < bytes.length) throw new Error("that it ends too early");
    for (const { start: from, end: to, values } of chunks) {
      if (start <= from && to <= end) checkPages(bytes.buffer, { start: from - start, end: to - start, values });
    }
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
    const message = (error as Error).message.replaceAll(/\[object \w+\]/g, "something else");
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
