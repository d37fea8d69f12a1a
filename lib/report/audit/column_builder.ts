import { type Grouping, groupRows } from "../../metrics/mod.ts";

/**
 * A column of numbers of unknown length.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { NumberBuilder } from "./column_builder.ts";
 *
 * const column = new NumberBuilder();
 * column.push(0.5);
 * assertEquals(column.finish(), Float64Array.of(0.5));
 * ```
 */
export class NumberBuilder {
  #values = new Float64Array(1024);
  #length = 0;

  /** Appends a number. */
  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  /** The numbers. */
  finish(): Float64Array {
    return this.#values.slice(0, this.#length);
  }
}

/**
 * A column of names of unknown length, kept as one code per row.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CodeBuilder } from "./column_builder.ts";
 *
 * const column = new CodeBuilder();
 * for (const name of ["PhD", "BA", "PhD"]) column.push(name);
 * assertEquals(column.finish(), { names: ["BA", "PhD"], codes: Int32Array.of(1, 0, 1) });
 * ```
 */
export class CodeBuilder {
  readonly #codes = new NumberBuilder();
  readonly #codeOf = new Map<string, number>();

  /** Appends a name. */
  push(name: string): void {
    let code = this.#codeOf.get(name);
    if (code === undefined) this.#codeOf.set(name, code = this.#codeOf.size);
    this.#codes.push(code);
  }

  /** The names, sorted, and the codes. */
  finish(): Grouping {
    const seen = [...this.#codeOf.keys()];
    const { names, codes } = groupRows(seen);
    return { names, codes: Int32Array.from(this.#codes.finish(), (code) => codes[code]!) };
  }
}
