import { groupRows, type Groups } from "../groups.ts";
import { checkGroupLength, checkRows, type Column } from "../rows.ts";
import { SMALL_GROUP } from "../value.ts";

/** Weighted counts of the four kinds of decisions. */
export interface Confusion {
  /** Positives selected. */
  readonly tp: number;
  /** Negatives selected. */
  readonly fp: number;
  /** Negatives not selected. */
  readonly tn: number;
  /** Positives not selected. */
  readonly fn: number;
}

/** Confusion counts of every group. All decision metrics and their disparities follow from it, without the rows. */
export interface ConfusionTable {
  /** The groups, sorted by name. */
  readonly names: readonly string[];
  /** `[G]` rows of each group; weights do not count here, as in fairlearn. */
  readonly rows: Float64Array;
  /** `[4G]` weights per cell, at `4·group + 2·label + prediction`. */
  readonly cells: Float64Array;
  /** Whether labels were given; without them only selection rates exist. */
  readonly labelled: boolean;
  /** Groups with fewer rows are flagged. */
  readonly smallBelow: number;
}

/** What {@linkcode confusionTable} reads. */
export interface ConfusionInput {
  /** `[n]` true labels, 0 or 1. Without them the table knows selection rates only. */
  readonly labels?: Column | undefined;
  /** `[n]` decisions, 0 or 1. */
  readonly predictions: Column;
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
 * Counts decisions by group, label and prediction in one pass over the rows.
 *
 * @param input Columns of length `n`.
 * @returns The counts of each group.
 * @throws {InputError} If a cell is missing or not 0 or 1.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionOf, confusionTable } from "./confusion.ts";
 *
 * const table = confusionTable({ labels: [1, 1, 0], predictions: [1, 0, 0], groups: ["PhD", "BA", "BA"] });
 * assertEquals(table.names, ["BA", "PhD"]);
 * assertEquals(confusionOf(table, 0), { tp: 0, fp: 0, tn: 1, fn: 1 });
 * assertEquals(confusionOf(table), { tp: 1, fp: 0, tn: 1, fn: 1 });
 * ```
 */
export function confusionTable(input: ConfusionInput): ConfusionTable {
  const { labels, predictions, weights } = input;
  const n = checkRows({ labels, predictions, weights });
  checkGroupLength(input.groups, n);
  const { names, codes } = groupRows(input.groups);
  const rows = new Float64Array(names.length);
  const cells = new Float64Array(4 * names.length);
  for (let i = 0; i < n; i++) {
    const group = codes[i]!;
    rows[group]! += 1;
    cells[4 * group + 2 * (labels === undefined ? 0 : labels[i]!) + predictions[i]!]! += weights?.[i] ?? 1;
  }
  return { names, rows, cells, labelled: labels !== undefined, smallBelow: input.smallBelow ?? SMALL_GROUP };
}

/**
 * Reads the counts of one group, or of everybody.
 *
 * @param table The counts of every group.
 * @param group Index in `table.names`; everybody if absent.
 * @returns The four counts.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { confusionOf, confusionTable } from "./confusion.ts";
 *
 * const table = confusionTable({ labels: [1, 0], predictions: [1, 1], groups: ["a", "a"] });
 * assertEquals(confusionOf(table), { tp: 1, fp: 1, tn: 0, fn: 0 });
 * ```
 */
export function confusionOf(table: ConfusionTable, group?: number): Confusion {
  const { cells } = table;
  if (group !== undefined) {
    const at = 4 * group;
    return { tn: cells[at]!, fp: cells[at + 1]!, fn: cells[at + 2]!, tp: cells[at + 3]! };
  }
  let tn = 0, fp = 0, fn = 0, tp = 0;
  for (let at = 0; at < cells.length; at += 4) {
    tn += cells[at]!;
    fp += cells[at + 1]!;
    fn += cells[at + 2]!;
    tp += cells[at + 3]!;
  }
  return { tp, fp, tn, fn };
}
