/** How well two models rank and decide, overall and for each group, and how they differ. */
import {
  accuracy,
  averagePrecision,
  bootstrap,
  type BootstrapOptions,
  decide,
  DISPARITIES,
  type DisparityEstimate,
  type Estimate,
  estimateDisparities,
  f1,
  frameIntervals,
  type GroupCount,
  groupRows,
  metricFrame,
  type MetricName,
  pairedDisparities,
  rocAuc,
  strataOf,
  uniqueClusters,
  type UniqueRows,
  type Value,
} from "../metrics/mod.ts";
import type { LeakageComparison } from "./leakage/leakage.ts";
import { Rng } from "../random.ts";

/** The metrics reported overall and by group, in the order of a report. */
export const QUALITY_METRICS = [
  "rocAuc",
  "averagePrecision",
  "accuracy",
  "f1",
  "selectionRate",
  "tpr",
  "fpr",
] as const satisfies readonly MetricName[];

/** A metric in {@linkcode QUALITY_METRICS}. */
export type QualityMetric = typeof QUALITY_METRICS[number];

/** What changes when a résumé states another education, and nothing else; shifts are twin minus original. */
export const COUNTERFACTUAL_METRICS = [
  "flipRate",
  "gained",
  "lost",
  "meanShift",
  "meanAbsoluteShift",
] as const;

/** One of {@linkcode COUNTERFACTUAL_METRICS}. */
export type CounterfactualMetric = typeof COUNTERFACTUAL_METRICS[number];

/** How a model treats résumés and their twins. */
export interface CounterfactualQuality {
  /** Pairs whose résumé has a twin. */
  readonly rows: number;
  /** Share of decisions that change, of those only the twin, or only the original, is accepted; shifts of the score. */
  readonly metrics: Readonly<Record<CounterfactualMetric, Estimate>>;
}

/** What one model makes of the rows. */
export interface ModelRows {
  /** `[n]` */
  readonly scores: ArrayLike<number>;
  /** A score of at least this is accepted. */
  readonly threshold: number;
  /** `[n]` decisions, 0 or 1, where they are not those of the threshold. */
  readonly decisions?: ArrayLike<number>;
  /** `[n]` scores of the twins; NaN where there is none. */
  readonly twinScores?: ArrayLike<number> | null;
}

/** What is compared. */
export interface QualityInput {
  /** `[n]` labels, 0 or 1. */
  readonly labels: readonly number[];
  /** `[n]` trusted labels, 0 or 1, if there are any. */
  readonly groundTruth: readonly number[] | null;
  /** `[n]` group names of each attribute. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  /** `[n]` candidate of each row: whole candidates are resampled, as their rows resemble each other; rows if absent. */
  readonly clusters?: readonly string[] | undefined;
  /** `[n]` scores and the decision threshold of each model. */
  readonly models: Readonly<Record<"base" | "tuned", ModelRows>>;
}

/** How to estimate the intervals. */
export interface QualityOptions {
  readonly seed: number;
  readonly resamples: number;
  readonly confidence: number;
  /** Groups with fewer rows are flagged. */
  readonly smallGroup: number;
}

/** One group under one model. */
export interface GroupQuality extends GroupCount {
  /** Rows with label 1. */
  readonly positives: number;
  readonly metrics: Readonly<Record<QualityMetric, Estimate>>;
}

/** Numbers about how groups differ, with intervals that hold close to 0 and a test of each. */
export interface GapQuality {
  readonly demographicParityDifference: DisparityEstimate;
  readonly equalizedOddsDifference: DisparityEstimate;
  /** The same against the trusted label, if there is one. */
  readonly groundTruthEqualizedOddsDifference?: DisparityEstimate;
}

