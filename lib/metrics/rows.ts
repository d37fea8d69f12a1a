import { InputError } from "../errors.ts";
import { type GroupCount, SMALL_GROUP } from "./value.ts";

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
  /** `[n]` how many equal rows each stands for, whole numbers ≥ 1, as a table of counts has them; 1 if absent. */
  readonly counts?: Column | undefined;
}

/** {@linkcode Rows} with the group of each. */
export interface GroupedRows extends Rows {
  /** `[n]` group names. */
  readonly groups: Groups;
  /**
   * `[n]` what rows belong together, such as the candidate, for intervals and tests; rows are independent if absent.
   */
  readonly clusters?: Groups | undefined;
  /** Groups with fewer rows are flagged; {@linkcode SMALL_GROUP} if absent. */
  readonly smallBelow?: number | undefined;
}

/** {@linkcode GroupedRows} that have the columns named. */
export type GroupedRowsWith<Name extends keyof Rows> =
  & GroupedRows
  & { readonly [Column in Name]-?: NonNullable<Rows[Column]> };

/** {@linkcode Rows} that have the columns named. */
export type RowsWith<Name extends keyof Rows> = Rows & { readonly [Column in Name]-?: NonNullable<Rows[Column]> };

const NUMERIC = ["labels", "predictions", "scores", "weights", "counts"] as const;

const EXPECTED = {
  labels: "0 or 1",
  predictions: "0 or 1",
  scores: "a finite number",
  weights: "a finite number ≥ 0",
  counts: "a whole number ≥ 1",
} as const;

/** Where the first wrong cell is, or −1: a loop for each kind, since a million rows are checked time and again. */
const FIRST_WRONG: Readonly<Record<(typeof NUMERIC)[number], (column: Column) => number>> = {
  labels: firstNotBinary,
  predictions: firstNotBinary,
  scores: (column) => firstWrong(column, -Infinity),
  weights: (column) => firstWrong(column, 0),
  counts: (column) => Array.prototype.findIndex.call(column, (x) => !Number.isSafeInteger(x) || x < 1),
};

function firstNotBinary(column: Column): number {
  for (let i = 0; i < column.length; i++) if (column[i] !== 0 && column[i] !== 1) return i;
  return -1;
}

function firstWrong(column: Column, least: number): number {
  for (let i = 0; i < column.length; i++) {
    const x: unknown = column[i];
    if (typeof x !== "number" || !(x >= least && x < Infinity && x > -Infinity)) return i;
  }
  return -1;
}

/**
 * Checks that columns have one length, that labels and predictions are 0 or 1, and that scores and weights are finite.
 * A missing cell is an error, never skipped in silence: that can hide the very group that the audit is about.
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
    const wrong = FIRST_WRONG[name](column);
    if (wrong !== -1) throw new InputError(`${name}[${wrong}]: expected ${EXPECTED[name]}, found ${column[wrong]}`);
  }
  if (n === undefined) throw new RangeError("Expected at least one column, found none");
  if (n === 0) throw new InputError("Expected at least one row, found none");
  return n;
}

/** Throws a `RangeError` unless a column of groups is as long as the other columns. */
export function checkGroupLength(groups: Groups, rows: number): void {
  const length = "codes" in groups ? groups.codes.length : groups.length;
  if (length !== rows) throw new RangeError(`Expected ${rows} group labels, one per row, found ${length}`);
}

/** Lists groups with their row counts and the flag of small ones. */
export function groupCounts(
  { names, rows, smallBelow }: Readonly<{ names: readonly string[]; rows: Float64Array; smallBelow: number }>,
): GroupCount[] {
  return names.map((group, g) => ({ group, count: rows[g]!, small: rows[g]! < smallBelow }));
}

/** The groups of `n` rows, encoded and counted. */
export function countGroups(
  { groups, counts: times, smallBelow = SMALL_GROUP }: Pick<GroupedRows, "groups" | "smallBelow" | "counts">,
  n: number,
) {
  checkGroupLength(groups, n);
  const { names, codes } = groupRows(groups);
  const rows = new Float64Array(names.length);
  if (times === undefined) { for (let i = 0; i < n; i++) rows[codes[i]!]! += 1; }
  else for (let i = 0; i < n; i++) rows[codes[i]!]! += times[i]!;
  return { names, codes, rows, smallBelow, counts: groupCounts({ names, rows, smallBelow }) };
}

/** What a column of group names may hold; `null`, `undefined`, `NaN` and `""` count as missing. */
export type GroupLabel = string | number | boolean | null | undefined;

/** Group names with one code per row: the form in which every function here works. */
export interface Grouping {
  /** The groups, sorted by name. A group may have no row (an empty intersection). */
  readonly names: readonly string[];
  /** For each row the index of its group in `names`. */
  readonly codes: Int32Array;
}

