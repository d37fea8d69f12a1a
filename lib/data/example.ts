import { createHash } from "node:crypto";
import { InputError } from "../errors.ts";

/** The parts into which examples are divided. */
export const SPLITS = ["train", "validation", "test"] as const;

/** One of {@linkcode SPLITS}. */
export type SplitName = (typeof SPLITS)[number];

/** One résumé–job pair with what is known about it. */
export interface Example {
  /** The row of the table it comes from, 1 for the first under the header. */
  row: number;
  /** Its text. */
  resume: string;
  /** The text of the posting. */
  job: string;
  /** How well they match, 0 to 1; `null` if the table has no label column. */
  label: number | null;
  /** Who wrote the résumé: a value of the table, or derived from the text. */
  candidateId: string;
  /** Which job it is: a value of the table, or derived from the text. */
  jobId: string;
  /** Attribute name → group, such as `{ education: "bachelor" }`. */
  groups: Record<string, string>;
  /** The match as it truly is, 0 to 1, where labels are known to be biased; else `null`. */
  groundTruth: number | null;
  /** Where the table says the pair belongs; `null` if it does not say. */
  split: SplitName | null;
  /** What a teacher makes of the pair, in any scale. */
  teacherScore?: number;
  /** What stands before a text in place of the model's instruction, and FlagEmbedding's `type` of the line. */
  prompts?: { readonly job: string; readonly resume?: string; readonly type?: string };
}

/** Labels from here on are matches, where a yes or no is needed. */
export const POSITIVE_LABEL = 0.5;

/**
 * Says on which side of {@linkcode POSITIVE_LABEL} an example is.
 * @throws {TypeError} If it has no label.
 */
export function labelClass(example: Pick<Example, "row" | "label">): 0 | 1 {
  if (example.label === null) throw new TypeError(`Expected a labelled example, row ${example.row} has no label`);
  return example.label >= POSITIVE_LABEL ? 1 : 0;
}

/**
 * Checks that attributes are among those that examples have.
 * @throws {InputError} Naming the first that is not, after `subject`.
 */
export function checkAttributes(subject: string, examples: readonly Example[], attributes: readonly string[]): void {
  if (examples.length === 0) return;
  const known = Object.keys(examples[0]!.groups);
  const unknown = attributes.find((attribute) => !known.includes(attribute));
  if (unknown === undefined) return;
  const names = known.map((name) => `"${name}"`).join(", ") || "none";
  throw new InputError(`${subject}: expected attributes among ${names}, found "${unknown}"`);
}

/**
 * Checks that a model can be trained on examples: there are some, all have labels, and both matches and others occur.
 * @throws {InputError} Naming what is missing.
 */
export function checkTrainable(examples: readonly Pick<Example, "row" | "label">[], source: string): void {
  if (examples.length === 0) throw new InputError(`${source}: expected examples to train on, found none`);
  const unlabelled = examples.find(({ label }) => label === null);
  if (unlabelled !== undefined) {
    throw new InputError(`${source}, row ${unlabelled.row}: expected a label to train on, found none`);
  }
  const positive = examples.reduce((sum, example) => sum + labelClass(example), 0);
  if (positive === 0 || positive === examples.length) {
    const side = positive === 0 ? "below" : "at or above";
    throw new InputError(
      `${source}: expected labels on both sides of ${POSITIVE_LABEL}, all ${examples.length} are ${side} it`,
    );
  }
}

/** Makes runs of white space one space and trims: the form in which two texts count as the same. */
export function normalizeWhitespace(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/**
 * A stable name for a text: the first 64 bits of the SHA-256 of its normalised form, in hexadecimal. Among a million
 * texts the chance that any two share a name is 3 in 10^8.
 */
export function textId(text: string): string {
  return createHash("sha256").update(normalizeWhitespace(text)).digest("hex").slice(0, 16);
}

/** The text with its first letter in upper case. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The indefinite article of a noun phrase, by its sound: "an MBA", "a university". */
export function indefiniteArticle(phrase: string): "a" | "an" {
  // Two capitals, or a capital and a dot, are spelled out: an M.S., a B.S.; but "Ph" is read as a P.
  const spelled = /^[A-Z](?:[A-Z.]|Sc|Ed)/.test(phrase);
  const vowel = spelled ? /^[AEFHILMNORSX]/ : /^(?!uni|use|one)[aeiou]/i;
  return vowel.test(phrase) ? "an" : "a";
}
