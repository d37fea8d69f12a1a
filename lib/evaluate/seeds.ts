/**
 * `evaluateSeeds()`: recipes of training, each run with several seeds, measured together. Two kinds of numbers: means
 * over the runs of what each run scores, and disparities of all runs' decisions pooled. Where the runs' disparities
 * point in different directions they cancel out when pooled: what is left is the disparity of the recipe, not that of
 * one model trained by it. Intervals resample people and seeds, crossed.
 */
import { bootstrapInterval, confusionTable, crossedDraws, disparityInterval } from "../metrics/mod.ts";
import { estimateDisparities, expectedUnderIndependence, f1, groupRows, hullInterval } from "../metrics/mod.ts";
import { pairedDisparities, reachIdeal, studentQuantile } from "../metrics/mod.ts";
import type { ConfusionTable, CrossedFactor, DisparityDefinition, Interval, Value } from "../metrics/mod.ts";
import { Rng } from "../random.ts";
import { COMPARED_DISPARITIES } from "./comparison.ts";
import { COUNTERFACTUAL_MEANS, counterfactualColumns, NO_COUNTERFACTUAL } from "./counterfactual.ts";
import type { Chance, DecidedModel } from "./evaluate.ts";
import { EVALUATION_FORMAT } from "./evaluation.ts";
import type { DisparityEstimate, Estimate, Evaluation, ModelComparison, ModelEvaluation } from "./evaluation.ts";
import type { OverSeeds } from "./evaluation.ts";
import { estimateOf, weightedMean, weightedScoreMetric, type WeightedStatistic } from "./row_weights.ts";
import { leavingOut } from "./scope.ts";
import { rangeOf } from "./table.ts";

/** What one run decided about the rows it was measured on. */
export interface SeedRun extends Pick<DecidedModel, "scores" | "decisions" | "counterfactual"> {
  /** `[n]` which rows of the source they are: runs are compared on the same rows only. */
  readonly rows: readonly number[];
  /** `[n]` */
  readonly people: readonly string[];
  /** `[n]` 0 or 1. */
  readonly labels: readonly number[];
  /** `[n]` 0 or 1, where there is a trusted label. */
  readonly groundTruth: readonly number[] | null;
  /** By attribute, `[n]` group of each row. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  /** By attribute, how well a probe reads the groups off the embeddings; `null` where it was not probed. */
  readonly leakage: Readonly<Record<string, SeedLeakage>> | null;
}

/** How well a probe does; `null` where that is undefined. */
export interface SeedLeakage {
  readonly balancedAccuracy: number | null;
  readonly macroAuc: number | null;
  /** The balanced accuracy of a probe that knows nothing. */
  readonly expected: number | null;
}

/** Runs of one recipe. */
export interface SeedModel {
  /** As tables call it. */
  readonly name: string;
  /** The model that it is compared with; `null` for none. */
  readonly reference: string | null;
  /** By seed. */
  readonly runs: ReadonlyMap<number, SeedRun>;
  /** The part of all rows that each run is measured on; `null` where all runs have the same rows. */
  readonly testShare: number | null;
}

/** How to evaluate many seeds. */
export interface EvaluateSeedsOptions {
  /** Where the rows come from, for headings. */
  readonly source: string;
  /** Level of the intervals. */
  readonly confidence: number;
  /** Bootstrap resamples. */
  readonly resamples: number;
  /** Of all chance; 42 if absent. */
  readonly seed?: number;
  /** Groups with fewer rows are flagged. */
  readonly smallBelow: number;
  /** Groups to leave out, as `evaluate()` has it. */
  readonly exclude?: readonly string[];
  /** Whether groups that nobody knows are kept, as `evaluate()` has it. */
  readonly keepUnknown?: boolean;
}

type Weighting = (weights: Float64Array) => number;
type RunMetric = (run: SeedRun) => Weighting | null;
type Side = SeedModel & {
  readonly chanceOf: (what: string) => Chance;
  readonly leavesOut: Pick<EvaluateSeedsOptions, "exclude" | "keepUnknown">;
};

const value = (number: Value): number => number.value ?? NaN;

const numberOf = (of: WeightedStatistic): Weighting => (weights) => value(of(weights));

