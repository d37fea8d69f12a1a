/** The words of a text, and which of its tokens are whose. */
import { maskEducation, type MaskKind } from "../data/mod.ts";
import type { Tokenizer } from "../model/mod.ts";

/** A word of a text. */
export interface Word {
  readonly word: string;
  /** Where it stands: `text.slice(start, end)`. */
  readonly start: number;
  readonly end: number;
  /** What of the person's education it gives away, if anything. */
  readonly kind: MaskKind | null;
}

/** A word that a model reads. */
export interface ReadWord extends Word {
  /** Its tokens: `ids.slice(from, to)`, at least one. */
  readonly from: number;
  readonly to: number;
}

/** No text has more tokens. */
export const MOST_TOKENS = 100_000;

/**
 * The words and signs of a résumé of which a model reads something, given the token ids that it is shown, instruction
 * and special tokens included.
 */
export function readWords(
  text: string,
  ids: readonly number[],
  { tokenizer, instruction }: { readonly tokenizer: Tokenizer; readonly instruction: string },
): ReadWord[] {
  const full = tokenizer.encode(instruction + text, { maxLength: MOST_TOKENS });
  // Long texts are cut at their end, or at their beginning where the model's files say so.
  const cut = ids.slice(1, -1).every((id, i) => id === full[i + 1]) ? 0 : full.length - ids.length;
  const { replacements } = maskEducation(text);
  let at = 1 + lengthOf(instruction, tokenizer) - cut;
  return tokenizedWords(text, tokenizer).flatMap(({ start, end, length }): ReadWord[] => {
    const from = Math.max(at, 1), to = Math.min(at + length, ids.length - 1);
    at += length;
    if (to <= from) return [];
    const kind = replacements.find((hit) => hit.start < end && start < hit.end)?.kind ?? null;
    return [{ word: text.slice(start, end), start, end, kind, from, to }];
  });
}

/** The words and signs of a text with their numbers of tokens; coarser where tokens do not keep to them. */
function tokenizedWords(text: string, tokenizer: Tokenizer): { start: number; end: number; length: number }[] {
  const whole = lengthOf(text, tokenizer);
  for (const pattern of [/[\p{L}\p{M}\p{N}]+|[^\s\p{L}\p{M}\p{N}]/gu, /\S+/gu]) {
    const words = [...text.matchAll(pattern)].map(({ 0: word, index }) => (
      { start: index, end: index + word.length, length: lengthOf(word, tokenizer) }
    ));
    if (sum(words.map(({ length }) => length)) === whole) return words;
  }
  return [{ start: 0, end: text.length, length: whole }];
}

function lengthOf(text: string, tokenizer: Tokenizer): number {
  return tokenizer.encode(text, { maxLength: MOST_TOKENS }).length - 2;
}

/** In the order of the values. */
export function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
