/** The text of a file: unpacked if it is gzip, decoded in the encoding it has or is said to have. */
import { createGunzip } from "node:zlib";
import { pipeline, Readable } from "node:stream";
import { InputError } from "../errors.ts";
import { exists, openFile } from "../files.ts";
import { localPath } from "../hub/mod.ts";

/** How the text of a file is found. */
export interface TextOptions {
  /**
   * A name that the WHATWG's encoding standard has, such as `utf-16le` or `windows-1252`. Default: what the byte order
   * mark says, UTF-16 where every other byte is 0, else UTF-8; ASCII that turns out to hold Windows-1252 is read as such.
   */
  encoding?: string | undefined;
  /** Told what was guessed, in one sentence. */
  note?: ((sentence: string) => void) | undefined;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * Reads a file in chunks of text; the byte order mark is dropped and memory stays at one chunk.
 * @throws {InputError} If the file cannot be opened or unpacked, or a byte is wrong in its encoding, with line and
 * offset of the first one.
 */
export async function* readText(path: string, options: TextOptions = {}): AsyncGenerator<string> {
  let decoder: Decoder | undefined, started = false;
  // ASCII is the same in UTF-8 and Windows-1252: which of them it is, the first other character says.
  let offset = 0, lines = 0, undecided: Uint8Array = new Uint8Array(0);
  for await (const chunk of readBytes(path)) {
    if (!started) decoder = statedDecoder(path, chunk, options);
    started = true;
    const bytes = undecided.length === 0 ? chunk : new Uint8Array([...undecided, ...chunk]);
    const ascii = decoder === undefined ? asciiLength(bytes) : 0;
    if (ascii > 0) yield ASCII.decode(bytes.subarray(0, ascii));
    offset += ascii;
    lines += lineFeeds(bytes.subarray(0, ascii));
    undecided = bytes.slice(ascii);
    if (decoder === undefined && undecided.length < LONGEST_CHARACTER) continue;
    decoder ??= new Decoder(path, { ...guessed(path, undecided, lines, options), offset, lines });
    yield decoder.decode(undecided);
    undecided = new Uint8Array(0);
  }
  if (undecided.length > 0) {
    decoder = new Decoder(path, { ...guessed(path, undecided, lines, options), offset, lines });
    yield decoder.decode(undecided);
  }
  yield decoder?.decode(null) ?? "";
}

/** The first bytes of a file as they stand, for what they say of its format. */
export async function firstBytes(path: string, most = 4): Promise<Uint8Array> {
  using file = await open(path);
  const bytes = new Uint8Array(most);
  return bytes.subarray(0, await file.read(bytes) ?? 0);
}

async function* readBytes(path: string): AsyncGenerator<Uint8Array> {
  const [first, second] = await firstBytes(path);
  if (first !== 0x1f || second !== 0x8b) return yield* fileChunks(path, new Uint8Array(CHUNK_BYTES));
  // Not DecompressionStream: it refuses what follows the first member, of which some programs write many.
  const unpacked = createGunzip();
  pipeline(Readable.from(fileChunks(path)), unpacked, () => {}); // its errors are those of `unpacked`
  try {
    for await (const chunk of unpacked) yield chunk;
  } catch (error) {
    const { code = "" } = error as { code?: string };
    if (!code.startsWith("Z_")) throw error;
    throw new InputError(`${path}: expected a complete gzip file, found ${(error as Error).message}`);
  }
}

/** With a buffer, each chunk takes the place of the one before it. */
async function* fileChunks(path: string, own?: Uint8Array): AsyncGenerator<Uint8Array> {
  using file = await open(path);
  while (true) {
    const buffer = own ?? new Uint8Array(CHUNK_BYTES);
    const read = await file.read(buffer);
    if (read === null) return;
    yield buffer.subarray(0, read);
  }
}

async function open(path: string): Promise<Deno.FsFile> {
  const file = await localPath(path);
  if (!await exists(file)) throw new InputError(`${path}: file not found`);
  return await openFile(file);
}

/** Names that programs have for encodings and the WHATWG has not. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  "utf-8-sig": "utf-8",
  "latin-1": "windows-1252",
  "ansi": "windows-1252",
  "mac-roman": "macintosh",
  "utf-16-le": "utf-16le",
  "utf-16-be": "utf-16be",
};

/**
 * Makes a decoder that a wrong byte stops.
 * @throws {InputError} If there is no such encoding.
 */
function newDecoder(encoding: string): TextDecoder {
  const name = encoding.trim().toLowerCase().replaceAll("_", "-");
  try {
    return new TextDecoder(OTHER_NAMES[name] ?? name, { fatal: true });
  } catch {
    throw new InputError(
      `Encoding: expected a name such as utf-8, utf-16le, windows-1252 or iso-8859-2, found "${encoding}"`,
    );
  }
}

const ASCII = new TextDecoder("utf-8", { ignoreBOM: true });

/** Bytes of a character in UTF-8, at most. */
const LONGEST_CHARACTER = 4;

/** Bytes that mean nothing in Windows-1252, and that TextDecoder makes control characters of; NUL is in no text. */
const NOT_WINDOWS_1252 = /[\0\x81\x8d\x8f\x90\x9d]/;

/** The decoder that the options, the byte order mark, or zeros name. */
function statedDecoder(path: string, start: Uint8Array, { encoding, note }: TextOptions): Decoder | undefined {
  const mark = markedEncoding(start);
  if (encoding !== undefined) {
    const { encoding: own } = newDecoder(encoding);
    if (mark !== undefined && mark !== own && !(mark === "utf-16be" && /^utf-?_?16$/i.test(encoding))) {
      throw new InputError(`${path}: expected ${own} as --encoding says, found the byte order mark of ${mark}`);
    }
    return new Decoder(path, { encoding: mark ?? own });
  }
  if (mark !== undefined) return new Decoder(path, { encoding: mark });
  const unmarked = utf16Without(start);
  if (unmarked === undefined) return undefined;
  note?.(`${path} is read as ${unmarked.toUpperCase()}, since every other byte is 0; --encoding names another`);
  return new Decoder(path, { encoding: unmarked });
}

/** UTF-8 if a character of it stands first, else Windows-1252. */
function guessed(path: string, bytes: Uint8Array, lines: number, { note }: TextOptions) {
  const isUtf8 = [2, 3, 4].some((length) => {
    try {
      newDecoder("utf-8").decode(bytes.subarray(0, length));
      return true;
    } catch {
      return false;
    }
  });
  if (isUtf8) return { encoding: "utf-8" };
  note?.(`${path} is read as Windows-1252, since line ${lines + 1} is not UTF-8; --encoding names another`);
  return { encoding: "windows-1252", guessed: true };
}

/** Decodes chunk after chunk, and knows where it is. */
class Decoder {
  readonly #decoder: TextDecoder;
  #tail: Uint8Array = new Uint8Array(0);

