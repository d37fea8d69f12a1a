import contexts from "./contexts.json" with { type: "json" };
import degrees from "./degrees.json" with { type: "json" };
import { DEGREE_LEVELS, type StatedLevel } from "./degree_level.ts";

/** How much must stand beside an abbreviation before it is taken for a degree; `degrees.json` explains each. */
export type Certainty = "abbreviations" | "ambiguous" | "strict";

/** The levels that a degree can have, lowest first: the order of the capturing groups below. */
export const STATED_LEVELS = DEGREE_LEVELS.slice(1) as readonly StatedLevel[];

/** Phrases that state a level wherever they stand; one capturing group per level of {@linkcode STATED_LEVELS}. */
export const PHRASES = levelsPattern("phrases", "gi", "(?![A-Za-z0-9])");

/** Words that state a level at the beginning of a line of an education section; groups as in {@linkcode PHRASES}. */
export const HEADINGS = levelsPattern(
  "headings",
  "yi",
  "(?=\\s*(?:$|[\\n:,;(–—|/-]|(?:of|in|degree|diploma|program)\\b)|(?<=\\bof|bachelor['’]?s?)\\s)",
);

const BY_KEY = new Map<string, { key: string; canonical: string; level: StatedLevel; certainty: Certainty }>();

/** Every abbreviation, with or without dots; look it up with {@linkcode abbreviation}. */
export const ABBREVIATIONS = abbreviationsPattern();

/** What an abbreviation as written (`"Ph.D."`) stands for. */
export function abbreviation(written: string): { key: string; level: StatedLevel; certainty: Certainty } {
  const entry = BY_KEY.get(keyOf(written))!;
  const inCapitals = entry.certainty === "abbreviations" && !written.includes(".") && written !== entry.canonical;
  return inCapitals ? { ...entry, certainty: "ambiguous" } : entry;
}

/** The patterns of `contexts.json`, to be tried on what stands right before or right after a degree. */
export const CONTEXTS = {
  unfinishedBefore: before(contexts.unfinishedBefore, 2),
  othersBefore: before(contexts.othersBefore, 0),
  unfinishedRightAfter: rightAfter(contexts.unfinishedRightAfter),
  unfinishedAfter: new RegExp(`(?<![A-Za-z])(?:${alternatives(contexts.unfinishedAfter)})(?![A-Za-z])`, "i"),
  othersAfter: rightAfter(contexts.othersAfter),
  endDate: new RegExp(`(?:^|[\\n,:(–-]|\\bto)\\s*(?:${alternatives(contexts.dates)})\\s*(?=$|[\\n,.)])`, "i"),
} as const;

/** Words that, next after an undotted or dotted abbreviation, show that it is no degree. */
export const NOT_A_DEGREE: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries(contexts.notADegree).map(([key, words]) => [key, new Set(words)]),
);

/** Abbreviations that are also states of the USA. */
export const STATES: ReadonlySet<string> = new Set(contexts.states);

function levelsPattern(kind: "phrases" | "headings", flags: string, after: string): RegExp {
  const groups = STATED_LEVELS.map((level) => `(${alternatives(degrees[level][kind])})`);
  return new RegExp(`(?<![A-Za-z0-9])(?:${groups.join("|")})${after}`, flags);
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

/** Longest first, since the first alternative that matches wins. */
function alternatives(entries: readonly string[]): string {
  return [...entries].sort((a, b) => b.length - a.length).map(pattern).join("|");
}

function pattern(entry: string): string {
  return entry
    .replaceAll(".", "\\.?\\x20?")
    .replaceAll("&", "(?:&|and)")
    // The last alternative is a typographic apostrophe after one wrong decoding, common in résumé collections.
    .replaceAll("'", "(?:['’´`]|â€™)?")
    .replaceAll(" ", "[\\s-]+");
}

function keyOf(written: string): string {
  return written.replace(/[.\s]/g, "").toUpperCase();
}

function abbreviationsPattern(): RegExp {
  const patterns: string[] = [];
  for (const level of STATED_LEVELS) {
    for (const certainty of ["abbreviations", "ambiguous", "strict"] as const) {
      for (const written of degrees[level][certainty]) {
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
