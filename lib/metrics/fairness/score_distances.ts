import type { ScoreTable } from "../classification/scores.ts";
import { type DrawCounts, filledHypergeometric, isFilledFaster } from "../inference/filled_draws.ts";
import { drawsOf } from "../inference/near_draws.ts";
import type { PermutationOptions } from "../inference/permutation.ts";
import { GRID_FROM } from "../inference/unique_rows.ts";
import { checkRows, type Column, countGroups, type GroupedRowsWith } from "../rows.ts";
import { defined, type GroupCount, inRange, undefinedBecause, type Value } from "../value.ts";

/** A sample in ascending order. */
export interface SortedSample {
  readonly values: Float64Array;
  /** Absent where every weight is 1. */
  readonly weights?: Float64Array;
  readonly total: number;
  /** Whether the weights are numbers of equal rows, which can be exchanged. */
  readonly counted?: boolean;
}

export function sortSample(values: Column, weights?: Column): SortedSample {
  checkRows({ scores: values, weights });
  if (weights === undefined) return { values: Float64Array.from(values).sort(), total: values.length };
  const order = Uint32Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const sorted = Float64Array.from(order, (i) => weights[i]!);
  return {
    values: Float64Array.from(order, (i) => values[i]!),
    weights: sorted,
    total: sorted.reduce((a, b) => a + b),
  };
}

/**
 * Both distances of two sorted samples in one merge: the area between their cumulative distributions and the largest
 * distance between them.
 */
export function sortedDistances(a: SortedSample, b: SortedSample): { area: number; largest: number } {
  const [first, second] = [a.values, b.values];
  let i = 0, j = 0, below = 0, above = 0, area = 0, largest = 0;
  let previous = Math.min(first[0]!, second[0]!);
  while (i < first.length || j < second.length) {
    const x = lowest(first, i, second, j);
    const apart = Math.abs(below / a.total - above / b.total);
    area += apart * (x - previous);
    if (apart > largest) largest = apart;
    for (; i < first.length && first[i] === x; i++) below += a.weights === undefined ? 1 : a.weights[i]!;
    for (; j < second.length && second[j] === x; j++) above += b.weights === undefined ? 1 : b.weights[j]!;
    previous = x;
  }
  return { area, largest };
}

/** The lowest value that comes next; nothing is read beyond an end, which would make a merge of millions slow. */
function lowest(a: Float64Array, i: number, b: Float64Array, j: number): number {
  if (i >= a.length) return b[j]!;
  return j >= b.length || a[i]! < b[j]! ? a[i]! : b[j]!;
}

/** How the scores of two groups differ. */
export interface ScoreDistance {
  /** The one group. */
  readonly a: GroupCount;
  /** The other. */
  readonly b: GroupCount;
  /** Mean score of `a` minus mean score of `b`. */
  readonly meanDifference: Value;
  /**
   * Wasserstein-1 distance, `∫ |F_a(x) − F_b(x)| dx`, in units of the score: how far, on average, the scores of one
   * group would have to move to be distributed like those of the other. SciPy's `wasserstein_distance`.
   */
  readonly wasserstein: Value;
  /** `max |F_a(x) − F_b(x)|`: the largest difference of selection rates at any threshold. SciPy's `ks_2samp`. */
  readonly kolmogorovSmirnov: Value;
  /** Share of random reassignments of rows to the two groups with at least this Wasserstein distance. */
  readonly wassersteinP: Value;
  /** The same for the Kolmogorov–Smirnov distance. */
  readonly kolmogorovSmirnovP: Value;
}

/**
 * More distinct scores than this are merged into cells of about equal size for the test. The test stays exact in its
 * level (the cells depend on the pooled scores only, which no permutation changes); it only loses the finest detail.
 */
const MAX_CELLS = 128;

