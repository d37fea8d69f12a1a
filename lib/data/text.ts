import { createHash } from "node:crypto";

/** Makes runs of white space one space and trims: the form in which two texts count as the same. */
export function normalizeWhitespace(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * A stable name for a text: the first 64 bits of the SHA-256 of its normalised form, in hexadecimal. Among a million
 * texts the chance that any two share a name is 3 in 10^8.
 */
export function textId(text: string): string {
  return createHash("sha256").update(normalizeWhitespace(text)).digest().toString("hex", 0, 8);
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
