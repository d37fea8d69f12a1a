import { closestString } from "@std/text/closest-string";
import { InputError } from "../errors.ts";

/**
 * Checks that a table has the columns that an option names, and says which existing name comes nearest when not.
 *
 * @param path The file, for the message.
 * @param header The columns there are.
 * @param names The columns that must be there.
 * @throws {InputError} Naming the first missing column, its nearest neighbour and all columns.
 *
 * @example
 * ```ts
 * import { assertThrows } from "@std/assert";
 * import { requireColumns } from "./require_columns.ts";
 *
 * requireColumns("pairs.csv", ["resume", "job"], ["resume"]);
 * assertThrows(() => requireColumns("pairs.csv", ["resume", "job"], ["resumé"]), Error, 'did you mean "resume"?');
 * ```
 */
export function requireColumns(path: string, header: readonly string[], names: readonly string[]): void {
  const missing = names.find((name) => !header.includes(name));
  if (missing === undefined) return;
  const only = header.length === 1 ? header[0]! : "";
  const delimiter = [";", "\t", ",", "|"].find((character) => only.includes(character));
  if (delimiter !== undefined) {
    const shown = delimiter === "\t" ? "a tab" : `"${delimiter}"`;
    throw new InputError(`${path}: expected a column "${missing}", found a single column; is the delimiter ${shown}?`);
  }
  const nearest = closestString(missing, header, { caseSensitive: false });
  const columns = header.map((name) => `"${name}"`).join(", ");
  throw new InputError(
    `${path}: expected a column "${missing}", found the columns ${columns}; did you mean "${nearest}"?`,
  );
}
