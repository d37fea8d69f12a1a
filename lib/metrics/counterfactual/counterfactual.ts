import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import { highQuantile } from "../inference/intervals.ts";
import { strataOf } from "../inference/unique_rows.ts";
import { checkRows, type Column, countGroups, type GroupedRows, type Grouping, groupRows } from "../rows.ts";
import { type GroupCount, inRange, type Interval, ratio, undefinedBecause, type Value } from "../value.ts";

/** Scores of the same people, as they are and as if they were of another group; groups are those they are really in. */
export interface CounterfactualInput extends Partial<Pick<GroupedRows, "groups" | "smallBelow">> {
  /** `[n]` scores as they are. */
  readonly original: Column;
  /** `[n]` scores of the same texts with only the sensitive mention changed. */
  readonly counterfactual: Column;
}

/** How far scores move, counterfactual minus original; the 95th percentile is of the absolute shifts. */
export type ScoreShift = Readonly<Record<"mean" | "meanAbsolute" | "p95Absolute" | "maxAbsolute", Value>>;

/** How often the decision changes. */
export interface Flips {
  /** Share of rows whose decision changes. */
  readonly rate: Value;
  /** Share of rows in which only the counterfactual is selected. */
  readonly gained: Value;
  /** Share of rows in which only the original is selected. */
  readonly lost: Value;
}

/** {@linkcode ScoreShift} or {@linkcode Flips} for everybody and by group. */
export interface CounterfactualResult<Numbers> {
  /** Rows. */
  readonly count: number;
  /** Of everybody. */
  readonly overall: Numbers;
  /** Of each group, in order of their names. */
  readonly groups: readonly (GroupCount & Numbers)[];
}

/**
 * How far the scores of people move when only the sensitive mention in their text changes (counterfactual fairness in
 * the sense of Garg et al., "Counterfactual fairness in text classification through robustness", 2019: the mean
 * absolute shift is their counterfactual token fairness gap). A mean shift near 0 can hide large shifts that cancel;
 * the absolute ones cannot.
 * @throws {InputError} If a score is missing.
 */
export function counterfactualShift(input: CounterfactualInput): CounterfactualResult<ScoreShift> {
  const { n, counts, codes } = prepare(input);
  const shifts = new Float64Array(n);
  const byGroup = counts.map(({ count }) => new Float64Array(count));
  const filled = new Uint32Array(counts.length);
  for (let i = 0; i < n; i++) {
    shifts[i] = input.counterfactual[i]! - input.original[i]!;
    const g = codes[i]!;
    if (counts.length > 0) byGroup[g]![filled[g]!++] = shifts[i]!;
  }
  return {
    count: n,
    overall: shiftOf(shifts),
    groups: counts.map((count, g) => ({ ...count, ...shiftOf(byGroup[g]!) })),
  };
}

/**
 * How often the decision about a person changes when only the sensitive mention in their text changes, by direction.
 * @throws {InputError} If a score is missing.
 */
export function counterfactualFlips(
  input: CounterfactualInput,
  { threshold }: { readonly threshold: number },
): CounterfactualResult<Flips> {
  const { n, counts, codes } = prepare(input);
  const sums = { gained: new Float64Array(counts.length + 1), lost: new Float64Array(counts.length + 1) };
  for (let i = 0; i < n; i++) {
    const before = input.original[i]! >= threshold;
    const after = input.counterfactual[i]! >= threshold;
    if (before === after) continue;
    const own = after ? sums.gained : sums.lost;
    own[counts.length]! += 1;
    if (counts.length > 0) own[codes[i]!]! += 1;
  }
  const flips = (g: number, rows: number): Flips => ({
    rate: ratio(sums.gained[g]! + sums.lost[g]!, rows, "no rows"),
    gained: ratio(sums.gained[g]!, rows, "no rows"),
    lost: ratio(sums.lost[g]!, rows, "no rows"),
  });
  return {
    count: n,
    overall: flips(counts.length, n),
    groups: counts.map((count, g) => ({ ...count, ...flips(g, count.count) })),
  };
}

function prepare(input: CounterfactualInput) {
  const n = checkRows({ scores: input.original });
  if (input.counterfactual.length !== n) {
    throw new RangeError(`Expected one counterfactual score per score, found ${input.counterfactual.length} and ${n}`);
  }
  checkRows({ scores: input.counterfactual });
  if (input.groups === undefined) return { n, counts: [], codes: new Int32Array(n) };
  const { counts, codes } = countGroups({ ...input, groups: input.groups }, n);
  return { n, counts, codes };
}

function sumOf(values: Float64Array): number {
  let sum = values[0]!;
  for (let i = 1; i < values.length; i++) sum += values[i]!;
  return sum;
}

function shiftOf(shifts: Float64Array): ScoreShift {
  if (shifts.length === 0) {
    const nobody = undefinedBecause("no rows");
    return { mean: nobody, meanAbsolute: nobody, p95Absolute: nobody, maxAbsolute: nobody };
  }
  const absolute = new Float64Array(shifts.length);
  let largest = 0;
  for (let i = 0; i < shifts.length; i++) {
    absolute[i] = Math.abs(shifts[i]!);
    if (absolute[i]! > largest) largest = absolute[i]!;
  }
  const mean = (values: Float64Array) => inRange(sumOf(values) / values.length);
  return {
    mean: mean(shifts),
    meanAbsolute: mean(absolute),
    p95Absolute: inRange(highQuantile(absolute, 0.95)),
    maxAbsolute: inRange(largest),
  };
}

/** Intervals of what {@linkcode counterfactualShift} and {@linkcode counterfactualFlips} give. */
export type CounterfactualIntervals = Readonly<
  Record<Exclude<keyof ScoreShift, "maxAbsolute"> | keyof Flips, Interval>
