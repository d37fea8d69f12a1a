import type { Piece } from "./degree_level.ts";
import sections from "./sections.json" with { type: "json" };

/** A piece of a résumé under an education heading; `start` is after the heading. */
export type Section = Piece;

export function sectionAt(sections: readonly Section[], index: number): Section | undefined {
  return overlapping(sections, { start: index, end: index + 1 })[0];
}

const EDUCATION = new Set(sections.education.map(plain));
const OTHERS = new Set(sections.others.map(plain));

/** A heading in the form in which two count as the same. */
function plain(heading: string): string {
  return heading.toLowerCase().normalize("NFD").replace(/[^\p{L}&/ ]+/gu, "").trim();
}

/**
 * Finds the passages of a résumé that stand under a heading such as "Education", up to the next heading.
 *
 * A heading is a line of its own, or begins a line and ends with a colon; two spaces count as a line end, since text
 * extracted from PDF files often has no others. The headings are in `sections.json`.
 */
export function findSections(text: string): Section[] {
  const found: Section[] = [];
  let open: Section | null = null;
  const close = (end: number) => {
    if (open !== null) found.push({ ...open, end });
    open = null;
  };
  for (const line of text.matchAll(/[^\n\t\u00a0 ](?:[^\n\t\u00a0 ]|[ \t\u00a0](?![ \t\u00a0]))*/g)) {
    const colon = line[0].indexOf(":");
    const heading = line[0].slice(0, colon === -1 ? undefined : colon);
    if (heading.length > 45) continue;
    const words = plain(heading);
    if (EDUCATION.has(words)) {
      close(line.index);
      open = { start: line.index + heading.length + (colon === -1 ? 0 : 1), end: text.length };
    } else if (OTHERS.has(words)) {
      close(line.index);
    }
  }
  close(text.length);
  return found;
}

/** A full stop that is not an abbreviation's, before a sentence. */
const SENTENCE_END = /(?<=\p{Ll}{2}|[\d)])[.!?](?=[^\S\n]\p{Lu})/u;

/**
 * The education sections of a résumé, as `findSections` gives them, but where one begins in the middle of a paragraph
 * ("Education: B.A., Elm College. Sales clerk since …") it ends with the sentence.
 */
export function educationSections(text: string): Section[] {
  return findSections(text).map(({ start, end }) => {
    const paragraph = /^[^\S\n]?\S(?:[^\S\n]?\S)*/.exec(text.slice(start, end))?.[0] ?? "";
    const stop = SENTENCE_END.exec(paragraph);
    return { start, end: stop === null ? end : start + stop.index + 1 };
  });
}

/** The index of the first piece that ends after a place; their number if none does. */
export function endingAfter(pieces: readonly Piece[], place: number): number {
  return firstIndex(pieces, ({ end }) => end > place);
}

/** The index of the first piece that starts at a place or later; their number if none does. */
export function startingFrom(pieces: readonly Piece[], place: number): number {
  return firstIndex(pieces, ({ start }) => start >= place);
}

/** The pieces that have a letter in common with another. */
export function overlapping<T extends Piece>(pieces: readonly T[], { start, end }: Piece): T[] {
  return pieces.slice(endingAfter(pieces, start), startingFrom(pieces, end));
}

/** The pieces that are at most `reach` letters away from another. */
export function nearby<T extends Piece>(pieces: readonly T[], { start, end }: Piece, reach: number): T[] {
  return overlapping(pieces, { start: start - reach - 1, end: end + reach + 1 });
}

function firstIndex(pieces: readonly Piece[], holds: (piece: Piece) => boolean): number {
  let low = 0, high = pieces.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(pieces[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The letters of a text that are taken. */
export class Taken {
  readonly #letters: Uint8Array;

  constructor(text: string) {
    this.#letters = new Uint8Array(text.length);
  }

  /** Whether any letter of a piece is. */
  has({ start, end }: Piece): boolean {
    return this.#letters.subarray(start, end).includes(1);
  }

  add({ start, end }: Piece): void {
    this.#letters.fill(1, start, end);
  }
}