  constructor(
    readonly path: string,
    readonly start: {
      readonly encoding: string;
      readonly guessed?: boolean;
      offset?: number;
      lines?: number;
    },
  ) {
    this.#decoder = newDecoder(start.encoding);
  }

  /** The text of the next bytes; `null` ends it. */
  decode(bytes: Uint8Array | null): string {
    const chunk = bytes ?? new Uint8Array(0);
    try {
      const text = this.#decoder.decode(chunk, { stream: bytes !== null });
      if (this.start.guessed && NOT_WINDOWS_1252.test(text)) throw new TypeError("Expected Windows-1252");
      this.start.offset = (this.start.offset ?? 0) + chunk.length;
      this.start.lines = (this.start.lines ?? 0) + lineFeeds(chunk);
      this.#tail = chunk.slice(1 - LONGEST_CHARACTER);
      return text;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      throw this.#wrongByte(chunk);
    }
  }

  #wrongByte(chunk: Uint8Array): InputError {
    const { guessed, offset = 0, lines = 0 } = this.start;
    const { encoding } = this.#decoder;
    // Where it is in other encodings, TextDecoder does not say.
    const bad = encoding === "utf-8" ? offset - this.#tail.length + firstBadByte(this.#tail, chunk) : undefined;
    const line = lines + 1 + lineFeeds(chunk.subarray(0, Math.max(0, (bad ?? 0) - offset)));
    const name = guessed ? "UTF-8 or Windows-1252" : encoding === "utf-8" ? "UTF-8" : encoding;
    const found = bad === undefined ? `bytes that are none after offset ${offset}` : `a wrong byte at offset ${bad}`;
    return new InputError(
      `${this.path}, line ${line}: expected ${name} text, found ${found}; --encoding names another, as windows-1252`,
    );
  }
}

function markedEncoding([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return a === 0xfe && b === 0xff ? "utf-16be" : undefined;
}

/** UTF-16 of mostly Latin text, by its zeros; whole pairs that hold any other are too rare to matter. */
function utf16Without(start: Uint8Array): "utf-16le" | "utf-16be" | undefined {
  const pairs = Math.floor(Math.min(start.length, 4096) / 2);
  let even = 0, odd = 0;
  for (let i = 0; i < 2 * pairs; i++) if (start[i] === 0) i % 2 === 0 ? even++ : odd++;
  if (odd > 0.6 * pairs && even < 0.1 * pairs) return "utf-16le";
  return even > 0.6 * pairs && odd < 0.1 * pairs ? "utf-16be" : undefined;
}

/** How many bytes from the first on are ASCII. */
function asciiLength(bytes: Uint8Array): number {
  let length = 0;
  while (length < bytes.length && bytes[length]! < 0x80) length++;
  return length;
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

function lineFeeds(bytes: Uint8Array): number {
  let n = 0;
  for (let i = bytes.indexOf(10); i !== -1; i = bytes.indexOf(10, i + 1)) n++;
  return n;
}
