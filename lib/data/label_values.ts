/** What the values of a column of labels mean: which are positive, which negative. Nothing else is a label. */
import { InputError } from "../errors.ts";
import { type CellReader, cleanName, countsText, parsePoint, similarNames } from "./cell_values.ts";
import { shellQuoted } from "../printable.ts";

/** Values that count as 1 and as 0. */
export interface LabelNames {
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

/** A column with more values is no column of labels. */
const MOST_VALUES = 1000;

/** A value in the spelling that equal values share: `1.0` is `1`, `TRUE` is `true`. */
export function labelValue(text: string, cell: CellReader): string {
  const number = cell.number(text);
  if (typeof number === "number") return String(number);
  const name = cleanName(text);
  return /^(true|false)$/i.test(name) ? name.toLowerCase() : name;
}

/**
 * Gathers a column of labels and says at its end what they mean: `0` and `1`, or `false` and `true`, or exactly two
 * values of which one side is named, or any number of values that are all named.
 */
export class LabelColumn {
  readonly #where: string;
  readonly #cell: CellReader;
  readonly #names: LabelNames;
  /** Texts as they stand → codes; most columns have two. */
  readonly #codeOfText = new Map<string, number>();
  readonly #values: string[] = [];
  readonly #counts: number[] = [];

  /** @param where File and column, for errors. */
  constructor(where: string, cell: CellReader, { positive, negative }: LabelNames) {
    this.#where = where;
    this.#cell = cell;
    const canonical = (names: readonly string[]) => names.map((name) => labelValue(name, cell));
    this.#names = { positive: canonical(positive), negative: canonical(negative) };
    const both = this.#names.positive.find((name) => this.#names.negative.includes(name));
    if (both !== undefined) {
      throw new InputError(`--positive, --negative: expected different values, found "${both}" in both`);
    }
  }

  /** The code of a value; `null` if it is missing. */
  code(text: string): number | null {
    const known = this.#codeOfText.get(text);
    if (known !== undefined) return known;
    const value = labelValue(text, this.#cell);
    const { positive, negative } = this.#names;
    // A value that somebody names is meant, whatever it looks like.
    if (this.#cell.isMissing(text) && !positive.includes(value) && !negative.includes(value)) return null;
    let code = this.#values.indexOf(value);
    if (code === -1) code = this.#values.push(value) - 1;
    this.#codeOfText.set(text, code);
    if (this.#values.length > MOST_VALUES) {
      throw new InputError(
        `${this.#where}: expected two values, found more than ${MOST_VALUES}; is it a column of labels?`,
      );
    }
    return code;
  }

  /** Says that a row has the value of a code. */
  count(code: number, rows = 1): void {
    this.#counts[code] = (this.#counts[code] ?? 0) + rows;
  }

  /**
   * What each code means, 0 or 1.
   * @throws {InputError} If that is not clear, listing the values with their counts and what to type.
   */
  meanings(): number[] {
    const { positive, negative } = this.#names;
    const present = this.#values.filter((_, code) => this.#counts[code]);
    const named = positive.length + negative.length > 0;
    if (!named) {
      if (present.every((value) => SELF_EVIDENT.has(value))) {
        return this.#values.map((value) => SELF_EVIDENT.get(value) ?? NaN);
      }
      throw this.#unclear(present, "0 and 1, or values named with --positive and --negative");
    }
    const known = present.filter((value) => positive.includes(value) || negative.includes(value));
    if (present.length > 0 && known.length === 0) {
      const names = [...positive, ...negative].map((name) => `"${name}"`).join(", ");
      throw this.#unclear(present, `${names} in some row`);
    }
    const isOneSided = positive.length === 0 || negative.length === 0;
    const clear = known.length === present.length || (isOneSided && known.length === 1 && present.length === 2);
    if (!clear) throw this.#unclear(present, "two values, or all of them named with --positive and --negative");
    const others = positive.length > 0 ? 0 : 1;
    return this.#values.map((value) => positive.includes(value) ? 1 : negative.includes(value) ? 0 : others);
  }

  #unclear(present: readonly string[], expected: string): InputError {
    const counts = present.map((value) => [value, this.#counts[this.#values.indexOf(value)]!] as const);
    const alike = similarNames(present).map((names) =>
      `; ${names.map((name) => `"${name}"`).join(" and ")} differ only in case, blanks or punctuation`
    );
    return new InputError(
      `${this.#where}: expected ${expected}, found ${countsText(counts)}${alike.join("")}; ${this.#advice(present)}`,
    );
  }

  /** What to type, where that can be said. */
  #advice(present: readonly string[]): string {
    const option = (name: "positive" | "negative", value: string) => `--${name} ${shellQuoted(value)}`;
    const alike = similarNames(present);
    const withAlike = (value: string) => alike.find((names) => names.includes(value)) ?? [value];
    const positive = new Set(this.#names.positive.filter((value) => present.includes(value)).flatMap(withAlike));
    if (present.length > 6) return "name each value that is a label, or another column";
    if (positive.size === 0) {
      const numbers = present.filter((value) => parsePoint(value) !== undefined);
      const likely = numbers.length === present.length
        ? String(Math.max(...numbers.map(Number)))
        : present.find((value) => !SAYS_NO.test(value)) ?? present[0]!;
      return `name those that count as 1, for example ${option("positive", likely)}` +
        (present.length > 2 ? `, and as 0, ${option("negative", present.find((value) => value !== likely)!)}` : "");
    }
    const options = [
      ...[...positive].map((value) => option("positive", value)),
      ...present.filter((value) => !positive.has(value)).map((value) => option("negative", value)),
    ];
    return `for example ${options.join(" ")}`;
  }
}

/** How values begin that hardly count as 1; only an example is chosen by it. */
const SAYS_NO = /^(no|n$|f$|neg|rej|bad|un|fail|low|<)/i;

/** Labels that need no explanation, in the spelling of {@linkcode labelValue}. */
export const SELF_EVIDENT: ReadonlyMap<string, number> = new Map([["0", 0], ["1", 1], ["false", 0], ["true", 1]]);