/** One model's numbers. */
export interface ModelQuality {
  readonly threshold: number;
  readonly overall: Readonly<Record<QualityMetric, Estimate>>;
  /** ROC-AUC against the trusted label, if there is one. */
  readonly groundTruthRocAuc?: Estimate;
  /** Where some résumés have twins. */
  readonly counterfactual?: CounterfactualQuality;
  readonly attributes: Readonly<Record<string, { groups: readonly GroupQuality[]; gaps: GapQuality }>>;
}

/**
 * Tuned minus base, resampled together: a difference that both models share cancels out. What the intervals of changed gaps
 * hold, `pairedDisparities` says.
 */
export interface Change {
  readonly overall: Readonly<Partial<Record<QualityMetric | "groundTruthRocAuc" | CounterfactualMetric, Estimate>>>;
  readonly gaps: Readonly<Record<string, Partial<Record<keyof GapQuality, Estimate>>>>;
}

/** The outcome of a run. */
export interface Quality {
  readonly rows: number;
  readonly positives: number;
  /** Candidates that are resampled with all their rows; `null` where rows are resampled one by one. */
  readonly candidates: number | null;
  readonly confidence: number;
  readonly resamples: number;
  readonly base: ModelQuality;
  readonly tuned: ModelQuality;
  readonly change: Change;
  /** How well the group can be read off the résumés' embeddings, by attribute; absent where it was not probed. */
  readonly leakage?: Readonly<Record<string, LeakageComparison>>;
}

/** Measures both models on the same rows. */
export function measureQuality(input: QualityInput, options: QualityOptions): Quality {
  const { labels, groundTruth, attributes, clusters } = input;
  const names = Object.keys(attributes);
  // The purpose is part of the seed: another word for it would be other draws.
  const bootstrapOptions = (purpose: string): BootstrapOptions => ({
    rng: new Rng(options.seed).derive(purpose),
    resamples: options.resamples,
    level: options.confidence,
  });

  const measure = (model: "base" | "tuned"): ModelQuality => {
    const { scores, threshold, twinScores } = input.models[model];
    const predictions = decisionsOf(input.models[model]);
    const frames = Object.fromEntries(names.map((name) => {
      const frameInput = {
        labels,
        scores,
        predictions,
        attributes: { [name]: attributes[name]! },
        smallBelow: options.smallGroup,
        clusters,
      };
      // The gaps that are reported get their tests below.
      const frameOptions = { ...bootstrapOptions(name), permutations: 0 };
      return [name, { frame: metricFrame(frameInput), intervals: frameIntervals(frameInput, frameOptions) }];
    }));
    const first = frames[names[0]!]!;
    const estimate = (of: (name: QualityMetric) => Estimate) =>
      Object.fromEntries(QUALITY_METRICS.map((name) => [name, of(name)])) as Record<QualityMetric, Estimate>;
    return {
      threshold,
      overall: estimate((name) => ({
        estimate: first.frame.overall[name],
        interval: first.intervals[name]!.overall,
      })),
      ...(groundTruth
        ? { groundTruthRocAuc: groundTruthAuc(groundTruth, scores, clusters, bootstrapOptions("merit")) }
        : {}),
      ...(twinScores ? { counterfactual: counterfactualQuality(input, model, bootstrapOptions("twins")) } : {}),
      attributes: Object.fromEntries(names.map((attribute) => {
        const { frame, intervals } = frames[attribute]!;
        const groups = frame.groups.map(({ group, count, small, metrics }, g): GroupQuality => ({
          group,
          count,
          small,
          positives: labels.filter((label, i) => label === 1 && attributes[attribute]![i] === group).length,
          metrics: estimate((name) => ({ estimate: metrics[name], interval: intervals[name]!.groups[g]! })),
        }));
        const tables = { labels, predictions, groups: attributes[attribute]!, clusters };
        const { demographicParityDifference, equalizedOddsDifference } = DISPARITIES;
        const gaps = estimateDisparities(
          tables,
          { demographicParityDifference, equalizedOddsDifference },
          bootstrapOptions(`${attribute} gaps`),
        );
        const groundTruthGap = groundTruth && estimateDisparities({ ...tables, labels: groundTruth }, {
          groundTruthEqualizedOddsDifference: equalizedOddsDifference,
        }, bootstrapOptions(`${attribute} merit gap`));
        return [attribute, { groups, gaps: { ...gaps, ...groundTruthGap } }];
      })),
    };
  };

  return {
    rows: labels.length,
    positives: labels.filter((label) => label === 1).length,
    candidates: clusters === undefined ? null : new Set(clusters).size,
    confidence: options.confidence,
    resamples: options.resamples,
    base: measure("base"),
    tuned: measure("tuned"),
    change: measureChange(input, bootstrapOptions("change")),
  };
}

