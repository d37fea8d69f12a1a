import contexts from "./contexts.json" with { type: "json" };
import { DEGREE_LEVELS, type Span, spanOf, type StatedLevel } from "./degree_level.ts";
import degreesOfUsa from "./degrees.json" with { type: "json" };
import degreesByCountry from "./degrees_by_country.json" with { type: "json" };
import { type Section, sectionAt, startingFrom } from "./find_sections.ts";

/** How much must stand beside an abbreviation before it is taken for a degree; `degrees.json` explains each. */
export type Certainty = "abbreviations" | "ambiguous" | "strict";

/** The levels that a degree can have, lowest first: the order of the capturing groups below. */
const STATED_LEVELS = DEGREE_LEVELS.slice(1) as readonly StatedLevel[];

function plainLetter(letter: string): string {
  return PLAIN.get(letter) ?? letter.normalize("NFD")[0]!;
}

/** Letters that are written without their stroke or dot where a keyboard lacks them; others lose their accent. */
const PLAIN: ReadonlyMap<string, string> = new Map([["ł", "l"], ["ø", "o"], ["ı", "i"], ["đ", "d"], ["ß", "s"]]);

type Entries = Partial<Record<"phrases" | "headings" | Certainty, readonly string[]>>;

interface Country extends Partial<Record<StatedLevel, Entries>> {
  readonly english?: boolean;
}

/** The entries of a level, from all countries, or from those only whose phrases are not English. */
function entriesOf(level: StatedLevel, kind: keyof Entries, which: "all" | "foreign"): string[] {
  const own: Country = { english: true, ...degreesOfUsa };
  const countries = [own, ...degreesByCountry as readonly Country[]];
  const entries = countries.filter(({ english }) => which === "all" || english === false)
    .flatMap((country) => country[level]?.[kind] ?? []);
  // "máster" without its accent is English as well.
  const english = new Set(which === "all" ? [] : own[level]?.[kind]);
  return [...new Set(entries)].filter((entry) => !english.has([...entry].map(plainLetter).join("")));
}

/** Latin, Greek, Cyrillic and Arabic: scripts that put spaces between words. */
const LETTER = "A-Za-z0-9\\u00c0-\\u024f\\u0370-\\u052f\\u0600-\\u06ff\\u1e00-\\u1eff";

/** Phrases that state a level wherever they stand. */
const PHRASES = levelsPattern("phrases", { flags: "gi", after: `(?![${LETTER}])` });

/** Words that state a level at the beginning of a line of an education section. */
const HEADINGS = levelsPattern("headings", {
  flags: "yi",
  after:
    `(?=\\s*(?:$|[\\n:,;(–—|/-]|\\d|(?:of|in|degree|diploma|program|de|en|em|an|am|der|w)(?![${LETTER}]))|(?<=\\bof|bachelor['’]?s?)\\s)`,
});

/** Headings of other languages go straight on to the field: "Diplom Betriebswirtschaft". */
const FOREIGN_HEADINGS = levelsPattern("headings", {
  flags: "yi",
  after: `(?<!licence)(?=\\s+[${LETTER}])`,
  which: "foreign",
});
const FOREIGN = new RegExp(
  `^(?:${
    alternatives(
      STATED_LEVELS.flatMap((level) => [
        ...entriesOf(level, "phrases", "foreign"),
        ...entriesOf(level, "headings", "foreign"),
      ]),
    )
  })(?![${LETTER}])`,
  "i",
);

/** Whether a text begins with a degree in another language than English. */
export function isForeignDegree(text: string): boolean {
  return FOREIGN.test(text);
}

const BY_KEY = new Map<string, { key: string; canonical: string; level: StatedLevel; certainty: Certainty }>();

/** Every abbreviation, with or without dots; look it up with {@linkcode abbreviation}. */
const ABBREVIATIONS = abbreviationsPattern();

