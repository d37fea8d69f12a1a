/** What a sweep found: every number over its seeds, with intervals, and how it differs from the reference. */
import { expectedUnderIndependence, type Interval, type ParetoFront, paretoFront } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import type { RunFile } from "../../train/run_file.ts";
import type { PlannedTrial, SweepPlan } from "../../cli/sweep/trials.ts";
import { pooledRows } from "./pool.ts";
import {
  type IntervalOptions,
  type ModelRuns,
  type PooledChange,
  pooledChange,
  type PooledGap,
  pooledGap,
} from "./pooled_gaps.ts";
import type { ModelName, Predictions } from "./predictions.ts";
import { type SeedMean, seedMean } from "./seed_interval.ts";
import { SWEEP_GAPS, type SweepGapName, type SweepMetric, type TrialMetric, trialMetrics } from "./trial_metrics.ts";
import type { Point } from "../../cli/sweep/trials.ts";
import { isWeightedMetric, weightedMeanChange, weightedMeanInterval } from "./weighted_means.ts";

/** The tables that trials are measured on. */
export const TABLES = ["test", "evaluation"] as const;

/** One of {@linkcode TABLES}: each trial's own test split, and the sweep's table of the evaluation. */
export type TableName = (typeof TABLES)[number];

/** A trial that came to its end. */
export interface TrialOutcome {
  readonly trial: PlannedTrial;
  readonly run: RunFile;
  readonly predictions: Readonly<Partial<Record<TableName, Predictions>> & { test: Predictions }>;
}

/** What is compared: a point's tuned models, or the base model as the reference's runs saw it. */
export interface Contender {
  /** The point's id; `base model` for the base model. */
  readonly title: string;
  readonly model: ModelName;
  readonly point: Point;
  /** The title of what its differences are taken from; `null` for the reference itself. */
  readonly reference: string | null;
}

/** One number of a contender over its seeds. */
export interface SummaryRow {
  readonly contender: Contender;
  readonly table: TableName;
  /** Whose groups a gap is between; `null` for numbers about everybody. */
  readonly attribute: string | null;
  readonly metric: SweepMetric;
  /** Its mean over the runs. */
  readonly mean: SeedMean;
  /** For metrics of scores and twins: an interval of the mean that resamples candidates and seeds. */
  readonly crossed: Interval | null;
  /** For gaps: the mean to expect if decisions had nothing to do with the group. For leakage: of a probe that knows nothing. */
  readonly noise: number | null;
  /** For gaps: the gap of all seeds' decisions together. */
  readonly pooled: PooledGap | null;
  /** How it differs from the reference's; `null` for the reference itself. */
  readonly change: SummaryChange | null;
}

/** How a contender's number differs from the reference's. */
export interface SummaryChange {
  /** The mean of the differences seed by seed. */
  readonly mean: SeedMean;
  readonly crossed: Interval | null;
  readonly pooled: PooledChange | null;
}

/** The trade-off between AUC and one gap. */
export interface SummaryFront {
  readonly table: TableName;
  readonly attribute: string;
  readonly gap: SweepGapName;
  readonly contenders: readonly Contender[];
  readonly points: readonly { readonly rocAuc: number | null; readonly gap: number | null }[];
  readonly front: ParetoFront;
}

/** Everything that a sweep found. */
export interface Summary {
  readonly level: number;
  readonly contenders: readonly Contender[];
  /** By table, attribute and metric, the contenders in their order. */
  readonly rows: readonly SummaryRow[];
  readonly fronts: readonly SummaryFront[];
}

/**
 * Compares the trials of a sweep.
 *
 * @param plan The sweep.
 * @param outcomes The trials that came to their end.
 * @returns The numbers; contenders without a finished trial are missing.
 */
