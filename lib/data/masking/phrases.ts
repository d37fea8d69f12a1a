import type { Piece } from "../education/degree_level.ts";

/**
 * A pattern that finds any of the phrases of a lexicon: whole words, in upper or lower case, the longest first. A space
 * stands for any white space or a hyphen, an apostrophe for any apostrophe or none.
 */
export function phrasePattern(
  phrases: readonly string[],
  flags = "",
  { before = "", after = "" }: { before?: string; after?: string } = {},
): RegExp {
  const any = [...phrases].sort((a, b) => b.length - a.length).map(source).join("|");
  return new RegExp(`${before}(?<![\\p{L}\\d])(${any})(?![\\p{L}\\d])${after}`, `iu${flags}`);
}

function source(phrase: string): string {
  return phrase
    .replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
    .replaceAll("'", "(?:['’´`]|â€™)?")
    .replaceAll(/[ -]/g, "[\\s-]{1,3}");
}

/** A line that begins with a capital begins something new; one that goes on in lower case was wrapped. */
const SENTENCE_END = /[.!?](?=\s+\p{Lu})|[;•]|\n(?=\s*(?:\n|\p{Lu}))/u;

/** Whether two pieces of a text stand in one sentence, not far apart. */
export function sameSentence(text: string, [a, b]: readonly [Piece, Piece], reach: number): boolean {
  const [first, second] = a.start < b.start ? [a, b] : [b, a];
  if (second.start - first.end > reach) return false;
  return !SENTENCE_END.test(text.slice(first.end, second.start + 1));
}
