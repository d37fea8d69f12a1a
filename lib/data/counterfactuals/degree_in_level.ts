import type { Span, StatedLevel } from "../education/degree_level.ts";
import type { DegreePhrase } from "../masking/find_mentions.ts";
import { startingFrom } from "../education/find_sections.ts";
import { isCapitals } from "../masking/rewrite.ts";
import { capitalize, indefiniteArticle } from "../example.ts";
import forms from "./degree_forms.json" with { type: "json" };

type Style = Partial<Record<StatedLevel, string>>;

const PLAIN: Record<StatedLevel, string> = forms.plain;
const HEADS: Partial<Record<StatedLevel, string>> = forms.heads;
const STYLES: readonly Style[] = forms.styles;
const SENTENCES: ReadonlyMap<string, string> = new Map(Object.entries(forms.sentences));

/**
 * Writes a degree at another level in the manner it was written: "B.S." as "M.S.", "BACHELOR OF SCIENCE" as "MASTER OF
 * SCIENCE", "Bachelor's Degree" as "High School Diploma".
 */
export function degreeInLevel(phrase: DegreePhrase, level: StatedLevel, plain = false): string {
  const { text, form, impliedField } = phrase;
  const noun = level === "high school" || impliedField === null ? PLAIN[level] : `${PLAIN[level]} in ${impliedField}`;
  const sentence = SENTENCES.get(text.toLowerCase().replace(/[\s-]+/g, " "));
  if (sentence !== undefined || form === "graduate") {
    return likeCase(text, (sentence ?? "holder of {degree}").replace("{degree}", `${indefiniteArticle(noun)} ${noun}`));
  }
  const styled = plain || level === "high school" ? undefined : inStyle(phrase, level);
  if (styled !== undefined) return styled;
  return likeCase(text, form === "of" && level !== "high school" ? `${PLAIN[level]} in` : noun) +
    (phrase.plural ? "s" : "");
}

function inStyle({ text, level: from, form, plural }: DegreePhrase, level: StatedLevel): string | undefined {
  if (plural || form === "school") return undefined;
  const named = /^([A-Za-z]+?)((?:['’´`]|â€™)?s)?\s+((?:of|in)(?:\s+the)?)\b\s*(.*)$/is.exec(text);
  const head = HEADS[level];
  if (named !== null && head !== undefined) {
    const [, word, possessive = "", of, subject] = named as unknown as [
      string,
      string,
      string | undefined,
      string,
      string,
    ];
    const research = /^philosophy\b/i.test(subject);
    const generic = subject !== "" && level === "doctorate" ? "Philosophy" : research ? forms.science : subject;
    const kept = subject === ""
      ? ""
      : ` ${generic}${/\s+degree$/i.exec(subject)?.[0] && generic !== subject ? " degree" : ""}`;
    const start = level === "doctorate" || /^doctor$/i.test(word) ? head : head + possessive;
    const words = `${start} ${level === "doctorate" ? "of" : of.toLowerCase()}${kept}`;
    return isCapitals(text) ? words.toUpperCase() : /^\p{Ll}/u.test(text) ? words.toLowerCase() : words;
  }
  const key = keyOf(text);
  for (const style of STYLES) {
    const own = style[from], other = style[level];
    if (own !== undefined && other !== undefined && keyOf(own) === key) {
      return isAbbreviation(other) ? other : likeCase(text, other);
    }
  }
  return undefined;
}

function keyOf(written: string): string {
  return written.toLowerCase().replace(/['’´`]|â€™/g, "").replace(/[\s-]+/g, " ");
}

function isAbbreviation(written: string): boolean {
  return /^\p{Lu}[\p{L}]*\.?\p{Lu}|^\p{Lu}\./u.test(written);
}

/** In capitals, with capital initials, or with a capital first, as the original is. */
function likeCase(original: string, written: string): string {
  if (isCapitals(original)) return written.toUpperCase();
  const words = original.split(/\s+/).filter((word) => !/^(?:of|in|the|and)$/i.test(word));
  if (words.length > 1 && words.every((word) => /^\p{Lu}\p{Ll}/u.test(word))) {
    return written.replace(/(?<![\p{L}'’])\p{Ll}(?=\p{L}{2})/gu, (letter) => letter.toUpperCase())
      .replace(/(?<=\s)(?:Of|In|The|With|And)(?=\s|$)/g, (word) => word.toLowerCase());
  }
  const first = words[0] ?? "";
  return /^\p{Lu}\p{Ll}/u.test(first) ? capitalize(written) : written;
}

/** "in Business Administration": up to punctuation, a number, or a word that begins something else. */
const IN_FIELD =
  /^\s+(?:with\s+(?:a\s+)?(?:major|concentration)\s+)?in\s+(?!(?:19|20)\d\d)[^\n.,;:()*•|]{1,60}?(?=\s+(?:from|at|by|with|which|where|that|who|and\s+(?:a|an|the|my|have|has|took|later|then|is|was)|in\s+\d|-|–|—)(?![\p{L}])|\s+\(|\s+\d|\s*[.,;:()*•|]|\s*\n|\s*$)/iu;
/** Of a name that goes on in its field: "Engineering" after "Bachelor of". */
const OF_FIELD = /^\s+[\p{L}&]+(?:\s+(?:and\s+|&\s+)?(?!From\b|At\b)\p{Lu}[\p{L}]+)*/u;
/** In lists, on the line or after a colon: "Bachelor of Science : Accounting". */
const COLON_FIELD = /^[^\S\n]*(?:\n\s*)?:[^\S\n]*(?:\n\s*)?[^\n:,]+(?:,\s[\p{Lu}][^\n:,\d]*(?=,|\n|$))?/u;
const COMMA_FIELD = /^,\s+(?!(?:19|20)\d\d|City\b|State\b)\p{Lu}[\p{L}&/ -]*?(?=\s*(?:[,.;\n(]|$))/u;

/** Where a degree with its field of study ends: for replacing both by a diploma that has no field. */
export function withField(
  text: string,
  { end, form }: DegreePhrase,
  schools: readonly Pick<Span, "start" | "end">[],
): number {
  let reached = end;
  const skip = (pattern: RegExp) => {
    const limit = schools[startingFrom(schools, reached)]?.start ?? text.length;
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
