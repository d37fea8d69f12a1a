import contexts from "../education/contexts.json" with { type: "json" };
import degrees from "../education/degrees.json" with { type: "json" };
import schools from "../education/schools.json" with { type: "json" };
import sections from "../education/sections.json" with { type: "json" };

const SPACE = "[^\\S\\n]";
/** Letters, digits and signs that stand alone, one after the other. */
const RUN = new RegExp(`(?<!\\S)\\S(?:${SPACE}{1,5}\\S){3,}(?!\\S)`, "gu");
const GAP = new RegExp(`${SPACE}{2,}`, "u");

/** Where gaps do not tell words apart, words of the lexicons do. */
const WORDS: ReadonlySet<string> = new Set(
  JSON.stringify([degrees, sections, schools.keywords, contexts.unfinishedBefore, "with from at by for"])
    .toLowerCase().match(/\p{L}{2,}/gu)!,
);
const LONGEST = Math.max(...[...WORDS].map((word) => word.length));
/** Longer runs are no words that lost their gaps. */
const MOST_LETTERS = 400;

/**
 * Joins letters that were spaced out, as in "B a c h e l o r  o f  A r t s" (PDF layout, headings). Wider gaps part
 * words; where all gaps are alike, the words of the education lexicons or capitals do. Enumerations ("A B C D") and
 * runs without four letters in a row stay.
 */
export function joinSpacedLetters(text: string): string {
  return text.replace(RUN, (run) => {
    const words = run.split(GAP).map((word) => word.replace(/\s/gu, ""));
    if (!words.some(isWord)) return run;
    return words.length > 1 ? words.join(" ") : apart(words[0]!);
  });
}

function isWord(word: string): boolean {
  const letters = [...word.toLowerCase()];
  const enumeration = letters.every((letter, i) => i === 0 || letter >= letters[i - 1]!);
  return !enumeration && /\p{L}{4}/u.test(word) && /[aeiouy\u0080-\uffff]/iu.test(word);
}

/** "BachelorofArts" → "Bachelor of Arts": in words of the lexicons if all of it is, or else before capitals. */
function apart(joined: string): string {
  return joined.split(/(?<=\p{Ll})(?=\p{Lu})/u).map((part) => part.replace(/\p{L}+/gu, inWords)).join(" ");
}

function inWords(letters: string): string {
  if (letters.length > MOST_LETTERS) return letters;
  const small = letters.toLowerCase();
  /** `from[end]`: where the last word of the best division up to `end` begins. */
  const from: (number | undefined)[] = [0];
  for (let end = 1; end <= small.length; end++) {
    for (let start = Math.max(0, end - LONGEST); start < end && from[end] === undefined; start++) {
      if (from[start] !== undefined && WORDS.has(small.slice(start, end))) from[end] = start;
    }
  }
  if (from[small.length] === undefined) return letters;
  const words: string[] = [];
  for (let end = small.length; end > 0; end = from[end]!) words.unshift(letters.slice(from[end]!, end));
  return words.join(" ");
}
