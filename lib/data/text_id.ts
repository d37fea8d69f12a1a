import { createHash } from "node:crypto";

/**
 * Makes runs of white space one space and trims: the form in which two texts count as the same.
 *
 * @param text Any text.
 * @returns The text on one line.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { normalizeWhitespace } from "./text_id.ts";
 *
 * assertEquals(normalizeWhitespace("  one\n\n two "), "one two");
 * ```
 */
export function normalizeWhitespace(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * A stable name for a text: the first 64 bits of the SHA-256 of its normalised form, in hexadecimal. Among a million
 * texts the chance that any two share a name is 3 in 10^8.
 *
 * @param text Any text; white space does not matter.
 * @returns 16 hexadecimal digits.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { textId } from "./text_id.ts";
 *
 * assertEquals(textId("abc"), "ba7816bf8f01cfea"); // FIPS 180-2, appendix B.1
 * assertEquals(textId("a  b\n"), textId("a b"));
 * ```
 */
export function textId(text: string): string {
  return createHash("sha256").update(normalizeWhitespace(text)).digest("hex").slice(0, 16);
}
