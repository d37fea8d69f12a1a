import { fileError } from "./file_error.ts";

/**
 * Makes a folder and those above it; one that is there already stays as it is.
 *
 * @param path The folder.
 * @throws {InputError} If a file stands in the way, or the place cannot be written to.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { makeFolder } from "./make_folder.ts";
 *
 * const dir = await Deno.makeTempDir();
 * await makeFolder(`${dir}/a/b`);
 * await makeFolder(`${dir}/a`);
 * assertEquals((await Deno.stat(`${dir}/a/b`)).isDirectory, true);
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(path, "cannot be made", error);
  }
}