export function summarise({ sweep, points }: SweepPlan, outcomes: readonly TrialOutcome[]): Summary {
  const { resamples, confidence: level } = outcomes[0]!.run.config.evaluation;
  const contenders = contendersOf(sweep.reference, points, outcomes);
  const rows: SummaryRow[] = [];
  for (const table of TABLES) {
    const sides = contenders.map((contender) => sideOf(contender, table, outcomes)).filter(({ runs }) => runs.size > 0);
    if (sides.length === 0) continue;
    for (const { attribute, metric } of metricsOf(sides)) {
      const what = { table, attribute, metric };
      // The same resamples for every contender: equal decisions get equal intervals.
      const rng = new Rng(42).derive(JSON.stringify(what));
      const measured = sides.flatMap((side) => having(side, attribute, metric));
      for (const side of measured) {
        const reference = measured.find(({ contender }) => contender.title === side.contender.reference) ?? null;
        rows.push({ ...what, ...measure(side, reference, attribute, metric, { rng, resamples, level }) });
      }
    }
  }
  return { level, contenders, rows, fronts: frontsOf(rows) };
}

/** A contender's runs on one table. */
interface Side extends ModelRuns {
  readonly contender: Contender;
  /** The numbers of each seed. */
  readonly metrics: ReadonlyMap<number, readonly TrialMetric[]>;
  /** The part of all pairs that each run is tested on; `null` where all runs have the same test pairs. */
  readonly testShare: number | null;
}

function sideOf(contender: Contender, table: TableName, outcomes: readonly TrialOutcome[]): Side {
  const own = outcomes.filter(({ trial }) => trial.point.id === contender.point.id);
  const { data } = own[0]!.run.config;
  const runs = own.flatMap(({ trial, predictions }) => {
    const rows = predictions[table];
    return rows === undefined ? [] : [[trial.seed, rows] as const];
  });
  return {
    contender,
    model: contender.model,
    runs: new Map(runs),
    metrics: new Map(runs.map(([seed, rows]) => [seed, trialMetrics(rows)])),
    testShare: table === "test" && data.columns.split === null ? data.test : null,
  };
}

/** What was measured in any run, in the order of a table. */
function metricsOf(sides: readonly Side[]): readonly Pick<TrialMetric, "attribute" | "metric">[] {
  const all = sides.flatMap(({ metrics }) => [...metrics.values()].flat());
  return [...new Map(all.map(({ attribute, metric }) => [`${metric} ${attribute}`, { attribute, metric }])).values()];
}

/** A side without the runs in which a metric was not measured; nothing if that are all. */
function having(side: Side, attribute: string | null, metric: SweepMetric): Side[] {
  const seeds = [...side.metrics].flatMap(([seed, list]) =>
    list.some((one) => one.attribute === attribute && one.metric === metric) ? [seed] : []
  );
  const only = <T>(map: ReadonlyMap<number, T>) => new Map(seeds.map((seed) => [seed, map.get(seed)!]));
  return seeds.length === 0 ? [] : [{ ...side, runs: only(side.runs), metrics: only(side.metrics) }];
}

function measure(
  side: Side,
  reference: Side | null,
  attribute: string | null,
  metric: SweepMetric,
  options: IntervalOptions,
): Pick<SummaryRow, "contender" | "mean" | "crossed" | "noise" | "pooled" | "change"> {
  const { contender, testShare } = side;
  const { level } = options;
  const values = valuesOf(side, attribute, metric);
  const own = { contender, mean: seedMean([...values.values()], testShare, level) };
  const before = reference && valuesOf(reference, attribute, metric);
  const differences = [...values].map(([seed, value]) => {
    const other = before?.get(seed) ?? null;
    return value === null || other === null ? null : value - other;
  });
  const meanChange = seedMean(differences, testShare, level);
  if (attribute !== null && isGap(metric)) {
    return {
      ...own,
      crossed: null,
      noise: meanNoise(side, attribute, metric, options),
      pooled: pooledGap(side, attribute, metric, options),
      change: reference && {
        mean: meanChange,
        crossed: null,
        pooled: pooledChange(side, reference, attribute, metric, options),
      },
    };
  }
  const isWeighted = isWeightedMetric(metric);
  return {
    ...own,
    crossed: isWeighted ? weightedMeanInterval(side, metric, options) : null,
    noise: attribute === null ? null : meanChance(side, attribute, metric, level),
    pooled: null,
    change: reference && {
      mean: meanChange,
      crossed: isWeighted ? weightedMeanChange(side, reference, metric, options) : null,
      pooled: null,
    },
  };
}

