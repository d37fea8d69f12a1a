import type { Rng } from "../../random.ts";
import type { Background } from "./background.ts";
import { DEGREES, type Family, RESUME_TEMPLATES, SCHOOLS } from "./lexicon.ts";
import { capitalize, fill } from "./text.ts";

/** What a résumé says of its writer's education. */
export interface EducationText {
  /** The sentence that names degree and school. */
  readonly sentence: string;
  /** A sentence on what the writer did at that school besides. */
  readonly ties: string;
}

/** A degree with its article ("an MBA"), fitting to the subject: no Bachelor of Arts in engineering. */
function drawDegree(education: "associate" | "bachelor" | "master" | "doctorate", family: Family, rng: Rng): string {
  // Squaring favors the head of the list, the subjects closest to the work.
  const study = family.studies[Math.floor(rng.uniform() ** 2 * family.studies.length)]!;
  const ways: readonly { text: string; studies?: string }[] = DEGREES[education];
  const fitting = ways.filter(({ studies }) =>
    studies === undefined || (studies === "arts" ? DEGREES.arts : DEGREES.business).includes(study)
  );
  return fill(rng.pick(fitting).text, { study });
}

function drawSchool({ education, schoolTier }: Background, rng: Rng): string {
  return rng.pick(
    education === "bachelor" && schoolTier === "community" ? SCHOOLS.communityBachelor : SCHOOLS[schoolTier],
  );
}

/**
 * Writes a background into words, with a school of its tier.
 *
 * @param voice Grammatical subject: left out, or "I".
 * @param year Year of graduation.
 */
export function educationText(
  background: Background,
  family: Family,
  voice: "implied" | "first",
  year: number,
  rng: Rng,
): EducationText {
  const templates = RESUME_TEMPLATES.education;
  const first = voice === "first";
  const school = drawSchool(background, rng);
  const ties = capitalize(fill(rng.pick(RESUME_TEMPLATES.schoolTies[voice]), { school }));
  const { education, schoolTier } = background;
  if (education === "high school") {
    const courses = schoolTier === "community";
    const plain = first ? templates.highSchoolFirst : templates.highSchool;
    const withCourses = first ? templates.coursesFirst : templates.courses;
    const values = { school: courses ? rng.pick(SCHOOLS.none) : school, college: school, year: String(year) };
    return { sentence: fill(rng.pick(courses ? withCourses : plain), values), ties };
  }
  const aDegree = drawDegree(education, family, rng);
  const sentence = fill(rng.pick(first ? templates.degreeFirst : templates.degree), {
    aDegree,
    degree: aDegree.replace(/^an? /, ""),
    school,
    bareSchool: school.replace(/^the /, ""),
    year: String(year),
  });
  return { sentence, ties };
}
