/**
 * What an evaluation found: plain data, the same in memory, in `evaluation.json` and for every presenter. The schema is
 * the type, so a file that is read back needs no cast.
 */
import { z } from "zod";
import { SafeNumber as number } from "../data/mod.ts";
import { OwnName } from "../files.ts";

/**
 * Raised by every change that could break a reader. 1 was the audit of one score column, and `quality.json` of a run; 2
 * knew nothing of groups left out, references, labels that are missing, and scores of which the low ones are hoped for,
 * and is read as what it is: without any of them.
 */
export const EVALUATION_FORMAT = 3;

const count = z.number().int().nonnegative();
const share = z.number().gt(0).lt(1);

const IntervalSchema = z.object({
  low: number.nullable(),
  high: number.nullable(),
  level: share,
  method: z.enum(["percentile", "bca", "disparity", "hull", "widened"]),
  resamples: count,
  undefinedResamples: count,
  bias: number.nullable(),
});

const ends = { low: number.nullable(), high: number.nullable() };

/** One number of each training, over the seeds. */
const OverSeedsSchema = z.object({
  /** Seeds with a value. */
  seeds: count,
  mean: number.nullable(),
  /** Standard deviation over seeds; `null` with fewer than two. */
  deviation: number.nullable(),
  /** Student's interval of the mean, as if the runs were independent. */
  runs: z.object(ends),
  /** The same, widened for what runs on splits of one table share (Nadeau & Bengio 2003). */
  splits: z.object(ends),
  /** The mean to expect if nothing depended on the group; `null` where that has no meaning. */
  expected: number.nullable(),
});

/** Of many seeds: the number seed by seed, and what only other people, not other seeds, would change. */
const seeds = { overSeeds: OverSeedsSchema.optional(), overPeople: IntervalSchema.nullable().optional() };

const EstimateSchema = z.union([
  z.object({ value: number, interval: IntervalSchema.nullable(), ...seeds }),
  z.object({ value: z.null(), reason: z.string(), interval: z.null(), ...seeds }),
]);

const ValueSchema = z.union([z.object({ value: number }), z.object({ value: z.null(), reason: z.string() })]);

const EstimatesSchema = z.record(OwnName, EstimateSchema);

/** Numbers by metric, of which some are always there. */
const estimates = (...always: readonly string[]) =>
  EstimatesSchema.superRefine((own, context) => {
    const missing = always.find((name) => !Object.hasOwn(own, name));
    if (missing !== undefined) context.addIssue(`expected the number "${missing}", found none`);
  });

const CalibrationSchema = estimates("bias", "ece", "mce");
const CounterfactualSchema = estimates("flipRate", "gained", "lost", "meanAbsoluteShift");
const SharesSchema = estimates("candidateShare", "topKShare", "representation");
const ExposureSchema = estimates("exposureRatio", "selectionRatio", "ndkl");

const groupCount = { group: z.string(), count, small: z.boolean() };

const DisparitySchema = z.intersection(
  EstimateSchema,
  z.object({
    /** A name in `METRICS`. */
    metric: OwnName,
    /** What decisions are held against; `null` where no label is needed. */
    against: z.enum(["label", "groundTruth"]).nullable(),
    /** Permutation p-value; `null` where no test applies. */
    pValue: number.nullable(),
    /** What to expect if decisions had nothing to do with the group; `null` where it was not estimated. */
    expected: number.nullable(),
    /** Groups that the value ignores, because the metric is undefined on them. */
    excluded: z.array(z.object({ group: z.string(), reason: z.string() })),
  }),
);

const GroupSchema = z.object({
  ...groupCount,
  /** Rows with label 1; `null` without labels. */
  positives: count.nullable(),
  /** Rows whose label is known; `null` without labels. */
  labelled: count.nullable().optional(),
  /** How many rows each metric is of, where that is not `count`; weights do not count. */
  denominators: z.record(OwnName, count).optional(),
  metrics: EstimatesSchema,
  /** Selection rate over that of the attribute's reference. */
  impactRatio: ValueSchema,
  /** Whether that is at least four fifths; `null` where undefined. */
  fourFifths: z.boolean().nullable(),
  /** `ece`, `mce`, `bias`; absent where calibration is not reported. */
  calibration: CalibrationSchema.optional(),
});

