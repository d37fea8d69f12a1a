import { type Span, spanOf } from "../education/degree_level.ts";
import type { Education } from "../education/extract_education.ts";
import { findSchools } from "../education/find_schools.ts";
import { educationSections, nearby, overlapping, sectionAt, startingFrom, Taken } from "../education/find_sections.ts";
import { capitalize } from "../example.ts";
import { phrasePattern, sameSentence } from "./rewrite.ts";
import lexicon from "./schools.json" with { type: "json" };

/** A school that a text names. */
export interface SchoolMention extends Span {
  /** Whether it is, by where it stands or stood before, a school that the author attended. */
  own: boolean;
}

const ANYWHERE = new RegExp(`(?<![\\p{L}])(?:${lexicon.anywhere.join("|")})(?![\\p{L}])`, "iu");
const KEYWORD =
  /(?<![\p{L}])(?:\p{L}*[Üü]?[Uu]ni(?:v|w)ersi\p{L}+|Univ|College|Institut\p{L}*|School|Academy|Polytechnic|Polite\p{L}+|Seminary|Conservatory|Colegio|\p{L}*[Hh]ochschule|Lycée|Liceo|Liceum|Gymnasium|École|Üniversitesi|Univerzita)(?![\p{L}])/iu;
/** Roles, and the small words that may follow a role but begin no name. */
const NOT_NAMES = new Set([...lexicon.notNames.map((word) => word.toLowerCase()), "of", "the", "at", "and", "&"]);
/** What may stand in a name's place before it: "Tutor at", "Languages.", "Diploma -". */
const ROLE_BEFORE =
  /(?:^|\s)(?:[Aa]t|AT|[Ff]rom|FROM|[Ii]n|IN|[Ff]or|FOR|[Tt]o|[Ww]ith|[Bb]y)\s+|\p{Ll}{2}[.:]\s+|\s[-–]\s/gu;
