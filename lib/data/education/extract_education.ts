import { DEGREE_LEVELS, type DegreeLevel, type Span } from "./degree_level.ts";
import { type DegreeMention, findDegrees } from "./find_degrees.ts";
import { findSchools } from "./find_schools.ts";
import { findSections, sectionAt } from "./find_sections.ts";

/** What a résumé says about its author's schooling, with the places where it says so. */
export interface Education {
  /** The highest level stated as completed, or without a word on completion. */
  level: DegreeLevel;
  /** Where that level is stated; `null` for `"none mentioned"`. */
  evidence: DegreeMention | null;
  /** The school where that degree comes from, or else the first one named; `null` if there is none. */
  school: Span | null;
  /** Every degree found, also those that did not count, in order. */
  degrees: DegreeMention[];
  /** Every school found in an education section or beside a degree, in order. */
  schools: Span[];
}

/**
 * Extracts degree level and school from the free text of a résumé, in English or with degrees of other countries.
 *
 * A rule-based reader: lexicons in JSON files beside this file (`degrees.json`, `degrees_by_country.json`,
 * `contexts.json`, `sections.json`, `schools.json`) say which words count and what beside them changes their meaning. A degree in progress does not
 * count, nor one of somebody else. `../README.md` says how well it does on real résumés.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { extractEducation } from "@fair-embeddings/lib";
 *
 * const { level, evidence, school } = extractEducation("Education\nB.S. in Biology, Rivertown State University\n");
 * assertEquals([level, evidence?.text, school?.text], ["bachelor", "B.S.", "Rivertown State University"]);
 * ```
 */
export function extractEducation(text: string): Education {
  const sections = findSections(text);
  const degrees = findDegrees(text, sections);
  const schools = findSchools(text, sections, degrees);
  let evidence: DegreeMention | null = null;
  const weight = ({ level, start }: DegreeMention) =>
    2 * DEGREE_LEVELS.indexOf(level) + (sectionAt(sections, start) ? 1 : 0);
  for (const mention of degrees) {
    if (mention.status === "stated" && (evidence === null || weight(mention) > weight(evidence))) evidence = mention;
  }
  const school = evidence &&
    schoolOf(text, { degree: evidence, degrees, schools, from: sectionAt(sections, evidence.start)?.start ?? 0 });
  return {
    level: evidence?.level ?? "none mentioned",
    evidence,
    school: school ?? schools[0] ?? null,
    degrees,
    schools,
  };
}

const LONGEST_DATE = 200;
const ONLY_A_DATE = /^\s*(?:[A-Za-z]{3,9}\.?,?\s+)?[\d\s/,:-]*$/;

/**
 * The school of the entry that a degree belongs to. Whether entries name it first is told by how the section begins.
 */
function schoolOf(
  text: string,
  { degree, degrees, schools, from }: {
    degree: Span;
    degrees: readonly Span[];
    schools: readonly Span[];
    from: number;
  },
): Span | undefined {
  const limit = Math.min(degree.end + 250, degrees.find(({ start }) => start >= degree.end)?.start ?? Infinity);
  const after = schools.find(({ start }) => start >= degree.end && start < limit);
  const before = schools.findLast(({ end }) => end <= degree.start && degree.start - end < 250);
  const first = schools.find(({ start }) => start >= from);
  const schoolsFirst = first !== undefined && first.start - from < LONGEST_DATE &&
    ONLY_A_DATE.test(text.slice(from, first.start));
  return schoolsFirst ? before ?? after : after ?? before;
}
