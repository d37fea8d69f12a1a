import { findSections, type Section } from "../education/find_sections.ts";

/** A full stop that is not an abbreviation's, before a sentence. */
const SENTENCE_END = /(?<=\p{Ll}{2}|[\d)])[.!?](?=[^\S\n]\p{Lu})/u;

/**
 * The education sections of a résumé, as `findSections` gives them, but where one begins in the middle of a paragraph
 * ("Education: B.A., Elm College. Sales clerk since …") it ends with the sentence.
 *
 * @param text The résumé.
 * @returns The passages in order, without overlap.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { educationSections } from "./education_sections.ts";
 *
 * const text = "Education: B.A., Elm College. Sales clerk since 2015.";
 * assertEquals(educationSections(text).map(({ start, end }) => text.slice(start, end)), [" B.A., Elm College."]);
 * ```
 */
export function educationSections(text: string): Section[] {
  return findSections(text).map(({ start, end }) => {
    const paragraph = /^[^\S\n]?\S(?:[^\S\n]?\S)*/.exec(text.slice(start, end))?.[0] ?? "";
    const stop = SENTENCE_END.exec(paragraph);
    return { start, end: stop === null ? end : start + stop.index + 1 };
  });
}
