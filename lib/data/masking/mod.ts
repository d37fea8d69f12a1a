/**
 * Masking: neutral words in place of what gives away an educational background.
 *
 * @module
 */
export type { KeptMention, MaskTokens } from "./find_mentions.ts";
export * from "./mask_education.ts";
export * from "./mask_education.ts";
export * from "./find_mentions.ts";
export type { Change } from "./rewrite.ts";