function groundTruthAuc(
  groundTruth: readonly number[],
  scores: ArrayLike<number>,
  clusters: QualityInput["clusters"],
  options: BootstrapOptions,
): Estimate {
  const kinds = rowKinds(groundTruth.map(() => "all"), clusters);
  return weightedEstimates(
    kinds,
    { groundTruthRocAuc: (weights) => rocAuc({ labels: groundTruth, scores, weights }) },
    options,
  )
    .groundTruthRocAuc!;
}

function decisionsOf({ scores, threshold, decisions }: ModelRows): ArrayLike<number> {
  return decisions ?? decide(scores, threshold);
}

/** Each counterfactual metric as a mean over rows with twins: its numbers, and NaN for rows without. */
function counterfactualColumns({ scores, threshold, twinScores }: ModelRows): Record<CounterfactualMetric, number[]> {
  const column = (of: (original: number, twin: number) => number) =>
    Array.from(twinScores!, (twin, i) => Number.isNaN(twin) ? NaN : of(scores[i]!, twin));
  const accepted = (score: number) => Number(score >= threshold);
  return {
    flipRate: column((original, twin) => Math.abs(accepted(twin) - accepted(original))),
    gained: column((original, twin) => Math.max(0, accepted(twin) - accepted(original))),
    lost: column((original, twin) => Math.max(0, accepted(original) - accepted(twin))),
    meanShift: column((original, twin) => twin - original),
    meanAbsoluteShift: column((original, twin) => Math.abs(twin - original)),
  };
}

function weightedMean(values: readonly number[], weights: Float64Array): Value {
  let sum = 0, total = 0;
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    sum += weights[i]! * value;
    total += weights[i]!;
  });
  return total === 0 ? { value: null, reason: "no résumé has a twin" } : { value: sum / total };
}

function counterfactualQuality(
  { attributes, clusters, models }: QualityInput,
  model: "base" | "tuned",
  options: BootstrapOptions,
): CounterfactualQuality {
  const columns = counterfactualColumns(models[model]);
  const strata = Object.values(attributes)[0] ?? columns.flipRate.map(() => "all");
  const statistics = Object.fromEntries(
    COUNTERFACTUAL_METRICS.map((name) => [name, (weights: Float64Array) => weightedMean(columns[name], weights)]),
  );
  return {
    rows: columns.flipRate.filter((flip) => !Number.isNaN(flip)).length,
    metrics: weightedEstimates(rowKinds(strata, clusters), statistics, options) as CounterfactualQuality["metrics"],
  };
}

/**
 * Measures `tuned − base` alone, for two models of any origin. Both always see the same resample.
 *
 * @param input What is compared.
 * @param options How to bootstrap.
 * @returns The changes.
 *
 * @example
 * ```ts
 * import { assertAlmostEquals } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { measureChange } from "./quality.ts";
 *
 * const { overall } = measureChange({
 *   labels: [1, 1, 0, 0],
 *   groundTruth: null,
 *   attributes: { education: ["BA", "PhD", "BA", "PhD"] },
 *   models: {
 *     base: { scores: [0.9, 0.3, 0.4, 0.2], threshold: 0.5 },
 *     tuned: { scores: [0.9, 0.6, 0.4, 0.2], threshold: 0.5 },
 *   },
 * }, { rng: new Rng(1), resamples: 20 });
 * assertAlmostEquals(overall.rocAuc!.estimate.value!, 0.25, 1e-12);
 * ```
 */
