import type { Grouping } from "../metrics/mod.ts";
import type { Rng } from "../random.ts";

/** The columns of an audit, complete rows only. */
export interface AuditInput {
  /** Where the rows come from, for the heading. */
  readonly source: string;
  /** `[n]` scores; higher means more likely selected. */
  readonly score: NamedColumn;
  /** `[n]` true labels, 0 or 1. */
  readonly label?: NamedColumn | undefined;
  /** `[n]` sample weights. */
  readonly weight?: NamedColumn | undefined;
  /** `[n]` scores of the twins. */
  readonly counterfactualScore?: NamedColumn | undefined;
  /** The sensitive attributes, at least one. */
  readonly groups: readonly NamedGroups[];
  /** The job that a row is ranked for. */
  readonly job?: NamedGroups | undefined;
  /** The column within whose levels groups are compared too. */
  readonly control?: NamedGroups | undefined;
  /** Whose rows belong together, such as the candidate; rows are independent if absent. */
  readonly cluster?: NamedGroups | undefined;
  /** Rows left out because a value was missing, 0 if absent. */
  readonly dropped?: number | undefined;
  /** The same per column. */
  readonly missing?: Readonly<Record<string, number>> | undefined;
}

/** A column of numbers. */
export interface NamedColumn {
  readonly name: string;
  readonly values: Float64Array;
}

/** A column of group names, encoded. */
export interface NamedGroups {
  readonly name: string;
  readonly groups: Grouping;
}

/** How to audit. */
export interface AuditOptions {
  /** Selected means score ≥ threshold; 0.5 if this and `acceptanceRate` are absent and the scores lie in [0, 1]. */
  readonly threshold?: number | undefined;
  /** Selects this share of all rows. */
  readonly acceptanceRate?: number | undefined;
  /** Places at the top of each job; 10 if absent. */
  readonly topK?: number | undefined;
  /** Confidence level; 0.95 if absent. */
  readonly confidence?: number | undefined;
  /** Bootstrap resamples and permutations; 1000 if absent. */
  readonly resamples?: number | undefined;
  /** Seed of all chance; 42 if absent. */
  readonly seed?: number | undefined;
  /** Whether to audit the intersections of the attributes too; no if absent. */
  readonly intersections?: boolean | undefined;
}

/** How an audit draws. */
export interface Chance {
  readonly rng: Rng;
  readonly resamples: number;
  readonly level: number;
}
