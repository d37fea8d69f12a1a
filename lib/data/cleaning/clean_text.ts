/** Texts as people have them made texts as people read them, in one place, so that every command sees the same. */
import { decodeHTMLStrict } from "entities";
import { INVISIBLE } from "../cell_values.ts";
import { joinSpacedLetters, literalText, mendMojibake, writtenOutBreaks } from "./damaged_text.ts";
import { htmlText, isHtml } from "./html_text.ts";

/** What is done to a text, and how a note calls it. */
const STEPS = {
  literal: "Python literal",
  escapes: "written-out line breaks",
  encoding: "wrong encoding",
  html: "HTML",
  references: "character references",
  letters: "spaced-out letters",
  characters: "invisible or decomposed characters",
} as const;

/** A key of the steps of cleaning. */
export type CleaningStep = keyof typeof STEPS;

/** A text and what was done to it; white space alone does not count. */
export interface CleanedText {
  readonly text: string;
  readonly steps: ReadonlySet<CleaningStep>;
}

/** Escaped twice is common ("&amp;lt;p&amp;gt;"), and a literal may hold HTML. */
const MOST_ROUNDS = 6;

// deno-lint-ignore no-control-regex -- control characters are what it is for
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/g;
/** Ligatures, full-width letters, and the bold or slanted ones of mathematics that stand in for formatting. */
const SHAPED = /[\ufb00-\ufb06\uff10-\uff19\uff21-\uff3a\uff41-\uff5a\u{1d400}-\u{1d7ff}]/gu;

/**
 * Makes a text what a person reads: HTML, character references, `b'…'` literals, written-out `\n`, wrongly decoded
 * UTF-8, spaced-out letters and invisible characters are resolved; letters are composed (NFC); there is one kind of
 * line end, one space where there was one, two where there was a gap, and at most one blank line. A plain text stays
 * as it is, and so does one that was cleaned before.
 */
export function cleanedText(text: string): CleanedText {
  const steps = new Set<CleaningStep>();
  const step = (name: CleaningStep, before: string, after: string): string => {
    if (after !== before) steps.add(name);
    return after;
  };
  let mended = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const before = mended;
    mended = step("literal", mended, literalText(mended) ?? mended);
    mended = step("escapes", mended, writtenOutBreaks(mended));
    mended = step("encoding", mended, mendMojibake(mended));
    mended = isHtml(mended)
      ? step("html", mended, htmlText(mended))
      : step("references", mended, mended.includes("&") ? decodeHTMLStrict(mended) : mended);
    if (mended === before) break;
  }
  mended = step("letters", mended, joinSpacedLetters(mended));
  const lines = mended.replace(/\r\n?|[\u0085\u2028\u2029\f\v]/g, "\n");
  const visible = lines.replace(CONTROLS, "").replace(INVISIBLE, "").replace(
    SHAPED,
    (letter) => letter.normalize("NFKC"),
  );
  return { text: evenSpace(step("characters", lines, visible.normalize("NFC"))), steps };
}

/** {@linkcode cleanedText} without what was done. */
export function cleanText(text: string): string {
  return cleanedText(text).text;
}

function evenSpace(text: string): string {
  return text
    .replace(/[^\S\n]+/g, (run) => run.length === 1 ? " " : "  ")
    .replace(/ {0,2}\n {0,2}/g, "\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

/** Cleans texts and counts what was done, for notes to a person. */
export class Cleaning {
  readonly #what: string;
  readonly #counts = new Map<CleaningStep, number>();
  #texts = 0;
  #cleaned = 0;
  #lost = 0;

  /** `what` the texts are, in the plural: "résumés". */
  constructor(what: string) {
    this.#what = what;
  }

  /** Cleans a text and counts it. */
  clean(text: string): string {
    const { text: cleaned, steps } = cleanedText(text);
    this.#texts++;
    if (steps.size > 0) this.#cleaned++;
    for (const step of steps) this.#counts.set(step, (this.#counts.get(step) ?? 0) + 1);
    if (cleaned.includes("\ufffd")) this.#lost++;
    return cleaned;
  }

  /** One sentence on how many texts were cleaned and how, one on letters that cannot be brought back; or none. */
  get notes(): string[] {
    const of = `of ${this.#texts} ${this.#what}`;
    const how = Object.entries(STEPS).flatMap(([step, name]) => {
      const count = this.#counts.get(step as CleaningStep);
      return count === undefined ? [] : [`${name} ${count}`];
    });
    return [
      ...(this.#cleaned === 0 ? [] : [`${this.#cleaned} ${of} cleaned: ${how.join(", ")}`]),
      ...(this.#lost === 0 ? [] : [`${this.#lost} ${of} with letters that an earlier conversion lost (\ufffd)`]),
    ];
  }
}

/** The cleaning of both texts of a pair. */
export interface PairCleaning {
  readonly resume: Cleaning;
  readonly job: Cleaning;
}

/** A count that has begun with nothing. */
export function pairCleaning(): PairCleaning {
  return { resume: new Cleaning("résumés"), job: new Cleaning("postings") };
}
