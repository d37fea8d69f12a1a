/**
 * Files: what the operating system refuses is said with the file's name; what is written is the old bytes or all of the
 * new ones.
 */
import type { z } from "zod";
import { InputError } from "./errors.ts";

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder, expected a file",
  EEXIST: "a file stands where a folder should be",
  ENOTEMPTY: "a folder stands where a file should be",
  EFBIG: "the file grows larger than the system allows",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space left on the disk",
  EDQUOT: "the disk quota is used up",
};

/** Turns what the operating system refused into an {@linkcode InputError} that names the file. */
export function fileError(path: string, action: string, error: unknown): Error {
  if (error instanceof InputError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const reason = typeof code === "string" ? REASONS[code] : undefined;
  if (reason !== undefined) return new InputError(`${path} ${action}: ${reason}`);
  if (error instanceof Deno.errors.NotCapable) return new InputError(`${path} ${action}: ${error.message}`);
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * Whether there is a file or folder.
 *
 * @throws {InputError} When the system cannot tell, as in a folder that may not be entered.
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw fileError(path, "cannot be read", error);
  }
}

/**
 * Makes a folder and those above it; one that is there already stays as it is.
 *
 * @throws {InputError} If a file stands in the way, or the place cannot be written to.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(path, "cannot be made", error);
  }
}

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @throws {InputError} If the file cannot be read, is not JSON, or a key breaks the schema; the message names file and
 * key.
 */
export async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${path}: expected JSON: ${(error as Error).message}`);
  }
  return checkJson(json, schema, path);
}

/**
 * Checks a value against a schema.
 *
 * @throws {InputError} If a key breaks the schema; the message names the key and what was expected.
 */
export function checkJson<T extends z.ZodType>(json: unknown, schema: T, where: string): z.output<T> {
  const checked = schema.safeParse(json);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0]!;
  const key = issue.path.length > 0 ? `, "${issue.path.join(".")}"` : "";
  const found = issue.path.reduce<unknown>((value, step) => (value as Record<PropertyKey, unknown>)?.[step], json);
  // zod's own messages say what was received when it is another type; ours end before it.
  const tail = issue.message.includes("received") || typeof found === "object"
    ? ""
    : `, found ${found === undefined ? "nothing" : JSON.stringify(found)}`;
  throw new InputError(`${where}${key}: ${issue.message.charAt(0).toLowerCase()}${issue.message.slice(1)}${tail}`);
}

/**
 * Writes a file so that a reader sees either the old bytes or all of the new ones: the bytes go to `<path>.tmp`, reach
 * the disk, and take the name at the end.
 *
 * @throws {InputError} If the folder is missing or closed, or the disk is full; the temporary file is removed.
 */
export async function writeAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    try {
      for await (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
      }
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw fileError(path, "cannot be written", error);
  }
}

/**
 * Writes a text as UTF-8, as {@linkcode writeAtomic} writes bytes: the old one or all of the new one.
 *
 * @throws {InputError} If the folder is missing or closed, or the disk is full.
 */
export function writeText(path: string, text: string): Promise<void> {
  return writeAtomic(path, [new TextEncoder().encode(text)]);
}

/** The SHA-256 of bytes, or of a text in UTF-8. */
export async function sha256(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
