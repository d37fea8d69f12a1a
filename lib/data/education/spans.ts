/** Searches among pieces of a text that are in order, both by start and by end: none costs more than a few steps. */
import type { Piece } from "./degree_level.ts";

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
