/**
 * The vocabulary of the demo data: job families, schools, degrees, employers and sentence templates. Edit the files to
 * change the words; run `deno task demo-data` afterwards.
 */
import type { Rng } from "../../random.ts";
import { capitalize, indefiniteArticle } from "../example.ts";
import degrees from "./degrees.json" with { type: "json" };
import employers from "./employers.json" with { type: "json" };
import families from "./families.json" with { type: "json" };
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

const NUMBER_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"];

/** The noun phrase with its indefinite article: "an SEO specialist", "a UX designer". */
export function withArticle(phrase: string): string {
  return `${indefiniteArticle(phrase)} ${phrase}`;
}

/** The items as an English list with a serial comma: "a", "a and b", "a, b, and c". */
export function listOf(items: readonly string[]): string {
  if (items.length < 3) return items.join(" and ");
  return `${items.slice(0, -1).join(", ")}, and ${items.at(-1)}`;
}

/** A span of years in words up to eleven, or in digits: "one year", "7 years". */
export function yearsText(years: number, rng: Rng): string {
  const words = NUMBER_WORDS[years];
  const number = words !== undefined && rng.uniform() < 0.5 ? words : String(years);
  return `${number} ${years === 1 ? "year" : "years"}`;
}

/** Replaces each `{low-high}` or `{low-high/step}` by a number drawn from that range, with a comma in thousands. */
export function drawNumbers(text: string, rng: Rng): string {
  return text.replace(/\{(\d+)-(\d+)(?:\/(\d+))?\}/g, (_, low: string, high: string, step = "1") => {
    const steps = Math.floor((Number(high) - Number(low)) / Number(step));
    const value = Number(low) + Number(step) * rng.int(steps + 1);
    return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  });
}

/**
 * Fills the `{slots}` of a sentence template. A slot written with a capital, `{Title}`, takes the value of `title` with
 * its first letter in upper case.
 * @throws {RangeError} If the template names a slot that has no value.
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const value = values[slot] ?? values[slot.charAt(0).toLowerCase() + slot.slice(1)];
    if (value === undefined) throw new RangeError(`Expected a value for the slot "${slot}" of "${template}"`);
    return slot in values ? value : capitalize(value);
  });
}

/** `count` different items, in random order (all of them if there are fewer). */
export function sample<T>(items: readonly T[], count: number, rng: Rng): T[] {
  return rng.shuffle([...items]).slice(0, count);
}

/**
 * One way to say a skill that the lexicon writes as `a|b`: three times in four the first way, or the second. Postings
 * and résumés favor different ways, as they do in life, so that a match is more than shared words.
 */
export function phrase(skill: string, favored: "first" | "second", rng: Rng): string {
  const ways = skill.split("|");
  const first = (rng.uniform() < 0.75) === (favored === "first");
  return (first ? ways[0] : ways.at(-1))!;
}
