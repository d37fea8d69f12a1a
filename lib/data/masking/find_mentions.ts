import { type Piece, type Span, spanOf, type StatedLevel } from "../education/degree_level.ts";
import { extractEducation } from "../education/extract_education.ts";
import type { DegreeMention } from "../education/find_degrees.ts";
import { educationSections, nearby, overlapping, type Section, sectionAt, Taken } from "../education/find_sections.ts";
import names from "./degree_names.json" with { type: "json" };
import { findSchoolMentions } from "./find_school_mentions.ts";
import keepLexicon from "./keep.json" with { type: "json" };
import prestige from "./prestige.json" with { type: "json" };
import { beginsSentence, inPlaceCase, phrasePattern, sameSentence } from "./rewrite.ts";
import tokens from "./tokens.json" with { type: "json" };
import words from "./words.json" with { type: "json" };
import years from "./years.json" with { type: "json" };

/** What a masked piece of text is. */
export const MASK_KINDS = ["degree", "school", "year", "prestige"] as const;

/** One of {@linkcode MASK_KINDS}. */
export type MaskKind = (typeof MASK_KINDS)[number];

/** A piece of a text that gives away a background. */
export interface Mention extends Span {
  kind: MaskKind;
  /** Neutral words that fit in its place. */
  replacement: string;
}

/** A piece that looks like a mention and stays. */
export interface KeptMention extends Span {
  kind: MaskKind;
  /** `"allow-list"`, with the phrase of `keep.json`; or `"someone else's"`: the degree of a student or an applicant. */
  reason: "allow-list" | "someone else's";
  /** The phrase of the allow-list as the text has it, else `null`. */
  phrase: string | null;
}

const WORDS: ReadonlyMap<string, string> = byNormal(words.phrases);
const PHRASES = phrasePattern(Object.keys(words.phrases), "g", {
  after: `(?![\\s-]+(?:${words.beforeOthers.join("|")})(?![\\p{L}]))`,
});
const ADJECTIVES = phrasePattern(prestige.adjectives, "g", { after: "[\\s-]+" });
const ADJECTIVE_BEFORE = phrasePattern(prestige.adjectiveBefore, "y");
const APPENDED = phrasePattern(prestige.appended, "g", {
  before: "(?:[,(][^\\S\\n]*|(?<![^\\S\\n,(])[^\\S\\n]*)",
  after: "\\)?",
});
const NOUNS: ReadonlyMap<string, string> = byNormal(prestige.nouns);
const NOUN = phrasePattern(Object.keys(prestige.nouns), "g");
const GRADES =
  /(?<![\p{L}])(?:(?:cumulative|overall|major)\s+)?G\.?P\.?A\.?(?![\p{L}])(?:[\s:]{0,3}GPA)?(?:\s{0,3}(?:of|:|-|–)?\s{0,3}\d(?:\.\d+)?(?:\s*\/\s*\d(?:\.\d+)?)?)?|(?<![\d.])\d\.\d+(?:\s*\/\s*\d(?:\.\d+)?)?\s+(?:cumulative\s+|overall\s+)?G\.?P\.?A(?![\p{L}])/giu;
const KEEP = phrasePattern(keepLexicon.phrases, "g");

/**
 * Finds what in a résumé gives away its author's education: degrees, schools, graduation years and phrases of prestige,
 * each with neutral words for its place.
 */
