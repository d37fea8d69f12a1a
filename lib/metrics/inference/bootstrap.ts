import type { Rng } from "../../random.ts";
import { type ScoreInput, type ScoreTable, sortedScores } from "../classification/scores.ts";
import { finiteOrNaN, type Interval } from "../value.ts";
import { type BootstrapDraws, bootstrapInterval, disparityInterval, hullInterval } from "./intervals.ts";
import { resampler, rowsOfClusters, strataOf, uniqueClusters, type UniqueRows, uniqueScores } from "./unique_rows.ts";

/** How to bootstrap. */
export interface BootstrapOptions {
  /** The source of chance. */
  readonly rng: Rng;
  /** Resamples; 1000 if absent, enough for the ends of a 95% interval to be steady in the second digit. */
  readonly resamples?: number | undefined;
  /** Confidence level; 0.95 if absent. */
  readonly level?: number | undefined;
  /** One method for all; if absent, what suits each number: `bca`, or by its {@linkcode Target}. */
  readonly method?: "bca" | "percentile" | undefined;
}

/**
 * What a number is, where plain intervals fail: a `difference` or `ratio` between groups gets
 * {@linkcode disparityInterval}, an `extreme` (or a change of a disparity) {@linkcode hullInterval}.
 */
export type Target = "value" | "difference" | "ratio" | "extreme";

// With more unique rows than this in a stratum the jackknife of BCa leaves out random blocks of rows instead of single
// rows: sums of squares and cubes over independent blocks are those over rows in expectation, at a cost that does not
// grow with them. Many strata share a budget, so that the jackknife never costs more than the resamples.
const JACKKNIFE_BLOCKS = 128;
const BLOCKS_IN_ALL = 512;
const LEAST_BLOCKS = 16;

/**
 * Bootstrap intervals of several numbers at once, computed from counts of unique rows. Where rows come in clusters,
 * whole clusters are drawn.
 */
export function bootstrap(
  unique: UniqueRows,
  statistic: (counts: Float64Array) => ArrayLike<number>,
  options: BootstrapOptions,
  targets?: readonly Target[],
): { estimates: Float64Array; intervals: Interval[] } {
  if (unique.clusters !== undefined) {
    const { counts, strata } = unique.clusters;
    const rowsOf = rowsOfClusters(unique.clusters, unique.counts.length);
    return bootstrap({ counts, strata }, (drawn) => statistic(rowsOf(drawn)), options, targets);
  }
  const { rng, resamples = 1000, level = 0.95, method } = options;
  if (!Number.isInteger(resamples) || resamples < 1) {
    throw new RangeError(`Expected a whole number of resamples ≥ 1, found ${resamples}`);
  }
  const estimates = Float64Array.from(statistic(unique.counts), finiteOrNaN);
  const draw = resampler(unique);
  const counts = new Float64Array(unique.counts.length);
  const draws = Array.from(estimates, () => new Float64Array(resamples));
  for (let r = 0; r < resamples; r++) {
    draw(rng, counts);
    const values = statistic(counts);
    for (let s = 0; s < draws.length; s++) draws[s]![r] = finiteOrNaN(values[s]!);
  }
  const accelerations = method === "percentile" ? undefined : accelerationsOf(unique, statistic, estimates.length);
  const intervals = draws.map((values, s) => {
    const target = method === undefined ? targets?.[s] ?? "value" : "value";
    return withFiniteEnds(
      INTERVALS[target]({ estimate: estimates[s]!, draws: values, level, acceleration: accelerations?.[s] }),
    );
  });
  return { estimates, intervals };
}

function withFiniteEnds(interval: Interval): Interval {
  const { low, high, bias } = interval;
  const finite = (x: number | null) => x === null || Number.isFinite(x);
  return {
    ...interval,
    ...(finite(low) && finite(high) ? {} : { low: null, high: null }),
    bias: finite(bias) ? bias : null,
  };
}

const INTERVALS: Readonly<Record<Target, (draws: BootstrapDraws) => Interval>> = {
  value: bootstrapInterval,
  difference: (draws) => disparityInterval(draws, 0),
  ratio: (draws) => disparityInterval(draws, 1),
  extreme: hullInterval,
};

