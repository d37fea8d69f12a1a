/** Masking as a configuration asks for it: the same for training, evaluation and inference. */
import type { Config } from "../train/config.ts";
import type { Example } from "./example.ts";
import { type MaskCount, maskEducation, maskExamples, type MaskLogRow } from "./masking/mod.ts";

/** What masking did to examples. */
export interface MaskedExamples {
  readonly examples: Example[];
  /** How much of each kind was replaced; empty where nothing is masked. */
  readonly table: readonly MaskCount[];
  /** Every replacement, for review. */
  readonly log: readonly MaskLogRow[];
}

/**
 * The function that a run puts résumés through.
 *
 * @param config Says what is masked.
 * @returns From a résumé to what the model sees of it; the résumé itself where nothing is masked.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { parseConfig } from "../train/config.ts";
 * import { resumeMask } from "./resume_mask.ts";
 *
 * const mask = resumeMask(parseConfig({ data: { mask: ["degree"] } }));
 * assertEquals(mask("Holds an MBA."), "Holds a qualification in business administration.");
 * assertEquals(resumeMask(parseConfig({}))("Holds an MBA."), "Holds an MBA.");
 * ```
 */
export function resumeMask({ data: { mask } }: Config): (resume: string) => string {
  return mask.length === 0 ? (resume) => resume : (resume) => maskEducation(resume, { kinds: mask }).text;
}

/** Masks the résumés of examples, as {@linkcode resumeMask} does, and tells what was replaced. */
export function maskedExamples(examples: readonly Example[], { data: { mask } }: Config): MaskedExamples {
  return mask.length === 0 ? { examples: [...examples], table: [], log: [] } : maskExamples(examples, { kinds: mask });
}