const selected = z.object({ rows: count, selected: count });

const PairSchema = z.object({
  group: z.string(),
  reference: z.string(),
  /** Rows of the group, and those with the favourable decision; weights do not count. */
  counts: selected,
  referenceCounts: selected,
  /** Selection rate over that of the reference, and less it. */
  ratio: ValueSchema,
  difference: ValueSchema,
  /** Fisher's exact test, or permutations where rows have weights or come in clusters. */
  test: z.enum(["fisher", "permutation"]),
  pValue: ValueSchema,
  midP: ValueSchema,
  /** Adjusted for the attribute's number of pairs (Holm). */
  holmP: ValueSchema,
  standardDeviations: ValueSchema,
  /** If one more of the group had been selected, and one fewer of the reference. */
  oneMore: z.object({ ratio: ValueSchema, reverses: z.boolean().nullable() }),
});

const DistanceSchema = z.object({
  a: z.string(),
  b: z.string(),
  meanDifference: ValueSchema,
  wasserstein: ValueSchema,
  wassersteinP: ValueSchema,
  kolmogorovSmirnov: ValueSchema,
  kolmogorovSmirnovP: ValueSchema,
});

const RankingSchema = z.object({
  topK: count,
  groups: z.array(z.object({ group: z.string(), count, metrics: SharesSchema })),
  /** `exposureRatio`, `selectionRatio`, `meanExposureRatio`, `ndkl`, with labels `exposureToRelevanceRatio`. */
  overall: ExposureSchema,
  queries: z.array(z.object({
    query: z.string(),
    candidates: count,
    places: count,
    exposureRatio: ValueSchema,
    ndkl: ValueSchema,
    minSkew: ValueSchema,
    maxSkew: ValueSchema,
    groups: z.array(z.object({
      group: z.string(),
      candidates: count,
      selected: count,
      topKShare: number,
      exposure: number,
      skew: ValueSchema,
    })),
  })),
  /**
   * Share of pairs in which the better candidate of the group outranks a worse one of another; absent without labels.
   */
  pairwise: z.array(z.object({ group: z.string(), pairs: count, accuracy: ValueSchema })).optional(),
});

const AttributeSchema = z.object({
  /** The column, or the columns joined by ` × `. */
  attribute: z.string(),
  groups: z.array(GroupSchema),
  /** Groups that nothing of this attribute is about. */
  leftOut: z.array(z.object({ group: z.string(), count, reason: z.enum(["unknown", "excluded"]) })).default([]),
  /**
   * The group that ratios and pairs compare with: as asked for, or the one selected most, of the large ones if there
   * are any. `null` where nothing is compared.
   */
  reference: z.object({ group: z.string(), from: z.enum(["option", "large", "all"]) }).nullable().default(null),
  /** Each group beside the reference. */
  pairs: z.array(PairSchema).default([]),
  disparities: z.array(DisparitySchema),
  /**
   * The same among the groups that are not small, where some are: a largest minus smallest over tiny groups is mostly
   * chance. `null` where no group is small or fewer than two are not.
   */
  amongLarge: z.object({ groups: z.array(z.string()), disparities: z.array(DisparitySchema) }).nullable(),
  distances: z.array(DistanceSchema),
  ranking: RankingSchema.nullable(),
  /** Counterfactual shifts and flips by group; `null` without counterfactual scores. */
  counterfactual: z.array(z.object({ ...groupCount, metrics: CounterfactualSchema })).nullable(),
  /** The disparities within each level of the control column; `null` without one. */
  controlled: z.array(z.object({ level: z.string(), count, disparities: z.array(DisparitySchema) })).nullable(),
});

