import type { Span } from "./degree_level.ts";
import type { DegreeMention } from "./find_degrees.ts";
import { endingAfter, type Section, sectionAt } from "./find_sections.ts";
import schools from "./schools.json" with { type: "json" };

/** Outside an education section a school counts this near to a degree only: elsewhere it may be an employer. */
const NEAR_DEGREE = 120;

/** Longer words than any are bounded, since matching goes through them from each of their letters. */
const WORD = "(?:(?!Â(?!\\p{L}))\\p{Lu}[\\p{L}'’.-]{0,39}|\\d+(?:st|nd|rd|th))";
// Two spaces part what PDF layout had apart.
const GLUE = `(?:[^\\S\\n]|[^\\S\\n]?[&/][^\\S\\n]?)`;
const LINK = `(?:${GLUE}(?:${schools.connectors.map(escape).join("|")})){0,2}${GLUE}`;
const KEYWORD = `(?:${[...schools.keywords, ...schools.keywords.map((word) => word.toUpperCase())].join("|")})\\.?`;
const PREFIX = `(?:${[...schools.prefixes, ...schools.prefixes.map((word) => word.toUpperCase())].join("|")})`;
const OF = `(?:${GLUE}(?:of|Of|OF|de|at))`;

/**
 * "University of X", "State University of X": nothing but a prefix before, since that would be the degree's subject.
 */
const KEYWORD_OF = `(?:${PREFIX}${GLUE}){0,2}${KEYWORD}${OF}(?:${GLUE}the)?${GLUE}${WORD}(?:${LINK}${WORD}){0,5}`;
/** "Loyola University Chicago", "X High School". */
const NAME_KEYWORD = `${WORD}(?:${LINK}${WORD}){0,5}?${GLUE}${KEYWORD}(?:${LINK}${WORD}){0,4}`;
/** "Universität Bonn", "Politechnika Gdańska". */
const KEYWORD_NAME = `(?:${schools.first.join("|")})(?:${LINK}${WORD}){1,4}`;
const ACRONYM = schools.acronyms.map(escape).join("|");

const SCHOOL = new RegExp(
  `(?<![\\p{L}\\d])(?:${KEYWORD_OF}|${KEYWORD_NAME}|${NAME_KEYWORD}|${ACRONYM})(?![\\p{L}\\d])`,
  "gu",
);

/** A degree or a part of the line after it that looks like a name but is none. */
const NOT_A_SCHOOL =
  /^(?:high|senior|secondary|middle)?\s*schools?(?:\s+(?:diploma|graduate|degree|equivalen\w+))?$|diploma/i;

/**
 * Finds the schools that a résumé names as its author's: in its education sections, and beside its degrees elsewhere.
 */
export function findSchools(text: string, sections: readonly Section[], degrees: readonly DegreeMention[]): Span[] {
  const found: Span[] = [];
  for (const { start, end } of searched(text, sections, degrees)) {
    for (const match of text.slice(start, end).matchAll(SCHOOL)) {
      let from = start + match.index;
      const to = from + match[0].replace(/(?:\s+(?:IN|OF|AT|AND))+$/, "").length;
      // "MBA Harvard Business School": the degree is no part of the name.
      for (let i = endingAfter(degrees, from); i < degrees.length && degrees[i]!.start <= from + 2; i++) {
        if (degrees[i]!.end < to) from = degrees[i]!.end;
      }
      from += /^[^\p{L}]*/u.exec(text.slice(from, to))![0].length;
      if (NOT_A_SCHOOL.test(text.slice(from, to))) continue;
      found.push({ start: from, end: to, text: text.slice(from, to) });
    }
  }
  return found;
}

/** Sections and the neighbourhoods of the degrees outside them, in order and without overlap. */
function searched(text: string, sections: readonly Section[], degrees: readonly DegreeMention[]): Section[] {
  const around = degrees
    .filter(({ status, start }) => status === "stated" && !sectionAt(sections, start))
    .map(({ start, end }) => ({
      start: Math.max(0, start - NEAR_DEGREE),
      end: Math.min(text.length, end + NEAR_DEGREE),
    }));
  const ordered = [...sections, ...around].sort((a, b) => a.start - b.start);
  const merged: Section[] = [];
  for (const piece of ordered) {
    const last = merged.at(-1);
    if (last !== undefined && piece.start <= last.end) last.end = Math.max(last.end, piece.end);
    else merged.push({ ...piece });
  }
  return merged;
}

function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
