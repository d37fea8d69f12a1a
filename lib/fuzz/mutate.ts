/**
 * Changes to valid inputs, each drawn from a number of its own: an input is a start and a list of such numbers, so that
 * it can be made again, and made smaller by leaving changes out.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { extname } from "@std/path";
import { Rng } from "../random.ts";
import { hostileKey, hostileNumber, hostileText, hostileValue, own, Written } from "./hostile.ts";

/** What a parser is given: files by their names, and what would be said on the command line. */
export interface Input {
  readonly files: Readonly<Record<string, Bytes>>;
  /** In JSON. */
  readonly options?: string;
}

/** The bytes of a file. */
export type Bytes = Uint8Array<ArrayBuffer>;

const encode = (text: string): Bytes => new TextEncoder().encode(text);
const decode = (bytes: Bytes) => new TextDecoder().decode(bytes);

/** One change to an input, the same for the same numbers; `others` are inputs that pieces are taken from. */
export function mutate(input: Input, step: number, others: readonly Input[]): Input {
  const rng = new Rng(step);
  const names = Object.keys(input.files);
  if (input.options !== undefined && (names.length === 0 || rng.uniform() < 0.5)) {
    return { ...input, options: mutateJson(input.options, rng, rng.pick(others).options ?? input.options) };
  }
  const name = rng.pick(names), bytes = input.files[name]!;
  const other = rng.pick(others).files[name] ?? bytes;
  return { ...input, files: { ...input.files, [name]: mutateFile(name, bytes, { rng, other }) } };
}

function mutateFile(name: string, bytes: Bytes, { rng, other }: { rng: Rng; other: Bytes }): Bytes {
  if (bytes.length === 0) return encode(hostileText(rng));
  if (rng.uniform() < 0.15) return mutateBytes(bytes, rng, other);
  switch (extname(name)) {
    case ".json":
    case ".ipynb":
      return rng.uniform() < 0.15
        ? encode(mutateText(decode(bytes), rng, decode(other)))
        : encode(mutateJson(decode(bytes), rng, decode(other)));
    case ".jsonl":
      return encode(mutateLines(decode(bytes), rng, mutateJson));
    case ".csv":
      return encode(mutateLines(decode(bytes), rng, mutateRecord));
    case ".tsv":
      return encode(mutateLines(decode(bytes), rng, (line, rng) => mutateRecord(line, rng, line, "\t")));
    case ".txt":
      return encode(mutateText(decode(bytes), rng, decode(other)));
    case ".safetensors":
      return mutateSafetensors(bytes, rng);
    case ".gz":
      return repacked(name, bytes, { rng, other });
  }
  return mutateBytes(bytes, rng, other);
}

/** The same with other contents, where they are gzip still. */
function repacked(name: string, bytes: Bytes, { rng, other }: { rng: Rng; other: Bytes }): Bytes {
  try {
    const inner = mutateFile(name.slice(0, -3), Uint8Array.from(gunzipSync(bytes)), { rng, other });
    return Uint8Array.from(gzipSync(inner));
  } catch {
    return mutateBytes(bytes, rng, other);
  }
}

/** Bits, bytes, ranges: whatever the format. */
function mutateBytes(bytes: Bytes, rng: Rng, other: Bytes): Bytes {
  const at = rng.int(bytes.length), length = 1 + rng.int(rng.uniform() < 0.5 ? 4 : 64);
  const before = bytes.slice(0, at), rest = bytes.slice(at), after = bytes.slice(at + length);
  const join = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  switch (rng.int(8)) {
    case 0:
      return before;
    case 1:
      return join(before, after);
    case 2:
      return join(before, Uint8Array.from({ length }, () => rng.int(256)), rng.uniform() < 0.5 ? after : rest);
    case 3:
      return join(before, bytes.slice(at, at + length), rest);
    case 4:
      return join(before, other.slice(rng.int(other.length + 1)));
    case 5:
      return join(before, encode(hostileText(rng)), rng.uniform() < 0.5 ? after : rest);
    case 6:
      return join(before, new Uint8Array(length).fill(rng.pick([0, 0xff, 0x80, 0x7f])), after);
  }
  const changed = bytes.slice();
  changed[at]! ^= 1 << rng.int(8);
  return changed;
}

/** Pieces of a text left out, repeated, replaced, or taken from another one. */
function mutateText(text: string, rng: Rng, other: string): string {
  const at = rng.int(text.length + 1), end = at + 1 + rng.int(rng.uniform() < 0.6 ? 3 : 80);
  const before = text.slice(0, at), piece = text.slice(at, end), after = text.slice(end);
  switch (rng.int(8)) {
    case 0:
      return before;
    case 1:
      return before + after;
    case 2:
      return before + piece + piece + after;
    case 3: {
      const from = rng.int(other.length + 1);
      return before + other.slice(from, from + 1 + rng.int(200)) + after;
    }
    case 4:
      return rng.uniform() < 0.5 ? text.toUpperCase() : text.replaceAll(/\s+/g, rng.pick([" ", "\n", "", "\u00a0"]));
    case 5:
      return before + piece.repeat(2 ** rng.int(8)) + after;
  }
  return before + hostileText(rng) + (rng.uniform() < 0.5 ? piece : "") + after;
}

type MutateText = (text: string, rng: Rng, other: string) => string;

/** A line changed, left out, repeated or moved. */
function mutateLines(text: string, rng: Rng, change: MutateText): string {
  const lines = text.split("\n");
  const at = rng.uniform() < 0.2 ? 0 : rng.int(lines.length), other = rng.pick(lines);
  switch (rng.int(8)) {
    case 0:
      return lines.toSpliced(at, 1).join("\n");
    case 1:
      return lines.toSpliced(rng.int(lines.length), 0, lines[at]!).join("\n");
    case 2:
      return mutateText(text, rng, other);
  }
  return lines.with(at, change(lines[at]!, rng, other)).join("\n");
}