const ModelSchema = z.object({
  /** The score column, or the model that made it. */
  name: z.string(),
  /** Trainings that differ by their seed alone and are measured together. */
  seeds: count,
  /** The range of the scores. */
  scores: z.object({ lowest: number, highest: number }),
  /**
   * Selected means score ≥ threshold; `null` where decisions follow another rule, or each seed has its own threshold.
   */
  threshold: number.nullable(),
  thresholdFrom: z.enum(["option", "acceptanceRate", "default", "validation", "groups", "median"]),
  /** The median of the scores, where that decides: selected means a score on the favourable side of it. */
  median: number.optional(),
  /** Whose labels are known, where some are not: of those selected, and of the others. */
  labels: z.object({
    selected: z.object({ rows: count, labelled: count }),
    others: z.object({ rows: count, labelled: count }),
    /** Fisher's exact test of the two shares. */
    pValue: number,
  }).nullable().default(null),
  overall: z.object({
    metrics: EstimatesSchema,
    /** How many rows each metric is of, where that is not all of them. */
    denominators: z.record(OwnName, count).optional(),
    calibration: CalibrationSchema.nullable(),
    reliability: z.array(z.object({
      low: number,
      high: number,
      count: number,
      meanScore: number.nullable(),
      positiveRate: number.nullable(),
    })).nullable(),
    ranking: z.object({ metrics: EstimatesSchema, queries: count, withoutRelevant: count }).nullable(),
    /** `rows` have a counterfactual. */
    counterfactual: z.object({ rows: count, metrics: CounterfactualSchema }).nullable(),
  }),
  attributes: z.array(AttributeSchema),
});

/** A rate of a group under another model: how it changes, and how that differs from everybody's change. */
const RateChangeSchema = z.object({ change: EstimateSchema, relative: EstimateSchema });

const ComparisonSchema = z.object({
  from: z.string(),
  to: z.string(),
  /** Seeds whose runs were measured on the same rows. */
  seeds: count,
  /** By metric, `to − from`, resampled together: what both models share cancels out. */
  overall: EstimatesSchema,
  attributes: z.array(z.object({
    attribute: z.string(),
    disparities: z.array(z.intersection(
      EstimateSchema,
      z.object({
        metric: OwnName,
        against: z.enum(["label", "groundTruth"]).nullable(),
        /** Of many seeds: the part of the reference's disparity that is left. */
        left: EstimateSchema.optional(),
      }),
    )),
    /**
     * Whom the other model favours: by label held against, each group's selection rate, TPR and FPR. Simultaneous
     * intervals.
     */
    groups: z.array(z.object({
      ...groupCount,
      against: z.enum(["label", "groundTruth"]).nullable(),
      rates: z.record(OwnName, RateChangeSchema),
    })),
  })),
});

const leaked = { balancedAccuracy: EstimateSchema, macroAuc: EstimateSchema, accuracy: EstimateSchema.optional() };

const LeakageEstimateSchema = z.object({
  ...leaked,
  /** People that took part; `null` over seeds. */
  people: count.nullable(),
  /** Permutation p-values; `null` where there is nothing to test. */
  pValues: z.object({ balancedAccuracy: number.nullable(), macroAuc: number.nullable() }).nullable(),
  /** Accuracy of always naming the largest group; absent over seeds. */
  majorityAccuracy: ValueSchema.optional(),
  /** How many of each group are recognised; empty over seeds. */
  groups: z.array(z.object({ group: z.string(), count, recall: EstimateSchema })),
});

const LeakageSchema = z.object({
  attribute: z.string(),
  /** The balanced accuracy of a probe that knows nothing. */
  expected: ValueSchema,
  models: z.array(z.intersection(z.object({ name: z.string() }), LeakageEstimateSchema)),
  /** From the first model to each other. */
  changes: z.array(z.object({ from: z.string(), to: z.string(), ...leaked })),
});

