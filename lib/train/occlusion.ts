/**
 * What each word adds to a score, by leaving it out (occlusion; Zeiler & Fergus 2014, Li, Monroe & Jurafsky 2016): the
 * score of the text less the score of the text without the word. It needs no derivative. Contributions do not add up to
 * the score: two words that say the same are each worth little.
 */
import type { WordContribution } from "./explain_run.ts";
import type { ReadWord, Word } from "./words.ts";

/** The pieces that are left out: words, and phrases about education as a whole; no lone signs. */
export function pieces(text: string, words: readonly ReadWord[]): Word[] {
  const merged: Word[] = [];
  for (const { start, end, kind } of words) {
    const last = merged.at(-1);
    if (kind !== null && last?.kind === kind && text.slice(last.end, start).trim() === "") {
      merged[merged.length - 1] = { word: text.slice(last.start, end), start: last.start, end, kind };
    } else merged.push({ word: text.slice(start, end), start, end, kind });
  }
  return merged.filter(({ word }) => /[\p{L}\p{N}]/u.test(word));
}

/** A text's score, and what each of some pieces adds to it, given the scores of many texts. */
export async function leaveOut(
  text: string,
  left: readonly Word[],
  scoresOf: (texts: readonly string[]) => Promise<ArrayLike<number>>,
): Promise<{ score: number; words: WordContribution[] }> {
  const without = left.map(({ start, end }) => text.slice(0, start) + text.slice(end));
  const scores = await scoresOf([text, ...without]);
  const score = scores[0]!;
  return { score, words: left.map((word, i) => ({ ...word, contribution: score - scores[i + 1]! })) };
}
