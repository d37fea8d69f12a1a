/**
 * Counterfactuals: the same résumé with another degree level or a school of another standing.
 *
 * @module
 */
export * from "./education_counterfactuals.ts";
export { SCHOOL_NAMES, SCHOOL_TIERS, type SchoolNames, type SchoolTier, TIERS_OF_LEVEL } from "./schools.ts";
export * from "./education_counterfactuals.ts";
