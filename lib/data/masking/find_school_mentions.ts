import type { Education } from "../education/extract_education.ts";
import type { Span } from "../education/degree_level.ts";
import { findSchools } from "../education/find_schools.ts";
import { educationSections } from "./education_sections.ts";
import { phrasePattern } from "./phrase_pattern.ts";
import { sameSentence } from "./same_sentence.ts";
import lexicon from "./schools.json" with { type: "json" };

/** A school that a text names. */
export interface SchoolMention extends Span {
  /** Whether it is, by where it stands or stood before, a school that the author attended. */
  own: boolean;
}

const ANYWHERE = new RegExp(`(?<![\\p{L}])(?:${lexicon.anywhere.join("|")})(?![\\p{L}])`, "iu");
const KEYWORD =
  /(?<![\p{L}])(?:Universi\w+|Univ|College|Institut\w*|School|Academy|Polytechnic|Seminary|Conservatory|Colegio)(?![\p{L}])/iu;
/** Roles, and the small words that may follow a role but begin no name. */
const NOT_NAMES = new Set([...lexicon.notNames.map((word) => word.toLowerCase()), "of", "the", "at", "and", "&"]);
const GENERIC = new Set(lexicon.generic.map((name) => name.toLowerCase()));
const INSTITUTION_AFTER = new RegExp(`^[^\\S\\n](?:${lexicon.institutions.join("|")})(?![\\p{L}])`, "iu");
const CUED = new RegExp(`(?<![\\p{L}])(?:${cueSources()})[^\\S\\n]+(?:the[^\\S\\n]+)?$`, "u");
/** How far from a degree, in letters, a name in the same sentence is still that of its school. */
const REACH = 120;
const SHORT_NAME = shortNames(lexicon.shortNames, "");
const SHORT_NAME_AFTER = shortNames(lexicon.shortNamesAfter, `(?<=(?:${cueSources()})[^\\S\\n]+)`);

/**
 * Finds every school that a résumé names: those that `extractEducation` found, the same names elsewhere, and by the words
 * and short names of `schools.json` others anywhere.
 *
 * @param text The résumé.
 * @param education What `extractEducation` says of it.
 * @returns The names in order, without overlap.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { extractEducation } from "../education/extract_education.ts";
 * import { findSchoolMentions } from "./find_school_mentions.ts";
 *
 * const text = "Education\nB.A., Lakeside College\nWork\nTutor at Elm University. Ran for Lakeside College.";
 * const mentions = findSchoolMentions(text, extractEducation(text));
 * assertEquals(mentions.map(({ text, own }) => [text, own]), [
 *   ["Lakeside College", true],
 *   ["Elm University", false],
 *   ["Lakeside College", true],
 * ]);
 * ```
 */
export function findSchoolMentions(text: string, education: Education): SchoolMention[] {
  const found: SchoolMention[] = [];
  const add = (span: Span, own: boolean) => {
    if (span.end > span.start && !found.some((other) => overlap(span, other))) found.push({ ...span, own });
  };
  const everywhere = findSchools(text, [{ start: 0, end: text.length }], []);
  const sections = educationSections(text);
  for (const school of education.schools) {
    if (sections.some(({ start, end }) => start <= school.start && school.end <= end)) {
      // "Lakeside College BS-Liberal Arts": where a degree begins, the name has ended.
      const degree = education.degrees.find(({ start }) => start > school.start + 3 && start < school.end);
      const kept = degree === undefined || !KEYWORD.test(text.slice(school.start, degree.start))
        ? school
        : { ...school, end: degree.start };
      for (const span of names(text, kept, "in place")) add(span, true);
    } else {
      // Beside a degree in running text, `extractEducation` may see a part of the name only.
      const whole = everywhere.flatMap((span) => overlap(span, school) ? names(text, span, "anywhere") : []);
      for (const span of whole) {
        const stated = education.degrees.some((degree) => sameSentence(text, degree, span, REACH));
        if (stated && isName(span.text) && KEYWORD.test(span.text)) add(span, true);
      }
    }
  }
  for (const name of new Set(found.map((span) => span.text).filter(isName))) {
    for (const match of text.matchAll(phrasePattern([name], "g"))) {
      add({ start: match.index, end: match.index + match[0].length, text: match[0] }, true);
    }
  }
  for (const span of everywhere.flatMap((school) => names(text, school, "anywhere"))) {
    const known = isName(span.text) && ANYWHERE.test(span.text);
    if (known && !INSTITUTION_AFTER.test(text.slice(span.end, span.end + 20))) {
      add(span, CUED.test(text.slice(Math.max(0, span.start - 60), span.start)));
    }
  }
  for (const pattern of [SHORT_NAME, SHORT_NAME_AFTER]) {
    for (const match of text.matchAll(pattern)) {
      add({ start: match.index, end: match.index + match[0].length, text: match[0] }, false);
    }
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
    const before = text.slice(start, start + keyword.index);
    for (const cut of before.matchAll(/(?:^|\s)(?:at|from|in|for|to|with|by)\s+|\p{Ll}{3}[.:]\s+|\s[-–]\s/giu)) {
      start = span.start + cut.index + cut[0].length;
    }
    for (let word = firstWord(text, start); NOT_NAMES.has(word.name); word = firstWord(text, start)) {
      start += word.length;
    }
    const from = span.start + keyword.index + keyword[0].length;
    const after = text.slice(from, end);
    const cut = /^\.\s|\p{Ll}{3}\.\s|\s[-–]\s|\/|\s(?:in|for)\s|['’]s?\s/iu.exec(after);
    if (cut !== null) end = from + cut.index + /^\p{Ll}*/u.exec(cut[0])![0].length;
    // Away from education, capitals right after the name are more often a club or an award than a campus.
    if (where === "anywhere") {
      const tail = /^(?:[^\S\n]+(?:of|at|de|del|la|do|da)\b.*)?/isu.exec(text.slice(from, end))![0];
      if (!/^[^\S\n]*$/.test(before.slice(start - span.start)) || tail !== "") end = from + tail.length;
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
  return lexicon.cues.flatMap((cue) => [cue, cue[0]!.toUpperCase() + cue.slice(1)])
    .map((cue) => cue.replaceAll(" ", "[^\\S\\n]+")).join("|");
}

function overlap(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
