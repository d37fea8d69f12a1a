/** How much of a person's group can be read from embeddings. */
import {
  bootstrap,
  defined,
  type Estimate,
  type ExcludedGroup,
  type GroupCount,
  type Interval,
  SMALL_GROUP,
  strataOf,
  undefinedBecause,
  uniqueClusters,
  type UniqueRows,
  type Value,
} from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { logisticOutOfFold, mlpOutOfFold } from "./out_of_fold.ts";
import { drawSample, embeddingMatrix, type Sample } from "./sample.ts";
import { spreadPValues, widenInterval } from "./spread.ts";
import { probeStatistics, type RankedProbabilities, rankProbabilities } from "./statistics.ts";

/** Who is probed. */
export interface LeakageInput {
  /** `[n]` embeddings of one length, best one per person. */
  readonly embeddings: readonly ArrayLike<number>[];
  /** `[n]` group of the person. */
  readonly groups: readonly string[];
  /**
   * `[n]` who the person is, where one has several rows or several share a text: all rows of a name are in one fold and are
   * resampled together. Each row is a person of its own if absent.
   */
  readonly clusters?: readonly string[] | undefined;
}

/** Two models' embeddings of the same people. */
export interface LeakageComparisonInput extends Omit<LeakageInput, "embeddings"> {
  /** `[n]` embeddings of the base model. */
  readonly base: readonly ArrayLike<number>[];
  /** `[n]` embeddings of the tuned model, of any length. */
  readonly tuned: readonly ArrayLike<number>[];
}

/** A classifier to probe with: logistic regression, or a network with one hidden layer. */
export type ProbeModel = "logistic" | "mlp";

/** How to probe. */
export interface LeakageOptions {
  readonly seed: number;
  /** `logistic`, if absent, finds what a straight line can; `mlp`, slower, also what it cannot. */
  readonly model?: ProbeModel | undefined;
  /** Parts of which each is predicted from the others, at least 3; 5 if absent. */
  readonly folds?: number | undefined;
  /** Resamples for the intervals; 1000 if absent. */
  readonly resamples?: number | undefined;
  /** Permutations for the p-values; 1000 if absent. */
  readonly permutations?: number | undefined;
  /** Confidence level of the intervals; 0.95 if absent. */
  readonly confidence?: number | undefined;
  /** Groups with fewer people are flagged; {@linkcode SMALL_GROUP} if absent. */
  readonly smallGroup?: number | undefined;
}

/** The numbers that say how well a probe does over all groups. */
export const LEAKAGE_METRICS = ["accuracy", "balancedAccuracy", "macroAuc"] as const;

/** A metric in {@linkcode LEAKAGE_METRICS}. */
export type LeakageMetric = typeof LEAKAGE_METRICS[number];

/** One group; its count is of people. */
export interface LeakageGroup extends GroupCount {
  /** Share of this group that the probe names rightly. */
  readonly recall: Estimate;
}

/** What a probe found; plain data, fit for JSON. */
export interface Leakage extends Readonly<Record<LeakageMetric, Estimate>> {
  readonly model: ProbeModel;
  /** People that took part. */
  readonly people: number;
  readonly folds: number;
  /** Groups that took part, sorted by name. */
  readonly groups: readonly LeakageGroup[];
  /** Groups with fewer people than folds. */
  readonly excluded: readonly ExcludedGroup[];
  /** People left out because their rows are of several groups. */
  readonly ambiguous: number;
  /** Accuracy of always naming the largest group. */
  readonly majorityAccuracy: Value;
  /** What balanced accuracy is on average for a probe that knows nothing: one over the number of groups. */
  readonly chanceBalancedAccuracy: Value;
  /**
   * Share of permutations at least as high ({@linkcode spreadPValues}), groups being exchanged among the people of a fold while the
   * predictions stay: whether these predictions know more than the groups' sizes. `null` where there is nothing to test.
   */
  readonly pValues: Readonly<Record<"balancedAccuracy" | "macroAuc", number | null>>;
  /** What was chosen for each fold among the others: the inverse penalty C, or the network's passes over the data. */
  readonly chosen: readonly number[];
  readonly confidence: number;
  readonly resamples: number;
  readonly permutations: number;
}

/** Two models probed in the same folds. */
export interface LeakageComparison {
  readonly base: Leakage;
  readonly tuned: Leakage;
  /** Tuned minus base, resampled together; below 0 where tuning has hidden the groups. */
  readonly change: Readonly<Record<LeakageMetric, Estimate>>;
}

