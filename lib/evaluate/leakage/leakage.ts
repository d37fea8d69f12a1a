/**
 * How well can a fresh classifier tell, from a person's embedding alone, which group the person belongs to?
 *
 * | number            | what it is                                                 | without any information           |
 * | ----------------- | ---------------------------------------------------------- | --------------------------------- |
 * | balanced accuracy | mean over groups of the share that is named rightly        | 1 / number of groups              |
 * | macro AUC         | mean over groups of "is a member ranked above the others?" | 0.5                               |
 * | accuracy          | share of all people named rightly                          | can be below `majorityAccuracy`   |
 * | recall of a group | share of this group that is named rightly                  | between 0 and 1                   |
 * | p-value           | how often groups exchanged at random do as well            | any number, below 0.05 in 1 of 20 |
 * | change            | tuned minus base, the same people in the same folds        | 0                                 |
 *
 * Groups count alike, both in training and in balanced accuracy, whatever their size: start with it and its interval against chance.
 * Recalls add up to the number of groups times balanced accuracy: a probe without information can still name one group often and
 * another seldom, so a single high recall next to a balanced accuracy at chance says nothing.
 *
 * Success shows that the information is there and can be read by the simplest of means: whoever gets these embeddings can treat
 * groups differently, on purpose or not. It does not show that scores use it, nor that it is unfair: groups may differ in what a job
 * needs, and a probe cannot tell a degree from what goes with it. Failure does not show that the information is absent: it may lie
 * in a form that this classifier does not read (try `model: "mlp"`), or these people may be too few; the upper end of the interval
 * says how much may well be there.
 *
 * Intervals resample people, each group keeping its size, and p-values exchange groups within folds. Both hold the predictions fixed
 * and are then made √2 wider (`SPREAD` says why). Over 60 to 200 samples each of 120 to 300 people, 2 to 4 groups, 10 to 100 features,
 * 95 % intervals of accuracies, AUC and their changes contained the expected number in 90 – 98 % where there was nothing or something
 * to find (75 – 92 % with predictions fixed) and in 98 – 100 % where there was much; tests at 5 % fired in 2 – 5 % (6 – 17 %) where
 * there was nothing. Intervals of single recalls are too narrow where there is nothing to find: 67 – 91 %, as which group is named is
 * up to the fold. A probe that is right about everybody has an interval of width 0.
 */
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
  type Value,
} from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import { logisticOutOfFold } from "./logistic.ts";
import { mlpOutOfFold } from "./mlp.ts";
import { drawSample, embeddingMatrix, type Sample } from "./sample.ts";
import {
  probeStatistics,
  type RankedProbabilities,
  rankProbabilities,
  spreadPValues,
  widenInterval,
} from "./statistics.ts";

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
   * Share of permutations at least as high, groups being exchanged among the people of a fold while the predictions stay: whether
   * these predictions know more than the groups' sizes. `null` where there is nothing to test.
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
 * stratified cross-validation in 5 folds, groups weighted alike; undefined with fewer than two groups of enough people.
 *
 * Intervals are of the bootstrap over people, each group keeping its size, widened for what the classifiers would have learned from
 * other people. Success means that the embedding holds the information; failure does not mean that it does not.
 *
 * @throws {InputError} If a number is not finite or a name is missing.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { leakageProbe, Rng } from "@fair-embeddings/lib";
 *
 * const rng = new Rng(1);
 * const groups = Array.from({ length: 60 }, (_, i) => i % 2 ? "degree" : "none");
 * const embeddings = groups.map((group) => [rng.normal(), rng.normal() + (group === "none" ? 5 : 0)]);
 * const { balancedAccuracy, pValues } = await leakageProbe({ embeddings, groups }, { seed: 1 });
 * assert(balancedAccuracy.estimate.value! > 0.95 && pValues.balancedAccuracy! < 0.01);
 * ```
 */
export async function leakageProbe(input: LeakageInput, options: LeakageOptions): Promise<Leakage> {
  const settings = complete(options);
  const sample = sampleOf(input, { embeddings: input.embeddings }, settings);
  return measure(sample, await probe({ embeddings: input.embeddings }, sample, settings), settings);
}

/**
 * Probes two models in the same folds and resamples the same people for both, so that what both share cancels out.
 *
 * @throws {InputError} If a number is not finite or a name is missing.
 * @throws {RangeError} If lengths differ.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { compareLeakage, Rng } from "@fair-embeddings/lib";
 *
 * const rng = new Rng(1);
 * const groups = Array.from({ length: 90 }, (_, i) => i % 2 ? "degree" : "none");
 * const base = groups.map((group) => [rng.normal(), rng.normal() + (group === "none" ? 5 : 0)]);
 * const tuned = base.map(([noise]) => [noise!, rng.normal()]);
 * const { change } = await compareLeakage({ base, tuned, groups }, { seed: 1 });
 * assert(change.balancedAccuracy.interval.high! < -0.2);
 * ```
 */
