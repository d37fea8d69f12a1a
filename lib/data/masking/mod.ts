/**
 * Masking: neutral words in place of what gives away an educational background.
 *
 * @module
 */
export * from "./degree_phrase.ts";
export * from "./find_mentions.ts";
export * from "./find_school_mentions.ts";
export * from "./find_years.ts";
export * from "./mask_education.ts";
export * from "./mask_examples.ts";
export * from "./rewrite.ts";
