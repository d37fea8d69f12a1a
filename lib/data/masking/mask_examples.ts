import type { Example } from "../example.ts";
import { type Masked, maskEducation, type MaskOptions } from "./mask_education.ts";
import { MASK_KINDS, type MaskKind } from "./mask_kinds.ts";

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

/**
 * Masks the résumés of examples; jobs, labels and groups stay, so that groups can still be compared. A résumé of several
 * examples is masked, and counted, once.
 *
 * @param examples Any examples.
 * @param options As for `maskEducation`.
 * @returns The examples with masked résumés, a table of counts, and every replacement as rows for `writeTable`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { maskExamples } from "./mask_examples.ts";
 *
 * const ids = { candidateId: "c1", jobId: "j1", groups: { education: "master" }, groundTruth: null, split: null };
 * const { examples, table, log } = maskExamples([{ row: 1, resume: "Holds an MBA.", job: "Buyer", label: 1, ...ids }]);
 * assertEquals(examples[0]?.resume, "Holds a qualification in business administration.");
 * assertEquals(table[0], { kind: "degree", resumes: 1, replacements: 1, kept: 0 });
 * assertEquals(log[0]?.text, "an MBA");
 * ```
 */
export function maskExamples(
  examples: readonly Example[],
  options: MaskOptions = {},
): { examples: Example[]; table: MaskCount[]; log: MaskLogRow[] } {
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
