/**
 * A mistake in what the user gave us: a file, a column, an option, a value.
 *
 * The command line prints its message as one line and exits with code 2, without a stack trace; any other
 * error is our own bug and keeps its trace. The message says where the mistake is (file, row, column or option),
 * what was expected and what was found.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { InputError } from "./errors.ts";
 *
 * const error = new InputError(`pairs.csv, row 7, column "label": expected one of 0, 1, found "maybe"`);
 * assertEquals(error.name, "InputError");
 * ```
 */
export class InputError extends Error {
  /** As in stack traces. */
  override readonly name = "InputError";
}