/** The schema of an {@linkcode Evaluation}. */
export const EvaluationSchema = z.object({
  format: z.literal(EVALUATION_FORMAT),
  data: z.object({
    source: z.string(),
    rows: count,
    /** Rows with label 1; `null` without labels. */
    positives: count.nullable(),
    /** Rows whose label is known; `null` without labels. */
    labelled: count.nullable().optional(),
    /**
     * People, or other clusters, that are resampled with all their rows; `null` where rows are resampled one by one.
     */
    clusters: count.nullable(),
    /** Rows left out because a value was missing. */
    dropped: count,
    /** Rows left out per column; a row with two missing values counts in both. */
    missing: z.record(z.string(), count),
    /** What else to know of the rows, such as names of groups that differ only in case. */
    notes: z.array(z.string()).default([]),
    /** Scores are middles of bins: how wide, and by how much each metric of a model can differ from the scores' own. */
    histogram: z.object({ width: number, bounds: z.record(z.string(), z.record(z.string(), number)) })
      .optional(),
    columns: z.object({
      scores: z.array(z.string()),
      label: z.string().nullable(),
      groundTruth: z.string().nullable(),
      groups: z.array(z.string()),
      weight: z.string().nullable(),
      /** What says how many rows each line stands for, where that is not 1. */
      counts: z.string().optional(),
      query: z.string().nullable(),
      counterfactual: z.array(z.string()),
      control: z.string().nullable(),
      cluster: z.string().nullable(),
    }),
  }),
  settings: z.object({
    /** The share asked for, where the thresholds follow from one. */
    acceptanceRate: number.nullable(),
    /**
     * Which scores people hope for. `high`: selected means score ≥ threshold. `low`: it means score < threshold, and
     * label 1 is what nobody hopes for; error rates still ask how often the score is at least the threshold.
     */
    favourable: z.enum(["high", "low"]).default("high"),
    /** Whose rules were asked for. */
    standard: z.enum(["eeoc", "nyc-ll144"]).nullable().default(null),
    /** Groups below this share of the rows have no ratio. */
    minShare: number.nullable().default(null),
    confidence: share,
    resamples: count,
    seed: z.number().int(),
    topK: count.nullable(),
    /** Groups with fewer rows are flagged. */
    smallBelow: count,
    /**
     * Disparities and changes below this are equivalent to none, as the user states; `null` where nothing was stated.
     */
    margin: number.nullable(),
  }),
  models: z.array(ModelSchema),
  comparisons: z.array(ComparisonSchema),
  /** How well a fresh classifier reads the group off the embeddings, by attribute. */
  leakage: z.array(LeakageSchema),
  /** What is not reported, and why. */
  unavailable: z.array(z.object({ part: z.string(), reason: z.string() })),
});

/** How good and how fair scores are: of one or several models, of one or several seeds. */
export type Evaluation = z.infer<typeof EvaluationSchema>;
/** One model in an {@linkcode Evaluation}. */
export type ModelEvaluation = Evaluation["models"][number];
/** One attribute, or the intersection of several, under one model. */
export type AttributeEvaluation = ModelEvaluation["attributes"][number];
/** One group under one model. */
export type GroupEvaluation = AttributeEvaluation["groups"][number];
/** A group beside the one that it is compared with. */
export type PairEvaluation = AttributeEvaluation["pairs"][number];
/** One number about how groups differ, with its test. */
export type DisparityEstimate = AttributeEvaluation["disparities"][number];
/** How one model differs from another on the same rows. */
export type ModelComparison = Evaluation["comparisons"][number];
/** A number with its interval; undefined with a reason. */
export type Estimate = z.infer<typeof EstimateSchema>;
/** Numbers by metric. */
export type Estimates = z.infer<typeof EstimatesSchema>;
/** A number over the seeds of several trainings. */
export type OverSeeds = z.infer<typeof OverSeedsSchema>;

/**
 * An evaluation as JSON, indented, with a final newline.
 *
 * @throws {RangeError} If a number is not finite, which JSON would silently turn into `null`, the sign of an undefined
 * value.
 */
export function evaluationJson(evaluation: Evaluation): string {
  const text = JSON.stringify(evaluation, (key, value) => {
    if (typeof value === "number" && !Number.isFinite(value)) {
      throw new RangeError(`Expected finite numbers in an evaluation, found ${value} at "${key}"`);
    }
    return value;
  }, 2);
  return text + "\n";
}
