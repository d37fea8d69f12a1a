/**
 * Cuts a stream of text into records: at every line feed, or, with `quoted`, at every line feed outside double quotes,
 * so that a CSV field may hold line breaks. Holds at most one unfinished record and one chunk.
 *
 * @param chunks The text, cut anywhere.
 * @param options `quoted`: whether double quotes protect line feeds. `maxLength`: the longest record, in UTF-16 units.
 * @returns For each chunk the records it completed, without their line end (LF or CRLF).
 * @throws {RangeError} If a record is longer than `maxLength`; the records before it have been given.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { splitRecords } from "./split_records.ts";
 *
 * const chunks = ReadableStream.from(['a,b\n"x\n', 'y",z']);
 * const records = (await Array.fromAsync(splitRecords(chunks, { quoted: true, maxLength: 100 }))).flat();
 * assertEquals(records, ["a,b", '"x\ny",z']);
 * ```
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