/**
 * Distances between the score distributions of every pair of groups, each with a permutation test of "is this more than
 * chance".
 *
 * The test reassigns the rows of the two groups at random and asks how often the distance comes out at least as large:
 * `p = (1 + #{d* ≥ d}) / (1 + permutations)` (Phipson & Smyth 2010; never 0). It does so on counts per distinct score,
 * drawn from the multivariate hypergeometric distribution, which is the distribution of shuffled rows at a cost that
 * does not grow with n.
 * @throws {InputError} If a score is missing.
 */
export function scoreDistances(
  input: GroupedRowsWith<"scores"> & {
    /** These rows sorted by score already; sorted here if absent. */
    readonly sorted?: ScoreTable | undefined;
  },
  options?: PermutationOptions,
): ScoreDistance[] {
  const { scores, weights, counts: times } = input;
  const n = checkRows({ scores, weights, counts: times });
  const { names, codes, counts } = countGroups(input, n);
  const mass = times && weights ? Float64Array.from(times, (count, i) => count * weights[i]!) : times ?? weights;
  const counted = times !== undefined && weights === undefined;
  const samples = input.sorted !== undefined && mass === undefined
    ? sortedSamples(input.sorted)
    : samplesOf(scores, mass, { codes, groups: names.length })
      .map((sample) => sample && (counted ? { ...sample, counted } : sample));

  const test = options && { ...options, rows: counts.reduce((sum, { count }) => sum + count, 0) };
  const result: ScoreDistance[] = [];
  for (let a = 0; a < names.length; a++) {
    for (let b = a + 1; b < names.length; b++) {
      result.push({ a: counts[a]!, b: counts[b]!, ...compare(samples[a], samples[b], test) });
    }
  }
  return result;
}

function sortedSamples({ scores, codes, rows }: ScoreTable): (SortedSample | undefined)[] {
  const values = Array.from(rows, (count) => new Float64Array(count));
  const filled = new Uint32Array(rows.length);
  for (let k = scores.length - 1; k >= 0; k--) {
    const code = codes[k]!;
    values[code]![filled[code]!++] = scores[k]!;
  }
  return values.map((own) => own.length === 0 ? undefined : { values: own, total: own.length });
}

function samplesOf(
  scores: Column,
  weights: Column | undefined,
  { codes, groups }: { readonly codes: Int32Array; readonly groups: number },
): (SortedSample | undefined)[] {
  const sizes = new Uint32Array(groups);
  for (const code of codes) sizes[code]! += 1;
  const values = Array.from(sizes, (count) => new Float64Array(count));
  const masses = Array.from(sizes, (count) => new Float64Array(weights === undefined ? 0 : count));
  const filled = new Uint32Array(groups);
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!;
    const at = filled[code]!++;
    values[code]![at] = scores[i]!;
    if (weights !== undefined) masses[code]![at] = weights[i]!;
  }
  return values.map((own, g) => {
    if (own.length === 0) return undefined;
    const sample = sortSample(own, weights && masses[g]!);
    return sample.total > 0 ? sample : undefined;
  });
}

type Comparison = Omit<ScoreDistance, "a" | "b">;

/** How to permute, and how many rows all groups have. */
type PairTest = PermutationOptions & { readonly rows: number };

function compare(
  a: SortedSample | undefined,
  b: SortedSample | undefined,
  options: PairTest | undefined,
): Comparison {
  if (a === undefined || b === undefined) {
    const none = undefinedBecause("a group without rows has no distribution");
    const distances = { meanDifference: none, wasserstein: none, kolmogorovSmirnov: none };
    return { ...distances, wassersteinP: none, kolmogorovSmirnovP: none };
  }
  const { area, largest } = sortedDistances(a, b);
  return {
    meanDifference: inRange(meanOf(a) - meanOf(b)),
    wasserstein: inRange(area),
    kolmogorovSmirnov: defined(largest),
    ...permutationP(a, b, options),
  };
}

function meanOf({ values, weights, total }: SortedSample): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (weights?.[i] ?? 1) * values[i]!;
  return sum / total;
}

