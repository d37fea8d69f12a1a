/**
 * The safetensors format (github.com/huggingface/safetensors): eight bytes of header length, a JSON header, the data.
 * Opening a file reads its header only; tensors are read one by one when they are asked for.
 */
import { InputError } from "../errors.ts";
import { fileError, openFile, parseJson, readInto, writeAtomic } from "../files.ts";

/** Where a tensor lies, and how it is stored. */
export interface StoredTensor {
  /** The file that holds it. */
  readonly path: string;
  /** Its name in that file. */
  readonly name: string;
  /** How its numbers are stored, by the format's name: `F32`, `F16`, `BF16`, … */
  readonly dtype: string;
  /** Sizes of its dimensions. */
  readonly shape: readonly number[];
  /** First byte, counted from the start of the file; nothing promises an alignment. */
  readonly byteOffset: number;
  /** Bytes from there. */
  readonly byteLength: number;
  /** Gives the bytes where there is no file, as in a web page. */
  readonly read?: () => ArrayBuffer;
}

/** An opened safetensors file: its header, and no data. */
export interface SafetensorsFile {
  /** Where it lies. */
  readonly path: string;
  /** The header's `__metadata__`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Its tensors by name. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The limit of the reference implementation; the header of a model of a thousand tensors takes about 100 kB. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Reads and validates the header of a safetensors file; the data stays on the disk.
 * @throws {InputError} If the file cannot be read, is truncated, or its header is malformed.
 */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  try {
    using file = await openFile(path);
    const { size } = await file.stat();
    if (size < 8) throw new InputError(`${path}: expected a safetensors file, found ${size} bytes`);
    const prefix = new DataView(new ArrayBuffer(8));
    await readFully(file, new Uint8Array(prefix.buffer), path);
    // A length above 2^53 loses its last digits here, and is refused all the same.
    const headerLength = Number(prefix.getBigUint64(0, true));
    if (headerLength > size - 8 || headerLength > MAX_HEADER_BYTES) {
      throw new InputError(
        `${path}: the header claims ${headerLength} bytes and the file has ${size}: ` +
          "it is truncated, or not a safetensors file",
      );
    }
    const bytes = new Uint8Array(headerLength);
    await readFully(file, bytes, path);
    const dataStart = 8 + headerLength;
    const { metadata, tensors } = parseHeader(decodeHeader(bytes, path), size - dataStart, path);
    return {
      path,
      metadata,
      tensors: new Map(
        [...tensors].map(([name, { dtype, shape, begin, end }]) => [
          name,
          { path, name, dtype, shape, byteOffset: dataStart + begin, byteLength: end - begin },
        ]),
      ),
    };
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}

/**
 * Reads a tensor of an opened file as 32-bit floats. F16 and BF16 convert exactly; F64 rounds to nearest.
 * @throws {InputError} If there is no such tensor, it does not hold floats, or the file has shrunk since it was opened.
 */
export function readTensor(file: SafetensorsFile, name: string): Promise<Float32Array<ArrayBuffer>> {
  const tensor = file.tensors.get(name);
  if (tensor === undefined) {
    return Promise.reject(new InputError(`${file.path}: there is no tensor "${name}" among its ${file.tensors.size}`));
  }
  return readStored(tensor);
}

/** Reads a tensor as 32-bit floats from where it lies; see {@linkcode readTensor}. */
export async function readStored(tensor: StoredTensor): Promise<Float32Array<ArrayBuffer>> {
  const { path, name, dtype, byteOffset, byteLength } = tensor;
  const size = { F16: 2, BF16: 2, F32: 4, F64: 8 }[dtype];
  if (size === undefined) throw new InputError(`${path}: tensor "${name}" holds ${dtype}, expected floats`);
  const count = byteLength / size;
  // Half-width numbers are read into the second half of their own result, and widened front to back: the write at
  // i never passes the read at i, so no second buffer is needed.
  const buffer = new ArrayBuffer(Math.max(byteLength, count * 4));
  const raw = new Uint8Array(buffer, buffer.byteLength - byteLength);
  try {
    using file = await Deno.open(path);
    await file.seek(byteOffset, Deno.SeekMode.Start);
    await readFully(file, raw, `${path}: tensor "${name}"`);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  if (dtype === "F64") return Float32Array.from(new Float64Array(buffer));
  const floats = new Float32Array(buffer);
  if (dtype === "F16") {
    const halves = new Float16Array(buffer, raw.byteOffset);
    for (let i = 0; i < count; i++) floats[i] = halves[i]!;
  } else if (dtype === "BF16") {
    const bits = new Uint32Array(buffer);
    const halves = new Uint16Array(buffer, raw.byteOffset);
    for (let i = 0; i < count; i++) bits[i] = halves[i]! << 16;
  }
  return floats;
}

/**
 * Some rows of a matrix as 32-bit floats, one after the other: of a table of words a text needs a few.
 * @throws {RangeError} If there is no such row.
 */
export async function readRows(tensor: StoredTensor, rows: readonly number[]): Promise<Float32Array> {
  const [count, width] = tensor.shape as [number, number];
  const bytes = tensor.byteLength / count, read = new Map<number, Float32Array>();
  for (const row of rows) {
    if (!(row >= 0 && row < count)) throw new RangeError(`Expected a row below ${count}, was given ${row}`);
    const part = { ...tensor, byteOffset: tensor.byteOffset + row * bytes, byteLength: bytes };
    if (!read.has(row)) read.set(row, await readStored(part));
  }
  const result = new Float32Array(rows.length * width);
  rows.forEach((row, i) => result.set(read.get(row)!, i * width));
  return result;
}

async function readFully(file: Deno.FsFile, into: Uint8Array, where: string): Promise<void> {
  const missing = into.length - await readInto(file, into);
  if (missing > 0) throw new InputError(`${where}: the file ended ${missing} bytes early`);
}

function decodeHeader(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError(`${path}: expected a safetensors header in JSON, found bytes that are not UTF-8`);
  }
}

// deno-fmt-ignore -- a line for each width
const DTYPE_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1,
  I16: 2, U16: 2, F16: 2, BF16: 2,
  I32: 4, U32: 4, F32: 4,
  I64: 8, U64: 8, F64: 8, C64: 8,
};

