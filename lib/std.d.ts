// Types of the parts of @std we use. `npm:deno-std` is a JavaScript build of the JSR packages and ships none; the
// signatures below are those of jsr.io/@std.

declare module "@std/assert" {
  // deno-lint-ignore no-explicit-any -- as in @std/assert: any constructor will do
  type Constructor<T> = abstract new (...args: any[]) => T;
  export class AssertionError extends Error {}
  export function assert(condition: unknown, message?: string): asserts condition;
  export function assertAlmostEquals(actual: number, expected: number, tolerance?: number, message?: string): void;
  export function assertEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T>;
  export function assertGreater<T>(actual: T, expected: T, message?: string): void;
  export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void;
  export function assertInstanceOf<T>(actual: unknown, type: Constructor<T>, message?: string): asserts actual is T;
  export function assertLess<T>(actual: T, expected: T, message?: string): void;
  export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void;
  export function assertMatch(actual: string, expected: RegExp, message?: string): void;
  export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;
  export function assertRejects<E extends Error = Error>(
    fn: () => PromiseLike<unknown>,
    type?: Constructor<E>,
    includes?: string,
    message?: string,
  ): Promise<E>;
  export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T;
  export function assertStringIncludes(actual: string, expected: string, message?: string): void;
  export function assertThrows<E extends Error = Error>(
    fn: () => unknown,
    type?: Constructor<E>,
    includes?: string,
    message?: string,
  ): E;
}

declare module "@std/csv" {
  export interface CsvParseStreamOptions {
    separator?: string;
    comment?: string;
    trimLeadingSpace?: boolean;
    lazyQuotes?: boolean;
    fieldsPerRecord?: number;
    skipFirstRow?: boolean;
    columns?: readonly string[];
  }
  /** Rows as arrays of fields (without `columns` and `skipFirstRow`). */
  export class CsvParseStream implements TransformStream<string, string[]> {
    constructor(options?: CsvParseStreamOptions);
    readonly readable: ReadableStream<string[]>;
    readonly writable: WritableStream<string>;
  }
  export function parse(text: string, options?: CsvParseStreamOptions): string[][];
  export function stringify(
    data: readonly (readonly unknown[] | Readonly<Record<string, unknown>>)[],
    options?: {
      headers?: boolean;
      separator?: string;
      columns?: readonly string[];
      bom?: boolean;
    },
  ): string;
}

declare module "@std/fmt/colors" {
  export function bold(text: string): string;
  export function cyan(text: string): string;
  export function dim(text: string): string;
  export function green(text: string): string;
  export function red(text: string): string;
  export function yellow(text: string): string;
  export function setColorEnabled(value: boolean): void;
  export function getColorEnabled(): boolean;
  export function stripAnsiCode(text: string): string;
}

declare module "@std/fmt/duration" {
  export function format(
    milliseconds: number,
    options?: { style?: "narrow" | "digital" | "full"; ignoreZero?: boolean },
  ): string;
}

declare module "@std/text/closest-string" {
  export function closestString(
    givenWord: string,
    possibleWords: readonly string[],
    options?: { caseSensitive?: boolean },
  ): string;
}

declare module "@std/html" {
  export function escape(str: string): string;
  export function unescape(str: string): string;
}

declare module "@std/path" {
  export function basename(path: string, suffix?: string): string;
  export function dirname(path: string): string;
  export function extname(path: string): string;
  export function fromFileUrl(url: string | URL): string;
  export function isAbsolute(path: string): boolean;
  export function join(...paths: string[]): string;
  export function relative(from: string, to: string): string;
  export function resolve(...paths: string[]): string;
}

declare module "@std/text/levenshtein-distance" {
  export function levenshteinDistance(str1: string, str2: string): number;
}

declare module "@std/text/to-snake-case" {
  export function toSnakeCase(input: string): string;
}

declare module "@std/yaml" {
  export function stringify(data: unknown, options?: { lineWidth?: number; skipInvalid?: boolean }): string;
  export function parse(content: string): unknown;
}
