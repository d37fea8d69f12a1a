import type { DataFrame } from "danfojs-node";
import type { TableValue } from "./table.ts";

/**
 * Makes a danfo DataFrame of rows, for notebooks. danfo takes seconds to load, so it is loaded at the first call.
 *
 * @throws {RangeError} When there are no rows, or their keys differ: danfo would shift the cells of such rows.
 */
export async function toDataFrame(rows: readonly Readonly<Record<string, TableValue>>[]): Promise<DataFrame> {
  const [first] = rows;
  if (!first) throw new RangeError("Expected at least one row for a DataFrame");
  const columns = Object.keys(first);
  const odd = rows.findIndex((row) => Object.keys(row).join("\0") !== columns.join("\0"));
  if (odd >= 0) {
    throw new RangeError(`Expected the columns ${columns.join(", ")} in row ${odd}, found ${Object.keys(rows[odd]!)}`);
  }
  const danfo = await import("danfojs-node");
  return new danfo.DataFrame(rows.map((row) => columns.map((name) => row[name]!)), { columns });
}
