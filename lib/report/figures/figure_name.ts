/**
 * A name fit for a file, of parts that may come from data.
 *
 * @param parts Such as `selection-rates` and the name of an attribute.
 * @returns Lower-case letters, digits and single hyphens. Where letters of other scripts are lost, a number made of them keeps
 *   names apart.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { figureName } from "./figure_name.ts";
 *
 * assertEquals(figureName("selection-rates", "Education level"), "selection-rates-education-level");
 * assertEquals(figureName("selection-rates", "学历"), "selection-rates-0oylo2e");
 * ```
 */
export function figureName(...parts: readonly string[]): string {
  return parts.flatMap((part) => {
    const plain = part.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
    const latin = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
    const lost = /[^\0-\x7f]/.test(plain) || latin === "";
    return [...(latin === "" ? [] : [latin]), ...(lost ? [hash(part)] : [])];
  }).join("-");
}

/** FNV-1a, 32 bits. */
function hash(text: string): string {
  let value = 2166136261;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 16777619);
  return (value >>> 0).toString(36).padStart(7, "0");
}