/**
 * Measures how well a fresh classifier recovers people's group from their embeddings: each person is predicted from the others by
 * stratified cross-validation ({@linkcode logisticOutOfFold}, {@linkcode mlpOutOfFold}), groups weighted alike.
 *
 * Intervals are of the bootstrap over people, each group keeping its size, {@linkcode widenInterval | widened} for what the
 * classifiers would have learned from other people. Success means that the embedding holds the information; failure does not mean
 * that it does not.
 *
 * @param input Embeddings and groups.
 * @param options Seed, folds and how to estimate.
 * @returns Accuracies with intervals beside what chance gives; undefined with fewer than two groups of enough people.
 * @throws {InputError} If a number is not finite or a name is missing.
 * @throws {RangeError} If lengths differ, or there are fewer than 3 folds.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { leakageProbe } from "./leakage.ts";
 *
 * const rng = new Rng(1);
 * const groups = Array.from({ length: 60 }, (_, i) => i % 2 ? "degree" : "none");
 * const embeddings = groups.map((group) => Float32Array.of(rng.normal(), rng.normal() + (group === "none" ? 5 : 0)));
 * const { balancedAccuracy, chanceBalancedAccuracy, pValues } = leakageProbe({ embeddings, groups }, { seed: 1 });
 * assert(balancedAccuracy.estimate.value! > 0.95 && pValues.balancedAccuracy! < 0.01);
 * assertEquals(chanceBalancedAccuracy, { value: 0.5 });
 * ```
 */
export function leakageProbe(input: LeakageInput, options: LeakageOptions): Leakage {
  const settings = complete(options);
  const sample = sampleOf(input, { embeddings: input.embeddings }, settings);
  const probed = probe(input.embeddings, "embeddings", sample, settings);
  return probed === null ? unprobed(sample, settings) : measure(sample, probed, settings);
}

/**
 * Probes two models in the same folds and resamples the same people for both, so that what both share cancels out.
 *
 * @param input Both models' embeddings, and groups.
 * @param options Seed, folds and how to estimate.
 * @returns Both probes and tuned minus base.
 * @throws {InputError} If a number is not finite or a name is missing.
 * @throws {RangeError} If lengths differ, or there are fewer than 3 folds.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { Rng } from "../../random.ts";
 * import { compareLeakage } from "./leakage.ts";
 *
 * const rng = new Rng(1);
 * const groups = Array.from({ length: 90 }, (_, i) => i % 2 ? "degree" : "none");
 * const base = groups.map((group) => [rng.normal(), rng.normal() + (group === "none" ? 5 : 0)]);
 * const tuned = base.map(([noise]) => [noise!, rng.normal()]);
 * const { change } = compareLeakage({ base, tuned, groups }, { seed: 1 });
 * assert(change.balancedAccuracy.interval.high! < -0.2);
 * ```
 */
export function compareLeakage(input: LeakageComparisonInput, options: LeakageOptions): LeakageComparison {
  const settings = complete(options);
  const sample = sampleOf(input, { base: input.base, tuned: input.tuned }, settings);
  const before = probe(input.base, "base", sample, settings);
  const after = probe(input.tuned, "tuned", sample, settings);
  if (before === null || after === null) {
    const neither = unprobed(sample, settings);
    return { base: neither, tuned: neither, change: byMetric(LEAKAGE_METRICS.map(() => neither.accuracy)) };
  }
  const change = estimates(sample, settings, -1, (weights) => {
    const from = probeStatistics(before.ranked, sample.codes, weights);
    return probeStatistics(after.ranked, sample.codes, weights).map((value, s) => value - from[s]!);
  });
  return {
    base: measure(sample, before, settings),
    tuned: measure(sample, after, settings),
    change: byMetric(change),
  };
}

type Settings = { readonly [Key in keyof LeakageOptions]-?: NonNullable<LeakageOptions[Key]> };

function complete(options: LeakageOptions): Settings {
  const { seed, model = "logistic", folds = 5, resamples = 1000, permutations = 1000 } = options;
  const { confidence = 0.95, smallGroup = SMALL_GROUP } = options;
  if (model !== "logistic" && model !== "mlp") {
    throw new RangeError(`Expected the probe "logistic" or "mlp", found ${JSON.stringify(model)}`);
  }
  if (!Number.isInteger(folds) || folds < 3) {
    throw new RangeError(`Expected a whole number of folds ≥ 3, found ${folds}`);
  }
  return { seed, model, folds, resamples, permutations, confidence, smallGroup };
}

function sampleOf(
  { groups, clusters }: Omit<LeakageInput, "embeddings">,
  models: Readonly<Record<string, readonly ArrayLike<number>[]>>,
  { seed, folds }: Settings,
): Sample {
  for (const [name, { length }] of Object.entries(models)) {
    if (length !== groups.length) {
      throw new RangeError(`${name}: expected ${groups.length} embeddings, one per group name, found ${length}`);
    }
  }
  return drawSample(groups, clusters, folds, new Rng(seed).derive("folds"));
}

/** What a probe predicted, and what it chose for each fold. */
interface Probed {
  readonly ranked: RankedProbabilities;
  readonly chosen: readonly number[];
}