export async function compareLeakage(
  input: LeakageComparisonInput,
  options: LeakageOptions,
): Promise<LeakageComparison> {
  const settings = complete(options);
  const sample = sampleOf(input, { base: input.base, tuned: input.tuned }, settings);
  const before = await probe({ base: input.base }, sample, settings);
  const after = await probe({ tuned: input.tuned }, sample, settings);
  const [base, tuned] = [measure(sample, before, settings), measure(sample, after, settings)];
  if (before === null || after === null) return { base, tuned, change: byMetric(() => base.accuracy) };
  const change = estimates(sample, settings, -1, (weights) => {
    const from = probeStatistics(before.ranked, sample.codes, weights);
    return probeStatistics(after.ranked, sample.codes, weights).map((value, s) => value - from[s]!);
  });
  return { base, tuned, change: byMetric((s) => change[s]!) };
}

const FOLDS = 5;

type Settings = { readonly [Key in keyof LeakageOptions]-?: NonNullable<LeakageOptions[Key]> };
type Embeddings = Readonly<Record<string, LeakageInput["embeddings"]>>;

function complete(options: LeakageOptions): Settings {
  const { seed, model = "logistic", resamples = 1000, permutations = 1000 } = options;
  const { confidence = 0.95, smallGroup = SMALL_GROUP } = options;
  if (model !== "logistic" && model !== "mlp") {
    throw new RangeError(`Expected the probe "logistic" or "mlp", found ${JSON.stringify(model)}`);
  }
  return { seed, model, resamples, permutations, confidence, smallGroup };
}

function sampleOf(people: Omit<LeakageInput, "embeddings">, models: Embeddings, { seed }: Settings): Sample {
  for (const [name, { length }] of Object.entries(models)) {
    if (length === people.groups.length) continue;
    throw new RangeError(`${name}: expected ${people.groups.length} embeddings, one per group name, found ${length}`);
  }
  return drawSample(people, FOLDS, new Rng(seed).derive("folds"));
}

/** What a probe predicted, and what it chose for each fold. */
interface Probed {
  readonly ranked: RankedProbabilities;
  readonly chosen: readonly number[];
}

/** Nothing where there is nothing to tell apart. */
async function probe(
  model: Embeddings,
  { rows, names, codes, fold }: Sample,
  { seed, model: classifier }: Settings,
): Promise<Probed | null> {
  const [[name, embeddings]] = Object.entries(model) as [[string, LeakageInput["embeddings"]]];
  const x = embeddingMatrix(embeddings, rows, name);
  if (names.length < 2) return null;
  const data = { x, codes, groups: names.length, fold, folds: FOLDS };
  const { probabilities, chosen } = classifier === "mlp"
    ? await mlpOutOfFold(data, new Rng(seed).derive("mlp"))
    : await logisticOutOfFold(data);
  return { ranked: rankProbabilities(probabilities, fold), chosen };
}

function measure(sample: Sample, probed: Probed | null, settings: Settings): Leakage {
  const { names, people, codes, excluded, ambiguous, groupOf } = sample;
  const { model, confidence, resamples, permutations, smallGroup } = settings;
  const absent = undefinedBecause(`fewer than two groups of at least ${FOLDS} people`);
  const nothing: Interval = {
    low: null,
    high: null,
    level: confidence,
    method: "widened",
    resamples: 0,
    undefinedResamples: 0,
    bias: null,
  };
  const found = probed && estimates(sample, settings, 0, (weights) => probeStatistics(probed.ranked, codes, weights));
  const estimate = (s: number) => found?.[s] ?? { estimate: absent, interval: nothing };
  const rows = names.map((_, c) => codes.filter((code) => code === c).length);
  return {
    model,
    people: groupOf.length,
    folds: FOLDS,
    groups: names.map((group, c) => {
      const count = people[c]!;
      return { group, count, small: count < smallGroup, recall: estimate(LEAKAGE_METRICS.length + c) };
    }),
    excluded,
    ambiguous,
    ...byMetric(estimate),
    majorityAccuracy: probed ? defined(Math.max(...rows) / codes.length) : absent,
    chanceBalancedAccuracy: probed ? defined(1 / names.length) : absent,
    pValues: probed ? permutationTests(sample, probed.ranked, settings) : { balancedAccuracy: null, macroAuc: null },
    chosen: probed?.chosen ?? [],
    confidence,
    resamples: probed ? resamples : 0,
    permutations: probed ? permutations : 0,
  };
}

function byMetric(estimate: (s: number) => Estimate): Record<LeakageMetric, Estimate> {
  const entries = LEAKAGE_METRICS.map((name, s) => [name, estimate(s)]);
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
  const kinds = {
    counts: new Float64Array(codes.length).fill(1),
    strata: strataOf(codes, names.length),
    clusters: uniqueClusters([...person], codes.map((_, i) => i), codes),
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
