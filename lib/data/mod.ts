/**
 * From a table of résumé–job pairs to what training consumes: reading and writing tables, typed examples, education
 * from free text, splits that do not leak, batches and contrastive pairs.
 *
 * @module
 */
export * from "./balance/mod.ts";
export * from "./batches.ts";
export * from "./text.ts";
export * from "./education/degree_level.ts";
export * from "./education/extract_education.ts";
export type { DegreeMention } from "./education/find_degrees.ts";
export * from "./example.ts";
export * from "./load_examples.ts";
export * from "./masking/mod.ts";
export * from "./batches.ts";
export * from "./prepare.ts";
export * from "./read_table.ts";
export * from "./table_format.ts";
export * from "./split.ts";
export * from "./split.ts";
export * from "./table_format.ts";
export * from "./text.ts";
export * from "./counterfactuals/mod.ts";
export * from "./write_table.ts";
export { compareGroups } from "./education/degree_level.ts";
export { maskedExamples, resumeMask } from "./masking/mask_education.ts";
