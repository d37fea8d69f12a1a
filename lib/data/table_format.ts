import { InputError } from "../errors.ts";

/** How a table file is written. */
export type TableFormat = "csv" | "jsonl";

/**
 * Says how a table file is written, from its name unless the options say otherwise.
 *
 * @param path The file.
 * @param options `format` and `delimiter`, where they are not to be guessed.
 * @returns The format, and the delimiter that a `"csv"` file uses.
 * @throws {InputError} If the extension is unknown, or the delimiter is not a single character.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tableFormat } from "./table_format.ts";
 *
 * assertEquals(tableFormat("scores.tsv"), { format: "csv", delimiter: "\t" });
 * ```
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
