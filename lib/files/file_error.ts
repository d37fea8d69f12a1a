import { InputError } from "../errors.ts";

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

/**
 * Turns what the operating system refused into an {@linkcode InputError} that names the file.
 *
 * @param path The file or folder that was asked for.
 * @param action What could not be done, as in "cannot be read".
 * @param error What was caught.
 * @returns An {@linkcode InputError} for anything a user can mend (missing file, permission, full disk); any other error
 * is returned as it came, with its trace, because it is our own.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fileError } from "./file_error.ts";
 *
 * const full = Object.assign(new Error("os error 28"), { code: "ENOSPC" });
 * assertEquals(fileError("a.bin", "cannot be written", full).message, "a.bin cannot be written: no space left on the disk");
 * ```
 */
export function fileError(path: string, action: string, error: unknown): Error {
  if (error instanceof InputError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const reason = typeof code === "string" ? REASONS[code] : undefined;
  if (reason !== undefined) return new InputError(`${path} ${action}: ${reason}`);
  if (error instanceof Deno.errors.NotCapable) return new InputError(`${path} ${action}: ${error.message}`);
  return error instanceof Error ? error : new Error(String(error));
}