/** A tensor as the header describes it. */
export interface TensorEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the data (which follows the header). */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;
}

/**
 * Parses and validates the JSON header of a safetensors file, by the rules of the format
 * (github.com/huggingface/safetensors, "Format"): unique names, known dtypes, offsets that match dtype × shape, and
 * data without overlaps or holes up to the last byte of the file.
 * @throws {InputError} If the header breaks a rule; the message names the file and the tensor.
 */
export function parseHeader(
  text: string,
  dataLength: number,
  path: string,
): { metadata: Readonly<Record<string, string>>; tensors: ReadonlyMap<string, TensorEntry> } {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch {
    throw new InputError(`${path}: expected a safetensors header in JSON, found something else`);
  }
  if (!isRecord(json)) throw new InputError(`${path}: expected the safetensors header to be a JSON object`);
  const repeated = firstRepeatedKey(text);
  if (repeated !== undefined) throw new InputError(`${path}: tensor "${repeated}" appears twice in the header`);

  let metadata: Record<string, string> = {};
  const tensors = new Map<string, TensorEntry>();
  for (const [name, value] of Object.entries(json)) {
    if (name === "__metadata__") metadata = checkMetadata(value, path);
    else tensors.set(name, checkEntry(value, `${path}: tensor "${name}"`));
  }
  checkCoverage(tensors, dataLength, path);
  return { metadata, tensors };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `JSON.parse` keeps the last of two equal keys without a word, so the text itself is scanned. It is valid JSON here.
 */
function firstRepeatedKey(text: string): string | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(?:\s*:)?|[{}]/g)) {
    if (token === "{") depth++;
    else if (token === "}") depth--;
    else if (depth === 1 && token.endsWith(":")) {
      const key: string = JSON.parse(token.slice(0, -1));
      if (seen.has(key)) return key;
      seen.add(key);
    }
  }
  return undefined;
}

