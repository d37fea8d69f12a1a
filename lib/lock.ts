/** One process at a time writes to an output: two trainings in one folder would make a history that neither had. */
import { InputError } from "./errors.ts";
import { fileError, isAt } from "./files.ts";

/**
 * Takes a folder that exists, or a file to be written, for this process alone, until what comes back is disposed of: a
 * file with the process's id, `.lock` in the folder or `<file>.lock`. The system holds the lock, so that it ends with
 * the process however that ends, and a file that was left is no lock.
 *
 * @throws {InputError} If another process has it, which is named, or the place cannot be written to.
 */
export async function lockOutput(output: string, kind: "folder" | "file" = "folder"): Promise<AsyncDisposable> {
  const path = kind === "folder" ? `${output}/.lock` : `${output}.lock`;
  try {
    for (;;) {
      const found = await Deno.lstat(path).catch(() => null);
      if (found !== null && !found.isFile) {
        throw new InputError(`${path}: expected the lock of ${output}, found a link`);
      }
      const file = await Deno.open(path, { read: true, write: true, create: true });
      // A file that its owner removed in between is no lock any more.
      const isCurrent = await isAt(file, path);
      const mine = isCurrent && await file.tryLock(true);
      if (mine && await isAt(file, path)) {
        await file.truncate();
        await file.write(new TextEncoder().encode(`${Deno.pid}\n`));
        return {
          async [Symbol.asyncDispose]() {
            await Deno.remove(path).catch(() => {});
            file.close();
          },
        };
      }
      const text = new Uint8Array(32);
      const owner = new TextDecoder().decode(text.subarray(0, await file.read(text) ?? 0)).trim();
      file.close();
      if (isCurrent && !mine && owner !== "") {
        throw new InputError(
          `${output} is being written by process ${owner}: wait until it has ended, or choose another output`,
        );
      }
    }
  } catch (error) {
    throw fileError(output, "cannot be written", error);
  }
}