/**
 * Accelerations by the jackknife, `Σ d³ / (6 (Σ d²)^{3/2})` with `d` the influence of leaving out one row, centred
 * within its stratum (Davison & Hinkley 1997, §5.3.2 for strata).
 */
function accelerationsOf(
  unique: UniqueRows,
  statistic: (counts: Float64Array) => ArrayLike<number>,
  size: number,
): Float64Array {
  const squares = new Float64Array(size);
  const cubes = new Float64Array(size);
  const counts = unique.counts.slice();
  for (const parts of partsLeftOut(unique)) {
    const left = parts.map(({ kinds, rows, times }) => {
      kinds.forEach((k, j) => counts[k]! -= rows[j]!);
      const values = Float64Array.from(statistic(counts));
      kinds.forEach((k, j) => counts[k]! += rows[j]!);
      return { values, times };
    });
    for (let s = 0; s < size; s++) {
      const usable = left.filter(({ values }) => !Number.isNaN(values[s]!));
      const total = usable.reduce((sum, { times }) => sum + times, 0);
      const mean = usable.reduce((sum, { values, times }) => sum + times * values[s]!, 0) / total;
      for (const { values, times } of usable) {
        const d = mean - values[s]!;
        squares[s]! += times * d * d;
        cubes[s]! += times * d * d * d;
      }
    }
  }
  return squares.map((square, s) => square > 0 ? cubes[s]! / (6 * Math.pow(square, 1.5)) : 0);
}

/** Rows that the jackknife leaves out at once, by kind, and how many such parts there are. */
interface LeftOut {
  readonly kinds: readonly number[];
  readonly rows: readonly number[];
  readonly times: number;
}

/**
 * What is left out, stratum by stratum: each unique row once, since equal rows have the same influence, or blocks of
 * rows. Of more than 32 strata a block is left out of all at once: what one group's number depends on is one stratum,
 * and in what depends on all of them the influences of independent blocks add up as those of one stratum do.
 */
function partsLeftOut({ counts, strata }: UniqueRows): LeftOut[][] {
  const presentIn = (members: Int32Array) => Array.from(members).filter((k) => counts[k]! > 0);
  if (strata.length * LEAST_BLOCKS > BLOCKS_IN_ALL) {
    const blocks = strata.map((members) => blocksOf(presentIn(members), counts, JACKKNIFE_BLOCKS));
    return [Array.from({ length: JACKKNIFE_BLOCKS }, (_, b) => ({
      kinds: blocks.flatMap((own) => own[b]!.kinds),
      rows: blocks.flatMap((own) => own[b]!.rows),
      times: 1,
    }))];
  }
  const most = Math.min(JACKKNIFE_BLOCKS, Math.max(LEAST_BLOCKS, Math.floor(BLOCKS_IN_ALL / strata.length)));
  return strata.map((members) => {
    const present = presentIn(members);
    return present.length <= most
      ? present.map((k) => ({ kinds: [k], rows: [1], times: counts[k]! }))
      : blocksOf(present, counts, most);
  });
}

/**
 * Spreads the rows of a stratum over blocks: of each kind the same number to all, and what is left hashed, so that
 * neighbours in score order part ways.
 */
function blocksOf(present: readonly number[], counts: Float64Array, size: number): LeftOut[] {
  const blocks = Array.from({ length: size }, () => ({ kinds: [] as number[], rows: [] as number[], times: 1 }));
  const own = new Float64Array(size);
  let row = 0;
  for (const k of present) {
    own.fill(Math.floor(counts[k]! / size));
    for (let i = counts[k]! % size; i > 0; i--) own[(Math.imul(row++, 0x9e3779b1) >>> 16) % size]! += 1;
    own.forEach((rows, b) => {
      if (rows === 0) return;
      blocks[b]!.kinds.push(k);
      blocks[b]!.rows.push(rows);
    });
  }
  return blocks;
}

/** How to bootstrap scores. */
export interface ScoreBootstrapOptions extends BootstrapOptions {
  /** From this many rows on, scores are put on a grid first; 2048 if absent, `Infinity` for never. */
  readonly gridFrom?: number | undefined;
}

/**
 * Bootstrap intervals of numbers computed from scores. Rows are resampled within their groups; sorting happens once,
 * and a resample only changes the masses of a sorted table. From 2,048 rows on the scores are put on a grid (`onGrid`).
 * @throws {InputError} If a cell is missing or out of range.
 */