/** Numbers of a run as functions of the rows' weights; `null` where the run has none. */
const WEIGHTED: Readonly<Record<string, RunMetric>> = {
  rocAuc: ({ labels, scores }) => numberOf(weightedScoreMetric("rocAuc", labels, scores)),
  averagePrecision: ({ labels, scores }) => numberOf(weightedScoreMetric("averagePrecision", labels, scores)),
  groundTruthRocAuc: ({ groundTruth, scores }) =>
    groundTruth && numberOf(weightedScoreMetric("rocAuc", groundTruth, scores)),
  f1: ({ labels, decisions }) => numberOf((weights) => f1({ labels, predictions: decisions, weights })),
  selectionRate: ({ decisions }) => numberOf((weights) => weightedMean(decisions, weights, "no rows")),
  ...Object.fromEntries(COUNTERFACTUAL_MEANS.map((name): [string, RunMetric] => [name, (run) => {
    if (run.counterfactual === null) return null;
    const column = counterfactualColumns(run)[name];
    return numberOf((weights) => weightedMean(column, weights, NO_COUNTERFACTUAL));
  }])),
};

/** Evaluates the runs of several recipes. There is at least one, each with at least one run. */
export function evaluateSeeds(models: readonly SeedModel[], options: EvaluateSeedsOptions): Evaluation {
  const { source, confidence: level, resamples, smallBelow, seed = 42 } = options;
  // The same resamples for every model: equal decisions get equal intervals.
  const chanceOf = (what: string): Chance => ({ rng: new Rng(seed).derive(`${source} ${what}`), resamples, level });
  const sides = models.map((model): Side => ({ ...model, chanceOf, leavesOut: options }));
  const pairs = sides.flatMap((side): [Side, Side][] => {
    const reference = sides.find(({ name }) => name === side.reference);
    return reference === undefined ? [] : [[reference, side]];
  });
  const first = [...models[0]!.runs.values()][0]!;
  return {
    format: EVALUATION_FORMAT,
    data: {
      source,
      rows: first.rows.length,
      positives: first.labels.filter((label) => label === 1).length,
      clusters: new Set(first.people).size,
      dropped: 0,
      missing: {},
      notes: [],
      columns: {
        scores: models.map(({ name }) => name),
        label: "label",
        groundTruth: first.groundTruth === null ? null : "ground truth",
        groups: Object.keys(first.groups),
        weight: null,
        query: null,
        counterfactual: models.flatMap(({ name, runs }) =>
          [...runs.values()].some((run) => run.counterfactual) ? [name] : []
        ),
        control: null,
        cluster: "people",
      },
    },
    settings: {
      acceptanceRate: null,
      favourable: "high",
      standard: null,
      minShare: null,
      confidence: level,
      resamples,
      seed,
      topK: null,
      smallBelow,
      margin: null,
    },
    models: sides.map((side) => modelOf(side, smallBelow)),
    comparisons: pairs.map(([from, to]) => comparisonOf(from, to)),
    leakage: leakageOf(sides, pairs),
    unavailable: [{ part: "calibration, distances and rankings", reason: "they are reported run by run" }],
  };
}

function modelOf(side: Side, smallBelow: number): ModelEvaluation {
  const metrics = Object.keys(WEIGHTED).flatMap((name) => {
    const estimate = meanEstimate(side, name);
    return estimate === null ? [] : [[name, estimate] as const];
  });
  const isCounterfactual = (name: string) => (COUNTERFACTUAL_MEANS as readonly string[]).includes(name);
  const flips = metrics.filter(([name]) => isCounterfactual(name));
  const runs = [...side.runs.values()];
  const scores = runs.flatMap((run) => [...run.scores]);
  return {
    name: side.name,
    seeds: side.runs.size,
    scores: rangeOf(scores),
    threshold: null,
    thresholdFrom: "validation",
    labels: null,
    overall: {
      metrics: Object.fromEntries(metrics.filter(([name]) => !isCounterfactual(name))),
      calibration: null,
      reliability: null,
      ranking: null,
      counterfactual: flips.length === 0
        ? null
        : { rows: counterfactualRows(runs), metrics: Object.fromEntries(flips) },
    },
    attributes: Object.keys(runs[0]!.groups).map((attribute) => {
      const { side: own, leftOut } = compared(side, attribute);
      return {
        attribute,
        groups: groupsOf([...own.runs.values()], attribute, smallBelow),
        leftOut,
        reference: null,
        pairs: [],
        disparities: namedDisparities(own).map((named) => pooledDisparity(own, attribute, named)),
        amongLarge: null,
        distances: [],
        ranking: null,
        counterfactual: null,
        controlled: null,
      };
    }),
  };
}