/** What an abbreviation as written (`"Ph.D."`) stands for. */
export function abbreviation(written: string): { key: string; level: StatedLevel; certainty: Certainty } {
  const entry = BY_KEY.get(keyOf(written))!;
  const inCapitals = entry.certainty === "abbreviations" && !written.includes(".") && written !== entry.canonical;
  return inCapitals ? { ...entry, certainty: "ambiguous" } : entry;
}

/** The patterns of `contexts.json`, to be tried on what stands right before or right after a degree. */
const CONTEXTS = {
  unfinishedBefore: before(contexts.unfinishedBefore, 2),
  othersBefore: before(contexts.othersBefore, 0),
  unfinishedRightAfter: rightAfter(contexts.unfinishedRightAfter),
  unfinishedAfter: new RegExp(
    `(?<![A-Za-z])(?:${alternatives(contexts.unfinishedAfter)})(?![A-Za-z])(?!\\s+basis\\b)`,
    "i",
  ),
  othersAfter: rightAfter(contexts.othersAfter),
  othersInSectionBefore: before(contexts.othersInSectionBefore, 0),
  othersClauses: new RegExp(`^\\W*(?:I\\s+)?(?:${alternatives(contexts.othersClauses)})(?![A-Za-z])`, "i"),
  othersInSectionAfter: rightAfter(contexts.othersInSectionAfter),
  endDate: new RegExp(`(?:^|[\\n,:(–-]|\\bto)\\s*(?:${alternatives(contexts.dates)})\\s*(?=$|[\\n,.)])`, "i"),
} as const;

/** Words that, next after an undotted or dotted abbreviation, show that it is no degree. */
const NOT_A_DEGREE: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(contexts.notADegree).map(([key, words]) => [key, new Set(words)]),
);

/** Abbreviations that are also states of the USA. */
const STATES: ReadonlySet<string> = new Set(contexts.states);

/** A pattern of all levels, the longest entries first, and the level of what it matched. */
function levelsPattern(
  kind: "phrases" | "headings",
  { flags, after, which = "all" }: { flags: string; after: string; which?: "all" | "foreign" },
) {
  const entries = STATED_LEVELS.map((level) => entriesOf(level, kind, which));
  const pattern = new RegExp(`(?<![${LETTER}])(?:${alternatives(entries.flat())})${after}`, flags);
  const whole = entries.map((one) => new RegExp(`^(?:${alternatives(one)})$`, "i"));
  return { pattern, levelOf: (matched: string) => STATED_LEVELS[whole.findIndex((one) => one.test(matched))]! };
}

function before(entries: readonly string[], gap: number): RegExp {
  const words = gap === 0 ? "" : `(?:\\s+[\\w'-]+){0,${gap}}`;
  return new RegExp(
    `(?<![A-Za-z])(?:${alternatives(entries)})${words}(?:\\s+(?:an?|my|the|his|her))?\\s*[:(–-]?\\s*$`,
    "i",
  );
}

function rightAfter(entries: readonly string[]): RegExp {
  return new RegExp(`^[^\\S\\n]*(?:degree\\s+)?(?:${alternatives(entries)})(?![A-Za-z])`, "i");
}

/** Longest first, since the first alternative that matches wins; by their first letters, so that few are tried. */
function alternatives(entries: readonly string[], depth = 0): string {
  if (depth === 2) return [...new Set(entries)].sort((a, b) => b.length - a.length).map(pattern).join("|");
  const groups = Map.groupBy(entries, (entry) => {
    const letter = entry.normalize("NFC")[depth] ?? "";
    return /[\p{L}\d]/u.test(letter) && entry[depth + 1] !== "?" ? plainLetter(letter) : "";
  });
  return [...groups].map(([letter, group]) => {
    if (letter === "") return alternatives(group, 2);
    const variants = new Set(group.map((entry) => entry.normalize("NFC")[depth]!));
    return `(?=${".".repeat(depth)}[${letter}${[...variants].join("")}])(?:${alternatives(group, depth + 1)})`;
  }).join("|");
}

