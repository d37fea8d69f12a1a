import type { Rng } from "../../random.ts";
import { EMPLOYERS, FAMILIES, fill, JOB_TEMPLATES, listOf, phrase, sample, withArticle, yearsText } from "./lexicon.ts";
import type { Family, Speciality } from "./lexicon.ts";

/** How many of a speciality's ten skills its posting requires. */
const REQUIRED_SKILLS = 5;

/** A job posting with what it requires. */
export interface Job {
  readonly id: string;
  readonly family: Family;
  readonly speciality: Speciality;
  readonly required: readonly string[];
  readonly minYears: number;
  readonly text: string;
}

/** The title with its level: "junior recruiter", "assistant office manager", "senior copywriter". */
export function titleAtLevel(title: string, level: "entry" | "middle" | "senior"): string {
  if (level === "middle") return title;
  if (level === "senior") return `senior ${title}`;
  return /(manager|supervisor|editor)$/.test(title) ? `assistant ${title}` : `junior ${title}`;
}

/** An employer's name and the description of its industry, where people of the family may work. */
export function drawEmployer(family: Family, rng: Rng): { name: string; description: string } {
  const industry = EMPLOYERS[rng.pick(family.industries ?? Object.keys(EMPLOYERS))]!;
  return { name: rng.pick(industry.names), description: industry.description };
}

/** One posting per speciality, with the three levels of seniority turning from family to family. */
export function makeJobs(rng: Rng): Job[] {
  return FAMILIES.flatMap((family, f) =>
    family.specialities.map((speciality, s): Job => {
      const level = (["entry", "middle", "senior"] as const)[(f + s) % 3]!;
      const minYears = { entry: 1, middle: 3 + rng.int(2), senior: 6 + rng.int(3) }[level];
      const required = sample(speciality.skills, REQUIRED_SKILLS, rng);
      const [duty, duty2] = sample(speciality.duties, 2, rng) as [string, string];
      const employer = drawEmployer(family, rng);
      const title = titleAtLevel(speciality.title, level);
      const values = {
        title,
        aTitle: withArticle(title),
        employer: employer.name,
        industry: employer.description,
        do: duty,
        do2: duty2,
        skills: listOf(required.map((skill) => phrase(skill, "first", rng))),
        years: yearsText(minYears, rng),
        focus: rng.pick(speciality.focus),
      };
      const text = [JOB_TEMPLATES.opening, JOB_TEMPLATES.duties, JOB_TEMPLATES.requirements]
        .map((templates) => fill(rng.pick(templates), values)).join(" ");
      return { id: `j${String(f * 3 + s + 1).padStart(2, "0")}`, family, speciality, required, minYears, text };
    })
  );
}
