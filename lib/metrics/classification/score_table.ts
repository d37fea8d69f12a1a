import { argsortDescending } from "../argsort.ts";
import { type Grouping, groupRows, type Groups } from "../groups.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";
import { SMALL_GROUP } from "../value.ts";

/**
 * Rows sorted by score from high to low, with their group, label and mass. Sorted once, every score metric of every group
 * is one pass, and a resample is the same table with other masses.
 */
export interface ScoreTable {
  /** The groups, sorted by name. */
  readonly names: readonly string[];
  /** `[G]` rows of each group. */
  readonly rows: Float64Array;
  /** `[K]` scores, descending. */
  readonly scores: Float64Array;
  /** `[K]` labels, 0 or 1; all 0 without labels. */
  readonly labels: Uint8Array;
  /** `[K]` group of each entry. */
  readonly codes: Int32Array;
  /** `[K]` weight of each entry (number of rows × their weight). */
  readonly mass: Float64Array;
  /** What rows belong together; rows are independent if absent. */
  readonly clusters?: Grouping | undefined;
  /** Whether labels were given. */
  readonly labelled: boolean;
  /** Groups with fewer rows are flagged. */
  readonly smallBelow: number;
}

/** What {@linkcode scoreTable} reads. */
export interface ScoreInput {
  /** `[n]` true labels, 0 or 1; without them only mean scores exist. */
  readonly labels?: Column | undefined;
  /** `[n]` scores. */
  readonly scores: Column;
  /** `[n]` group names. */
  readonly groups: Groups;
  /** `[n]` sample weights, 1 if absent. */
  readonly weights?: Column | undefined;
  /** `[n]` what rows belong together, such as the candidate, for intervals and tests; rows are independent if absent. */
  readonly clusters?: Groups | undefined;
  /** Groups with fewer rows are flagged; {@linkcode SMALL_GROUP} if absent. */
  readonly smallBelow?: number | undefined;
}

/**
 * Sorts rows by score, O(n).
 *
 * @param input Columns of length `n`.
 * @returns The sorted table, one entry per row.
 * @throws {InputError} If a cell is missing or out of range.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { scoreTable } from "./score_table.ts";
 *
 * const table = scoreTable({ labels: [0, 1], scores: [0.2, 0.7], groups: ["a", "b"] });
 * assertEquals(table.scores, Float64Array.of(0.7, 0.2));
 * assertEquals(table.labels, Uint8Array.of(1, 0));
 * ```
 */
export function scoreTable(input: ScoreInput): ScoreTable {
  const { labels, scores, weights } = input;
  const n = checkRows({ labels, scores, weights });
  checkGroupLength(input.groups, n);
  const { names, codes } = groupRows(input.groups);
  const clusters = input.clusters && groupRows(input.clusters);
  if (clusters !== undefined) checkGroupLength(clusters, n);
  const order = argsortDescending(scores);
  const rows = new Float64Array(names.length);
  const table = {
    names,
    rows,
    scores: new Float64Array(n),
    labels: new Uint8Array(n),
    codes: new Int32Array(n),
    mass: new Float64Array(n),
    clusters: clusters && { names: clusters.names, codes: clusters.codes.map((_, k) => clusters.codes[order[k]!]!) },
    labelled: labels !== undefined,
    smallBelow: input.smallBelow ?? SMALL_GROUP,
  };
  for (let k = 0; k < n; k++) {
    const i = order[k]!;
    const group = codes[i]!;
    rows[group]! += 1;
    table.scores[k] = scores[i]!;
    table.labels[k] = labels?.[i] ?? 0;
    table.codes[k] = group;
    table.mass[k] = weights?.[i] ?? 1;
  }
  return table;
}