export function measureChange(input: QualityInput, options: BootstrapOptions): Change {
  const { labels, groundTruth, attributes, clusters, models } = input;
  const before = decisionsOf(models.base), after = decisionsOf(models.tuned);
  const decisions = { base: before, tuned: after };
  const difference =
    (of: (model: "base" | "tuned", weights: Float64Array) => Value) => (weights: Float64Array): Value => {
      const [base, tuned] = [of("base", weights), of("tuned", weights)];
      if (base.value === null) return base;
      return tuned.value === null ? tuned : { value: tuned.value - base.value };
    };
  const overall = {
    rocAuc: difference((model, weights) => rocAuc({ labels, scores: models[model].scores, weights })),
    averagePrecision: difference((model, weights) =>
      averagePrecision({ labels, scores: models[model].scores, weights })
    ),
    accuracy: difference((model, weights) => accuracy({ labels, predictions: decisions[model], weights })),
    f1: difference((model, weights) => f1({ labels, predictions: decisions[model], weights })),
    ...(groundTruth
      ? {
        groundTruthRocAuc: difference((model, weights) =>
          rocAuc({ labels: groundTruth, scores: models[model].scores, weights })
        ),
      }
      : {}),
    ...counterfactualChanges(models, difference),
  };
  const gaps = Object.entries(attributes).map(([name, groups]) => {
    const paired = { labels, before, after, groups, clusters };
    const { demographicParityDifference, equalizedOddsDifference } = DISPARITIES;
    const change = pairedDisparities(paired, {
      demographicParityDifference,
      equalizedOddsDifference,
    }, options);
    const groundTruthChange = groundTruth && pairedDisparities({ ...paired, labels: groundTruth }, {
      groundTruthEqualizedOddsDifference: equalizedOddsDifference,
    }, options);
    return [name, { ...change, ...groundTruthChange }] as const;
  });
  const strata = Object.values(attributes)[0] ?? labels.map(() => "all");
  return {
    overall: weightedEstimates(rowKinds(strata, clusters), overall, options),
    gaps: Object.fromEntries(gaps),
  };
}

function counterfactualChanges<T>(
  { base, tuned }: QualityInput["models"],
  difference: (of: (model: "base" | "tuned", weights: Float64Array) => Value) => T,
): Partial<Record<CounterfactualMetric, T>> {
  if (!base.twinScores || !tuned.twinScores) return {};
  const columns = { base: counterfactualColumns(base), tuned: counterfactualColumns(tuned) };
  return Object.fromEntries(
    COUNTERFACTUAL_METRICS.map((name) => [
      name,
      difference((model, weights) => weightedMean(columns[model][name], weights)),
    ]),
  );
}

/** Rows as their own kinds, each stratum keeping its number of rows, or of candidates. */
function rowKinds(strata: readonly string[], clusters: QualityInput["clusters"]): UniqueRows {
  const { names, codes } = groupRows(strata);
  return {
    counts: new Float64Array(strata.length).fill(1),
    strata: strataOf(codes, names.length),
    clusters: clusters && uniqueClusters(clusters, codes.map((_, i) => i), codes),
  };
}

/** Bootstraps functions of row weights. */
function weightedEstimates(
  kinds: UniqueRows,
  statistics: Readonly<Record<string, (weights: Float64Array) => Value>>,
  options: BootstrapOptions,
): Record<string, Estimate> {
  const entries = Object.entries(statistics);
  const { intervals } = bootstrap(
    kinds,
    (counts) => entries.map(([, statistic]) => statistic(counts).value ?? NaN),
    options,
  );
  return Object.fromEntries(
    entries.map(([name, statistic], i) => [name, { estimate: statistic(kinds.counts), interval: intervals[i]! }]),
  );
}
