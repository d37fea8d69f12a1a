/**
 * Files: what the operating system refuses is said with the file's name; what is written is the old bytes or all of the
 * new ones.
 */
import { createHash, randomBytes } from "node:crypto";
import { dirname, resolve } from "@std/path";
import { z } from "zod";
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
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead in a circle",
  EMFILE: "too many files are open",
  EBUSY: "it is in use",
  EIO: "the disk reports an error",
};

/** A path as a message shows it: a name of thousands of letters would bury what is said of it. */
function shown(path: string): string {
  const plain = path.replaceAll("\0", "\\0");
  return plain.length <= 200 ? plain : `${plain.slice(0, 120)}…${plain.slice(-60)}`;
}

/** Turns what the operating system refused into an {@linkcode InputError} that names the file. */
export function fileError(path: string, action: string, error: unknown): Error {
  if (error instanceof InputError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (path === "") return new InputError(`"" ${action}: expected the name of a file or folder, found none`);
  const reason = path.includes("\0") ? "a name cannot hold NUL" : typeof code === "string" ? REASONS[code] : undefined;
  if (reason !== undefined) return new InputError(`${shown(path)} ${action}: ${reason}`);
  if (error instanceof Deno.errors.NotCapable) return new InputError(`${shown(path)} ${action}: ${error.message}`);
  return error instanceof Error ? error : new Error(String(error));
}

/** Refuses, with an InputError, an output that would take the place of what it is made from. */
export function refuseSameFile(verb: string, input: string, output: string): void {
  if (resolve(input) === resolve(output)) throw new InputError(`${verb}: --input and --output are the same file`);
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
 * @param within A folder that the user has named: what lies in it may come from a stranger, and no link is followed
 * there.
 * @throws {InputError} If a file or such a link stands in the way, or the place cannot be written to.
 */
export async function makeFolder(path: string, within = path): Promise<void> {
  try {
    const inner = path.slice(within.length).split("/").filter(Boolean);
    for (const i of inner.keys()) {
      const step = [within, ...inner.slice(0, i + 1)].join("/");
      const isLink = await Deno.lstat(step).then((found) => found.isSymlink, () => false);
      if (isLink) {
        throw new InputError(`${step} is a link: expected a folder, since what it leads to is not ours to write`);
      }
    }
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(path, "cannot be made", error);
  }
}

/**
 * Opens a file to be read. A pipe or a device would wait for ever, or never end.
 *
 * @throws {InputError} If it cannot be read, or is no file.
 */
export async function openFile(path: string): Promise<Deno.FsFile> {
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (isFile) return await Deno.open(path);
    const found = isDirectory ? REASONS.EISDIR : "it is a pipe or a device, expected a file";
    throw new InputError(`${shown(path)} cannot be read: ${found}`);
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}

/**
 * Reads a file of UTF-8.
 *
 * @throws {InputError} If it cannot be read, or is no file.
 */
export async function readTextFile(path: string): Promise<string> {
  using file = await openFile(path);
  try {
    return await new Response(file.readable).text();
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
}

/** Deeper than what people and programs write; of some thousand levels, whatever walks a value runs out of stack. */
const DEEPEST_JSON = 200;

/**
 * Parses JSON that a stranger may have written.
 *
 * @throws {SyntaxError} If it is none, or nested too deeply.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const isObject = (inner: unknown) => typeof inner === "object" && inner !== null;
  let level = [value].filter(isObject);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth === DEEPEST_JSON) throw new SyntaxError(`it is nested more than ${DEEPEST_JSON} levels deep`);
    level = level.flatMap((inner) => Object.values(inner as object).filter(isObject));
  }
  return value;
}

/** A key of a record that is looked up by names: one that every object has, as `constructor`, would be found in all. */
export const OwnName = z.string().refine((name) => !(name in {}), "expected another name");

/**
 * Reads a JSON file and checks it against a schema.
 *
 * @throws {InputError} If the file cannot be read, is not JSON, or a key breaks the schema; the message names file and
 * key.
 */
export async function readJson<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
  const text = await readTextFile(path);
  let json: unknown;
  try {
    json = parseJson(text);
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

/** What a writer that was killed leaves; nothing else has such a name. */
const LEFTOVER = /\.[0-9a-f]{16}\.tmp$/;
const swept = new Set<string>();

/** Once in each folder that is written to: removes what killed writers have left. A living one holds its file. */
async function sweepLeftovers(folder: string): Promise<void> {
  if (swept.has(folder)) return;
  swept.add(folder);
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !LEFTOVER.test(name)) continue;
    try {
      using file = await Deno.open(`${folder}/${name}`, { read: true, write: true });
      if (await file.tryLock(true)) await Deno.remove(`${folder}/${name}`);
    } catch {
      // Another process was faster, or it is not ours to remove.
    }
  }
}

/** Whether an open file is still what its path names: not removed, not replaced, not reached by a link. */
export async function isAt(file: Deno.FsFile, path: string): Promise<boolean> {
  const [own, there] = [await file.stat(), await Deno.lstat(path).catch(() => null)];
  return there !== null && own.ino === there.ino && own.dev === there.dev;
}

/** A new file beside the one that it will replace, of a name that nobody can have put a link at. */
async function openTemporary(path: string): Promise<{ file: Deno.FsFile; temporary: string }> {
  for (;;) {
    const temporary = `${path}.${randomBytes(8).toString("hex")}.tmp`;
    const file = await Deno.open(temporary, { write: true, createNew: true });
    // Where files cannot be locked, nothing is swept either.
    if (await file.tryLock(true).catch(() => true) && await isAt(file, temporary)) return { file, temporary };
    file.close();
  }
}

/**
 * Writes a file so that a reader sees either the old bytes or all of the new ones: the bytes go to a file beside it,
 * reach the disk, and take the name at the end. A link at that name is replaced, never followed.
 *
 * @throws {InputError} If the folder is missing or closed, or the disk is full; the temporary file is removed.
 */
export async function writeAtomic(
  path: string,
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  let made: string | null = null;
  try {
    await sweepLeftovers(dirname(path));
    const { file, temporary } = await openTemporary(path);
    made = temporary;
    try {
      for await (const chunk of chunks) {
        for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
      }
      await file.sync();
      await Deno.rename(temporary, path);
    } finally {
      file.close();
    }
  } catch (error) {
    if (made !== null) await Deno.remove(made).catch(() => {});
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

/** Reads until the bytes are filled or the file ends; gives how many were read. */
export async function readInto(file: Deno.FsFile, bytes: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const count = await file.read(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return filled;
}

/** The SHA-256 of bytes, or of a text in UTF-8. */
export async function sha256(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

/**
 * The SHA-256 of a file, however large.
 *
 * @throws {InputError} If it cannot be read, or is no file.
 */
export async function fileSha256(path: string): Promise<string> {
  const hash = createHash("sha256");
  using file = await openFile(path);
  const buffer = new Uint8Array(2 ** 20);
  try {
    for (let read; (read = await file.read(buffer)) !== null;) hash.update(buffer.subarray(0, read));
  } catch (error) {
    throw fileError(path, "cannot be read", error);
  }
  return hash.digest("hex");
}