/** A side without the rows whose group is left out: by name, or as unknown unless nothing else is known. */
function compared(
  side: Side,
  attribute: string,
): { side: Side; leftOut: ModelEvaluation["attributes"][number]["leftOut"] } {
  const { exclude = [], keepUnknown = false } = side.leavesOut;
  const all = groupsOf([...side.runs.values()], attribute, 0);
  const { known, reasonOf } = leavingOut(all, { exclude: new Set(exclude), keepUnknown });
  const leftOut = !known ? [] : all.flatMap(({ group, count }) => {
    const reason = reasonOf(group);
    return reason === null ? [] : [{ group, count, reason }];
  });
  if (leftOut.length === 0) return { side, leftOut };
  const left = new Set(leftOut.map(({ group }) => group));
  const runs = new Map([...side.runs].map(([seed, run]): [number, SeedRun] => {
    const kept = run.groups[attribute]!.flatMap((group, i) => left.has(group) ? [] : [i]);
    const take = <T>(values: ArrayLike<T>) => kept.map((i) => values[i]!);
    return [seed, {
      ...run,
      rows: take(run.rows),
      people: take(run.people),
      labels: take(run.labels),
      groundTruth: run.groundTruth && take(run.groundTruth),
      scores: Float64Array.from(take(run.scores)),
      decisions: Uint8Array.from(take(run.decisions)),
      groups: Object.fromEntries(Object.entries(run.groups).map(([name, groups]) => [name, take(groups)])),
      counterfactual: null,
    }];
  }));
  return { side: { ...side, runs }, leftOut };
}

function counterfactualRows(runs: readonly SeedRun[]): number {
  return runs.flatMap((run) => Array.from(run.counterfactual?.scores ?? [])).filter((score) => !Number.isNaN(score))
    .length;
}

/** The groups of all runs' rows, without rates: those are a run's own. */
function groupsOf(runs: readonly SeedRun[], attribute: string, smallBelow: number) {
  const names = groupRows(runs.flatMap(({ groups }) => [...groups[attribute]!])).names;
  return names.map((group) => {
    const rows = runs.map(({ groups }) => groups[attribute]!.filter((own) => own === group).length);
    const count = Math.max(...rows);
    const impactRatio = { value: null, reason: "reported run by run" };
    return { group, count, small: count < smallBelow, positives: null, metrics: {}, impactRatio, fourFifths: null };
  });
}

// Means over the runs.

function meanEstimate(side: Side, metric: string): Estimate | null {
  const runs = measuredRuns(side.runs, metric);
  if (runs.size === 0) return null;
  const mean = meanOver(runs, metric);
  const overSeeds = seedMean(ownValues(runs, metric), side);
  return withSeeds(meanValue(overSeeds), crossedInterval(runs, mean, side.chanceOf(metric)), { overSeeds });
}

function meanChange(from: Side, to: Side, metric: string): Estimate | null {
  const [before, after] = pairedRuns(measuredRuns(from.runs, metric), measuredRuns(to.runs, metric));
  if (after.size === 0) return null;
  const [own, other] = [meanOver(after, metric), meanOver(before, metric)];
  const values = ownValues(before, metric);
  const overSeeds = seedMean(ownValues(after, metric).map((value, s) => difference(values[s]!, value)), to);
  const change = (weights: Float64Array, seeds: Float64Array) => own(weights, seeds) - other(weights, seeds);
  return withSeeds(meanValue(overSeeds), crossedInterval(after, change, to.chanceOf(metric)), { overSeeds });
}

function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null ? null : after - before;
}

function ownValues(runs: SeedModel["runs"], metric: string): (number | null)[] {
  return [...runs.values()].map((run) => {
    const own = WEIGHTED[metric]!(run)!(new Float64Array(run.rows.length).fill(1));
    return Number.isNaN(own) ? null : own;
  });
}

function meanValue({ mean }: OverSeeds): Value {
  return mean === null ? { value: null, reason: "undefined in every run" } : { value: mean };
}

function withSeeds(
  number: Value,
  interval: Interval,
  more: { overSeeds: OverSeeds; overPeople?: Interval | null },
): Estimate {
  return { ...estimateOf(number, interval), ...more };
}

function measuredRuns(runs: SeedModel["runs"], metric: string): SeedModel["runs"] {
  return new Map([...runs].filter(([, run]) => WEIGHTED[metric]!(run) !== null));
}

type Mean = (weights: Float64Array, seeds: Float64Array) => number;