function pattern(entry: string): string {
  return entry
    .replace(/[()+]/g, "\\$&")
    .replaceAll(".", "\\.?\\x20?")
    .replaceAll("&", "(?:&|and)")
    // The last alternative is a typographic apostrophe after one wrong decoding, common in résumé collections.
    .replaceAll("'", "(?:['’´`]|â€™)?")
    .replaceAll(" ", "[\\s-]+")
    .replace(
      /[\u00c0-\u024f\u1e00-\u1eff]/g,
      (letter) => `[${letter}${PLAIN.get(letter) ?? letter.normalize("NFD")[0]}]`,
    );
}

function keyOf(written: string): string {
  return written.replace(/[.\s]/g, "").toUpperCase();
}

function abbreviationsPattern(): RegExp {
  const patterns: string[] = [];
  for (const level of STATED_LEVELS) {
    for (const certainty of ["abbreviations", "ambiguous", "strict"] as const) {
      for (const written of entriesOf(level, certainty, "all")) {
        const key = keyOf(written);
        BY_KEY.set(key, { key, canonical: written, level, certainty });
        const parts = written.match(/[A-Z][a-z]*/g)!;
        for (const cased of new Set([parts.join("\0"), parts.join("\0").toUpperCase()])) {
          patterns.push(cased.replaceAll("\0", "(?:\\. ?)?"));
        }
      }
    }
  }
  patterns.sort((a, b) => b.length - a.length);
  return new RegExp(`(?<![A-Za-z0-9.&/'-])(?:${patterns.join("|")})(?:\\.(?![A-Za-z0-9]))?(?![A-Za-z0-9&])`, "g");
}

/** A degree that a text names. */
export interface DegreeMention extends Span {
  level: StatedLevel;
  /** `"stated"` counts; the others are kept so that a person can see why they did not. */
  status: "stated" | "unfinished" | "someone else's";
}

/** A high school named as a school attended, which states the level where no diploma is named. */
const HIGH_SCHOOL_NAME = /(?<![A-Za-z])(?:high[ -]?school|senior high|secondary school)(?![A-Za-z])/gi;

/** Finds the degrees that a résumé names, by the lexicons `degrees.json` and `contexts.json`. */
export function findDegrees(text: string, sections: readonly Section[]): DegreeMention[] {
  const candidates: Array<Span & { level: StatedLevel; schoolName?: true }> = [];
  const add = (span: Span, level: StatedLevel) => candidates.push({ ...span, level });

  for (const match of text.matchAll(PHRASES.pattern)) add(spanOf(match), PHRASES.levelOf(match[0]));
  for (const match of text.matchAll(ABBREVIATIONS)) {
    if (isDegree(match, text, sectionAt(sections, match.index))) add(spanOf(match), abbreviation(match[0]).level);
  }
  for (const section of sections) {
    const body = text.slice(0, section.end);
    for (const line of body.slice(section.start).matchAll(/^[^\w\n]*/gm)) {
      for (const { pattern, levelOf } of [HEADINGS, FOREIGN_HEADINGS]) {
        pattern.lastIndex = section.start + line.index + line[0].length;
        const match = pattern.exec(body);
        if (match !== null) add(spanOf(match), levelOf(match[0]));
      }
    }
    for (const match of body.slice(section.start).matchAll(HIGH_SCHOOL_NAME)) {
      const start = section.start + match.index;
      candidates.push({ start, end: start + match[0].length, text: match[0], level: "high school", schoolName: true });
    }
  }

  candidates.sort((a, b) => a.start - b.start || b.end - a.end);
  const distinct = candidates.filter((c, i) => candidates.slice(Math.max(0, i - 4), i).every((b) => c.start >= b.end));
  const datesFirst = new Map(sections.map((section) => {
    const first = distinct[startingFrom(distinct, section.start)]?.start ?? section.start;
    return [section, datesComeFirst(text, section, first)];
  }));
  const mentions = distinct.map((mention, i) => {
    const previous = distinct[i - 1]?.end ?? 0, next = distinct[i + 1]?.start ?? text.length;
    const section = sectionAt(sections, mention.start);
    const status = section === undefined ? statusInProse(mention, next, text) : statusInSection(mention, text, {
      previous: Math.max(previous, section.start),
      next: Math.min(next, section.end),
      datesFirst: datesFirst.get(section)!,
    });
    const { start, level } = mention;
    const end = Math.min(next, withSubject(mention.end, text));
    return { start, end, text: text.slice(start, end), level, status };
  });
  return withRepeats(mentions, text);
}

