import type { Rng } from "../../random.ts";
import { type Candidate, drawEmployer, titleAtLevel } from "./candidates.ts";
import { DEGREES, drawNumbers, FAMILIES, fill, listOf, phrase, RESUME_TEMPLATES, sample, SCHOOLS } from "./lexicon.ts";
import { SOFT_SKILLS, withArticle, yearsText } from "./lexicon.ts";
import type { Family } from "./lexicon.ts";
import { type Background, signalSentence } from "./planted_bias.ts";
import { capitalize } from "../example.ts";

/** The year in which all résumés are written. */
const THIS_YEAR = 2025;

/** Orders of summary, experience, skills and education; most people begin with the summary. */
const LAYOUTS = ["SXKE", "SEXK", "SXEK", "SKXE", "SKEX", "SEKX", "ESXK", "ESKX", "XKSE", "KSEX"];

/** How often a résumé holds what makes it harder to read by words alone. */
const SHARE = { plainTitle: 0.3, plainAchievement: 0.2, softSkill: 0.5, earlierCareer: 0.3, schoolTies: 0.9 };

/** Letters without education above which an earlier career would not fit into 128 word pieces. */
const MAX_LETTERS = 470;

/** The same for a sentence on what the writer did at school, which may come on top. */
const MAX_LETTERS_WITH_TIES = 415;

/** Two achievements: from the specialities shown, or ones that anybody in the family could claim. */
function drawAchievements({ specialities, family }: Candidate, rng: Rng): [string, string] {
  const [first, second] = specialities;
  const chosen = second === undefined
    ? sample((first ?? family).achievements, 2, rng)
    : [rng.pick(first!.achievements), rng.pick(second.achievements)];
  if (rng.uniform() < SHARE.plainAchievement) {
    chosen[1] = rng.pick(family.achievements.filter((plain) => plain !== chosen[0]));
  }
  return chosen.map((text) => drawNumbers(text, rng)) as [string, string];
}

/** The skills that count, in the words that postings use less, among some that do not count. */
function drawSkillList({ skills, family }: Candidate, rng: Rng): string[] {
  const plain = sample(family.skills, Math.max(1, 5 - skills.length), rng);
  const soft = skills.length < 6 && rng.uniform() < SHARE.softSkill ? [rng.pick(SOFT_SKILLS)] : [];
  return rng.shuffle([...skills.map((skill) => phrase(skill, "second", rng)), ...plain, ...soft]);
}

/** What the sentence on an earlier career in another family says. */
function drawEarlierCareer(family: Family, rng: Rng): Record<string, string> {
  const other = rng.pick(FAMILIES.filter((each) => each !== family));
  return {
    earlierFocus: rng.pick(rng.pick(other.specialities).focus),
    earlierYears: yearsText(1 + rng.int(4), rng),
    earlierEmployer: drawEmployer(other, rng).name,
  };
}

/**
 * Writes a candidate's résumé: summary, experience, skills and education in one of ten orders, with or without "I",
 * many with a sentence on what the writer did at school, some with one on an earlier career elsewhere. It names no
 * person.
 */
export function writeResume(candidate: Candidate, background: Background, rng: Rng): string {
  const { family, claimed, years, specialities } = candidate;
  const voice = rng.uniform() < 0.3 ? "first" : "implied";
  const level = years <= 2 ? "entry" : years >= 7 && rng.uniform() < 0.7 ? "senior" : "middle";
  const plainTitle = claimed === null || specialities.length > 0 && rng.uniform() < SHARE.plainTitle;
  const title = titleAtLevel(plainTitle ? family.title : claimed.title, level);
  const shown = specialities.length > 0 ? specialities : claimed === null ? [] : [claimed];
  const [did, did2] = drawAchievements(candidate, rng);
  const employer = drawEmployer(family, rng).name;
  const values = {
    title,
    aTitle: withArticle(title),
    years: yearsText(years, rng),
    focus: shown.length === 0 ? family.focus : listOf(shown.map(({ focus }) => rng.pick(focus))),
    employer,
    employer2: drawOtherEmployer(family, employer, rng),
    did,
    did2,
    skills: listOf(drawSkillList(candidate, rng)),
    tool: rng.pick(family.tools),
    ...drawEarlierCareer(family, rng),
  };
  const sentence = (section: "summary" | "experience" | "skills" | "earlier") =>
    capitalize(fill(rng.pick(RESUME_TEMPLATES[section][voice]), values));
  const sections: Record<string, string> = {
    S: sentence("summary"),
    X: sentence("experience"),
    K: sentence("skills"),
  };
  const layout = rng.pick(LAYOUTS);
  const graduation = THIS_YEAR - years - rng.int(3);
  const earlier = sentence("earlier");
  const letters = Object.values(sections).join(" ").length;
  const changedCareer = rng.uniform() < SHARE.earlierCareer && letters + earlier.length < MAX_LETTERS;
  const hasTies = rng.uniform() < SHARE.schoolTies &&
    letters + (changedCareer ? earlier.length : 0) < MAX_LETTERS_WITH_TIES;
  const { signal } = background;
  const places = [2 + rng.int(3), 3 + rng.int(2)] as const;
  // Education draws from a generator of its own: another background changes its sentences and nothing else.
  const education = educationText(background, { family, voice, year: graduation }, rng.derive("education"));
  const written = layout.split("").map((section) => section === "E" ? education.sentence : sections[section]!);
  // A signal takes the place of an earlier career and of what was done at school: it is there in every résumé.
  if (changedCareer && signal === undefined) written.splice(places[0], 0, earlier);
  if (signal !== undefined) written.splice(places[1], 0, signalSentence(signal, rng.derive("signal")));
  else if (hasTies) written.splice(places[1], 0, education.ties);
  return written.join(" ");
}

function drawOtherEmployer(family: Family, first: string, rng: Rng): string {
  const other = drawEmployer(family, rng).name;
  return other === first ? drawOtherEmployer(family, first, rng) : other;
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

/** Writes a background into words: a sentence that names degree and school, and one on what the writer did there. */
function educationText(
  background: Background,
  { family, voice, year }: { family: Family; voice: "implied" | "first"; year: number },
  rng: Rng,
): { readonly sentence: string; readonly ties: string } {
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