function probe(
  embeddings: readonly ArrayLike<number>[],
  name: string,
  { rows, names, codes, fold }: Sample,
  { seed, model, folds }: Settings,
): Probed | null {
  const x = embeddingMatrix(embeddings, rows, name);
  if (names.length < 2) return null;
  const data = { x, codes, groups: names.length, fold, folds };
  const { probabilities, chosen } = model === "mlp"
    ? mlpOutOfFold(data, new Rng(seed).derive("mlp"))
    : logisticOutOfFold(data);
  return { ranked: rankProbabilities(probabilities, names.length, fold), chosen };
}

function measure(sample: Sample, { ranked, chosen }: Probed, settings: Settings): Leakage {
  const { names, people, codes, excluded, ambiguous, groupOf } = sample;
  const { model, folds, confidence, resamples, permutations, smallGroup } = settings;
  const found = estimates(sample, settings, 0, (weights) => probeStatistics(ranked, codes, weights));
  const rows = names.map((_, c) => codes.filter((code) => code === c).length);
  return {
    model,
    people: groupOf.length,
    folds,
    groups: names.map((group, c) => {
      const count = people[c]!;
      return { group, count, small: count < smallGroup, recall: found[LEAKAGE_METRICS.length + c]! };
    }),
    excluded,
    ambiguous,
    ...byMetric(found),
    majorityAccuracy: defined(Math.max(...rows) / codes.length),
    chanceBalancedAccuracy: defined(1 / names.length),
    pValues: permutationTests(sample, ranked, settings),
    chosen,
    confidence,
    resamples,
    permutations,
  };
}

/** The outcome where there is nothing to tell apart. */
function unprobed({ names, people, excluded, ambiguous, groupOf }: Sample, settings: Settings): Leakage {
  const { model, folds, confidence, smallGroup } = settings;
  const value = undefinedBecause(`fewer than two groups of at least ${folds} people`);
  const interval: Interval = {
    low: null,
    high: null,
    level: confidence,
    method: "widened",
    resamples: 0,
    undefinedResamples: 0,
    bias: null,
  };
  const nothing = { estimate: value, interval };
  return {
    model,
    people: groupOf.length,
    folds,
    groups: names.map((group, c) => ({ group, count: people[c]!, small: people[c]! < smallGroup, recall: nothing })),
    excluded,
    ambiguous,
    ...byMetric(LEAKAGE_METRICS.map(() => nothing)),
    majorityAccuracy: value,
    chanceBalancedAccuracy: value,
    pValues: { balancedAccuracy: null, macroAuc: null },
    chosen: [],
    confidence,
    resamples: 0,
    permutations: 0,
  };
}

function byMetric(estimates: readonly Estimate[]): Record<LeakageMetric, Estimate> {
  const entries = LEAKAGE_METRICS.map((name, s) => [name, estimates[s]!]);
  return Object.fromEntries(entries) as Record<LeakageMetric, Estimate>;
}

/**
 * Bootstraps a statistic of row weights over people, each group keeping its number of people.
 *
 * @param least The least value that the statistic can have.
 */
function estimates(
  { codes, person, names }: Sample,
  { seed, resamples, confidence }: Settings,
  least: -1 | 0,
  statistic: (weights: Float64Array) => Float64Array,
): Estimate[] {
  const kinds: UniqueRows = {
    counts: new Float64Array(codes.length).fill(1),
    strata: strataOf(codes, names.length, true),
    clusters: uniqueClusters([...person], codes.map((_, i) => i), codes, true),
  };
  const rng = new Rng(seed).derive("bootstrap");
  const { estimates, intervals } = bootstrap(kinds, statistic, { rng, resamples, level: confidence });
  return intervals.map((interval, s) => ({
    estimate: defined(estimates[s]!),
    interval: widenInterval(interval, estimates[s]!, least),
  }));
}

/** Exchanges groups among the people of each fold, so that every fold keeps its numbers. */
function permutationTests(
  { codes, person, groupOf, fold }: Sample,
  ranked: RankedProbabilities,
  { seed, permutations }: Settings,
): Leakage["pValues"] {
  const rng = new Rng(seed).derive("permutations");
  const weights = new Float64Array(codes.length).fill(1);
  const tested = (codes: Int32Array) => probeStatistics(ranked, codes, weights).subarray(1, 3);
  const members = new Map<number, Set<number>>();
  person.forEach((p, i) => members.set(fold[i]!, (members.get(fold[i]!) ?? new Set()).add(p)));
  const folds = [...members.values()].map((people) => [...people]);
  const exchanged = groupOf.slice();
  const [balancedAccuracy, macroAuc] = spreadPValues(tested(codes), permutations, () => {
    for (const people of folds) {
      const groups = rng.shuffle(people.map((p) => groupOf[p]!));
      people.forEach((p, i) => exchanged[p] = groups[i]!);
    }
    return tested(person.map((p) => exchanged[p]!));
  });
  return { balancedAccuracy: balancedAccuracy!, macroAuc: macroAuc! };
}
