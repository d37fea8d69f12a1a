import { writeAtomic } from "./write_atomic.ts";

/**
 * Writes a text as UTF-8, as {@linkcode writeAtomic} writes bytes: the old one or all of the new one.
 *
 * @param path The file to create or replace; its folder must exist.
 * @param text What it is to hold.
 * @throws {InputError} If the folder is missing or closed, or the disk is full.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { writeText } from "./write_text.ts";
 *
 * const path = await Deno.makeTempFile();
 * await writeText(path, "résumé\n");
 * assertEquals(await Deno.readTextFile(path), "résumé\n");
 * await Deno.remove(path);
 * ```
 */
export function writeText(path: string, text: string): Promise<void> {
  return writeAtomic(path, [new TextEncoder().encode(text)]);
}
