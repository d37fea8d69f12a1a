import type { ExcludedGroup, GroupCount, Interval, Value } from "../metrics/mod.ts";

/** A number with its bootstrap interval; `null` where none can be given. */
export type Measure = Value & { readonly interval: Interval | null };

/** One number about how groups differ. Its interval is that of `disparityInterval`, which holds where a gap is close to 0. */
export type DisparityAudit = Measure & {
  readonly name: string;
  /** For a person to read. */
  readonly title: string;
  /** The value of perfect fairness: 0 for differences, 1 for ratios. */
  readonly ideal: 0 | 1;
  /** Permutation p-value: how often chance alone gives so large a gap. `null` where no test applies. */
  readonly pValue: number | null;
  /** Groups that the value ignores, because the metric is undefined on them. */
  readonly excluded: readonly ExcludedGroup[];
};

/** The metrics of one group, or of everybody, by name. */
export type Measures = Readonly<Record<string, Measure>>;

/** One group of an attribute. */
export interface GroupAudit extends GroupCount {
  readonly metrics: Measures;
  /** Selection rate over that of the group selected most. */
  readonly impactRatio: Value;
  /** Whether that is at least four fifths; `null` where undefined. */
  readonly fourFifths: boolean | null;
  /** Expected calibration error, maximum calibration error and bias; absent where calibration is not reported. */
  readonly calibration?: Measures;
}

/** Score distributions of two groups. */
export interface DistanceAudit {
  readonly a: string;
  readonly b: string;
  readonly meanDifference: Value;
  readonly wasserstein: Value;
  readonly wassersteinP: Value;
  readonly kolmogorovSmirnov: Value;
  readonly kolmogorovSmirnovP: Value;
}

/** Rankings, for one attribute. */
export interface RankingAudit {
  readonly topK: number;
  readonly groups: readonly { readonly group: string; readonly count: number; readonly metrics: Measures }[];
  /** `exposureRatio`, `selectionRatio`, `meanExposureRatio`, `ndkl`. */
  readonly overall: Measures;
  /** One entry per job. */
  readonly jobs: readonly {
    readonly job: string;
    readonly candidates: number;
    readonly places: number;
    readonly exposureRatio: Value;
    readonly ndkl: Value;
    readonly minSkew: Value;
    readonly maxSkew: Value;
    readonly groups: readonly {
      readonly group: string;
      readonly candidates: number;
      readonly selected: number;
      readonly topKShare: number;
      readonly exposure: number;
      readonly skew: Value;
    }[];
  }[];
  /** Share of pairs in which the better candidate of the group outranks a worse one of another; absent without labels. */
  readonly pairwise?: readonly { readonly group: string; readonly pairs: number; readonly accuracy: Value }[];
}

/** Twins, for one attribute. */
export interface CounterfactualAudit {
  readonly groups: readonly (GroupCount & { readonly metrics: Measures })[];
}

/** Everything about one attribute, or about the intersection of several. */
export interface AttributeAudit {
  /** The column, or the columns joined by ` × `. */
  readonly attribute: string;
  readonly groups: readonly GroupAudit[];
  readonly disparities: readonly DisparityAudit[];
  /**
   * The same among the groups that are not small, where some are: a largest minus smallest over tiny groups is mostly chance.
   * `null` where no group is small or fewer than two are not.
   */
  readonly amongLarge: { readonly groups: readonly string[]; readonly disparities: readonly DisparityAudit[] } | null;
  readonly distances: readonly DistanceAudit[];
  readonly ranking: RankingAudit | null;
  readonly counterfactual: CounterfactualAudit | null;
  /** The disparities within each level of the control column; `null` without one. */
  readonly controlled:
    | readonly { readonly level: string; readonly count: number; readonly disparities: readonly DisparityAudit[] }[]
    | null;
}

/** A finding in one line. */
export interface Verdict {
  /** `warning`: needs attention. `note`: limits what the audit can say. `fine`: looked at and within bounds. */
  readonly level: "warning" | "note" | "fine";
  readonly text: string;
}

/** A point of the reliability curve. */
export interface ReliabilityPoint {
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly meanScore: number | null;
  readonly positiveRate: number | null;
}

/** What an audit found: plain data, the same as `--json` prints. */
export interface AuditResult {
  /** Version of this structure; a change that could break a reader raises it. */
  readonly format: 1;
  readonly data: {
    readonly source: string;
    readonly rows: number;
    /** The range of the scores. */
    readonly scores: { readonly lowest: number; readonly highest: number };
    /** Rows left out because a value was missing. */
    readonly dropped: number;
    /** Rows left out per column; a row with two missing values counts in both. */
    readonly missing: Readonly<Record<string, number>>;
    readonly columns: {
      readonly score: string;
      readonly label: string | null;
      readonly groups: readonly string[];
      readonly weight: string | null;
      readonly job: string | null;
      readonly counterfactualScore: string | null;
      readonly control: string | null;
      readonly cluster: string | null;
    };
  };
  readonly settings: {
    /** Clusters that are resampled with all their rows; `null` where rows are resampled one by one. */
    readonly clusters: number | null;
    /** Selected means score ≥ threshold. */
    readonly threshold: number;
    /** The share asked for, where the threshold follows from one. */
    readonly acceptanceRate: number | null;
    /** Why this threshold. */
    readonly thresholdFrom: "option" | "acceptanceRate" | "default";
    readonly confidence: number;
    readonly resamples: number;
    readonly seed: number;
    readonly topK: number | null;
    /** Groups with fewer rows are flagged. */
    readonly smallBelow: number;
  };
  readonly verdicts: readonly Verdict[];
  readonly overall: {
    readonly metrics: Measures;
    readonly calibration: (Measures & { readonly ece: Measure }) | null;
    readonly reliability: readonly ReliabilityPoint[] | null;
    readonly rankingQuality:
      | { readonly metrics: Measures; readonly jobs: number; readonly withoutRelevant: number }
      | null;
    readonly counterfactual: Measures | null;
  };
  readonly attributes: readonly AttributeAudit[];
  /** What is not reported, and why. */
  readonly unavailable: readonly { readonly part: string; readonly reason: string }[];
}
