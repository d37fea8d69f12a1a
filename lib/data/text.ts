import { createHash } from "node:crypto";

/** Invisible characters that PDF and web text carries: soft hyphens, zero-width ones, byte order marks. */
// deno-lint-ignore no-control-regex -- control characters are what it is for
const INVISIBLE = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u2060\ufeff]/g;

/**
 * Cleans a text without changing what a person reads: Unicode in composed form (NFC), no invisible characters, one kind
 * of line end, one space where there were several, at most one blank line.
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

/** Makes runs of white space one space and trims: the form in which two texts count as the same. */
export function normalizeWhitespace(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * A stable name for a text: the first 64 bits of the SHA-256 of its normalised form, in hexadecimal. Among a million
 * texts the chance that any two share a name is 3 in 10^8.
 */
export function textId(text: string): string {
  return createHash("sha256").update(normalizeWhitespace(text)).digest("hex").slice(0, 16);
}

/** The text with its first letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The indefinite article of a noun phrase, by its sound: "an MBA", "a university". */
export function indefiniteArticle(phrase: string): "a" | "an" {
  // Two capitals, or a capital and a dot, are spelled out: an M.S., a B.S.; but "Ph" is read as a P.
  const spelled = /^[A-Z](?:[A-Z.]|Sc|Ed)/.test(phrase);
  const vowel = spelled ? /^[AEFHILMNORSX]/ : /^(?!uni|use|one)[aeiou]/i;
  return vowel.test(phrase) ? "an" : "a";
}
