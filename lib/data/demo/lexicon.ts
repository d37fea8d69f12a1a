/**
 * The vocabulary of the demo data: job families, schools, degrees, employers and sentence templates. Edit the files to
 * change the words; run `deno task demo-data` afterwards.
 */

import degrees from "./degrees.json" with { type: "json" };
import families from "./families.json" with { type: "json" };
import employers from "./employers.json" with { type: "json" };
import jobTemplates from "./job_templates.json" with { type: "json" };
import resumeTemplates from "./resume_templates.json" with { type: "json" };
import schools from "./schools.json" with { type: "json" };
import softSkills from "./skills.json" with { type: "json" };

/** A line of work within a family; each has one job posting. */
export interface Speciality {
  /** Job title, lower case, without a level ("payroll accountant"). */
  readonly title: string;
  /** Noun phrases that name the field of work ("experience in …"). */
  readonly focus: readonly string[];
  /** Ten skills; `a|b` gives two ways to say the same one, so that words alone do not settle a match. */
  readonly skills: readonly string[];
  /** Verb phrases in the past tense with `{low-high/step}` numbers. */
  readonly achievements: readonly string[];
  /** Verb phrases in the base form, for postings. */
  readonly duties: readonly string[];
}

/** A job family: what its people share, and its three specialities. */
export interface Family {
  readonly family: string;
  /** Title of somebody without a speciality. */
  readonly title: string;
  /** The family whose postings its people are most easily mistaken for. */
  readonly near: string;
  /** Where its people work, as keys of {@linkcode EMPLOYERS}; everywhere if absent. */
  readonly industries?: readonly string[];
  /** Subjects of degrees, from the most to the least related. */
  readonly studies: readonly string[];
  readonly focus: string;
  /** Skills that everybody in the family claims and no posting asks for. */
  readonly skills: readonly string[];
  readonly tools: readonly string[];
  /** Achievements that say nothing of a speciality. */
  readonly achievements: readonly string[];
  readonly specialities: readonly Speciality[];
}

/** All job families. */
export const FAMILIES: readonly Family[] = families;

/** Invented employers by industry, with a noun phrase that describes the industry. */
export const EMPLOYERS: Readonly<Record<string, { readonly description: string; readonly names: readonly string[] }>> =
  employers;

/** Names of schools by tier; `communityBachelor` are community colleges that award bachelor's degrees. */
export const SCHOOLS = schools;

/** Ways to name a degree; `studies` limits a way to the subjects listed under that key. */
export const DEGREES = degrees;

/** Skills of people in any line of work. */
export const SOFT_SKILLS: readonly string[] = softSkills;

/** Sentence templates of résumés by section and voice (`implied` subject or `first` person). */
export const RESUME_TEMPLATES = resumeTemplates;

/** Sentence templates of postings by section. */
export const JOB_TEMPLATES = jobTemplates;
