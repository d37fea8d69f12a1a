import { Rng } from "../../random.ts";
import { DEGREE_LEVELS, overlap, type StatedLevel } from "../education/degree_level.ts";
import { type Education, extractEducation } from "../education/extract_education.ts";
import { isForeignDegree } from "../education/find_degrees.ts";
import { educationSections, overlapping, sectionAt } from "../education/find_sections.ts";
import { type DegreePhrase, degreePhrase } from "../masking/find_mentions.ts";
import { findSchoolMentions, type SchoolMention } from "../masking/find_school_mentions.ts";
import { beginsSentence, type Change, type Edit, rewrite } from "../masking/rewrite.ts";
import { capitalize } from "../example.ts";
import { type CellValue, writeTable } from "../write_table.ts";
import { degreeInLevel, withField } from "./degree_in_level.ts";
import { SCHOOL_NAMES, schoolEdits, type SchoolNames, type SchoolTier, schoolTier, TIERS_OF_LEVEL } from "./schools.ts";

/** The background a counterfactual is to have; what is not given stays as it is where that goes together. */
export interface CounterfactualTarget {
  level?: StatedLevel;
  tier?: SchoolTier;
}

/** A résumé with another background, and otherwise the same. */
export interface Counterfactual {
  /** What was asked for. */
  target: CounterfactualTarget;
  /** Of the highest degree in it. */
  level: StatedLevel;
  /** Tier of the school of that degree; `null` if none is named. */
  tier: SchoolTier | null;
  /** The résumé with that background. */
  text: string;
  /** What was changed, with the places before and after. */
  changes: Change[];
}

/** A counterfactual that cannot be written, and why. */
export interface ImpossibleCounterfactual {
  target: CounterfactualTarget;
  reason: string;
}

/** What {@linkcode educationCounterfactuals} made of a résumé. */
export interface Counterfactuals {
  /** The level of the original; `null` if it states none. */
  level: StatedLevel | null;
  /** The tier of its school; `null` if it names none. */
  tier: SchoolTier | null;
  /** In the order of the targets. */
  counterfactuals: Counterfactual[];
  /** Targets that cannot be met. */
  impossible: ImpossibleCounterfactual[];
}

/** Options of {@linkcode educationCounterfactuals}. */
export interface EducationCounterfactualOptions {
  /**
   * The backgrounds wanted. Default: every other level, and every other tier at which the own level is commonly taken.
   */
  targets?: readonly CounterfactualTarget[];
  /**
   * Draws the names of schools, for each text and target apart from the others; it is not advanced. Default: seed 42.
   */
  rng?: Rng;
  /** Names to draw from. Default: those of the demo data. */
  schools?: SchoolNames;
}

/** A résumé as counterfactuals are made of it. */
interface Original {
  text: string;
  education: Education;
  level: StatedLevel;
  tier: SchoolTier | null;
  /** The school of the highest degree. */
  school: SchoolMention | null;
  degrees: DegreePhrase[];
  /** Those that its author attended. */
  schools: SchoolMention[];
  names: SchoolNames;
}

/**
 * Makes counterfactuals of a résumé: the same person with another degree level or a school of another standing. Every
 * mention of the degree and of the schools changes together, the field of study stays (a high school diploma has none),
 * and so does every other letter.
 *
 * A counterfactual is only given if `extractEducation` reads the wanted level and tier from it; else the reason is
 * told. A résumé that states no degree has no counterfactuals.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { educationCounterfactuals, Rng } from "@fair-embeddings/lib";
 *
 * const { counterfactuals } = educationCounterfactuals("Holds a B.S. in Botany from Elm University. Prunes trees.", {
 *   targets: [{ level: "master" }],
 *   rng: new Rng(42),
 * });
 * assertEquals(counterfactuals[0]?.text, "Holds an M.S. in Botany from Elm University. Prunes trees.");
 * assertEquals(counterfactuals[0]?.changes.map(({ replacement }) => replacement), ["an M.S."]);
 * ```
 */