/** Where a name ends that goes on by its look: with a sentence, a dash, a department, the degree. */
const NO_PART_AFTER =
  /^\.\s(?!of\s)|\p{Ll}{2}\.\s|\s[-–]\s|\/|\s(?:in|IN|for|FOR)\s|['’]s?\s|\s(?:Associates?|Bachelors?|Masters?|Diploma|Certificate|Degree)(?!\p{L})/u;
const GENERIC = new Set(lexicon.generic.map((name) => name.toLowerCase()));
const INSTITUTION_AFTER = new RegExp(`^[^\\S\\n](?:${lexicon.institutions.join("|")})(?![\\p{L}])`, "iu");
const CUED = new RegExp(`(?<![\\p{L}])(?:${cueSources()})[^\\S\\n]+(?:the[^\\S\\n]+)?$`, "u");
/** How far from a degree, in letters, a name in the same sentence is still that of its school. */
const REACH = 120;
/** Nobody attended more: each is looked for in the whole text. */
const MOST_NAMES = 40;
const PART_AFTER = new RegExp(`^[^\\S\\n](?:${lexicon.parts.join("|")})(?![\\p{L}])`, "iu");
const SHORT_NAME = shortNames(lexicon.shortNames, "");
const SHORT_NAME_AFTER = shortNames(lexicon.shortNamesAfter, `(?<=(?:${cueSources()})[^\\S\\n]{1,3})`);

/**
 * Finds every school that a résumé names: those that `extractEducation` found, the same names elsewhere, and by the
 * words and short names of `schools.json` others anywhere.
 */
export function findSchoolMentions(text: string, education: Education): SchoolMention[] {
  const found: SchoolMention[] = [], taken = new Taken(text);
  const add = (span: Span, own: boolean) => {
    if (span.end <= span.start || taken.has(span)) return;
    taken.add(span);
    found.push({ ...span, own });
  };
  const everywhere = findSchools(text, [{ start: 0, end: text.length }], []);
  const sections = educationSections(text);
  for (const school of education.schools) {
    if (school.end <= (sectionAt(sections, school.start)?.end ?? 0)) {
      // "Lakeside College BS-Liberal Arts": where a degree begins, the name has ended.
      const degree = education.degrees[startingFrom(education.degrees, school.start + 4)];
      const kept =
        degree === undefined || degree.start >= school.end || !KEYWORD.test(text.slice(school.start, degree.start))
          ? school
          : { ...school, end: degree.start };
      for (const span of names(text, kept, "in place")) add(span, true);
    } else {
      // Beside a degree in running text, `extractEducation` may see a part of the name only.
      const whole = overlapping(everywhere, school).flatMap((span) => names(text, span, "anywhere"));
      for (const span of whole) {
        const stated = nearby(education.degrees, span, REACH).some((degree) =>
          sameSentence(text, [degree, span], REACH)
        );
        if (stated && isName(span.text) && KEYWORD.test(span.text)) add(span, true);
      }
    }
  }
  // "High School Diploma at Oak High School" looks like one name, and so like none.
  for (const diploma of education.degrees.filter((degree) => /diploma/i.test(degree.text))) {
    const after = text.slice(diploma.end, diploma.end + REACH);
    for (const { start, end, text: name } of findSchools(after, [{ start: 0, end: after.length }], [])) {
      const span = trimmed(text, { start: diploma.end + start, end: diploma.end + end, text: name }, "anywhere");
      if (isName(span.text) && sameSentence(text, [diploma, span], REACH)) add(span, true);
    }
  }
  const distinct = new Set(found.map((span) => span.text).filter(isName));
  for (const name of [...distinct].slice(0, MOST_NAMES)) {
    for (const match of text.matchAll(phrasePattern([name], "g"))) {
      add(spanOf(match), true);
    }
  }
  for (const span of everywhere.flatMap((school) => names(text, school, "anywhere"))) {
    const cued = CUED.test(text.slice(Math.max(0, span.start - 60), span.start));
    const known = isName(span.text) && (ANYWHERE.test(span.text) || cued && KEYWORD.test(span.text));
    if (known && !INSTITUTION_AFTER.test(text.slice(span.end, span.end + 20))) add(span, cued);
  }
  for (const match of text.matchAll(SHORT_NAME_AFTER)) {
    add(spanOf(match), true);
  }
  for (const match of text.matchAll(SHORT_NAME)) {
    const [start, end] = [match.index, match.index + match[0].length];
    const own = CUED.test(text.slice(Math.max(0, start - 60), start)) || PART_AFTER.test(text.slice(end, end + 12));
    add({ start, end, text: match[0] }, own);
  }
  return found.sort((a, b) => a.start - b.start);
}

function isName(text: string): boolean {
  return text.length > 3 && !GENERIC.has(text.toLowerCase().replace(/^the\s+|[.,]+$/g, "").replace(/\s+/g, " "));
}

/** The names in a piece that looks like one: a full stop between two schools does not part them there. */
function names(text: string, span: Span, where: "in place" | "anywhere"): Span[] {
  const first = trimmed(text, span, where);
  const rest = findSchools(text.slice(first.end, span.end), [{ start: 0, end: span.end - first.end }], []);
  return [
    first,
    ...rest.flatMap(({ start, end, text: name }) =>
      names(text, { start: first.end + start, end: first.end + end, text: name }, where)
    ),
  ];
}

/** Cuts off what the look of a name took along: a role before it, a department or a sentence after it. */
function trimmed(text: string, span: Span, where: "in place" | "anywhere"): Span {
  let { start, end } = span;
  const keyword = KEYWORD.exec(text.slice(start, end));
  if (keyword !== null) {
    const begin = start, before = text.slice(begin, begin + keyword.index);
    for (const cut of before.matchAll(ROLE_BEFORE)) {
      start = begin + cut.index + cut[0].length;
    }
    for (let word = firstWord(text, start); NOT_NAMES.has(word.name); word = firstWord(text, start)) {
      start += word.length;
    }
    const from = begin + keyword.index + keyword[0].length;
    const after = text.slice(from, end);
    const cut = NO_PART_AFTER.exec(after);
    if (cut !== null) end = from + cut.index + /^\p{Ll}*/u.exec(cut[0])![0].length;
    // Away from education, capitals right after the name are more often a club or an award than a campus.
    if (where === "anywhere") {
      const tail = /^(?:[^\S\n]+(?:of|at|de|del|la|do|da)\b.*)?/isu.exec(text.slice(from, end))![0];
      if (!/^[^\S\n]*$/.test(before.slice(start - begin)) || tail !== "") end = from + tail.length;
    }
  }
  end -= /[\s.,&'’-]*$/.exec(text.slice(start, end))![0].length;
  return { start, end, text: text.slice(start, end) };
}

function firstWord(text: string, start: number): { name: string; length: number } {
  const [word] = /^[\p{L}'’.]*[\s,:/-]*/u.exec(text.slice(start, start + 60))!;
  return { name: word.toLowerCase().replace(/[^\p{L}]+$/u, ""), length: Math.max(1, word.length) };
}

function shortNames(names: readonly string[], before: string): RegExp {
  const any = [...names].sort((a, b) => b.length - a.length).map((name) => name.replaceAll(".", "\\.")).join("|");
  const after = `(?![\\p{L}\\d]|[^\\S\\n](?!(?:${
    lexicon.parts.join("|")
  })(?![\\p{L}]))\\p{Lu}|,[^\\S\\n]\\p{Lu}\\p{L}?(?![\\p{L}]))`;
  return new RegExp(`${before}(?<![\\p{L}\\d.])(?:${any})${after}`, "gu");
}

function cueSources(): string {
  return lexicon.cues.flatMap((cue) => [cue, capitalize(cue)])
    .map((cue) => cue.replaceAll(" ", "[^\\S\\n]+")).join("|");
}
