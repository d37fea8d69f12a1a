import { fileError } from "./file_error.ts";

/**
 * Writes a file so that a reader sees either the old bytes or all of the new ones: the bytes go to `<path>.tmp`,
 * reach the disk, and take the name at the end.
 *
 * @param path The file to create or replace; its folder must exist.
 * @param chunks The bytes, in order; one chunk at a time is held.
 * @throws {InputError} If the folder is missing or closed, or the disk is full; the temporary file is removed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeAtomic } from "./write_atomic.ts";
 *
 * const dir = await Deno.makeTempDir();
 * await writeAtomic(`${dir}/a.bin`, [new Uint8Array([1]), new Uint8Array([2])]);
 * assertEquals([...await Deno.readFile(`${dir}/a.bin`)], [1, 2]);
 * await Deno.remove(dir, { recursive: true });
 * ```
 */
export async function writeAtomic(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    try {
      for (const chunk of chunks) {
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
