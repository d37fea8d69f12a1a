/** Gaps of the decisions of all seeds together. */
import {
  crossedDraws,
  disparityInterval,
  estimateDisparities,
  expectedUnderIndependence,
  hullInterval,
  type Interval,
  pairedDisparities,
  reachIdeal,
  type Value,
} from "../../metrics/mod.ts";
import type { Rng } from "../../random.ts";
import { type BySeed, candidatesAndSeeds, pairedRuns, pooledRows, weightedTable } from "./pool.ts";
import type { ModelName } from "./predictions.ts";
import { SWEEP_GAPS, type SweepGapName } from "./trial_metrics.ts";

/** How to estimate intervals. */
export interface IntervalOptions {
  readonly rng: Rng;
  readonly resamples: number;
  readonly level: number;
}

/** Runs of one point, and which of their models is looked at. */
export interface ModelRuns {
  readonly runs: BySeed;
  readonly model: ModelName;
}

/** A number over the decisions of all seeds. */
export interface PooledValue {
  readonly value: Value;
  /** Other candidates, the same models. */
  readonly candidates: Interval;
  /** Other candidates and other seeds. */
  readonly crossed: Interval;
}

/** A gap between groups over the decisions of all seeds. */
export interface PooledGap extends PooledValue {
  /** Permutation test of the candidates' groups. */
  readonly pValue: number | null;
  /** The gap to expect if decisions had nothing to do with the group. */
  readonly noise: Value;
}

/** How a gap differs from the reference's about the same rows. */
export interface PooledChange extends PooledValue {
  /** The part of the reference's gap that is left. */
  readonly left: { readonly value: Value; readonly crossed: Interval };
  /** Seeds whose runs were tested on the same rows. */
  readonly seeds: number;
}

/**
 * The gap between groups' rates over the decisions of all seeds together, each at the threshold of its own run. Where the
 * runs' gaps point in different directions they cancel out: what is left is the gap of the recipe, not that of one model
 * trained by it.
 *
 * @param side Whose decisions.
 * @param attribute Whose groups.
 * @param name Which gap.
 * @param options How to estimate intervals.
 * @returns The gap with its intervals.
 */
export function pooledGap(
  { runs, model }: ModelRuns,
  attribute: string,
  name: SweepGapName,
  options: IntervalOptions,
): PooledGap {
  const { gap, against } = SWEEP_GAPS[name];
  const input = pooledRows(runs, model, attribute, against);
  const { rng, resamples, level } = options;
  const { own } = estimateDisparities(input, { own: gap }, { resamples, level, rng: rng.derive("candidates") });
  const table = weightedTable(input);
  const [draws] = crossedDraws(
    candidatesAndSeeds(runs, attribute),
    (weights) => [gap.of(table(weights)).value ?? NaN],
    { rng: rng.derive("candidates and seeds"), resamples },
  );
  const estimate = own.estimate.value ?? NaN;
  const crossed = disparityInterval({ estimate, draws: draws!, level, acceleration: 0 }, gap.ideal);
  return {
    value: own.estimate,
    candidates: own.interval,
    crossed: reachIdeal(crossed, gap.ideal, own.pValue),
    pValue: own.pValue,
    noise: expectedUnderIndependence(input, gap, { rng: rng.derive("noise"), permutations: resamples }),
  };
}

/**
 * How much such a gap differs between two points, on the rows that both have decided about.
 *
 * @param side Whose decisions.
 * @param reference Whose decisions they are held against.
 * @param attribute Whose groups.
 * @param name Which gap.
 * @param options How to estimate intervals.
 * @returns The difference, `side − reference`; `null` if they have no rows in common.
 */
export function pooledChange(
  side: ModelRuns,
  reference: ModelRuns,
  attribute: string,
  name: SweepGapName,
  options: IntervalOptions,
): PooledChange | null {
  const { gap, against } = SWEEP_GAPS[name];
  const [runs, others] = pairedRuns(side.runs, reference.runs);
  if (runs.size === 0) return null;
  const after = pooledRows(runs, side.model, attribute, against);
  const before = pooledRows(others, reference.model, attribute, against);
  const { rng, resamples, level } = options;
  const { change } = pairedDisparities(
    { ...after, before: before.predictions, after: after.predictions },
    { change: gap },
    { resamples, level, rng: rng.derive("change") },
  );
  const tables = { before: weightedTable(before), after: weightedTable(after) };
  const compare = (weights: Float64Array): [number, number] => {
    const [from, to] = [gap.of(tables.before(weights)).value ?? NaN, gap.of(tables.after(weights)).value ?? NaN];
    return [to - from, from > 0 ? to / from : NaN];
  };
  const factors = candidatesAndSeeds(runs, attribute);
  const [changes, lefts] = crossedDraws(factors, compare, { rng: rng.derive("change, seeds too"), resamples });
  const [estimate, left] = compare(new Float64Array(after.predictions.length).fill(1));
  const leftInterval = hullInterval({ estimate: left, draws: lefts!, level });
  return {
    value: change.estimate,
    candidates: change.interval,
    crossed: hullInterval({ estimate, draws: changes!, level }),
    left: {
      value: Number.isNaN(left) ? { value: null, reason: "the reference has no gap" } : { value: left },
      // No gap can be smaller than none.
      crossed: leftInterval.low === null ? leftInterval : { ...leftInterval, low: Math.max(0, leftInterval.low) },
    },
    seeds: runs.size,
  };
}
