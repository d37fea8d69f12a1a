/** Quality of scores, averaged over seeds, as other candidates and seeds might have had it. */
import { crossedDraws } from "../metrics/crossed_bootstrap.ts";
import { bootstrapInterval } from "../metrics/intervals.ts";
import { SCORE_METRIC_NAMES, scoreStatistics } from "../metrics/score_metrics.ts";
import { type ScoreTable, scoreTable } from "../metrics/score_table.ts";
import type { Interval } from "../metrics/value.ts";
import { type BySeed, candidatesAndSeeds, pairedRuns } from "./pool.ts";
import type { IntervalOptions, ModelRuns } from "./pooled_gaps.ts";
import type { OverallMetric } from "./trial_metrics.ts";

/** Metrics of scores, and what they are called elsewhere. */
const SCORE_METRICS = {
  rocAuc: { metric: "rocAuc", against: "label" },
  averagePrecision: { metric: "averagePrecision", against: "label" },
  meritRocAuc: { metric: "rocAuc", against: "merit" },
} as const satisfies Partial<Record<OverallMetric, unknown>>;

/** A metric of scores. */
export type ScoreMetric = keyof typeof SCORE_METRICS;

/**
 * Whether a metric is one of scores.
 *
 * @param metric Any metric.
 * @returns Whether it is.
 */
export function isScoreMetric(metric: string): metric is ScoreMetric {
  return metric in SCORE_METRICS;
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
export function meanScoreInterval({ runs, model }: ModelRuns, metric: ScoreMetric, options: IntervalOptions): Interval {
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
export function meanScoreChange(
  side: ModelRuns,
  reference: ModelRuns,
  metric: ScoreMetric,
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
function meanOver(runs: BySeed, model: ModelRuns["model"], name: ScoreMetric): Mean {
  const { metric, against } = SCORE_METRICS[name];
  let start = 0;
  const parts = [...runs.values()].map(({ labels, merit, models }) => {
    const truth = against === "merit" ? merit! : labels;
    const { scores } = models[model];
    const codes = new Int32Array(truth.length);
    const table: ScoreTable = scoreTable({
      labels: truth,
      scores,
      groups: { names: ["all"], codes },
      // Carried along to find each row's weight after the sort.
      clusters: { names: [], codes: codes.map((_, i) => start + i) },
    });
    start += truth.length;
    return { table, mass: new Float64Array(truth.length) };
  });
  const at = SCORE_METRIC_NAMES.length + SCORE_METRIC_NAMES.indexOf(metric);
  return (weights, seeds) => {
    let sum = 0, total = 0;
    parts.forEach(({ table, mass }, s) => {
      if (seeds[s] === 0) return;
      const rows = table.clusters!.codes;
      for (let k = 0; k < mass.length; k++) mass[k] = weights[rows[k]!]!;
      sum += seeds[s]! * scoreStatistics(table, mass)[at]!;
      total += seeds[s]!;
    });
    return sum / total;
  };
}
