import { fileURLToPath } from "node:url";

/**
 * The folder of this project, to which the paths in its configurations are relative.
 *
 * @returns An absolute path without a slash at the end.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { projectFolder } from "./project_folder.ts";
 *
 * assert((await Deno.stat(`${projectFolder()}/deno.json`)).isFile);
 * ```
 */
export function projectFolder(): string {
  return fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
}
