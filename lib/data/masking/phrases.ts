import type { Span } from "../education/degree_level.ts";

/**
 * A pattern that finds any of the phrases of a lexicon: whole words, in upper or lower case, the longest first. A space
 * stands for any white space or a hyphen, an apostrophe for any apostrophe or none.
 *
 * @param phrases The phrases, at least one.
 * @param flags Flags of the expression besides `i`.
 * @param around Pattern sources to stand before and after, `$` to anchor the end for example.
 * @returns The pattern, whose first group is the phrase.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { phrasePattern } from "./phrase_pattern.ts";
 *
 * const found = "on the dean’s  list, top-ranked".match(phrasePattern(["dean's list", "top ranked"], "g"));
 * assertEquals(found, ["dean’s  list", "top-ranked"]);
 * ```
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

/**
 * Whether two pieces of a text stand in one sentence, not far apart.
 *
 * @param text The text.
 * @param a, b The pieces, in any order.
 * @param reach The most letters that may be between them.
 * @returns Whether they do.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { sameSentence } from "./same_sentence.ts";
 *
 * const a = { start: 0, end: 3 };
 * assertEquals(sameSentence("one and two", a, { start: 8, end: 11 }, 80), true);
 * assertEquals(sameSentence("one. Two", a, { start: 5, end: 8 }, 80), false);
 * ```
 */
export function sameSentence(
  text: string,
  a: Pick<Span, "start" | "end">,
  b: Pick<Span, "start" | "end">,
  reach: number,
): boolean {
  const [first, second] = a.start < b.start ? [a, b] : [b, a];
  if (second.start - first.end > reach) return false;
  return !SENTENCE_END.test(text.slice(first.end, second.start + 1));
}