function permutationP(a: SortedSample, b: SortedSample, options: PairTest | undefined) {
  const same = (value: Value) => ({ wassersteinP: value, kolmogorovSmirnovP: value });
  if (options === undefined) return same(undefinedBecause("no permutation test was asked for"));
  if (a.weights !== undefined && !a.counted) {
    return same(undefinedBecause("rows with different weights are not exchangeable"));
  }
  const { rng, permutations = 1000, rows } = options;
  const cells = cellsOf(a, b);
  const draw = reassigned(cells, { inA: a.total, inB: b.total, rows });
  const drawn = new Float64Array(cells.total.length);
  const observed = cellDistances(cells, cells.inA);
  // Equal distances reached by another order of additions must count as equal.
  const tolerance = 1 - 1e-9;
  let areas = 1, largests = 1;
  for (let r = 0; r < permutations; r++) {
    draw(rng, drawn);
    const { area, largest } = cellDistances(cells, drawn);
    if (area >= observed.area * tolerance) areas++;
    if (largest >= observed.largest * tolerance) largests++;
  }
  return {
    wassersteinP: defined(areas / (permutations + 1)),
    kolmogorovSmirnovP: defined(largests / (permutations + 1)),
  };
}

/** Draws how many rows of each cell are in the first group. */
function reassigned(
  { total }: Cells,
  { inA, inB, rows }: { readonly inA: number; readonly inB: number; readonly rows: number },
): DrawCounts {
  if (rows >= GRID_FROM && isFilledFaster(total.length, inA + inB)) return filledHypergeometric(total, inA);
  const { hypergeometric } = drawsOf(inA + inB);
  return (rng, out) => {
    let good = inA, bad = inB;
    for (let c = 0; c < out.length; c++) {
      const taken = hypergeometric(good, bad, total[c]!, rng);
      out[c] = taken;
      good -= taken;
      bad -= total[c]! - taken;
    }
  };
}

interface Cells {
  /** `[C]` mean score of a cell, ascending. */
  readonly score: Float64Array;
  /** `[C]` rows of both groups. */
  readonly total: Float64Array;
  /** `[C]` rows of the first group. */
  readonly inA: Float64Array;
}

function cellsOf(first: SortedSample, second: SortedSample): Cells {
  const [a, b] = [first.values, second.values];
  let distinct = 0;
  for (let i = 0, j = 0; distinct <= MAX_CELLS && (i < a.length || j < b.length); distinct++) {
    const x = lowest(a, i, b, j);
    while (i < a.length && a[i] === x) i++;
    while (j < b.length && b[j] === x) j++;
  }
  const wanted = distinct <= MAX_CELLS ? 0 : (first.total + second.total) / MAX_CELLS;
  const score: number[] = [], total: number[] = [], inA: number[] = [];
  let sum = 0, size = 0, ofA = 0;
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    const x = lowest(a, i, b, j);
    let own = 0, other = 0;
    for (; i < a.length && a[i] === x; i++) own += first.weights === undefined ? 1 : first.weights[i]!;
    for (; j < b.length && b[j] === x; j++) other += second.weights === undefined ? 1 : second.weights[j]!;
    ofA += own;
    size += own + other;
    sum += (own + other) * x;
    if (size < wanted && i + j < a.length + b.length) continue;
    score.push(sum / size);
    total.push(size);
    inA.push(ofA);
    sum = size = ofA = 0;
  }
  return { score: Float64Array.from(score), total: Float64Array.from(total), inA: Float64Array.from(inA) };
}

function cellDistances({ score, total }: Cells, inA: Float64Array): { area: number; largest: number } {
  let sizeA = 0, size = 0;
  for (let c = 0; c < inA.length; c++) {
    sizeA += inA[c]!;
    size += total[c]!;
  }
  let ofA = 0, ofB = 0, area = 0, largest = 0;
  for (let c = 0; c < inA.length - 1; c++) {
    ofA += inA[c]!;
    ofB += total[c]! - inA[c]!;
    const apart = Math.abs(ofA / sizeA - ofB / (size - sizeA));
    area += apart * (score[c + 1]! - score[c]!);
    largest = Math.max(largest, apart);
  }
  return { area, largest };
}
