import type { Rng } from "../../random.ts";
import type { Background } from "./background.ts";
import { DEGREES, type Family, RESUME_TEMPLATES, SCHOOLS } from "./lexicon.ts";
import { fill } from "./text.ts";

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

/**
 * The sentence of a résumé that tells the education.
 *
 * @param background What it must say; a school of that tier is drawn.
 * @param voice Grammatical subject: left out, or "I".
 * @param year Year of graduation.
 */
export function educationSentence(
  { education, schoolTier }: Background,
  family: Family,
  voice: "implied" | "first",
  year: number,
  rng: Rng,
): string {
  const templates = RESUME_TEMPLATES.education;
  const first = voice === "first";
  if (education === "high school") {
    const values = { school: rng.pick(SCHOOLS.none), college: rng.pick(SCHOOLS.community), year: String(year) };
    const plain = first ? templates.highSchoolFirst : templates.highSchool;
    const courses = first ? templates.coursesFirst : templates.courses;
    return fill(rng.pick(schoolTier === "community" ? courses : plain), values);
  }
  const aDegree = drawDegree(education, family, rng);
  const school = rng.pick(
    education === "bachelor" && schoolTier === "community" ? SCHOOLS.communityBachelor : SCHOOLS[schoolTier],
  );
  return fill(rng.pick(first ? templates.degreeFirst : templates.degree), {
    aDegree,
    degree: aDegree.replace(/^an? /, ""),
    school,
    bareSchool: school.replace(/^the /, ""),
    year: String(year),
  });
}
