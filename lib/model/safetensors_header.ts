import { InputError } from "../errors.ts";

const DTYPE_BYTES = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I16: 2,
  U16: 2,
  F16: 2,
  BF16: 2,
  I32: 4,
  U32: 4,
  F32: 4,
  I64: 8,
  U64: 8,
  F64: 8,
  C64: 8,
} as const;

/** How the numbers of a tensor are stored, by the name the safetensors format gives it. */
export type Dtype = keyof typeof DTYPE_BYTES;

/** A tensor as the header describes it. */
export interface TensorEntry {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** First byte, counted from the start of the data (which follows the header). */
  readonly begin: number;
  /** One past the last byte. */
  readonly end: number;
}

/** A parsed and validated safetensors header. */
export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
}

/**
 * Parses and validates the JSON header of a safetensors file, by the rules of the format
 * (github.com/huggingface/safetensors, "Format"): unique names, known dtypes, offsets that match dtype × shape, and data
 * without overlaps or holes up to the last byte of the file.
 *
 * @param text The header's JSON.
 * @param dataLength The bytes that follow the header in the file.
 * @param path The file's name, for error messages.
 * @returns Metadata and tensors, in the order of the header.
 * @throws {InputError} If the header breaks a rule; the message names the file and the tensor.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseHeader } from "./safetensors_header.ts";
 *
 * const header = parseHeader('{"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}}', 24, "w.safetensors");
 * assertEquals(header.tensors.get("w"), { dtype: "F32", shape: [2, 3], begin: 0, end: 24 });
 * ```
 */
export function parseHeader(text: string, dataLength: number, path: string): SafetensorsHeader {
  let json: unknown;
  try {
    json = JSON.parse(text);
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

/** `JSON.parse` keeps the last of two equal keys without a word, so the text itself is scanned. It is valid JSON here. */
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
  const bytes = shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype as Dtype]);
  if (bytes !== end - begin) {
    throw new InputError(`${where}: ${dtype} [${shape}] takes ${bytes} bytes, found data_offsets for ${end - begin}`);
  }
  return { dtype: dtype as Dtype, shape, begin, end };
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
