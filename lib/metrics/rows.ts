import { InputError } from "../errors.ts";
import { type GroupLabel, type Groups, isMissingGroup } from "./groups.ts";

/** One number per row, as an array or a typed array. */
export type Column = ArrayLike<number>;

/** What the metrics read, one entry per row. */
export interface Rows {
  /** `[n]` true labels, 0 or 1. */
  readonly labels?: Column | undefined;
  /** `[n]` decisions, 0 or 1. */
  readonly predictions?: Column | undefined;
  /** `[n]` scores, any finite number; higher means more likely positive. */
  readonly scores?: Column | undefined;
  /** `[n]` sample weights, finite and ≥ 0; 1 if absent. */
  readonly weights?: Column | undefined;
}

/** {@linkcode Rows} whose cells may still be missing. */
export interface RawRows {
  readonly labels?: ArrayLike<number | null | undefined> | undefined;
  readonly predictions?: ArrayLike<number | null | undefined> | undefined;
  readonly scores?: ArrayLike<number | null | undefined> | undefined;
  readonly weights?: ArrayLike<number | null | undefined> | undefined;
  /** Columns of group names. */
  readonly attributes?: Readonly<Record<string, readonly GroupLabel[]>> | undefined;
}

/** Rows without a missing cell, and how many were dropped to get there. */
export interface CompleteRows {
  readonly labels?: Float64Array;
  readonly predictions?: Float64Array;
  readonly scores?: Float64Array;
  readonly weights?: Float64Array;
  readonly attributes: Record<string, GroupLabel[]>;
  /** For each row kept, its index in the input. */
  readonly kept: Int32Array;
  /** Rows dropped. */
  readonly dropped: number;
}

const NUMERIC = ["labels", "predictions", "scores", "weights"] as const;

/**
 * Checks that columns have one length, that labels and predictions are 0 or 1, and that scores and weights are finite.
 *
 * A missing cell is an error, never skipped in silence: dropping rows can hide the very group that the audit is about.
 * scikit-learn refuses most NaN as well, but a NaN label passes through fairlearn's rates.
 *
 * @param rows The columns given.
 * @returns The number of rows.
 * @throws {InputError} If a cell is missing or out of range, or if there are no rows.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals, assertThrows } from "@std/assert";
 * import { checkRows } from "./rows.ts";
 *
 * assertEquals(checkRows({ labels: [0, 1], scores: [0.2, 0.7] }), 2);
 * assertThrows(() => checkRows({ labels: [0, NaN] }), Error, "labels[1]: expected 0 or 1, found NaN");
 * ```
 */
export function checkRows(rows: Rows): number {
  let n: number | undefined;
  for (const name of NUMERIC) {
    const column = rows[name];
    if (column === undefined) continue;
    n ??= column.length;
    if (column.length !== n) {
      throw new RangeError(`Expected columns of one length, found ${n} and ${column.length} (${name})`);
    }
    const binary = name === "labels" || name === "predictions";
    for (let i = 0; i < n; i++) {
      const x = column[i] as unknown;
      if (binary ? x !== 0 && x !== 1 : !Number.isFinite(x) || (name === "weights" && (x as number) < 0)) {
        const expected = binary ? "0 or 1" : name === "weights" ? "a finite number ≥ 0" : "a finite number";
        throw new InputError(`${name}[${i}]: expected ${expected}, found ${x}`);
      }
    }
  }
  if (n === undefined) throw new RangeError("Expected at least one column, found none");
  if (n === 0) throw new InputError("Expected at least one row, found none");
  return n;
}

/**
 * Drops every row with a missing cell in any of the columns given, and counts them. This is the opt-in: no metric drops rows
 * by itself.
 *
 * @param rows Columns whose cells may be `null`, `undefined` or `NaN`, and columns of group names.
 * @returns The complete rows, the original index of each, and the number dropped.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { dropMissing } from "./rows.ts";
 *
 * const { labels, attributes, dropped } = dropMissing({
 *   labels: [1, null, 0],
 *   attributes: { education: ["BA", "PhD", ""] },
 * });
 * assertEquals(labels, Float64Array.of(1));
 * assertEquals(attributes, { education: ["BA"] });
 * assertEquals(dropped, 2);
 * ```
 */
export function dropMissing(rows: RawRows): CompleteRows {
  const attributes = Object.entries(rows.attributes ?? {});
  const numeric = NUMERIC.flatMap((name) => {
    const column = rows[name];
    return column === undefined ? [] : [{ name, column }];
  });
  const lengths = [...numeric.map(({ column }) => column.length), ...attributes.map(([, column]) => column.length)];
  const n = lengths[0] ?? 0;
  const odd = lengths.find((length) => length !== n);
  if (odd !== undefined) throw new RangeError(`Expected columns of one length, found ${n} and ${odd}`);

  const keep: number[] = [];
  for (let i = 0; i < n; i++) {
    if (
      numeric.every(({ column }) => !Number.isNaN(column[i] ?? NaN)) &&
      attributes.every(([, column]) => !isMissingGroup(column[i]))
    ) keep.push(i);
  }
  const kept = Int32Array.from(keep);
  const columns: Partial<Record<typeof NUMERIC[number], Float64Array>> = {};
  for (const { name, column } of numeric) columns[name] = Float64Array.from(kept, (i) => column[i]!);
  return {
    ...columns,
    attributes: Object.fromEntries(attributes.map(([name, column]) => [name, keep.map((i) => column[i])])),
    kept,
    dropped: n - kept.length,
  };
}

/** Throws a `RangeError` unless a column of groups is as long as the other columns. */
export function checkGroupLength(groups: Groups, rows: number): void {
  const length = "codes" in groups ? groups.codes.length : groups.length;
  if (length !== rows) throw new RangeError(`Expected ${rows} group labels, one per row, found ${length}`);
}
