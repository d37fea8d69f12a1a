import type { Span } from "../education/degree_level.ts";
import type { Section } from "../education/find_sections.ts";
import { phrasePattern } from "./phrase_pattern.ts";
import { sameSentence } from "./same_sentence.ts";
import lexicon from "./years.json" with { type: "json" };

const MONTH =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|" +
  "Nov(?:ember)?|Dec(?:ember)?)\\.?";
const SEASON = "(?:Spring|Summer|Fall|Autumn|Winter)";
const YEAR = "(?:19[4-9]\\d|20[0-4]\\d)";
const DATE =
  `(?:(?:${MONTH}(?:\\s+\\d{1,2})?|${SEASON}),?\\s+(?:of\\s+)?|\\d{1,2}\\s?/\\s?(?:\\d{1,2}\\s?/\\s?)?)?${YEAR}`;
const END = `(?:${DATE}|[Pp]resent|PRESENT|[Cc]urrent|CURRENT)`;
/** Not a part of a longer number, nor an amount. */
const DATES = new RegExp(`(?<![\\d$€£.,/-])${DATE}(?:\\s*(?:-|–|—|to|until)\\s*${END})?(?![\\d%]|[.,/-]\\d)`, "giu");
/** "5/96", only where a date is sure to be meant. */
const SHORT_DATES = /(?<![\d/.])(?:0?[1-9]|1[0-2])\/\d\d(?![\d/])/g;
const CUE = phrasePattern(lexicon.cues, "", { after: "\\s*[:,-]?\\s*(?:in\\s+)?$" });

/**
 * Finds the years in which somebody graduated: every date of an education section, dates in the same sentence as a degree
 * or a school, and dates after a word such as "graduated".
 *
 * @param text The résumé.
 * @param sections Its education sections, from `educationSections`.
 * @param near Its degrees and schools.
 * @returns The dates in order, without overlap; a range is one.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { findYears } from "./find_years.ts";
 *
 * const text = "Sold 2014 cars in 2015. Earned a B.A. in May 2011. Class of 2011!";
 * const degree = { start: text.indexOf("B.A."), end: text.indexOf("B.A.") + 4 };
 * assertEquals(findYears(text, [], [degree]).map(({ text }) => text), ["May 2011", "2011"]);
 * ```
 */
export function findYears(
  text: string,
  sections: readonly Section[],
  near: readonly Pick<Span, "start" | "end">[],
): Span[] {
  const inSection = (at: number) => sections.some(({ start, end }) => at >= start && at < end);
  const found: Span[] = [];
  for (const match of text.matchAll(DATES)) {
    const start = match.index, end = start + match[0].length;
    const wanted = inSection(start) || CUE.test(text.slice(Math.max(0, start - 30), start)) ||
      near.some((mention) => sameSentence(text, mention, { start, end }, lexicon.reach));
    if (wanted) found.push({ start, end, text: match[0] });
  }
  for (const match of text.matchAll(SHORT_DATES)) {
    const start = match.index, end = start + match[0].length;
    if (inSection(start) && !found.some((other) => start < other.end && other.start < end)) {
      found.push({ start, end, text: match[0] });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}
