import { closestString } from "@std/text/closest-string";
import { InputError } from "../errors.ts";

/** How a table file is written. */
export type TableFormat = "csv" | "jsonl";

/**
 * Says how a table file is written, from its name unless the options say otherwise.
 *
 * @throws {InputError} If the extension is unknown, or the delimiter is not a single character.
 */
export function tableFormat(
  path: string,
  options: { format?: TableFormat; delimiter?: string } = {},
): { format: TableFormat; delimiter: string } {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
  const byExtension: Record<string, TableFormat> = { csv: "csv", tsv: "csv", jsonl: "jsonl", ndjson: "jsonl" };
  const format = options.format ?? byExtension[extension];
  if (format === undefined) {
    throw new InputError(`${path}: expected a .csv, .tsv, .jsonl or .ndjson file, found "${extension}"`);
  }
  const delimiter = options.delimiter ?? (extension === "tsv" ? "\t" : ",");
  if (delimiter.length !== 1 || '"\r\n'.includes(delimiter)) {
    throw new InputError(`Delimiter: expected one character other than a quote or line end, found "${delimiter}"`);
  }
  return { format, delimiter };
}

/**
 * Checks that a table has the columns that an option names, and says which existing name comes nearest when not.
 *
 * @throws {InputError} Naming the first missing column, its nearest neighbour and all columns.
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
