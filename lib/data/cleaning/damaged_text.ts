/** What programs did to a text, undone: literals with escapes, UTF-8 read in another encoding, spaced-out letters. */
import contexts from "../education/contexts.json" with { type: "json" };
import degrees from "../education/degrees.json" with { type: "json" };
import schools from "../education/schools.json" with { type: "json" };
import sections from "../education/sections.json" with { type: "json" };

const LITERAL = /^\s*(?:[bB][rR]?|[uU])(['"])/;
const ESCAPE = /\\(?:u\{?([0-9a-fA-F]{4,6})\}?|((?:x[0-9a-fA-F]{2})(?:\\x[0-9a-fA-F]{2})*)|(\r?\n)|(.))/gsu;
const SIMPLE: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["f", "\n"],
  ["v", "\n"],
  ["0", ""],
  ["a", ""],
  ["b", ""],
]);

/** Takes a literal of Python (`b'…'`, `b"…"`, `u'…'`, also one that was cut off) for what it stands for, else `null`. */
export function literalText(text: string): string | null {
  const begin = LITERAL.exec(text);
  if (begin === null) return null;
  const quote = begin[1]!, body = text.slice(begin[0].length).trimEnd();
  const closed = body.endsWith(quote) && !/(?:^|[^\\])(?:\\\\)*\\$/.test(body.slice(-40, -1));
  if (!closed && !/\\(?:x[0-9a-fA-F]{2}|[nrt])/.test(body)) return null;
  return unescaped(closed ? body.slice(0, -1) : body);
}

/** A folder of Windows, where `\n` is no line break. */
const PATH = /\b[A-Za-z]:\\[^\s"'<>|]*/g;
const WRITTEN_BREAK = /\\n(.)?/gsu;

/**
 * Makes the line breaks that are written out as `\n` real ones, with `\r`, `\t`, `\"`, `\xe2…` and `\u2022` beside them.
 * It takes them for such where most go before something else than a small letter: `\newpage` and `C:\new` are none.
 */
export function writtenOutBreaks(text: string): string {
  if (!text.includes("\\")) return text;
  let breaks = 0, words = 0;
  for (const [, next] of text.replace(PATH, "").matchAll(WRITTEN_BREAK)) {
    if (next !== undefined && /\p{Ll}/u.test(next)) words++;
    else breaks++;
  }
  if (breaks > 0 && breaks >= words) return unescaped(text);
  return text.replace(/\\u[0-9a-fA-F]{4}|(?:\\x[c-fC-F][0-9a-fA-F](?:\\x[89abAB][0-9a-fA-F])+)/g, unescaped);
}

function unescaped(text: string): string {
  return text.replace(ESCAPE, (whole, code?: string, bytes?: string, lineEnd?: string, letter?: string) => {
    if (code !== undefined) {
      const point = parseInt(code, 16);
      return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
    }
    if (bytes !== undefined) return decoded(bytes);
    if (lineEnd !== undefined) return "";
    return SIMPLE.get(letter!) ?? (/[\\'"/]/.test(letter!) ? letter! : whole);
  });
}

/** `xe2\x80\x93`: UTF-8, or else windows-1252. */
function decoded(escapes: string): string {
  const bytes = Uint8Array.from(escapes.split("\\"), (escape) => parseInt(escape.slice(1), 16));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** The letters that the bytes 128–255 stand for in an encoding that a program may have taken UTF-8 for. */
interface Misreading {
  readonly byteOf: ReadonlyMap<string, number>;
  readonly pattern: RegExp;
}

const LATIN = misreading("windows-1252");
const MAC = misreading("macintosh");
/** A closing quotation mark whose last byte has no letter in windows-1252 and so was lost. */
const CUT_QUOTE = new RegExp(`â€(?!${letters(LATIN.byteOf, 0x80, 0xbf)})`, "gu");
/** A no-break space, of which the second letter became a plain space: no word of any language. */
const CUT_SPACE = /(?<!\p{L})Â(?=\s|$)/gu;
/** Twice read wrongly is not rare; more often has not been seen. */
const MOST_TIMES = 3;

/**
 * Reads back what was UTF-8 and was decoded as windows-1252, ISO 8859-1 or Mac Roman, up to three times over: `Ã©` and
 * `√©` are é, `â€™` and `‚Äô` are ’. Other text stays as it is: a sequence counts only if its bytes are valid UTF-8, and
 * those of two bytes outside Latin-1 (`Å‚` for ł) only beside a small letter or another such sequence.
 */
export function mendMojibake(text: string): string {
  let mended = text;
  for (let times = 0; times < MOST_TIMES; times++) {
    const before = mended;
    for (const kind of [LATIN, MAC]) mended = mended.replace(kind.pattern, (written) => readBack(written, kind));
    mended = mended.replace(CUT_QUOTE, "”").replace(CUT_SPACE, "");
    if (mended === before) break;
  }
  return mended;
}

function misreading(encoding: "windows-1252" | "macintosh"): Misreading {
  const byteOf = new Map<string, number>();
  const decoder = new TextDecoder(encoding);
  for (let byte = 0x80; byte <= 0xff; byte++) byteOf.set(decoder.decode(Uint8Array.of(byte)), byte);
  // ISO 8859-1 differs from windows-1252 in the control characters only.
  if (encoding === "windows-1252") {
    for (let byte = 0x80; byte <= 0x9f; byte++) byteOf.set(String.fromCharCode(byte), byte);
  }
  const next = letters(byteOf, 0x80, 0xbf);
  const long = [[0xe0, 0xef, "{2}"], [0xf0, 0xf4, "{3}"], [0xc2, 0xc3, ""]] as const;
  const sure = long.map(([from, to, times]) => letters(byteOf, from, to) + next + times).join("|");
  const pair = `${letters(byteOf, 0xc4, 0xdf)}${next}`;
  const foreign = `(?:${pair}){2,}|(?<=\\p{Ll})${pair}|${pair}(?=\\p{Ll})`;
  return { byteOf, pattern: new RegExp(encoding === "macintosh" ? sure : `${sure}|${foreign}`, "gu") };
}

/** A class of the letters whose bytes lie in a range. */
function letters(byteOf: ReadonlyMap<string, number>, from: number, to: number): string {
  const codes = [...byteOf].filter(([, byte]) => byte >= from && byte <= to)
    .map(([letter]) => `\\u{${letter.codePointAt(0)!.toString(16)}}`);
  return `[${codes.join("")}]`;
}

function readBack(written: string, { byteOf }: Misreading): string {
  const bytes = Uint8Array.from(written, (letter) => byteOf.get(letter)!);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return written;
  }
}

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