/** The mean over seeds, each seed as often as it was drawn; undefined if a drawn one is. */
export function meanOver(runs: SeedModel["runs"], metric: string): Mean {
  let from = 0;
  const parts = [...runs.values()].map((run) => {
    const own = { from, to: from + run.rows.length, of: WEIGHTED[metric]!(run)! };
    from = own.to;
    return own;
  });
  return (weights, seeds) => {
    let sum = 0, total = 0;
    parts.forEach(({ from, to, of }, s) => {
      if (seeds[s] === 0) return;
      sum += seeds[s]! * of(weights.subarray(from, to));
      total += seeds[s]!;
    });
    return sum / total;
  };
}

function crossedInterval(runs: SeedModel["runs"], mean: Mean, { rng, resamples, level }: Chance): Interval {
  const factors = peopleAndSeeds(runs, null);
  const [draws] = crossedDraws(
    factors,
    (weights, [, seeds]) => [mean(weights, seeds!)],
    { rng: rng.derive("candidates and seeds"), resamples },
  );
  const estimate = mean(new Float64Array(factors[0].codes.length).fill(1), new Float64Array(runs.size).fill(1));
  return bootstrapInterval({ estimate, draws: draws!, level });
}

/**
 * A mean over seeds with Student's interval, and one widened by Nadeau and Bengio's correction ("Inference for the
 * Generalization Error", Machine Learning 52, 2003) for what runs on random splits of one table share.
 */
export function seedMean(
  values: readonly (number | null)[],
  { testShare, chanceOf }: Pick<Side, "testShare" | "chanceOf">,
  expected: number | null = null,
): OverSeeds {
  const { level } = chanceOf("");
  const known = values.filter((value) => value !== null);
  const seeds = known.length;
  const none = { low: null, high: null };
  const mean = seeds === 0 ? null : known.reduce((sum, value) => sum + value, 0) / seeds;
  if (mean === null || seeds === 1) return { seeds, mean, deviation: null, runs: none, splits: none, expected };
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (seeds - 1);
  const t = studentQuantile((1 + level) / 2, seeds - 1);
  const around = (factor: number) => {
    const half = t * Math.sqrt(factor * variance);
    return { low: mean - half, high: mean + half };
  };
  const splits = testShare === null ? none : around(1 / seeds + testShare / (1 - testShare));
  return { seeds, mean, deviation: Math.sqrt(variance), runs: around(1 / seeds), splits, expected };
}

// Disparities of all runs' decisions.

interface NamedDisparity {
  readonly metric: string;
  readonly disparity: DisparityDefinition;
  readonly against: "label" | "groundTruth";
}

/** Those that the labels of every run allow. */
function namedDisparities(...sides: readonly Side[]): NamedDisparity[] {
  const trusted = sides.every(({ runs }) => [...runs.values()].every(({ groundTruth }) => groundTruth !== null));
  return (["label", "groundTruth"] as const).filter((against) => against === "label" || trusted).flatMap((against) =>
    Object.entries(COMPARED_DISPARITIES[against]).map(([metric, disparity]) => ({ metric, disparity, against }))
  );
}

interface PooledRows {
  readonly labels: number[];
  readonly predictions: number[];
  readonly groups: string[];
  readonly clusters: string[];
}

export function pooledRows(runs: SeedModel["runs"], attribute: string, against: NamedDisparity["against"]): PooledRows {
  const all = [...runs.values()];
  return {
    labels: all.flatMap(({ labels, groundTruth }) => [...against === "groundTruth" ? groundTruth! : labels]),
    predictions: all.flatMap(({ decisions }) => [...decisions]),
    groups: all.flatMap(({ groups }) => [...groups[attribute]!]),
    clusters: all.flatMap(({ people }) => [...people]),
  };
}

function pooledDisparity(
  side: Side,
  attribute: string,
  { metric, disparity, against }: NamedDisparity,
): DisparityEstimate {
  const { rng, resamples, level } = side.chanceOf(JSON.stringify({ attribute, metric }));
  const input = pooledRows(side.runs, attribute, against);
  const { own } = estimateDisparities(input, { own: disparity }, { resamples, level, rng: rng.derive("candidates") });
  const table = weightedTable(input);
  const [draws] = crossedDraws(
    peopleAndSeeds(side.runs, attribute),
    (weights) => [value(disparity.of(table(weights)))],
    { rng: rng.derive("candidates and seeds"), resamples },
  );
  const estimate = own.estimate.value ?? NaN;
  const crossed = disparityInterval({ estimate, draws: draws!, level, acceleration: 0 }, disparity.ideal);
  const noise = expectedUnderIndependence(input, disparity, { rng: rng.derive("noise"), permutations: resamples });
  const overSeeds = seedMean(
    singleValues(side.runs, attribute, { metric, disparity, against }),
    side,
    meanNoise(side, attribute, { metric, disparity, against }),
  );
  return {
    metric,
    against: disparity.needsLabels ? against : null,
    ...withSeeds(own.estimate, reachIdeal(crossed, disparity.ideal, own.pValue), {
      overSeeds,
      overPeople: own.estimate.value === null ? null : own.interval,
    }),
    pValue: own.pValue,
    expected: noise.value,
    excluded: own.estimate.excluded.map(({ group, reason }) => ({ group, reason })),
  };
}

