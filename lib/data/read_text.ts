import { InputError } from "../errors.ts";
import { exists, openFile } from "../files.ts";

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a UTF-8 file in chunks of text; the byte order mark is dropped and memory stays at one chunk.
 * @throws {InputError} If the file cannot be opened, or is not UTF-8 (with the line and offset of the first wrong
 * byte).
 */
export async function* readText(path: string): AsyncGenerator<string> {
  using file = await open(path);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const buffer = new Uint8Array(CHUNK_BYTES);
  let offset = 0, lines = 0, tail = new Uint8Array(0);
  while (true) {
    const read = await file.read(buffer);
    const bytes = buffer.subarray(0, read ?? 0);
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: read !== null });
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (offset === 0 && isUtf16(bytes)) throw new InputError(`${path}: expected UTF-8 text, found UTF-16`);
      const bad = offset - tail.length + firstBadByte(tail, bytes);
      const line = lines + 1 + lineFeeds(bytes.subarray(0, Math.max(0, bad - offset)));
      throw new InputError(`${path}, line ${line}: expected UTF-8 text, found a wrong byte at offset ${bad}`);
    }
    if (text !== "") yield text;
    if (read === null) return;
    offset += bytes.length;
    lines += lineFeeds(bytes);
    tail = bytes.slice(-3);
  }
}

async function open(path: string): Promise<Deno.FsFile> {
  if (!await exists(path)) throw new InputError(`${path}: file not found`);
  return await openFile(path);
}

/** The offset in `tail + bytes` of the first byte of the first malformed sequence. */
function firstBadByte(tail: Uint8Array, bytes: Uint8Array): number {
  const all = new Uint8Array([...tail, ...bytes]);
  // `tail` may begin inside a character that was complete and valid.
  let start = 0;
  while (start < tail.length && (all[start]! & 0xc0) === 0x80) start++;
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    for (let i = start; i < all.length; i++) {
      if (decoder.decode(all.subarray(i, i + 1), { stream: true }) !== "") start = i + 1;
    }
  } catch {
    // The character that is begun here is what is wrong.
  }
  return start;
}

function isUtf16(bytes: Uint8Array): boolean {
  return (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
}

function lineFeeds(bytes: Uint8Array): number {
  let n = 0;
  for (let i = bytes.indexOf(10); i !== -1; i = bytes.indexOf(10, i + 1)) n++;
  return n;
}

/**
 * Cuts a stream of text into records: at every line feed, or, with `quoted`, at every line feed outside double quotes,
 * so that a CSV field may hold line breaks. Holds at most one unfinished record and one chunk.
 * @throws {RangeError} If a record is longer than `maxLength`; the records before it have been given.
 */
export async function* splitRecords(
  chunks: AsyncIterable<string>,
  options: { quoted: boolean; maxLength: number },
): AsyncGenerator<string[]> {
  let buffer = "", inQuotes = false;
  for await (const chunk of chunks) {
    let position = buffer.length, start = 0;
    buffer += chunk;
    const records: string[] = [];
    let newline = buffer.indexOf("\n", position);
    let quote = options.quoted ? buffer.indexOf('"', position) : -1;
    while (true) {
      if (quote !== -1 && (inQuotes || newline === -1 || quote < newline)) {
        // A doubled quote closes and opens again, so toggling is right for it too.
        inQuotes = !inQuotes;
        position = quote + 1;
        quote = buffer.indexOf('"', position);
        if (newline !== -1 && newline < position) newline = buffer.indexOf("\n", position);
      } else if (inQuotes || newline === -1) {
        break;
      } else {
        records.push(withoutCarriageReturn(buffer.slice(start, newline)));
        start = position = newline + 1;
        newline = buffer.indexOf("\n", position);
      }
    }
    buffer = buffer.slice(start);
    if (records.length > 0) yield records;
    if (buffer.length > options.maxLength) {
      throw new RangeError(`Expected records of at most ${options.maxLength} characters`);
    }
  }
  if (buffer !== "") yield [withoutCarriageReturn(buffer)];
}

function withoutCarriageReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}
