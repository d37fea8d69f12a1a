/** Numbers averaged over seeds, as other candidates and seeds might have had them. */
import {
  bootstrapInterval,
  crossedDraws,
  type Interval,
  SCORE_METRIC_NAMES,
  scoreStatistics,
  scoreTable,
} from "../../metrics/mod.ts";
import { type BySeed, candidatesAndSeeds, pairedRuns } from "./pool.ts";
import type { IntervalOptions, ModelRuns } from "./pooled_gaps.ts";
import type { Predictions } from "./predictions.ts";

/** Metrics of which rows are weighted: of scores, or means over rows with twins. */
const WEIGHTED_METRICS = ["rocAuc", "averagePrecision", "groundTruthRocAuc", "flipRate", "meanAbsoluteShift"] as const;

/** A metric of which rows can be weighted. */
export type WeightedMetric = (typeof WEIGHTED_METRICS)[number];

/**
 * Whether rows can be weighted in a metric, so that it can be resampled.
 *
 * @param metric Any metric.
 * @returns Whether they can.
 */
export function isWeightedMetric(metric: string): metric is WeightedMetric {
  return (WEIGHTED_METRICS as readonly string[]).includes(metric);
}

/**
 * The interval of a metric's mean over seeds, resampling candidates and seeds. Scores of different models are not comparable,
 * so the metric is taken run by run.
 *
 * @param side Whose scores.
 * @param metric Which metric.
 * @param options How to estimate the interval.
 * @returns The interval.
 */
export function weightedMeanInterval(
  { runs, model }: ModelRuns,
  metric: WeightedMetric,
  options: IntervalOptions,
): Interval {
  const mean = meanOver(runs, model, metric);
  return crossedInterval(runs, mean, options);
}

/**
 * The interval of the difference between two points' means, on the seeds whose runs were tested on the same rows.
 *
 * @param side Whose scores.
 * @param reference Whose scores they are held against.
 * @param metric Which metric.
 * @param options How to estimate the interval.
 * @returns The interval; `null` if they have no rows in common.
 */
export function weightedMeanChange(
  side: ModelRuns,
  reference: ModelRuns,
  metric: WeightedMetric,
  options: IntervalOptions,
): Interval | null {
  const [runs, others] = pairedRuns(side.runs, reference.runs);
  if (runs.size === 0) return null;
  const [after, before] = [meanOver(runs, side.model, metric), meanOver(others, reference.model, metric)];
  return crossedInterval(runs, (weights, seeds) => after(weights, seeds) - before(weights, seeds), options);
}

type Mean = (weights: Float64Array, seeds: Float64Array) => number;

function crossedInterval(runs: BySeed, mean: Mean, { rng, resamples, level }: IntervalOptions): Interval {
  const factors = candidatesAndSeeds(runs, null);
  const [draws] = crossedDraws(
    factors,
    (weights, [, seeds]) => [mean(weights, seeds!)],
    { rng: rng.derive("candidates and seeds"), resamples },
  );
  const estimate = mean(new Float64Array(factors[0].codes.length).fill(1), new Float64Array(runs.size).fill(1));
  return bootstrapInterval({ estimate, draws: draws!, level });
}

/** The mean over seeds, each seed as often as it was drawn; undefined if a drawn one is. */
function meanOver(runs: BySeed, model: ModelRuns["model"], metric: WeightedMetric): Mean {
  let from = 0;
  const parts = [...runs.values()].map((predictions) => {
    const own = { from, to: from + predictions.rows.length, of: weighted(predictions, model, metric) };
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

/** A metric of one run as a function of the rows' weights. */
function weighted(
  { labels, groundTruth, models }: Predictions,
  model: ModelRuns["model"],
  metric: WeightedMetric,
): (weights: Float64Array) => number {
  const { scores, twinScores, flips } = models[model];
  if (metric === "flipRate") return weightedMean(flips!);
  if (metric === "meanAbsoluteShift") return weightedMean(twinScores!.map((twin, i) => Math.abs(twin - scores[i]!)));
  const codes = new Int32Array(scores.length);
  const table = scoreTable({
    labels: metric === "groundTruthRocAuc" ? groundTruth! : labels,
    scores,
    groups: { names: ["all"], codes },
    // Carried along to find each row's weight after the sort.
    clusters: { names: [], codes: codes.map((_, i) => i) },
  });
  const rows = table.clusters!.codes;
  const mass = new Float64Array(scores.length);
  const name = metric === "averagePrecision" ? "averagePrecision" : "rocAuc";
  const everybody = SCORE_METRIC_NAMES.length + SCORE_METRIC_NAMES.indexOf(name);
  return (weights) => {
    for (let k = 0; k < mass.length; k++) mass[k] = weights[rows[k]!]!;
    return scoreStatistics(table, mass)[everybody]!;
  };
}

/** Over the rows that have a number. */
function weightedMean(values: Float64Array): (weights: Float64Array) => number {
  return (weights) => {
    let sum = 0, total = 0;
    for (let i = 0; i < values.length; i++) {
      if (Number.isNaN(values[i])) continue;
      sum += weights[i]! * values[i]!;
      total += weights[i]!;
    }
    return sum / total;
  };
}
