import type { Example } from "../example.ts";
import { findMentions, type KeptMention, MASK_KINDS, type MaskKind } from "./find_mentions.ts";
import { type Change, rewrite } from "./rewrite.ts";

/** Options of {@linkcode maskEducation}. */
export interface MaskOptions {
  /** What to mask: nothing if empty. Default: all of it. */
  kinds?: readonly MaskKind[];
}

/** A replacement that {@linkcode maskEducation} made. */
export interface MaskReplacement extends Change {
  kind: MaskKind;
}

/** A masked text. */
export interface Masked {
  /** The résumé with neutral words. */
  text: string;
  /** Every replacement, in order: `text.slice(newStart, newEnd)` is `replacement`. */
  replacements: MaskReplacement[];
  /** What looked like a mention and was kept, and why. */
  kept: KeptMention[];
}

/**
 * Replaces what gives away a résumé's educational background by neutral words: degrees, schools, graduation years,
 * phrases of prestige. The field of study stays. What counts is in the JSON files beside this one; `../README.md` says
 * how much of the background can still be told afterwards.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { maskEducation } from "@fair-embeddings/lib";
 *
 * const { text } = maskEducation("Earned an MBA in Finance from the University of Elm in 2014. Knows master data.");
 * assertEquals(text, "Earned a qualification in Finance from a school in some year. Knows master data.");
 * ```
 */
export function maskEducation(text: string, options: MaskOptions = {}): Masked {
  const { kinds = MASK_KINDS } = options;
  if (kinds.length === 0) return { text, replacements: [], kept: [] };
  const { mentions, kept } = findMentions(text);
  const chosen = mentions.filter(({ kind }) => kinds.includes(kind));
  const { text: masked, changes } = rewrite(text, chosen);
  return {
    text: masked,
    replacements: changes.map((change, i) => ({ ...change, kind: chosen[i]!.kind })),
    kept: kept.filter(({ kind }) => kinds.includes(kind)),
  };
}

/** How much of one kind was replaced. */
export type MaskCount = {
  kind: MaskKind;
  /** Different résumés with at least one replacement of this kind. */
  resumes: number;
  replacements: number;
  /** Mentions that the allow-list, or being somebody else's, kept. */
  kept: number;
};

/** One replacement, or one mention that was kept, as a row to be written for review. */
export type MaskLogRow = {
  /** Row of the first example with this résumé. */
  row: number;
  candidate_id: string;
  kind: MaskKind;
  start: number;
  end: number;
  text: string;
  /** What stands there now; the text itself where it was kept. */
  replacement: string;
  /** `"replaced"`, or why it was kept. */
  outcome: "replaced" | "allow-list" | "someone else's";
};

/** What {@linkcode maskExamples} did. */
export interface MaskedExamples {
  examples: Example[];
  table: MaskCount[];
  /** Every replacement and every mention that was kept, as rows for `writeTable`. */
  log: MaskLogRow[];
}

/**
 * Masks the résumés of examples; jobs, labels and groups stay, so that groups can still be compared. A résumé of
 * several examples is masked, and counted, once.
 */
export function maskExamples(examples: readonly Example[], options: MaskOptions = {}): MaskedExamples {
  const byResume = new Map<string, Masked>();
  const log: MaskLogRow[] = [];
  const masked = examples.map((example) => {
    let result = byResume.get(example.resume);
    if (result === undefined) {
      byResume.set(example.resume, result = maskEducation(example.resume, options));
      log.push(...logRows(example, result));
    }
    return { ...example, resume: result.text };
  });
  const table = (options.kinds ?? MASK_KINDS).map((kind): MaskCount => {
    const count = ({ replacements }: Masked) => replacements.filter((one) => one.kind === kind).length;
    const results = [...byResume.values()];
    return {
      kind,
      resumes: results.filter((result) => count(result) > 0).length,
      replacements: results.reduce((sum, result) => sum + count(result), 0),
      kept: results.reduce((sum, { kept }) => sum + kept.filter((one) => one.kind === kind).length, 0),
    };
  });
  return { examples: masked, table, log };
}

function logRows({ row, candidateId }: Example, { replacements, kept }: Masked): MaskLogRow[] {
  const base = { row, candidate_id: candidateId };
  return [
    ...replacements.map(({ kind, start, end, text, replacement }): MaskLogRow => (
      { ...base, kind, start, end, text, replacement, outcome: "replaced" }
    )),
    ...kept.map(({ kind, start, end, text, reason }): MaskLogRow => (
      { ...base, kind, start, end, text, replacement: text, outcome: reason }
    )),
  ].sort((a, b) => a.start - b.start);
}
