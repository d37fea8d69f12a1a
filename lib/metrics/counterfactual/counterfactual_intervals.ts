import { bootstrap, type BootstrapOptions } from "../inference/bootstrap.ts";
import type { CounterfactualInput, Flips, ScoreShift } from "./counterfactual.ts";
import { groupRows } from "../groups.ts";
import type { Interval } from "../value.ts";

/** Intervals of what {@linkcode counterfactualShift} and {@linkcode counterfactualFlips} give. */
export type CounterfactualIntervals = Readonly<
  Record<Exclude<keyof ScoreShift, "maxAbsolute"> | keyof Flips, Interval>
>;

/** Rows of a group and direction of flip are merged into at most this many cells of similar shift; fewer where there are many. */
const CELLS = 1024;
const CELLS_IN_ALL = 32_768;
const LEAST_CELLS = 128;
const NAMES = ["mean", "meanAbsolute", "p95Absolute", "rate", "gained", "lost"] as const;

/**
 * Bootstrap intervals of counterfactual shifts and flip rates, overall and by group. People are drawn together with their twin.
 * A maximum has no interval: no resample can exceed it.
 *
 * Where a group has many rows, those of similar shift are drawn as one kind with their mean shift.
 *
 * @param input Columns of length `n`.
 * @param thresholds Where the decision about the original and about the twin is made.
 * @param options How to bootstrap.
 * @returns The intervals.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { counterfactualIntervals } from "./counterfactual_intervals.ts";
 *
 * const original = Array.from({ length: 80 }, (_, i) => i / 80);
 * const counterfactual = original.map((score, i) => score + (i % 3 - 1) / 10);
 * const { overall } = counterfactualIntervals({ original, counterfactual }, [0.5, 0.5], { rng: new Rng(1) });
 * assert(overall.mean.low! < 0 && 0 < overall.mean.high!);
 * ```
 */
export function counterfactualIntervals(
  input: CounterfactualInput,
  thresholds: readonly [number, number],
  options: Omit<BootstrapOptions, "stratified">,
): { overall: CounterfactualIntervals; groups: CounterfactualIntervals[] } {
  const { names, codes } = input.groups === undefined
    ? { names: ["all"], codes: new Int32Array(input.original.length) }
    : groupRows(input.groups);
  const { counts, shift, absolute, flip, code } = kindsOf(input, thresholds, codes, names.length);
  const members: number[][] = names.map(() => []);
  code.forEach((g, k) => members[g]!.push(k));
  const strata = members.map((list) => Int32Array.from(list));
  const everybody = Int32Array.from(code, (_, k) => k);
  const width = NAMES.length;
  const groups = names.length;

  const { intervals } = bootstrap({ counts, strata }, (drawn) => {
    const rows = new Float64Array(groups + 1);
    const sums = new Float64Array(width * (groups + 1));
    for (let k = 0; k < drawn.length; k++) {
      const times = drawn[k]!;
      if (times === 0) continue;
      for (const g of [code[k]!, groups]) {
        rows[g]! += times;
        sums[g * width]! += times * shift[k]!;
        sums[g * width + 1]! += times * absolute[k]!;
        sums[g * width + 3]! += times * Math.abs(flip[k]!);
        if (flip[k]! > 0) sums[g * width + 4]! += times;
        if (flip[k]! < 0) sums[g * width + 5]! += times;
      }
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
function kindsOf(
  { original, counterfactual }: CounterfactualInput,
  [before, after]: readonly [number, number],
  codes: Int32Array,
  groups: number,
) {
  const byKind = new Map<number, number[]>();
  for (let i = 0; i < codes.length; i++) {
    const flip = Number(counterfactual[i]! >= after) - Number(original[i]! >= before);
    const key = (flip + 1) * groups + codes[i]!;
    const rows = byKind.get(key);
    if (rows === undefined) byKind.set(key, [i]);
    else rows.push(i);
  }
  const most = Math.min(CELLS, Math.max(LEAST_CELLS, Math.floor(CELLS_IN_ALL / byKind.size)));
  const kinds: { count: number; shift: number; absolute: number; flip: number; code: number }[] = [];
  for (const [key, rows] of [...byKind].sort(([a], [b]) => a - b)) {
    const shifts = Float64Array.from(rows, (i) => counterfactual[i]! - original[i]!).sort();
    const cells = Math.min(most, shifts.length);
    for (let c = 0; c < cells; c++) {
      const cell = shifts.subarray(
        Math.floor(c * shifts.length / cells),
        Math.floor((c + 1) * shifts.length / cells),
      );
      const mean = (of: (x: number) => number) => cell.reduce((sum, x) => sum + of(x), 0) / cell.length;
      kinds.push({
        count: cell.length,
        shift: mean((x) => x),
        absolute: mean(Math.abs),
        flip: Math.floor(key / groups) - 1,
        code: key % groups,
      });
    }
  }
  kinds.sort((a, b) => a.absolute - b.absolute);
  return {
    counts: Float64Array.from(kinds, ({ count }) => count),
    shift: kinds.map(({ shift }) => shift),
    absolute: kinds.map(({ absolute }) => absolute),
    flip: kinds.map(({ flip }) => flip),
    code: kinds.map(({ code }) => code),
  };
}

/** NumPy's linear 95th percentile of values that occur `drawn` times, those of ascending kinds `members`. */
function percentile95(values: number[], drawn: Float64Array, members: Int32Array, rows: number): number {
  if (rows === 0) return NaN;
  const position = 0.95 * (rows - 1);
  const below = Math.floor(position);
  let seen = 0, low = NaN;
  for (const k of members) {
    if (drawn[k] === 0) continue;
    seen += drawn[k]!;
    if (Number.isNaN(low) && seen > below) low = values[k]!;
    if (seen > Math.min(below + 1, rows - 1)) return low + (values[k]! - low) * (position - below);
  }
  return low;
}