/** A column of group names, or one already encoded with {@linkcode groupRows}. */
export type Groups = readonly GroupLabel[] | Grouping;

/** Tells whether a group label is missing. */
export function isMissingGroup(label: GroupLabel): boolean {
  return label === null || label === undefined || label === "" || (typeof label === "number" && Number.isNaN(label));
}

/**
 * Encodes a column of group names: names sorted, one code per row. An encoded column passes through.
 * @throws {InputError} If a label is missing.
 */
export function groupRows(groups: Groups): Grouping {
  if ("codes" in groups) return groups;
  const codeOf = new Map<string, number>();
  const first = new Int32Array(groups.length);
  for (let i = 0; i < groups.length; i++) {
    const label = groups[i];
    if (isMissingGroup(label)) {
      throw new InputError(`groups[${i}]: expected a group name, found ${JSON.stringify(label ?? null)}`);
    }
    const name = String(label);
    let code = codeOf.get(name);
    if (code === undefined) codeOf.set(name, code = codeOf.size);
    first[i] = code;
  }
  const names = [...codeOf.keys()].sort();
  const sorted = new Int32Array(names.length);
  names.forEach((name, code) => sorted[codeOf.get(name)!] = code);
  return { names, codes: first.map((code) => sorted[code]!) };
}

/**
 * Crosses several attributes into their intersections, named `a|b`. Every combination of levels is a group, those
 * without a row as well: who is absent from the data is something an audit should show.
 * @throws {InputError} If a label is missing.
 * @throws {RangeError} If there is no column, if lengths differ, or if there are more than 100,000 combinations.
 */
export function crossGroups(attributes: readonly Groups[]): Grouping {
  const [head, ...rest] = attributes.map(groupRows);
  if (head === undefined) throw new RangeError("Expected at least one column of groups, found none");
  return rest.reduce((left, right) => {
    if (left.codes.length !== right.codes.length) {
      throw new RangeError(
        `Expected columns of groups of one length, found ${left.codes.length} and ${right.codes.length}`,
      );
    }
    const width = right.names.length;
    if (left.names.length * width > 100_000) {
      throw new RangeError(`Expected at most 100000 intersections, found ${left.names.length * width}`);
    }
    return {
      names: left.names.flatMap((a) => right.names.map((b) => `${a}|${b}`)),
      codes: left.codes.map((code, i) => code * width + right.codes[i]!),
    };
  }, head);
}

/** Below this many values a comparison sort is faster than clearing the radix sort's histograms. */
const RADIX_FROM = 4096;

/** Up to this many, as the candidates of a job are, inserting them one by one is fastest. */
const INSERTION_TO = 128;

/**
 * The order that sorts numbers from high to low; equal numbers keep their order.
 *
 * A radix sort over the bits of the floats: a million scores in about a tenth of a second, where sorting indices with a
 * comparison function takes a second.
 */
export function argsortDescending(values: ArrayLike<number>): Uint32Array {
  const n = values.length;
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n <= INSERTION_TO) return insertionSorted(order, values);
  if (n < RADIX_FROM) return order.sort((a, b) => values[b]! - values[a]! || a - b);

  const floats = new Float64Array(n);
  // Adding 0 turns -0 into 0, whose bits differ though the numbers are equal.
  for (let i = 0; i < n; i++) floats[i] = values[i]! + 0;
  const words = new Uint32Array(floats.buffer);
  // Flipping all bits of positives and none but the sign of negatives makes the unsigned order the descending order.
  for (let i = 0; i < n; i++) {
    const high = words[2 * i + 1]!;
    if (high >>> 31 === 0) {
      words[2 * i] = ~words[2 * i]!;
      words[2 * i + 1] = ~high & 0x7fffffff;
    }
  }
  const halves = new Uint16Array(floats.buffer);
  let from = order;
  let to = new Uint32Array(n);
  const starts = new Uint32Array(65536);
  for (let digit = 0; digit < 4; digit++) {
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[halves[4 * i + digit]!]!++;
    let total = 0;
    for (let d = 0; d < 65536; d++) {
      const count = starts[d]!;
      starts[d] = total;
      total += count;
    }
    for (let k = 0; k < n; k++) {
      const i = from[k]!;
      to[starts[halves[4 * i + digit]!]!++] = i;
    }
    [from, to] = [to, from];
  }
  return from;
}

function insertionSorted(order: Uint32Array, values: ArrayLike<number>): Uint32Array {
  for (let i = 1; i < order.length; i++) {
    const value = values[i]!;
    let at = i;
    for (; at > 0 && values[order[at - 1]!]! < value; at--) order[at] = order[at - 1]!;
    order[at] = i;
  }
  return order;
}
