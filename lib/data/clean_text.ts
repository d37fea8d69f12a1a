/** Invisible characters that PDF and web text carries: soft hyphens, zero-width ones, byte order marks. */
// deno-lint-ignore no-control-regex -- control characters are what it is for
const INVISIBLE = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u2060\ufeff]/g;

/**
 * Cleans a text without changing what a person reads: Unicode in composed form (NFC), no invisible characters, one kind
 * of line end, one space where there were several, at most one blank line.
 *
 * @param text Any text.
 * @returns The same words on the same lines.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { cleanText } from "./clean_text.ts";
 *
 * assertEquals(cleanText("  Skills:\u00a0 \u200bpruning\r\n\n\n\n grafting "), "Skills: pruning\n\ngrafting");
 * ```
 */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029\f]/g, "\n")
    .replace(INVISIBLE, "")
    .normalize("NFC")
    .replace(/[^\S\n]+/g, " ")
    .replace(/ ?\n ?/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}
