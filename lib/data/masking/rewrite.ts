import type { Piece, Span } from "../education/degree_level.ts";
import { capitalize, indefiniteArticle } from "../example.ts";

/** A piece of text to be replaced. */
export interface Edit {
  /** Where it stands, in UTF-16 units. */
  start: number;
  end: number;
  replacement: string;
}

/** A replacement that was made. */
export interface Change extends Span {
  /** What stands there now. */
  replacement: string;
  /** Where the replacement stands in the new text. */
  newStart: number;
  /** Where it ends in the new text. */
  newEnd: number;
}

/**
 * Replaces pieces of a text, and the indefinite article before one where its sound asks for the other: "a B.S." becomes
 * "an M.S.". An article that changes is part of the change.
 * @throws {RangeError} If pieces overlap.
 */
export function rewrite(text: string, edits: readonly Edit[]): { text: string; changes: Change[] } {
  let result = "", position = 0;
  const changes: Change[] = [];
  for (let { start, end, replacement } of [...edits].sort((a, b) => a.start - b.start)) {
    if (start < position) throw new RangeError(`Expected edits without overlap, found two at ${start}`);
    const article = /(?<![\p{L}'’.-])(an?)(\s+)$/iu.exec(text.slice(Math.max(position, start - 20), start));
    if (article !== null && replacement !== "") {
      const right = /^\p{Lu}/u.test(article[1]!)
        ? capitalize(indefiniteArticle(replacement))
        : indefiniteArticle(replacement);
      if (right !== article[1]) {
        start -= article[0].length;
        replacement = right + article[2]! + replacement;
      }
    }
    result += text.slice(position, start);
    const newStart = result.length;
    result += replacement;
    changes.push({ start, end, text: text.slice(start, end), replacement, newStart, newEnd: result.length });
    position = end;
  }
  return { text: result + text.slice(position), changes };
}

/**
 * Writes a replacement in the letters of its place: in capitals where the original and its line are, with a capital
 * first where a sentence or a line begins.
 */
export function inPlaceCase(text: string, span: Pick<Span, "start" | "end">, replacement: string): string {
  const written = text.slice(span.start, span.end);
  if (isCapitals(written)) return replacement.toUpperCase();
  return beginsSentence(text, span.start) ? capitalize(replacement) : replacement;
}

/** Whether a piece of text is written in capitals, as headings are; an abbreviation is not. */
export function isCapitals(written: string): boolean {
  return !/\p{Ll}/u.test(written) && (/\p{Lu}{6}/u.test(written) || /\s/.test(written) && /\p{Lu}{4}/u.test(written));
}

/** Whether a sentence, a line or an item of a list begins at an index. */
export function beginsSentence(text: string, index: number): boolean {
  return /(?:^|[.!?]\s+|\n[^\p{L}\d\n]*|[^\S\n]{2,}|•\s*|[.!?]["”’)]\s+)$/u.test(
    text.slice(Math.max(0, index - 20), index),
  ) ||
    index === 0;
}

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
