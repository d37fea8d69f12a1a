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
