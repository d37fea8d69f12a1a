import { groupRows, type Groups } from "../groups.ts";

/** The rows of one query. */
export interface QueryRows {
  readonly query: string;
  /** Row indices, ascending. */
  readonly rows: Uint32Array;
}

/**
 * Splits rows by query.
 *
 * @param queries `[n]` the query (job) that a row belongs to.
 * @returns One entry per query that has a row, in order of their names.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { splitQueries } from "./ranking_queries.ts";
 *
 * assertEquals(splitQueries(["nurse", "cook", "nurse"]), [
 *   { query: "cook", rows: Uint32Array.of(1) },
 *   { query: "nurse", rows: Uint32Array.of(0, 2) },
 * ]);
 * ```
 */
export function splitQueries(queries: Groups): QueryRows[] {
  const { names, codes } = groupRows(queries);
  const sizes = new Uint32Array(names.length);
  for (const code of codes) sizes[code]! += 1;
  const lists = names.map((query, code) => ({ query, rows: new Uint32Array(sizes[code]!) }));
  const filled = new Uint32Array(names.length);
  codes.forEach((code, i) => lists[code]!.rows[filled[code]!++] = i);
  return lists.filter(({ rows }) => rows.length > 0);
}