/** The base model first, then the points in the order of the sweep. */
function contendersOf(reference: string, points: readonly Point[], outcomes: readonly TrialOutcome[]): Contender[] {
  const present = points.filter(({ id }) => outcomes.some(({ trial }) => trial.point.id === id));
  const references = present.filter(({ variant }) => variant === reference);
  const referenceOf = (point: Point): string | null => {
    if (point.variant === reference) return null;
    if (references.length === 1 && Object.keys(references[0]!.values).length === 0) return references[0]!.id;
    const wanted = JSON.stringify(point.values);
    return references.find(({ values }) => JSON.stringify(values) === wanted)?.id ?? null;
  };
  const base = references[0] ?? present[0]!;
  return [
    { title: "base model", model: "base", point: base, reference: references[0]?.id ?? null },
    ...present.map((point): Contender => ({ title: point.id, model: "tuned", point, reference: referenceOf(point) })),
  ];
}

function valuesOf({ contender, metrics }: Side, attribute: string | null, metric: string): Map<number, number | null> {
  return new Map(
    [...metrics].map(([seed, list]) => {
      const own = list.find((one) =>
        one.model === contender.model && one.attribute === attribute && one.metric === metric
      );
      return [seed, own?.value.value ?? null];
    }),
  );
}

function meanNoise(
  { runs, model }: Side,
  attribute: string,
  name: SweepGapName,
  options: IntervalOptions,
): number | null {
  const { gap, against } = SWEEP_GAPS[name];
  const { rng, resamples, level } = options;
  // Over the seeds together there are as many permutations as elsewhere.
  const permutations = Math.ceil(resamples / runs.size);
  const floors = [...runs].map(([seed, predictions]) => {
    const input = pooledRows(new Map([[seed, predictions]]), model, attribute, against);
    return expectedUnderIndependence(input, gap, { rng: rng.derive(`noise of seed ${seed}`), permutations }).value;
  });
  return seedMean(floors, null, level).mean;
}

/** What a probe that knows nothing would have. */
function meanChance({ runs, model }: Side, attribute: string, metric: SweepMetric, level: number): number | null {
  if (metric === "leakageMacroAuc") return 0.5;
  const chances = [...runs.values()].map(({ models }) => models[model].leakage?.[attribute]?.chance ?? null);
  return seedMean(chances, null, level).mean;
}

function isGap(metric: SweepMetric): metric is SweepGapName {
  return metric in SWEEP_GAPS;
}

function frontsOf(rows: readonly SummaryRow[]): SummaryFront[] {
  const fronts: SummaryFront[] = [];
  const seen = new Set<string>();
  for (const { table, attribute, metric } of rows) {
    const key = JSON.stringify([table, attribute, metric]);
    if (attribute === null || !isGap(metric) || seen.has(key)) continue;
    seen.add(key);
    const own = rows.filter((row) => row.table === table && row.attribute === attribute && row.metric === metric);
    const points = own.map(({ contender, pooled }) => ({
      rocAuc: rows.find((row) => row.contender === contender && row.table === table && row.metric === "rocAuc")!.mean
        .mean,
      gap: pooled!.value.value,
    }));
    fronts.push({
      table,
      attribute,
      gap: metric,
      contenders: own.map(({ contender }) => contender),
      points,
      front: paretoFront(points, [{ key: "rocAuc", direction: "max" }, { key: "gap", direction: "min" }]),
    });
  }
  return fronts;
}
