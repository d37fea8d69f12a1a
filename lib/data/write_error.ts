import { InputError } from "../errors.ts";

/**
 * Turns what the system says when a file cannot be written into one line for the user.
 *
 * @param path The file that was being written.
 * @param error What was thrown.
 * @returns An `InputError` for a full disk, a missing permission or a bad path; any other error as it is.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { asWriteError } from "./write_error.ts";
 *
 * const full = Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
 * assertEquals((asWriteError("out.csv", full) as Error).message, "out.csv: no space left on the disk");
 * ```
 */
export function asWriteError(path: string, error: unknown): unknown {
  const code = (error as { code?: string } | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") return new InputError(`${path}: no space left on the disk`);
  if (code === "EFBIG") return new InputError(`${path}: the file grows larger than the system allows`);
  if (code === "EROFS") return new InputError(`${path}: the disk is read-only`);
  if (error instanceof Deno.errors.PermissionDenied) return new InputError(`${path}: no permission to write the file`);
  if (code === "EISDIR" || code === "ENOTDIR" || code === "EEXIST" || code === "ENOTEMPTY") {
    return new InputError(`${path}: expected a place for a file, found a folder, or a file where a folder should be`);
  }
  return error;
}