export function educationCounterfactuals(text: string, options: EducationCounterfactualOptions): Counterfactuals {
  const { rng = new Rng(42), schools: names = SCHOOL_NAMES } = options;
  const education = extractEducation(text);
  const { level } = education;
  if (level === "none mentioned") {
    const targets = options.targets ?? [{}];
    const reason = education.degrees.length === 0 ? "no degree is stated" : "no completed degree is stated";
    return { level: null, tier: null, counterfactuals: [], impossible: targets.map((target) => ({ target, reason })) };
  }
  const schools = findSchoolMentions(text, education);
  const own = schools.filter((school) => school.own);
  const school = schoolOfDegree({ education, level, schools: own, names });
  const tier = school === null ? null : schoolTier(school.text, names);
  const degrees = education.degrees.map((mention) => degreePhrase(text, mention))
    .filter((degree) => overlapping(schools, degree).length === 0);
  const original: Original = { text, education, level, tier, school, degrees, schools: own, names };

  const result: Counterfactuals = { level, tier, counterfactuals: [], impossible: [] };
  for (const target of options.targets ?? otherBackgrounds(level, tier)) {
    const made = makeCounterfactual(original, target, rng.derive(JSON.stringify([target.level, target.tier, text])));
    if ("reason" in made) result.impossible.push(made);
    else result.counterfactuals.push(made);
  }
  return result;
}

/** The school that `extractEducation` puts beside the highest degree; but a high school gives no bachelor's. */
function schoolOfDegree(
  { education: { school: read }, level, schools, names }: Pick<Original, "education" | "level" | "schools" | "names">,
): SchoolMention | null {
  const possible = schools.filter(({ text }) => level === "high school" || schoolTier(text, names) !== "high school");
  return possible.find((one) => read !== null && overlap(one, read)) ?? possible[0] ?? null;
}

function otherBackgrounds(level: StatedLevel, tier: SchoolTier | null): CounterfactualTarget[] {
  const levels = DEGREE_LEVELS.slice(1) as StatedLevel[];
  return [
    ...levels.filter((other) => other !== level).map((other) => ({ level: other })),
    ...(tier === null || level === "high school"
      ? []
      : TIERS_OF_LEVEL[level].filter((other) => other !== tier).map((other) => ({ tier: other }))),
  ];
}

function makeCounterfactual(
  original: Original,
  target: CounterfactualTarget,
  rng: Rng,
): Counterfactual | ImpossibleCounterfactual {
  const no = (reason: string): ImpossibleCounterfactual => ({ target, reason });
  const level = target.level ?? original.level;
  const usual = TIERS_OF_LEVEL[level];
  if (target.tier !== undefined && original.tier === null) return no("no school is named");
  if (target.tier !== undefined && !usual.includes(target.tier)) {
    return no(`${level}: not taken at a ${target.tier} school`);
  }
  const tier = target.tier ?? (original.tier === null || usual.includes(original.tier) ? original.tier : usual[0]!);
  if (level === original.level && tier === original.tier) return no("the résumé has this background");

  const degrees = level === original.level ? [] : affected(original, level);
  if (typeof degrees === "string") return no(degrees);
  const places = tier === null || tier === original.tier ? [] : schoolEdits(original, tier, rng);
  if (typeof places === "string") return no(places);

  for (const plain of [false, true]) {
    const edits = [...places, ...degrees.map((degree) => degreeEdit(original, degree, { level, plain }))]
      .sort((a, b) => a.start - b.start);
    // Where a table of schools lost its line ends, a field of study may reach into the next degree.
    if (edits.some(({ end }, i) => end > (edits[i + 1]?.start ?? Infinity))) {
      return no("mentions of education run into each other");
    }
    const { text, changes } = rewrite(original.text, edits);
    const read = extractEducation(text);
    if (read.level !== level) continue;
    const { names } = original, schools = findSchoolMentions(text, read).filter(({ own }) => own);
    const school = schoolOfDegree({ education: read, level, schools, names });
    if (tier !== null && (school === null || schoolTier(school.text, names) !== tier)) continue;
    return { target, level, tier, text, changes };
  }
  return no("the changed text would not be read as meant");
}

/** Longer than any name of a degree. */
const LONGEST_NAME = 80;

