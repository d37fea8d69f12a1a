/**
 * Whether there is a file or folder.
 *
 * @param path Where.
 * @returns Whether it is there.
 * @throws {Error} What the system says when it cannot tell, such as a folder that may not be entered.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { exists } from "./exists.ts";
 *
 * assertEquals(await exists(import.meta.dirname!), true);
 * assertEquals(await exists(`${import.meta.dirname}/nothing here`), false);
 * ```
 */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