export function bootstrapScores(
  input: ScoreInput | ScoreTable,
  statistic: (table: ScoreTable, mass: Float64Array) => ArrayLike<number>,
  options: ScoreBootstrapOptions,
  targets?: readonly Target[],
): { estimates: Float64Array; intervals: Interval[] } {
  const exact = sortedScores(input);
  const { table, counts, kindOf } = uniqueScores(exact, options.gridFrom);
  const weight = table.mass.map((m, k) => m / counts[k]!);
  const mass = new Float64Array(weight.length);
  const { codes, names } = table;
  const unique = {
    counts,
    strata: strataOf(codes, names.length),
    clusters: exact.clusters && uniqueClusters(exact.clusters, { kindOf, groupOf: codes, times: exact.counts }),
  };
  const result = bootstrap(
    unique,
    (drawn) => {
      for (let k = 0; k < mass.length; k++) mass[k] = drawn[k]! * weight[k]!;
      return statistic(table, mass);
    },
    options,
    targets,
  );
  if (table === exact) return result;
  const estimates = Float64Array.from(statistic(exact, exact.mass));
  const intervals = result.intervals.map((interval, s) => {
    const shift = estimates[s]! - result.estimates[s]!;
    if (interval.low === null || interval.high === null) return interval;
    const [low, high] = [interval.low + shift, interval.high + shift];
    const target = targets?.[s];
    return {
      ...interval,
      low: target === "difference" ? Math.max(0, low) : low,
      high: target === "ratio" ? Math.min(1, high) : high,
    };
  });
  return { estimates, intervals };
}

/** What rows have in common: one name per row, such as the candidate, or the seed of the run that decided. */
export interface CrossedFactor {
  /** `[n]` level of each row, numbered from 0. */
  readonly codes: Int32Array;
  /** `[L]` stratum of each level: levels are drawn among those of their stratum. One stratum if absent. */
  readonly strata?: ArrayLike<number> | undefined;
}

/**
 * Resamples rows that are alike in more than one way, such as decisions about the same candidates by models of several
 * seeds: the levels of each factor are drawn with replacement on their own, and a row counts as often as the product of
 * its levels' counts (Owen, "The pigeonhole bootstrap", 2007).
 *
 * Resampling candidates alone takes the models as given; resampling both asks what other candidates and other seeds
 * would have given. It errs on the side of caution: variance that belongs to single rows is counted up to three times.
 */
export function crossedDraws(
  factors: readonly CrossedFactor[],
  statistic: (weights: Float64Array, counts: readonly Float64Array[]) => ArrayLike<number>,
  options: Pick<BootstrapOptions, "rng" | "resamples">,
): Float64Array[] {
  const { rng, resamples = 1000 } = options;
  const n = factors[0]!.codes.length;
  const levels = factors.map(levelsOf);
  const counts = levels.map(({ size }) => new Float64Array(size));
  const weights = new Float64Array(n);
  const draws: Float64Array[] = [];
  for (let r = 0; r < resamples; r++) {
    levels.forEach(({ strata }, f) => {
      counts[f]!.fill(0);
      for (const members of strata) {
        for (let i = 0; i < members.length; i++) counts[f]![members[rng.int(members.length)]!]! += 1;
      }
    });
    weights.fill(1);
    factors.forEach(({ codes }, f) => {
      for (let i = 0; i < n; i++) weights[i]! *= counts[f]![codes[i]!]!;
    });
    const values = statistic(weights, counts);
    for (let s = 0; s < values.length; s++) (draws[s] ??= new Float64Array(resamples))[r] = values[s]!;
  }
  return draws;
}

/** The levels that have rows, by stratum. */
function levelsOf({ codes, strata }: CrossedFactor): { size: number; strata: number[][] } {
  const members = new Map<number, number[]>();
  const present = [...new Set(codes)].sort((a, b) => a - b);
  for (const level of present) {
    const stratum = strata?.[level] ?? 0;
    const own = members.get(stratum) ?? [];
    own.push(level);
    members.set(stratum, own);
  }
  return { size: (present.at(-1) ?? -1) + 1, strata: [...members.values()] };
}
