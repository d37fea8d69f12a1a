import type { Value } from "../../metrics/mod.ts";

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * Numbers the reasons why values are undefined, so that a table can show a dash and a mark.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Footnotes } from "./footnotes.ts";
 *
 * const notes = new Footnotes();
 * assertEquals(notes.show({ value: null, reason: "no rows" }, String), "–¹");
 * assertEquals(notes.show({ value: 0.5 }, String), "0.5");
 * assertEquals(notes.reasons, ["no rows"]);
 * ```
 */
export class Footnotes {
  /** The reasons, the first marked ¹. */
  readonly reasons: string[] = [];

  /** The number as text, or a dash with the mark of its reason. */
  show(value: Value, format: (value: number) => string): string {
    return value.value === null ? "–" + this.mark(value.reason) : format(value.value);
  }

  /** The mark of a reason; empty for an empty one. */
  mark(reason: string): string {
    if (reason === "") return "";
    let at = this.reasons.indexOf(reason);
    if (at < 0) at = this.reasons.push(reason) - 1;
    return superscript(at + 1);
  }
}

/**
 * A number in superscript digits.
 *
 * @param number A whole number ≥ 0.
 * @returns Such as `¹²`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { superscript } from "./footnotes.ts";
 *
 * assertEquals(superscript(12), "¹²");
 * ```
 */
export function superscript(number: number): string {
  return [...String(number)].map((digit) => SUPERSCRIPTS[Number(digit)]).join("");
}