>;

/**
 * Rows of a group and direction of flip are merged into at most this many cells of similar shift; fewer where there are
 * many.
 */
const CELLS = 1024;
const CELLS_IN_ALL = 32_768;
const LEAST_CELLS = 128;
const NAMES = ["mean", "meanAbsolute", "p95Absolute", "rate", "gained", "lost"] as const;

/**
 * Bootstrap intervals of counterfactual shifts and flip rates, overall and by group. People are drawn together with
 * their counterfactual. A maximum has no interval: no resample can exceed it.
 *
 * Where a group has many rows, those of similar shift are drawn as one with their mean shift.
 */
export function counterfactualIntervals(
  input: CounterfactualInput,
  { threshold }: { readonly threshold: number },
  options: BootstrapOptions,
): { overall: CounterfactualIntervals; groups: CounterfactualIntervals[] } {
  const { names, codes } = groupRows(input.groups ?? { names: ["all"], codes: new Int32Array(input.original.length) });
  const { counts, shift, absolute, flip, code } = uniqueShifts(input, threshold, { names, codes });
  const strata = strataOf(code, names.length);
  const everybody = code.map((_, k) => k);
  const width = NAMES.length;
  const groups = names.length;

  const { intervals } = bootstrap({ counts, strata }, (drawn) => {
    const rows = new Float64Array(groups + 1);
    const sums = new Float64Array(width * (groups + 1));
    const all = groups * width;
    for (let k = 0; k < drawn.length; k++) {
      const times = drawn[k]!;
      if (times === 0) continue;
      const at = code[k]! * width, far = times * absolute[k]!, own = times * shift[k]!;
      rows[code[k]!]! += times;
      rows[groups]! += times;
      sums[at]! += own;
      sums[all]! += own;
      sums[at + 1]! += far;
      sums[all + 1]! += far;
      if (flip[k] === 0) continue;
      const direction = flip[k]! > 0 ? 4 : 5;
      sums[at + 3]! += times;
      sums[all + 3]! += times;
      sums[at + direction]! += times;
      sums[all + direction]! += times;
    }
    for (let j = 0; j < sums.length; j++) sums[j] = sums[j]! / rows[Math.floor(j / width)]!;
    for (let g = 0; g <= groups; g++) {
      sums[g * width + 2] = percentile95(absolute, drawn, strata[g] ?? everybody, rows[g]!);
    }
    return sums;
  }, options);

  const read = (g: number) =>
    Object.fromEntries(NAMES.map((name, j) => [name, intervals[g * width + j]!])) as CounterfactualIntervals;
  return { overall: read(groups), groups: names.map((_, g) => read(g)) };
}

/** Rows, or cells of rows, by rising absolute shift. */
function uniqueShifts(
  { original, counterfactual }: CounterfactualInput,
  threshold: number,
  { names, codes }: Grouping,
) {
  const groups = names.length;
  const keys = new Int32Array(codes.length), sizes = new Uint32Array(3 * groups);
  for (let i = 0; i < keys.length; i++) {
    const flip = Number(counterfactual[i]! >= threshold) - Number(original[i]! >= threshold);
    sizes[keys[i] = (flip + 1) * groups + codes[i]!]! += 1;
  }
  const byKind = Array.from(sizes, (rows) => new Float64Array(rows)), filled = new Uint32Array(byKind.length);
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    byKind[key]![filled[key]!++] = counterfactual[i]! - original[i]!;
  }
  const kinds = byKind.filter((shifts) => shifts.length > 0).length;
  const most = Math.min(CELLS, Math.max(LEAST_CELLS, Math.floor(CELLS_IN_ALL / kinds)));
  const cells: { count: number; shift: number; absolute: number; flip: number; code: number }[] = [];
  for (const [key, shifts] of byKind.entries()) {
    shifts.sort();
    const size = Math.min(most, shifts.length);
    for (let c = 0; c < size; c++) {
      const cell = shifts.subarray(
        Math.floor(c * shifts.length / size),
        Math.floor((c + 1) * shifts.length / size),
      );
      let sum = 0, absolute = 0;
      for (let j = 0; j < cell.length; j++) {
        sum += cell[j]!;
        absolute += Math.abs(cell[j]!);
      }
      cells.push({
        count: cell.length,
        shift: sum / cell.length,
        absolute: absolute / cell.length,
        flip: Math.floor(key / groups) - 1,
        code: key % groups,
      });
    }
  }
  cells.sort((a, b) => a.absolute - b.absolute);
  return {
    counts: Float64Array.from(cells, ({ count }) => count),
    shift: Float64Array.from(cells, ({ shift }) => shift),
    absolute: Float64Array.from(cells, ({ absolute }) => absolute),
    flip: Int8Array.from(cells, ({ flip }) => flip),
    code: Int32Array.from(cells, ({ code }) => code),
  };
}

/** NumPy's linear 95th percentile of values that occur `drawn` times, those of ascending rows `members`. */
function percentile95(values: Float64Array, drawn: Float64Array, members: Int32Array, rows: number): number {
  if (rows === 0) return NaN;
  const position = 0.95 * (rows - 1);
  const below = Math.floor(position), above = Math.min(below + 1, rows - 1);
  // From the top, where the twentieth that is looked at lies.
  let left = rows, high = NaN;
  for (let j = members.length - 1; j >= 0; j--) {
    const k = members[j]!;
    if (drawn[k] === 0) continue;
    left -= drawn[k]!;
    if (Number.isNaN(high) && left <= above) high = values[k]!;
    if (left <= below) return values[k]! + (high - values[k]!) * (position - below);
  }
  return NaN;
}
