/** What computes: the versions that a run or a report names. */
import project from "../../deno.json" with { type: "json" };

/** The packages whose versions can change what a run comes to. */
const PACKAGES = ["onnxruntime-node", "@huggingface/transformers"] as const;

/**
 * The versions of Deno and of the packages that numbers depend on.
 *
 * @returns Versions by name.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { versions } from "./versions.ts";
 *
 * assertEquals(Object.keys(versions()), ["deno", "onnxruntime-node", "@huggingface/transformers"]);
 * assertEquals(versions().deno, Deno.version.deno);
 * ```
 */
export function versions(): Record<string, string> {
  const pinned = PACKAGES.map((name) => [name, project.imports[name].split("@").at(-1)!]);
  return { deno: Deno.version.deno, ...Object.fromEntries(pinned) };
}
