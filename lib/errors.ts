import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { printable } from "./printable.ts";

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

  /**
   * An error of this message. What it quotes of a file may be hostile: it stays one line, with escapes in place of what
   * a terminal would obey, and is cut in its middle where it is longer than anybody reads.
   */
  constructor(message = "") {
    super(harmless(message));
  }
}

const LONGEST = 1200;

function harmless(message: string): string {
  const line = printable(message.trim().replace(/[ \t]*[\r\n]+[ \t]*/g, " ").replaceAll("\t", "\\u0009"));
  return line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 400)}…${line.slice(-399)}`;
}

/** The name that somebody may have meant: the nearest one, if it is near; else none. Case counts where all else is even. */
export function nearName(found: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => {
    const [a, b] = [found.toLowerCase(), name.toLowerCase()];
    const changes = levenshteinDistance(a, b);
    const isPart = a !== "" && b !== "" && (a.includes(b) || b.includes(a));
    const isNear = isPart || changes <= Math.max(1, 0.4 * Math.max(a.length, b.length));
    return { name, isNear, changes: changes + 0.001 * levenshteinDistance(found, name) };
  });
  return distances.filter(({ isNear }) => isNear).sort((a, b) => a.changes - b.changes)[0]?.name;
}

/** The first names of a list, quoted. */
export function listed(names: readonly string[], most = 8): string {
  return names.slice(0, most).map((name) => `"${name}"`).join(", ") +
    (names.length > most ? ` and ${names.length - most} more` : "");
}