/** The mentions of the one degree that has to change, or why there is none. */
function affected({ text, level: current, degrees }: Original, level: StatedLevel): DegreePhrase[] | string {
  const rank = (of: StatedLevel) => DEGREE_LEVELS.indexOf(of);
  const lower = rank(level) < rank(current);
  const stated = degrees.filter(({ status }) => status === "stated");
  const concerned = stated.filter((degree) => lower ? rank(degree.level) > rank(level) : degree.level === current);
  // Beside a diploma, "High School" is the school's name.
  const named = concerned.filter(({ form }) => form !== "school");
  const changing = named.length > 0 ? named : concerned;
  if (changing.length === 0) return "the level is told by the name of the school alone";
  if (changing.some(({ start }) => isForeignDegree(text.slice(start, start + LONGEST_NAME)))) {
    return "the degree is not written in English";
  }
  const sections = educationSections(text);
  const entries = changing.filter(({ start }) => sectionAt(sections, start));
  const distinct = new Set((entries.length > 0 ? entries : changing).map((degree) => nameWithField(text, degree)));
  if (distinct.size > 1) return "several degrees would have to change";
  if (level === "high school" && stated.some((degree) => degree.level === "high school")) {
    return "a high school diploma is stated besides";
  }
  const begun = degrees.find(({ status, level: own }) =>
    status === "unfinished" && (rank(own) <= rank(level) || rank(own) > rank(level) + 1)
  );
  return begun === undefined ? changing : `a degree in progress (${begun.level}) would not follow`;
}

function nameWithField(text: string, { level, end }: DegreePhrase): string {
  const field = /^(?:\s*\([^)]{1,12}\))?[\s:,–-]*(?:(?:in|of)\b)?[\s:,–-]*([^\n.,;(]*)/i.exec(
    text.slice(end, end + 60),
  )![1]!;
  return `${level} ${field.toLowerCase().replace(/[^a-z]/g, "").slice(0, 10)}`;
}

function degreeEdit(
  { text, schools }: Original,
  degree: DegreePhrase,
  { level, plain }: { level: StatedLevel; plain: boolean },
): Edit {
  const end = level === "high school" ? withField(text, degree, schools) : degree.end;
  // "a Bachelor of Science" is a title; "a high school diploma" is not, in a sentence.
  const title = / of /i.test(degree.text) &&
    /(?<![\p{L}])(?:an?|my|the|his|her|one)\s+$/iu.test(text.slice(0, degree.start).slice(-6));
  const form = degreeInLevel(degree, level, plain);
  const written = level === "high school" && title ? form.toLowerCase() : form;
  const replacement = beginsSentence(text, degree.start) ? capitalize(written) : written;
  return { start: degree.start, end, replacement };
}

/** Columns of the table that {@linkcode writeCounterfactuals} writes. */
const COLUMNS = [
  "id",
  "level",
  "tier",
  "counterfactual_level",
  "counterfactual_tier",
  "changes",
  "reason",
  "original",
  "counterfactual",
] as const;

/**
 * Writes originals beside their counterfactuals for a person to review: a row per counterfactual, with what was changed
 * (`a B.S. → an M.S.`, joined by ` | `), and a row per counterfactual that is not possible, with the reason instead.
 * @throws {InputError} If the table cannot be written.
 */
export async function writeCounterfactuals(
  path: string,
  resumes: Iterable<{ id: string; text: string; counterfactuals: Counterfactuals }>,
): Promise<number> {
  return await writeTable(path, COLUMNS, rows(resumes));
}

function* rows(
  resumes: Iterable<{ id: string; text: string; counterfactuals: Counterfactuals }>,
): Generator<Record<string, CellValue>> {
  for (const { id, text, counterfactuals: { level, tier, counterfactuals, impossible } } of resumes) {
    const base = { id, level, tier, original: text };
    for (const counterfactual of counterfactuals) {
      const changes = counterfactual.changes.map((change) => `${change.text} → ${change.replacement}`).join(" | ");
      yield {
        ...base,
        counterfactual_level: counterfactual.level,
        counterfactual_tier: counterfactual.tier,
        changes,
        reason: null,
        counterfactual: counterfactual.text,
      };
    }
    for (const { target, reason } of impossible) {
      const wanted = { counterfactual_level: target.level ?? level, counterfactual_tier: target.tier ?? null };
      yield { ...base, ...wanted, changes: null, reason, counterfactual: null };
    }
  }
}
