import type { Span } from "../education/degree_level.ts";

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
