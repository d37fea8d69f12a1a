import type { Rng } from "../../random.ts";
import demoSchools from "../demo/schools.json" with { type: "json" };
import type { StatedLevel } from "../education/degree_level.ts";
import { nearby } from "../education/find_sections.ts";
import type { SchoolMention } from "../masking/find_school_mentions.ts";
import { beginsSentence, type Edit, isCapitals } from "../masking/rewrite.ts";
import { capitalize } from "../example.ts";

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

export function schoolTier(name: string, names: SchoolNames = SCHOOL_NAMES): SchoolTier {
  const plain = plainName(name);
  for (const tier of SCHOOL_TIERS) if (plainNames(names[tier]).has(plain)) return tier;
  if (/\b(?:high school|highschool|high|senior high|secondary school|academy high)$/i.test(plain)) {
    return "high school";
  }
  if (/\b(?:community|junior|jr\.?|technical|vocational|career) college\b|\btechnical institute\b/i.test(name)) {
    return "community";
  }
  return ELITE.test(name) ? "elite" : "state";
}

const PLAIN_NAMES = new WeakMap<readonly string[], ReadonlySet<string>>();

function plainNames(names: readonly string[]): ReadonlySet<string> {
  const known = PLAIN_NAMES.get(names) ?? new Set(names.map(plainName));
  PLAIN_NAMES.set(names, known);
  return known;
}

/** A name in the form in which two count as the same. */
function plainName(name: string): string {
  return name.toLowerCase().replace(/^the\s+/, "").replaceAll("&", " and ").replace(/['’´`]/g, "").replace(
    /[^\p{L}\d]+/gu,
    " ",
  ).trim();
}

/**
 * Gives the schools of a résumé other names, the same school the same name wherever it is named. Schools of another
 * tier than that of the highest degree keep theirs, since they belong to other degrees; only a high school diploma
 * leaves none beside.
 */
export function schoolEdits(
  original: {
    text: string;
    tier: SchoolTier | null;
    school: SchoolMention | null;
    schools: readonly SchoolMention[];
    names: SchoolNames;
  },
  tier: SchoolTier,
  rng: Rng,
): Edit[] | string {
  const { text, names } = original;
  const changing = original.schools.filter((school) => {
    const own = schoolTier(school.text, names);
    // The college of an earlier degree stays; but whoever has a high school diploma only, has been to no college.
    const wanted = own === original.tier || tier === "high school" && own !== "high school";
    return wanted && !isPart(text, school, original.schools) && !(own === "state" && isTraining(school, original));
  });
  const taken = new Set(original.schools.map((school) => plainName(school.text)));
  const free = rng.shuffle(names[tier].filter((name) => !taken.has(plainName(name))));
  const given = new Map<string, string>();
  for (const school of changing) {
    const key = plainName(school.text);
    if (given.has(key)) continue;
    const name = free.pop();
    if (name === undefined) return `not enough names of ${tier} schools`;
    given.set(key, name);
  }
  return changing.map((school) => edit(text, school, given.get(plainName(school.text))!));
}

/** "Ground School", "Aircraft Firefighting School": a course, unless it is all there is. */
function isTraining(school: SchoolMention, { school: highest }: { school: SchoolMention | null }): boolean {
  const plain = /\b(?:school|academy)\b/i.test(school.text) && !/universi|college|institut|polytech/i.test(school.text);
  return plain && highest !== null && plainName(highest.text) !== plainName(school.text);
}

/** Two names that belong together have at most so many letters between them. */
const NEXT_TO = 40;

/** "School of Business" beside "Elm University": it goes with any university. */
function isPart(text: string, school: SchoolMention, schools: readonly SchoolMention[]): boolean {
  if (!/^(?:\p{Lu}[\p{L}'’]+\s+)?(?:School|College|Institute|Faculty)\s+of\s/iu.test(school.text)) {
    return false;
  }
  return nearby(schools, school, NEXT_TO).some((other) => {
    if (other === school || /^(?:School|College|Institute|Faculty)\s+of\s/i.test(other.text)) return false;
    const between = other.end <= school.start
      ? text.slice(other.end, school.start)
      : text.slice(school.end, other.start);
    return /^[\s,–-]*(?:Graduate|of|at|,)?[\s,–-]*$/i.test(between);
  });
}

/**
 * "the" goes with the name: before "University of …" in running text, not in a list, and never before "Elm University".
 */
function edit(text: string, { start, end }: SchoolMention, name: string): Edit {
  const capitals = isCapitals(text.slice(start, end));
  const the = /(?<![\p{L}])the\s+$/iu.exec(text.slice(Math.max(0, start - 6), start));
  if (the !== null) start -= the[0].length;
  const inSentence = the !== null || /[\p{L}]\s+$/u.test(text.slice(Math.max(0, start - 20), start)) ||
    /^\s+\p{Ll}/u.test(text.slice(end, end + 10));
  const bare = name.replace(/^the /, "");
  const written = name === bare || !inSentence || /\n/.test(text.slice(start - 1, start)) ? bare : name;
  const replacement = beginsSentence(text, start) ? capitalize(written) : written;
  return { start, end, replacement: capitals ? replacement.toUpperCase() : replacement };
}