function checkMetadata(value: unknown, path: string): Record<string, string> {
  if (!isRecord(value) || Object.values(value).some((item) => typeof item !== "string")) {
    throw new InputError(`${path}: expected __metadata__ to map strings to strings`);
  }
  return value as Record<string, string>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkEntry(value: unknown, where: string): TensorEntry {
  if (!isRecord(value)) throw new InputError(`${where}: expected an object with dtype, shape and data_offsets`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !Object.hasOwn(DTYPE_BYTES, dtype)) {
    throw new InputError(`${where}: unknown dtype ${JSON.stringify(dtype)}`);
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) {
    throw new InputError(`${where}: expected a shape of whole numbers, found ${JSON.stringify(shape)}`);
  }
  const [begin, end, ...rest]: unknown[] = Array.isArray(offsets) ? offsets : [];
  if (!isCount(begin) || !isCount(end) || end < begin || rest.length > 0) {
    throw new InputError(`${where}: expected data_offsets [begin, end], found ${JSON.stringify(offsets)}`);
  }
  const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype]!);
  if (bytes !== end - begin) {
    throw new InputError(`${where}: ${dtype} [${shape}] takes ${bytes} bytes, found data_offsets for ${end - begin}`);
  }
  return { dtype, shape, begin, end };
}

function checkCoverage(tensors: ReadonlyMap<string, TensorEntry>, dataLength: number, path: string): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let covered = 0;
  for (const [name, { begin, end }] of sorted) {
    if (end > dataLength) {
      throw new InputError(
        `${path}: the file ends inside tensor "${name}" (expected ${end} bytes of data, found ${dataLength}): ` +
          "it is truncated or still being downloaded",
      );
    }
    if (begin < covered) throw new InputError(`${path}: tensor "${name}" overlaps another`);
    if (begin > covered) {
      throw new InputError(`${path}: ${begin - covered} bytes before tensor "${name}" belong to no tensor`);
    }
    covered = end;
  }
  if (covered < dataLength) {
    throw new InputError(`${path}: ${dataLength - covered} bytes at the end belong to no tensor`);
  }
}

/** A float32 tensor in memory: its shape and its numbers in row-major order. */
export interface FloatTensor {
  /** Sizes of its dimensions. */
  readonly shape: readonly number[];
  /** As many numbers as the product of the shape. */
  readonly data: Float32Array;
}

/**
 * Writes float32 tensors as a safetensors file, in the byte layout of the Python library: names sorted, header padded
 * with spaces to a multiple of eight bytes. The same tensors always give the same bytes.
 * @throws {InputError} If the file cannot be written, for instance because the disk is full.
 * @throws {RangeError} If a shape and its data disagree.
 */
export async function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, FloatTensor>>,
  metadata: Readonly<Record<string, string>> = { format: "pt" },
): Promise<void> {
  const names = Object.keys(tensors).sort();
  const entries: [string, unknown][] = [["__metadata__", Object.fromEntries(Object.entries(metadata).sort(byKey))]];
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const name of names) {
    const { shape, data } = tensors[name]!;
    const count = shape.reduce((product, size) => product * size, 1);
    if (count !== data.length) {
      throw new RangeError(`Tensor "${name}" of shape [${shape}] needs ${count} numbers, got ${data.length}`);
    }
    entries.push([name, { dtype: "F32", shape, data_offsets: [at, at + data.byteLength] }]);
    chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    at += data.byteLength;
  }
  // Built by hand because an object would put names that look like numbers first.
  const json = `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",")}}`;
  const header = new TextEncoder().encode(json);
  const prefix = new Uint8Array(8 + Math.ceil(header.length / 8) * 8).fill(0x20);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(prefix.length - 8), true);
  prefix.set(header, 8);
  await writeAtomic(path, [prefix, ...chunks]);
}

function byKey([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1;
}
