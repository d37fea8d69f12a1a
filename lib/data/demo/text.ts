import type { Rng } from "../../random.ts";
import { capitalize, indefiniteArticle } from "../text.ts";

const NUMBER_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"];

/** The noun phrase with its indefinite article: "an SEO specialist", "a UX designer". */
export function withArticle(phrase: string): string {
  return `${indefiniteArticle(phrase)} ${phrase}`;
}

/** The items as an English list with a serial comma: "a", "a and b", "a, b, and c". */
export function listOf(items: readonly string[]): string {
  if (items.length < 3) return items.join(" and ");
  return `${items.slice(0, -1).join(", ")}, and ${items.at(-1)}`;
}

/** A span of years in words up to eleven, or in digits: "one year", "7 years". */
export function yearsText(years: number, rng: Rng): string {
  const words = NUMBER_WORDS[years];
  const number = words !== undefined && rng.uniform() < 0.5 ? words : String(years);
  return `${number} ${years === 1 ? "year" : "years"}`;
}

/** Replaces each `{low-high}` or `{low-high/step}` by a number drawn from that range, with a comma in thousands. */
export function drawNumbers(text: string, rng: Rng): string {
  return text.replace(/\{(\d+)-(\d+)(?:\/(\d+))?\}/g, (_, low: string, high: string, step = "1") => {
    const steps = Math.floor((Number(high) - Number(low)) / Number(step));
    const value = Number(low) + Number(step) * rng.int(steps + 1);
    return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
  });
}

/**
 * Fills the `{slots}` of a sentence template. A slot written with a capital, `{Title}`, takes the value of `title` with
 * its first letter in upper case.
 * @throws {RangeError} If the template names a slot that has no value.
 */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, slot: string) => {
    const value = values[slot] ?? values[slot.charAt(0).toLowerCase() + slot.slice(1)];
    if (value === undefined) throw new RangeError(`Expected a value for the slot "${slot}" of "${template}"`);
    return slot in values ? value : capitalize(value);
  });
}

/** `count` different items, in random order (all of them if there are fewer). */
export function sample<T>(items: readonly T[], count: number, rng: Rng): T[] {
  return rng.shuffle([...items]).slice(0, count);
}

/**
 * One way to say a skill that the lexicon writes as `a|b`: three times in four the first way, or the second. Postings
 * and résumés favor different ways, as they do in life, so that a match is more than shared words.
 */
export function phrase(skill: string, favored: "first" | "second", rng: Rng): string {
  const ways = skill.split("|");
  const first = (rng.uniform() < 0.75) === (favored === "first");
  return (first ? ways[0] : ways.at(-1))!;
}