function singleValues(
  runs: SeedModel["runs"],
  attribute: string,
  { disparity, against }: NamedDisparity,
): (number | null)[] {
  return [...runs].map((run) => disparity.of(confusionTable(pooledRows(new Map([run]), attribute, against))).value);
}

/** Over the seeds together there are as many permutations as elsewhere. */
function meanNoise(
  { runs, chanceOf }: Side,
  attribute: string,
  { metric, disparity, against }: NamedDisparity,
): number | null {
  const { rng, resamples } = chanceOf(JSON.stringify({ attribute, metric }));
  const permutations = Math.ceil(resamples / runs.size);
  const floors = [...runs].flatMap(([seed, run]) => {
    const input = pooledRows(new Map([[seed, run]]), attribute, against);
    return expectedUnderIndependence(input, disparity, { rng: rng.derive(`noise of seed ${seed}`), permutations })
      .value ??
      [];
  });
  return floors.length === 0 ? null : floors.reduce((sum, floor) => sum + floor, 0) / floors.length;
}

type DisparityChange = ModelComparison["attributes"][number]["disparities"][number];

function pooledChange([from, to]: readonly [Side, Side], attribute: string, named: NamedDisparity): DisparityChange[] {
  const { metric, disparity, against } = named;
  const [earlier, later] = pairedRuns(from.runs, to.runs);
  if (later.size === 0) return [];
  const after = pooledRows(later, attribute, against), before = pooledRows(earlier, attribute, against);
  const { rng, resamples, level } = to.chanceOf(JSON.stringify({ attribute, metric }));
  const { change } = pairedDisparities(
    { ...after, before: before.predictions, after: after.predictions },
    { change: disparity },
    { resamples, level, rng: rng.derive("change") },
  );
  const tables = { before: weightedTable(before), after: weightedTable(after) };
  const compare = (weights: Float64Array): [number, number] => {
    const [low, high] = [value(disparity.of(tables.before(weights))), value(disparity.of(tables.after(weights)))];
    return [high - low, low > 0 ? high / low : NaN];
  };
  const draws = crossedDraws(peopleAndSeeds(later, attribute), compare, {
    rng: rng.derive("change, seeds too"),
    resamples,
  });
  const [estimate, left] = compare(new Float64Array(after.predictions.length).fill(1));
  const earlierValues = singleValues(earlier, attribute, named);
  const changes = singleValues(later, attribute, named).map((own, s) => difference(earlierValues[s]!, own));
  return [{
    metric,
    against: disparity.needsLabels ? against : null,
    ...withSeeds(change.estimate, hullInterval({ estimate, draws: draws[0]!, level }), {
      overSeeds: seedMean(changes, to),
      overPeople: change.interval,
    }),
    left: partLeft({ estimate: left, draws: draws[1]!, level }),
  }];
}

/** The part of the reference's disparity that is left: none can be smaller than none. */
function partLeft(draws: Parameters<typeof hullInterval>[0]): Estimate {
  const { low, ...interval } = hullInterval(draws);
  if (Number.isNaN(draws.estimate)) return { value: null, reason: "the reference has no disparity", interval: null };
  return estimateOf({ value: draws.estimate }, { ...interval, low: low === null ? null : Math.max(0, low) });
}

function comparisonOf(from: Side, to: Side): ModelComparison {
  const overall = Object.keys(WEIGHTED).flatMap((metric) => {
    const change = meanChange(from, to, metric);
    return change === null ? [] : [[metric, change] as const];
  });
  const attributes = Object.keys([...to.runs.values()][0]!.groups);
  return {
    from: from.name,
    to: to.name,
    seeds: pairedRuns(from.runs, to.runs)[1].size,
    overall: Object.fromEntries(overall),
    attributes: attributes.map((attribute) => ({
      attribute,
      disparities: namedDisparities(from, to).flatMap((named) =>
        pooledChange([compared(from, attribute).side, compared(to, attribute).side], attribute, named)
      ),
      groups: [],
    })),
  };
}

