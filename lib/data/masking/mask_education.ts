import { findMentions, type KeptMention, type MaskTokens } from "./find_mentions.ts";
import { MASK_KINDS, type MaskKind } from "./mask_kinds.ts";
import { type Change, rewrite } from "./rewrite.ts";

/** Options of {@linkcode maskEducation}. */
export interface MaskOptions {
  /** What to mask. Default: all of it. */
  kinds?: readonly MaskKind[];
  /** Phrases that stay as they are, besides those of `keep.json`. */
  keep?: readonly string[];
  /** Neutral words other than those of `tokens.json`. */
  tokens?: Partial<MaskTokens>;
}

/** A replacement that {@linkcode maskEducation} made. */
export interface MaskReplacement extends Change {
  kind: MaskKind;
}

/** A masked text. */
export interface Masked {
  text: string;
  /** Every replacement, in order: `text.slice(newStart, newEnd)` is `replacement`. */
  replacements: MaskReplacement[];
  /** What looked like a mention and was kept, and why. */
  kept: KeptMention[];
}

/**
 * Replaces what gives away a résumé's educational background by neutral words: degrees, schools, graduation years,
 * phrases of prestige. The field of study stays. What counts is in the JSON files beside this one; `README.md` says how
 * much of the background can still be told afterwards.
 *
 * @param text The résumé.
 * @param options See {@linkcode MaskOptions}.
 * @returns The masked text with every replacement.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { maskEducation } from "./mask_education.ts";
 *
 * const { text } = maskEducation("Earned an MBA in Finance from the University of Elm in 2014. Knows master data.");
 * assertEquals(text, "Earned a qualification in Finance from a school in some year. Knows master data.");
 * ```
 */
export function maskEducation(text: string, options: MaskOptions = {}): Masked {
  const { kinds = MASK_KINDS } = options;
  const { mentions, kept } = findMentions(text, options);
  const chosen = mentions.filter(({ kind }) => kinds.includes(kind));
  const { text: masked, changes } = rewrite(text, chosen);
  return {
    text: masked,
    replacements: changes.map((change, i) => ({ ...change, kind: chosen[i]!.kind })),
    kept: kept.filter(({ kind }) => kinds.includes(kind)),
  };
}