export function findMentions(text: string): { mentions: Mention[]; kept: KeptMention[] } {
  const keep = [...text.matchAll(KEEP)].map(spanOf);
  const mentions: Mention[] = [], kept: KeptMention[] = [];
  const taken = new Taken(text);
  const add = (kind: MaskKind, { start, end }: Piece, replacement: string) => {
    if (taken.has({ start, end })) return;
    taken.add({ start, end });
    const span = { start, end, text: text.slice(start, end), kind };
    const phrase = overlapping(keep, span)[0];
    if (phrase !== undefined) kept.push({ ...span, reason: "allow-list", phrase: phrase.text });
    else mentions.push({ ...span, replacement });
  };

  const education = extractEducation(text);
  const schools = findSchoolMentions(text, education);
  for (const school of schools) {
    const { start, article } = withArticle(text, school, tokens.school);
    const span = { start, end: school.end };
    add("school", span, inPlaceCase(text, span, article));
  }
  const degrees = education.degrees.map((mention) => degreePhrase(text, mention));
  for (const match of text.matchAll(PHRASES)) {
    const { start, end } = spanOf(match);
    // "doctoral degree" is the name of a degree, "graduated from high school" more than one.
    if (overlapping(degrees, { start, end }).every((degree) => degree.start >= start && degree.end <= end)) {
      add("degree", { start, end }, inPlaceCase(text, { start, end }, WORDS.get(normal(match[1]!))!));
    }
  }
  for (const { start, end, form, plural, status, impliedField, text: written } of degrees) {
    if (status === "someone else's") {
      if (!taken.has({ start, end })) {
        taken.add({ start, end });
        kept.push({ start, end, text: written, kind: "degree", reason: status, phrase: null });
      }
      continue;
    }
    const noun = form === "school"
      ? tokens.school
      : tokens[`${form === "graduate" ? "graduate" : "degree"}${plural ? "s" : ""}`];
    const field = form === "of" ? " in" : impliedField === null ? "" : ` in ${impliedField}`;
    add("degree", { start, end }, inPlaceCase(text, { start, end }, noun + field));
  }
  const own = new Set(schools.filter((school) => school.own).map(({ end }) => end));
  const near = inOrder(mentions.filter(({ kind, end }) => kind === "degree" || own.has(end)));
  for (const year of findYears(text, educationSections(text), near)) {
    add("year", year, inPlaceCase(text, year, tokens.year));
  }
  findPrestige(text, [...schools, ...degrees], add);
  return { mentions: inOrder(mentions), kept: inOrder(kept) };
}

function inOrder<T extends Piece>(pieces: T[]): T[] {
  return pieces.sort((a, b) => a.start - b.start);
}

function findPrestige(
  text: string,
  named: readonly Span[],
  add: (kind: "prestige", span: Piece, replacement: string) => void,
): void {
  const names = new Set(named.map(({ start }) => start));
  for (const match of text.matchAll(ADJECTIVES)) {
    const end = match.index + match[0].length;
    ADJECTIVE_BEFORE.lastIndex = end;
    if (ADJECTIVE_BEFORE.test(text) || names.has(end)) {
      add("prestige", { start: match.index, end }, "");
    }
  }
  for (const match of text.matchAll(APPENDED)) add("prestige", spanOf(match), "");
  for (const match of text.matchAll(NOUN)) {
    const span = spanOf(match);
    add("prestige", span, inPlaceCase(text, span, NOUNS.get(normal(match[0]))!));
  }
  for (const match of text.matchAll(GRADES)) {
    const span = { start: match.index, end: match.index + match[0].trimEnd().length };
    add("prestige", span, inPlaceCase(text, span, prestige.grades));
  }
}

/** "the University of X" in running text becomes "a school"; an item of a list or a line becomes "school". */
function withArticle(text: string, { start, end }: Span, school: string): { start: number; article: string } {
  const the = /(?<![\p{L}])the\s+$/iu.exec(text.slice(Math.max(0, start - 6), start));
  if (the !== null) start -= the[0].length;
  const before = text.slice(Math.max(0, start - 30), start), after = text.slice(end, end + 3);
  const isItem = (beginsSentence(text, start) || /[,:;(|/–—-]\s*$/.test(before)) &&
    /^\s*(?:$|[,:;).|/–—-]|\n)/.test(after);
  const determined = /(?<![\p{L}])(?:an?|my|his|her|their|our|this|that|same|other)\s+$/iu.test(before);
  return { start, article: isItem || determined ? school : `a ${school}` };
}

function byNormal(lexicon: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(lexicon).map(([phrase, neutral]) => [normal(phrase), neutral]));
}

