/** The distinct texts of a data set, tokenized once each. */
import type { Tokenizer } from "../model/mod.ts";

/** Which side of a pair a text is: a job is the query, a résumé the passage. */
export type Role = "job" | "resume";

/** How texts become tokens. */
export interface TextOptions {
  readonly tokenizer: Tokenizer;
  /** At most this many tokens, special tokens and instruction included. */
  readonly maxLength: number;
  /** Put before every text of the role. */
  readonly instruction: Readonly<Record<Role, string>>;
}

/**
 * Token ids of distinct texts by number.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { loadModelTokenizer, resolveModel } from "../model/source.ts";
 * import { TextTable } from "./texts.ts";
 *
 * const tokenizer = await loadModelTokenizer(await resolveModel("embedded:minilm"));
 * const table = new TextTable({ tokenizer, maxLength: 16, instruction: { job: "", resume: "" } });
 * const [a, b, again] = ["Hello world", "Hello", "Hello world"].map((text) => table.number(text, "resume"));
 * assertEquals([a, b, again, table.tokens[0]], [0, 1, 0, [101, 7592, 2088, 102]]);
 * ```
 */
export class TextTable {
  readonly #options: TextOptions;
  readonly #numbers = new Map<string, number>();
  readonly tokens: number[][] = [];

  constructor(options: TextOptions) {
    this.#options = options;
  }

  /** The number of a text in a role; equal texts share it. */
  number(text: string, role: Role): number {
    const { tokenizer, maxLength, instruction } = this.#options;
    const whole = instruction[role] + text;
    let number = this.#numbers.get(whole);
    if (number === undefined) {
      number = this.tokens.push(tokenizer.encode(whole, { maxLength })) - 1;
      this.#numbers.set(whole, number);
    }
    return number;
  }

  /** The numbers of both texts of a pair. */
  pair({ resume, job }: { resume: string; job: string }): { job: number; resume: number } {
    return { job: this.number(job, "job"), resume: this.number(resume, "resume") };
  }
}
