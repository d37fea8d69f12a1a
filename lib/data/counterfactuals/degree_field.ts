import type { Span } from "../education/degree_level.ts";
import type { DegreePhrase } from "../masking/degree_phrase.ts";

/** "in Business Administration": up to punctuation, a number, or a word that begins something else. */
const IN_FIELD =
  /^\s+(?:with\s+(?:a\s+)?(?:major|concentration)\s+)?in\s+(?!(?:19|20)\d\d)[^\n.,;:()*•|]{1,60}?(?=\s+(?:from|at|by|with|which|where|that|who|and\s+(?:a|an|the|my|have|has|took|later|then|is|was)|in\s+\d|-|–|—)(?![\p{L}])|\s+\(|\s+\d|\s*[.,;:()*•|]|\s*\n|\s*$)/iu;
/** Of a name that goes on in its field: "Engineering" after "Bachelor of". */
const OF_FIELD = /^\s+[\p{L}&]+(?:\s+(?:and\s+|&\s+)?(?!From\b|At\b)\p{Lu}[\p{L}]+)*/u;
/** In lists, on the line or after a colon: "Bachelor of Science : Accounting". */
const COLON_FIELD = /^[^\S\n]*(?:\n\s*)?:[^\S\n]*(?:\n\s*)?[^\n:,]+(?:,\s[\p{Lu}][^\n:,\d]*(?=,|\n|$))?/u;
const COMMA_FIELD = /^,\s+(?!(?:19|20)\d\d|City\b|State\b)\p{Lu}[\p{L}&/ -]*?(?=\s*(?:[,.;\n(]|$))/u;

/**
 * Where a degree with its field of study ends: for replacing both by a diploma that has no field.
 *
 * @param text The résumé.
 * @param degree A degree in it.
 * @param schools Its schools, which are no fields.
 * @returns An index, `degree.end` if no field follows.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { extractEducation } from "../education/extract_education.ts";
 * import { degreePhrase } from "../masking/degree_phrase.ts";
 * import { withField } from "./degree_field.ts";
 *
 * const rest = (text: string) => text.slice(withField(text, degreePhrase(text, extractEducation(text).degrees[0]!), []));
 * assertEquals(rest("a B.S. in Health Science from Elm University"), " from Elm University");
 * assertEquals(rest("Bachelor of Arts: History\nElm University"), "\nElm University");
 * ```
 */
export function withField(
  text: string,
  { end, form }: DegreePhrase,
  schools: readonly Pick<Span, "start" | "end">[],
): number {
  let reached = end;
  const skip = (pattern: RegExp) => {
    const limit = schools.find(({ start }) => start >= reached)?.start ?? text.length;
    const match = pattern.exec(text.slice(reached, Math.min(limit, reached + 160)));
    // A match up to the very school may have taken words that lead to it, such as "at".
    if (match !== null && match[0].trim() !== "" && reached + match[0].length < limit) {
      reached += match[0].trimEnd().length;
    }
  };
  if (form === "of") skip(OF_FIELD);
  skip(IN_FIELD);
  skip(COLON_FIELD);
  if (reached === end) skip(COMMA_FIELD);
  return reached;
}