// Leakage: means over the runs that were probed.

function leakageOf(sides: readonly Side[], pairs: readonly (readonly [Side, Side])[]): Evaluation["leakage"] {
  const attributes = new Set(
    sides.flatMap(({ runs }) => [...runs.values()].flatMap(({ leakage }) => Object.keys(leakage ?? {}))),
  );
  return [...attributes].map((attribute) => {
    const probed = ({ runs }: Side): ReadonlyMap<number, SeedLeakage> =>
      new Map([...runs].flatMap(([seed, { leakage }]) => leakage?.[attribute] ? [[seed, leakage[attribute]]] : []));
    const mean = (values: readonly (number | null)[], side: Side): Estimate => {
      const overSeeds = seedMean(values, side);
      return { ...estimateOf(meanValue(overSeeds)), overSeeds };
    };
    const of = (side: Side, name: "balancedAccuracy" | "macroAuc") =>
      mean([...probed(side).values()].map((own) => own[name]), side);
    const change = ([from, to]: readonly [Side, Side], name: "balancedAccuracy" | "macroAuc") => {
      const [before, after] = [probed(from), probed(to)];
      const shared = [...after.keys()].filter((seed) => before.has(seed));
      return mean(shared.map((seed) => difference(before.get(seed)![name], after.get(seed)![name])), to);
    };
    const measured = sides.filter((side) => probed(side).size > 0);
    const expected = measured.flatMap((side) => [...probed(side).values()].flatMap((own) => own.expected ?? []));
    return {
      attribute,
      expected: expected.length === 0
        ? { value: null, reason: "nobody was probed" }
        : { value: expected.reduce((sum, chance) => sum + chance, 0) / expected.length },
      models: measured.map((side) => ({
        name: side.name,
        people: null,
        balancedAccuracy: of(side, "balancedAccuracy"),
        macroAuc: of(side, "macroAuc"),
        pValues: null,
        groups: [],
      })),
      changes: pairs.filter((pair) => pair.every((side) => probed(side).size > 0)).map((pair) => ({
        from: pair[0].name,
        to: pair[1].name,
        balancedAccuracy: change(pair, "balancedAccuracy"),
        macroAuc: change(pair, "macroAuc"),
      })),
    };
  });
}

// Rows of several runs.

/** People, within their groups, and seeds: the factors that intervals resample. */
export function peopleAndSeeds(runs: SeedModel["runs"], attribute: string | null): [CrossedFactor, CrossedFactor] {
  const all = [...runs.values()];
  const { names, codes } = groupRows(all.flatMap(({ people }) => [...people]));
  const groups = attribute === null ? null : groupRows(all.flatMap((run) => [...run.groups[attribute]!]));
  // A person of several groups counts among those of the first.
  const strata = new Int32Array(names.length).fill(-1);
  codes.forEach((code, i) => strata[code] = strata[code]! < 0 ? groups?.codes[i] ?? 0 : strata[code]!);
  return [
    { codes, strata },
    { codes: Int32Array.from(all.flatMap(({ rows }, seed) => rows.map(() => seed))) },
  ];
}

/** A confusion table of weighted rows; its cells are reused from call to call. */
export function weightedTable({ labels, predictions, groups }: PooledRows): (weights: Float64Array) => ConfusionTable {
  const { names, codes } = groupRows(groups);
  const table = confusionTable({ labels, predictions, groups: { names, codes } });
  const cells = new Float64Array(table.cells.length);
  const cell = Int32Array.from(codes, (code, i) => 4 * code + 2 * labels[i]! + predictions[i]!);
  return (weights) => {
    cells.fill(0);
    for (let i = 0; i < cell.length; i++) cells[cell[i]!]! += weights[i]!;
    return { ...table, cells };
  };
}

/** The seeds whose runs were measured on the same rows. */
function pairedRuns(a: SeedModel["runs"], b: SeedModel["runs"]): [SeedModel["runs"], SeedModel["runs"]] {
  const shared = [...b.keys()].filter((seed) => {
    const [one, other] = [b.get(seed)!.rows, a.get(seed)?.rows];
    return one.length === other?.length && one.every((row, i) => row === other[i]);
  });
  const only = (runs: SeedModel["runs"]) => new Map(shared.map((seed) => [seed, runs.get(seed)!]));
  return [only(a), only(b)];
}