/** Cells without regard to quotes: what comes of those within them is an input as well. */
function mutateRecord(line: string, rng: Rng, other: string, delimiter = ","): string {
  const cells = line.split(delimiter), others = other.split(delimiter);
  const at = rng.int(cells.length);
  switch (rng.int(6)) {
    case 5:
      return cells.with(at, others[at] ?? "").join(delimiter);
    case 0:
      return cells.toSpliced(at, 1).join(delimiter);
    case 1:
      return cells.toSpliced(at, 0, rng.pick(others)).join(delimiter);
    case 2:
      return cells.with(at, mutateText(cells[at]!, rng, rng.pick(others))).join(delimiter);
    case 3: {
      const number = hostileNumber(rng);
      return cells.with(at, number instanceof Written ? number.text : String(number)).join(delimiter);
    }
  }
  const text = hostileText(rng);
  return cells.with(at, rng.uniform() < 0.5 ? text : `"${text.replaceAll('"', '""')}"`).join(delimiter);
}

/** A value in JSON: replaced, of another type, left out, under another key, repeated, nested, or another's. */
export function mutateJson(text: string, rng: Rng, other: string): string {
  try {
    const holder = [JSON.parse(text)];
    changeValue(holder, rng, other);
    return written(holder[0]);
  } catch {
    return mutateText(text, rng, other); // No JSON, or nested too deeply to be written.
  }
}

function changeValue(holder: unknown[], rng: Rng, other: string): void {
  const { parent, key } = rng.pick(placesIn(holder));
  const value = parent[key];
  const put = (next: unknown) => void (Array.isArray(parent) ? parent[Number(key)] = next : own(parent, key, next));
  switch (parent === holder ? 4 + rng.int(5) : rng.int(9)) {
    case 0:
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
      break;
    case 1:
      if (Array.isArray(parent)) parent.splice(Number(key), 0, ...Array(2 ** rng.int(6)).fill(value));
      else own(parent, hostileKey(rng), value);
      break;
    case 2:
      if (!Array.isArray(parent)) delete parent[key];
      own(parent, rng.pick([key.toUpperCase(), `${key}x`, hostileKey(rng)]), value);
      break;
    case 3:
      put(otherPlace(other, rng, rng.uniform() < 0.6 ? key : null));
      break;
    case 4:
      put(
        rng.pick([[value], { value }, JSON.stringify(value), typeof value === "string" ? Number(value) : 0, [
          value,
          value,
        ]]),
      );
      break;
    case 5:
      put(typeof value === "number" ? -value * rng.pick([1, 0.1, 10, 1e9]) : hostileNumber(rng));
      break;
    case 6:
      put(typeof value === "string" ? mutateText(value, rng, other.slice(0, 1000)) : hostileText(rng));
      break;
    default:
      put(hostileValue(rng));
  }
}

interface Place {
  // deno-lint-ignore no-explicit-any -- an array or an object, by its keys
  readonly parent: any;
  readonly key: string;
}

/** The places of a value, its own first; nested ones are no more likely than those that hold them. */
function placesIn(holder: unknown[]): Place[] {
  const places: Place[] = [];
  const open: unknown[] = [holder];
  while (open.length > 0) {
    const parent = open.pop();
    if (typeof parent !== "object" || parent === null) continue;
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key });
      open.push(value);
    }
  }
  return places;
}

/** A value of another input: of the same name, or any. */
function otherPlace(text: string, rng: Rng, wanted: string | null): unknown {
  const places = placesIn([JSON.parse(text)]);
  const alike = places.filter(({ key }) => key === wanted);
  const { parent, key } = rng.pick(alike.length > 0 ? alike : places);
  return structuredClone(parent[key]);
}

/** JSON, with values in it that JavaScript's do not have. */
function written(value: unknown): string {
  const texts: string[] = [];
  const raw = (text: string) => `\0${texts.push(text) - 1}\0`;
  const text = JSON.stringify(value, (_, inner) => {
    if (inner instanceof Written) return raw(inner.text);
    return typeof inner === "number" && !Number.isFinite(inner) ? raw(inner > 0 ? "1e999" : "-1e999") : inner;
  });
  return text.replaceAll(/"\\u0000(\d+)\\u0000"/g, (all, i) => texts[i] ?? all);
}

/** The header as JSON, its length, a number among the data, or any byte. */
function mutateSafetensors(bytes: Bytes, rng: Rng): Bytes {
  if (bytes.length < 16) return mutateBytes(bytes, rng, bytes);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  const kind = rng.int(4);
  if (kind === 0 || length > bytes.length - 8) {
    view.setBigUint64(0, BigInt(rng.pick([0, 1, 7, length - 1, length + 1, bytes.length, 2 ** 32, 2 ** 53])), true);
    return changed;
  }
  if (kind === 1 && bytes.length - 8 - length >= 4) {
    const at = 8 + length + 4 * rng.int(Math.floor((bytes.length - 8 - length) / 4));
    view.setFloat32(at, rng.pick([NaN, Infinity, -Infinity, 3e38, -3e38, 1e-45]), true);
    return changed;
  }
  const header = decode(bytes.slice(8, 8 + length));
  const next = encode(kind === 2 ? mutateJson(header, rng, header) : mutateText(header, rng, header));
  const made = new Uint8Array(8 + next.length + bytes.length - 8 - length);
  new DataView(made.buffer).setBigUint64(0, BigInt(next.length), true);
  made.set(next, 8);
  made.set(bytes.slice(8 + length), 8 + next.length);
  return made;
}