/** A degree named twice, say in the summary and below "Education", is unfinished where one of the two says so. */
function withRepeats(mentions: DegreeMention[], text: string): DegreeMention[] {
  const letters = (piece: string) => piece.toLowerCase().replace(/\b(?:degree|in|of)\b|[^a-z]/g, "");
  const nameOf = ({ start, end }: Span) => {
    const degree = text.slice(start, end).toLowerCase().replace(/\b(bachelor|master|associate)['’]?s\b/, "$1");
    const subject = /^[\s:,–-]*(?:in\b|of\b|degree\b)?[\s:,–-]*([^\n.,;(]*)/i.exec(text.slice(end, end + 60))![1]!;
    return letters(degree) + letters(subject).slice(0, 10);
  };
  const unfinished = new Set(mentions.filter(({ status }) => status === "unfinished").map(nameOf));
  return mentions.map((mention) =>
    mention.status === "stated" && unfinished.has(nameOf(mention)) ? { ...mention, status: "unfinished" } : mention
  );
}

const DEGREE_AFTER =
  /^,?\s*(?:[Dd]egree\b|DEGREE\b|(?:in|of)\s+(?!The\b|A\b|An\b|Our\b|This\b|My\b|Charge\b|All\b)[A-Z])/;
const DEGREE_BEFORE =
  /(?:degree|earned|received|holds?|holding|completed|obtained|awarded|graduated with|graduate of)\s*(?:an?|my|the|in|:|,|-|\()?\s*$/i;

function isDegree({ 0: written, index: start }: RegExpExecArray, text: string, section: Section | undefined): boolean {
  const { key, certainty } = abbreviation(written);
  const after = text.slice(start + written.length, start + written.length + 40);
  const before = text.slice(Math.max(0, start - 40), start);
  const next = /^[\s-]*([A-Za-z]+)/.exec(after)?.[1]?.toLowerCase() ?? "";
  if (NOT_A_DEGREE.get(key)?.has(next)) return false;
  if (certainty === "abbreviations") return true;
  const strong = DEGREE_AFTER.test(after) || DEGREE_BEFORE.test(before);
  if (strong) return true;
  const dotted = /\.[A-Za-z]/.test(written);
  if (!dotted && STATES.has(key) && /,\s*$/.test(before)) return false;
  const beginsLine = /(?:^|\n)[^\w\n]*$/.test(before);
  if (certainty === "strict") {
    return section !== undefined && beginsLine && (dotted || /^\s*(?:[:,(–-]|$|\n|(?:in|of|degree)\b)/i.test(after));
  }
  return dotted || section !== undefined;
}

/** How far before a degree words can be about it, in letters; also how long a line is that was wrapped. */
const REACH = 60;

function statusInProse({ start, end }: Span, next: number, text: string): DegreeMention["status"] {
  // A line break in running text is a wrapped line; after a short line it is the end of a heading or list item.
  const near = text.slice(Math.max(0, start - REACH), start);
  const line = start - near.length + near.lastIndexOf("\n") + 1;
  const wrapped = line >= REACH && !text.slice(line - REACH, line - 1).includes("\n");
  const before = lastClause(wrapped ? near : text.slice(line, start));
  const after = firstSentence(text.slice(end, Math.min(next, end + 80)));
  if (CONTEXTS.othersAfter.test(after) || CONTEXTS.othersBefore.test(before)) return "someone else's";
  const unfinished = CONTEXTS.unfinishedBefore.test(before) || CONTEXTS.unfinishedRightAfter.test(after) ||
    CONTEXTS.unfinishedAfter.test(after);
  return unfinished ? "unfinished" : "stated";
}

/** `previous` and `next` are where the text between this degree and its neighbours in the section begins and ends. */
function statusInSection(
  { start, end, schoolName }: Span & { schoolName?: true },
  text: string,
  { previous, next, datesFirst }: { previous: number; next: number; datesFirst: boolean },
): DegreeMention["status"] {
  const line = text.slice(Math.max(previous, start - REACH), start);
  const before = lastClause(line.slice(line.lastIndexOf("\n") + 1));
  // What begins before the window is not known to begin the line.
  const clause = line.includes("\n") || start - line.length === 0 ? before : "";
  // PDF layout puts separators on lines of their own: distances are measured without the white space.
  // What follows a certificate or licence is about that: "2010 - present" is how long it has been held.
  const after = squeezed(text.slice(end, Math.min(next, end + WINDOW))).slice(0, 180).split(/certif|licen[cs]/i)[0]!;
  const others = schoolName ? CONTEXTS.othersAfter.test(after) : CONTEXTS.othersInSectionAfter.test(after);
  const theirs = CONTEXTS.othersInSectionBefore.test(before) || CONTEXTS.othersClauses.test(clause);
  if (others || theirs) return "someone else's";
  if (CONTEXTS.unfinishedBefore.test(before) || CONTEXTS.unfinishedRightAfter.test(after)) return "unfinished";
  if (CONTEXTS.unfinishedAfter.test(after)) return "unfinished";
  // Where entries begin with their date, the date after a degree belongs to the next entry.
  const dated = datesFirst ? fromLastDate(squeezed(text.slice(Math.max(previous, start - WINDOW), start))) : after;
  return CONTEXTS.endDate.test(dated) ? "unfinished" : "stated";
}

/** How much of the text around a degree can be of its entry, white space included. */
const WINDOW = 2000;

function squeezed(text: string): string {
  return text.replace(/\s+/g, (space) => space.includes("\n") ? "\n" : space);
}

const DATE_LINE = /^(?:[A-Za-z]{3,9}\.?,?\s+)?(?:\d{1,2}\s*\/\s*)?(?:(?:19|20)\d\d|present|current)$/i;

/** The lines from the last on that is a date: an earlier one is that of another entry. */
function fromLastDate(lines: string): string {
  const all = lines.split("\n");
  const last = all.findLastIndex((line) => line.length < REACH && DATE_LINE.test(line.trim()));
  return last === -1 ? lines : `\n${all.slice(last).join("\n")}`;
}

/** Whether a section's entries give the date before the degree, judged by what stands before its first degree. */
function datesComeFirst(text: string, section: Section, firstDegree: number): boolean {
  const lines = squeezed(text.slice(section.start, firstDegree)).split(/[\s,:]*\n[\s,:]*/);
  return [lines.find((line) => line !== ""), lines.findLast((line) => line !== "")].some((line = "") =>
    line.length < 60 && DATE_LINE.test(line.replace(/^[\s,:]+|[\s,:]+$/g, ""))
  );
}

const SUBJECT =
  /(?<=\b(?:of|in)) (?:[A-Za-z]+(?: and| &)? )?(?!University|College|Institute|School)[A-Z][A-Za-z]+| [a-z]+/y;

/** "Bachelor of" → "Bachelor of Applied Science", so that the span reads as a person would mark it. */
function withSubject(end: number, text: string): number {
  SUBJECT.lastIndex = end;
  return /\b(?:of|in)$/i.test(text.slice(end - 3, end)) && SUBJECT.test(text) ? SUBJECT.lastIndex : end;
}

function lastClause(before: string): string {
  return before.slice(Math.max(before.lastIndexOf(". "), before.lastIndexOf(";"), before.lastIndexOf("•")) + 1);
}

function firstSentence(after: string): string {
  return /^.*?(?=\.\s|;|•|\n\n|$)/s.exec(after)![0];
}