/** A phrase without what `phrasePattern` lets vary. */
function normal(phrase: string): string {
  return phrase.toLowerCase().replace(/[\s-]+/g, " ").replace(/['’´`]|â€™/g, "");
}

const MONTH =
  "(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|" +
  "Nov(?:ember)?|Dec(?:ember)?)\\.?";
const SEASON = "(?:Spring|Summer|Fall|Autumn|Winter)";
const YEAR = "(?:19[4-9]\\d|20[0-4]\\d)";
const DATE =
  `(?:(?:${MONTH}(?:\\s+\\d{1,2})?|${SEASON}),?\\s+(?:of\\s+)?|\\d{1,2}\\s?/\\s?(?:\\d{1,2}\\s?/\\s?)?)?${YEAR}`;
const END = `(?:${DATE}|[Pp]resent|PRESENT|[Cc]urrent|CURRENT)`;
/** Not a part of a longer number, nor an amount. */
const DATES = new RegExp(`(?<![\\d$€£.,/-])${DATE}(?:\\s*(?:-|–|—|to|until)\\s*${END})?(?![\\d%]|[.,/-]\\d)`, "giu");
/** "5/96", only where a date is sure to be meant. */
const SHORT_DATES = /(?<![\d/.])(?:0?[1-9]|1[0-2])\/\d\d(?![\d/])/g;
const CUE = phrasePattern(years.cues, "", { after: "\\s*[:,-]?\\s*(?:in\\s+)?$" });

/**
 * Finds the years in which somebody graduated: every date of an education section, dates in the same sentence as a
 * degree or a school, and dates after a word such as "graduated". `near` is in order.
 */
export function findYears(text: string, sections: readonly Section[], near: readonly Piece[]): Span[] {
  const dates: Span[] = [];
  for (const match of text.matchAll(DATES)) {
    const span = spanOf(match), { start } = span;
    const wanted = sectionAt(sections, start) || CUE.test(text.slice(Math.max(0, start - 30), start)) ||
      nearby(near, span, years.reach).some((mention) => sameSentence(text, [mention, span], years.reach));
    if (wanted) dates.push(span);
  }
  const found = [...dates];
  for (const match of text.matchAll(SHORT_DATES)) {
    const span = spanOf(match);
    if (sectionAt(sections, span.start) && overlapping(dates, span).length === 0) found.push(span);
  }
  return inOrder(found);
}

/** The words that name a degree and nothing else: neither the field of study nor the article before. */
export interface DegreePhrase extends Span {
  level: StatedLevel;
  status: DegreeMention["status"];
  /**
   * `"degree"`: a noun ("B.S.", "bachelor's degree"). `"of"`: a name that goes on in the field ("Bachelor of" before
   * Engineering). `"graduate"`: a person ("high school graduate"). `"school"`: the school stands for its diploma.
   */
  form: "degree" | "of" | "graduate" | "school";
  plural: boolean;
  /** The field that the name implies (law for "J.D.") where none is written after it, else `null`. */
  impliedField: string | null;
}

const GENERIC_SUBJECT = phrasePattern(names.genericSubjects, "y", { before: "\\s+(?:the\\s+)?" });
const IMPLIED_FIELDS: ReadonlyMap<string, string> = new Map(Object.entries(names.impliedFields));
const LEADS_TO_FIELD = /\s+in(?:\s.*)?$|\s+(?:en|em|de|ès|der|an der|w)$/isu;
const FIELD_FOLLOWS = /^[^\S\n]*(?:in\b|\(|\s*:)/;

/** Marks off the name of a degree around a mention that `findDegrees` found by its first words. */
export function degreePhrase(text: string, mention: DegreeMention): DegreePhrase {
  const { start, level, status } = mention;
  let end = mention.end;
  let form: DegreePhrase["form"] = "degree";
  const name = /^(\S+(?:\s+degrees?)?)\s+(of|in)\b/i.exec(mention.text);
  if (name !== null) {
    const [whole, head, preposition] = name as unknown as [string, string, string];
    GENERIC_SUBJECT.lastIndex = start + whole.length;
    if (GENERIC_SUBJECT.test(text)) end = GENERIC_SUBJECT.lastIndex;
    else if (preposition.toLowerCase() === "of") [end, form] = [start + whole.length, "of"];
    else end = start + head.length;
  } else if (/^(?:senior\s+)?(?:high[ -]?school|secondary school|senior high)$/i.test(mention.text)) {
    form = "school";
  } else {
    // "Licence en", "Laurea magistrale in": what leads to the field stays before it.
    end -= LEADS_TO_FIELD.exec(mention.text)?.[0].length ?? 0;
  }
  // "… degree in", "… graduate with": these words belong to the name.
  const noun = form === "of" ? null : /^[^\S\n]+(degrees?|diploma|graduates?)\b/i.exec(text.slice(end, end + 20));
  if (noun !== null) {
    end += noun[0].length;
    if (form === "school") form = "degree";
  }
  // The last dot may be that of the sentence: always after "MBA", and at the end of the text after "M.B.A." as well.
  if (text[end - 1] === "." && (!text.slice(start, end - 1).includes(".") || !/\S/.test(text.slice(end)))) end--;
  const written = text.slice(start, end);
  if (/graduates?$/i.test(written)) form = "graduate";
  const key = written.toUpperCase().replace(/[^A-Z]/g, "");
  const impliedField = FIELD_FOLLOWS.test(text.slice(end, end + 20)) ? null : IMPLIED_FIELDS.get(key) ?? null;
  return {
    start,
    end,
    text: written,
    level,
    status,
    form,
    plural: /(?:degree|graduate)s$/i.test(written),
    impliedField,
  };
}
