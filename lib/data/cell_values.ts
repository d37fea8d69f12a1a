/** What the text of a cell means: nothing, a number, a name. */
import { z } from "zod";
import { shellQuoted } from "../printable.ts";

/** How values are written in a table. */
export interface ValueSyntax {
  /** Between the whole and its parts; a point if absent. */
  readonly decimal?: "." | "," | undefined;
  /** What stands where a value is missing, in any case of letters, besides nothing at all; see {@linkcode MISSING}. */
  readonly missing?: readonly string[] | undefined;
}

/** What pandas, R, databases and spreadsheets write where a value is missing. */
export const MISSING: readonly string[] = [
  ...["NA", "N/A", "NaN", "None", "null", "nil", "<NA>", "NaT", "-NaN", "n.a."],
  ...["#N/A", "#N/A N/A", "#NA", "#NULL!", "#VALUE!", "#DIV/0!", "#REF!", "#NAME?", "#NUM!"],
  ...["1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "\\N"],
];

/** Schema of {@linkcode ValueSyntax}, for options and configurations. */
export const DECIMAL = z.enum([".", ","]);

/** Reads cells. */
export interface CellReader {
  readonly isMissing: (text: string) => boolean;
  /** A finite decimal number, `null` if it is missing, `undefined` if it is anything else. */
  readonly number: (text: string) => number | null | undefined;
  /** What {@linkcode number} expects, for errors. */
  readonly numberWords: (found: string) => string;
}

/** Makes the reader of a table's cells. */
export function cellReader({ decimal = ".", missing = MISSING }: ValueSyntax = {}): CellReader {
  const absent = new Set(["", ...missing.map((text) => text.trim().toLowerCase())]);
  const longest = Math.max(...[...absent].map((text) => text.length));
  const isMissing = (text: string) => {
    const value = text.replace(INVISIBLE, "").trim();
    return value.length <= longest && absent.has(value.toLowerCase());
  };
  const parse = decimal === "." ? parsePoint : parseComma;
  return {
    isMissing,
    number: (text) => parse(text) ?? (isMissing(text) ? null : undefined),
    numberWords: (found) => {
      const value = Number(found);
      if (Number.isFinite(value) && Math.abs(value) > LARGEST) return `a number within ±${LARGEST}`;
      if (decimal === ",") return "a number with a decimal comma";
      return parseComma(found) === undefined ? "a finite number" : "a finite number (--decimal , reads decimal commas)";
    },
  };
}

/** Beyond it, differences, sums and percentages overflow. */
export const LARGEST = 1e300;

/** What is computed of such numbers, in JSON: differences are larger, and as percentages they are numbers still. */
export const SafeNumber = z.number().min(-1e5 * LARGEST).max(1e5 * LARGEST);

/**
 * A finite decimal number within ±{@linkcode LARGEST} such as `-1.5e3`; `0x1`, `1_000`, `Infinity` and nothing at all
 * are none. A million cells pass through here.
 */
export function parsePoint(text: string): number | undefined {
  const value = Number(text);
  if (!(Math.abs(value) <= LARGEST) || (value === 0 && text.trim() === "")) return undefined;
  // Only whole numbers can be written as 0x1, 0b1 and 0o1.
  return Number.isInteger(value) && /[xbo]/i.test(text) ? undefined : value;
}

function parseComma(text: string): number | undefined {
  return text.includes(".") ? undefined : parsePoint(text.replace(",", "."));
}

/** Marks that nobody sees: soft hyphens, zero-width spaces, byte order marks, directions. */
export const INVISIBLE: RegExp = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g;

/**
 * A name as people see it: blanks around it and invisible marks are none of it, and composed letters are those they
 * look like.
 */
export function cleanName(text: string): string {
  return text.replace(INVISIBLE, "").trim().normalize("NFC");
}

/** Names that look different and may mean the same: equal but for case, blanks and punctuation. Numbers never do. */
export function similarNames(names: Iterable<string>): string[][] {
  const bySkeleton = Map.groupBy(names, skeleton);
  return [...bySkeleton].filter(([key, own]) => key !== "" && own.length > 1).map(([, own]) => own);
}

function skeleton(name: string): string {
  return parsePoint(name) === undefined ? name.normalize("NFKC").toLowerCase().replaceAll(/[\s\p{P}]/gu, "") : name;
}

/** One sentence for each set of similar names of a column, and what joins them. */
export function similarNotes(column: string, counts: ReadonlyMap<string, number>): string[] {
  return similarNames(counts.keys()).map((names) => {
    const [most, ...others] = names.sort((a, b) => counts.get(b)! - counts.get(a)!);
    const merges = others.map((name) => `--merge ${shellQuoted(`${name}=${most}`)}`).join(" ");
    return `Column "${column}": ${countsText(names.map((name) => [name, counts.get(name)!]))} differ only in case, ` +
      `blanks or punctuation and are kept apart; ${merges} joins them`;
  });
}

/** Values that are listed in errors and notes. */
const LISTED = 12;

/** `"yes" (3), "no" (2)`, the most frequent first, and how many more there are. */
export function countsText(counts: Iterable<readonly [value: string, count: number]>): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const shown = sorted.slice(0, LISTED).map(([value, count]) =>
    `"${shortened(value)}" (${count.toLocaleString("en")})`
  );
  const more = sorted.length - LISTED;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** A value as an error shows it. */
export function shortened(value: string): string {
  return value.length > 60 ? `${value.slice(0, 60)}…` : value;
}

/**
 * What starts a formula, blanks and marks that no one sees aside, or leaves the cell. Cells that a spreadsheet would run
 * are written with an apostrophe before them, which makes them text
 * (https://owasp.org/www-community/attacks/CSV_Injection), and read without it.
 */
const STARTS = /^(?:[\t\r\n]|[\s\ufeff\u200b-\u200f\u2060-\u2069]*[=+\-@\uff1d\uff0b\uff0d\uff20])/;
/** What starts so and stays what it is: numbers, and a dash for nothing. */
const HARMLESS = /^[+-]?(?:\d[\d.,]*|[.,]\d+)(?:e[+-]?\d+)?%?$|^-$/i;

const isRun = (text: string) => STARTS.test(text) && !HARMLESS.test(text);

/** Whether a cell is to be marked: the marks it has do not count, so that every cell reads back as it was. */
function needsMark(text: string): boolean {
  let marks = 0;
  while (text[marks] === "'") marks++;
  return isRun(marks === 0 ? text : text.slice(marks));
}

/** A cell that no spreadsheet runs. */
export function markFormula(text: string): string {
  return needsMark(text) ? `'${text}` : text;
}

/** The cell that {@linkcode markFormula} was given. */
export function unmarkFormula(cell: string): string {
  return cell.startsWith("'") && needsMark(cell) ? cell.slice(1) : cell;
}
