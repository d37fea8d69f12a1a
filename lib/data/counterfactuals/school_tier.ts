import demoSchools from "../demo/schools.json" with { type: "json" };
import type { StatedLevel } from "../education/degree_level.ts";

/** Standing of a school. `"state"` is any university or college that is neither of the others. */
export const SCHOOL_TIERS = ["elite", "state", "community", "high school"] as const;

/** One of {@linkcode SCHOOL_TIERS}. */
export type SchoolTier = (typeof SCHOOL_TIERS)[number];

/** Names of schools by tier, from which counterfactuals take theirs; "the" before a name is left out in lists. */
export type SchoolNames = Readonly<Record<SchoolTier, readonly string[]>>;

/** The schools of the demo data: names that are no more than words here, and not a ranking. */
export const SCHOOL_NAMES: SchoolNames = {
  elite: demoSchools.elite,
  state: demoSchools.state,
  community: [...demoSchools.community, ...demoSchools.communityBachelor],
  "high school": demoSchools.none,
};

/** The tiers at which a degree of each level is commonly taken, the most common first. */
export const TIERS_OF_LEVEL: Readonly<Record<StatedLevel, readonly SchoolTier[]>> = {
  "high school": ["high school"],
  associate: ["community", "state"],
  bachelor: ["state", "elite", "community"],
  master: ["state", "elite"],
  doctorate: ["state", "elite"],
};

/** Schools by one word or letters, which the demo data writes out. */
const ELITE =
  /\b(?:Harvard|Yale|Princeton|Stanford|Wharton|MIT|M\.I\.T\.|Caltech|Dartmouth|Columbia University|Cornell|Duke University|Brown University|Oxford|Cambridge|Berkeley|UPenn)\b/i;

/**
 * Tells the tier of a school by its name.
 *
 * @param name As a résumé has it, in any case, with or without "the".
 * @param names Names known by tier. Default {@linkcode SCHOOL_NAMES}.
 * @returns Its tier.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { schoolTier } from "./school_tier.ts";
 *
 * const names = ["University of Oxford", "Oak Hill High School", "Elm County Community College", "Elm University"];
 * assertEquals(names.map((name) => schoolTier(name)), ["elite", "high school", "community", "state"]);
 * ```
 */
export function schoolTier(name: string, names: SchoolNames = SCHOOL_NAMES): SchoolTier {
  const known = (tier: SchoolTier) => names[tier].some((other) => plainName(other) === plainName(name));
  for (const tier of SCHOOL_TIERS) if (known(tier)) return tier;
  if (/\b(?:high school|highschool|high|senior high|secondary school|academy high)$/i.test(plainName(name))) {
    return "high school";
  }
  if (/\b(?:community|junior|jr\.?|technical|vocational|career) college\b|\btechnical institute\b/i.test(name)) {
    return "community";
  }
  return ELITE.test(name) ? "elite" : "state";
}

/** A name in the form in which two count as the same. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/^the\s+/, "").replaceAll("&", " and ").replace(/['’´`]/g, "").replace(
    /[^\p{L}\d]+/gu,
    " ",
  ).trim();
}
