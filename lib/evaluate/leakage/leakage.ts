/**
 * How well can a fresh classifier tell, from a person's embedding alone, which group the person belongs to?
 *
 * | number            | what it is                                                 | without any information          |
 * | ----------------- | ---------------------------------------------------------- | -------------------------------- |
 * | balanced accuracy | mean over groups of the share that is named rightly        | 1 / number of groups             |
 * | macro AUC         | mean over groups of "is a member ranked above the others?" | 0.5                              |
 * | accuracy          | share of all people named rightly                          | can be below `majorityAccuracy`  |
 * | p-value           | how often groups exchanged at random do as well            | any number, below .05 in 1 of 20 |
 *
 * Groups weigh alike in training and in balanced accuracy: start with it and its interval against chance. A single high
 * recall next to a balanced accuracy at chance says nothing: without information one group can be named often and
 * another seldom.
 *
 * Success shows that the information is there and can be read by the simplest of means. It does not show that scores
 * use it, nor that it is unfair: groups may differ in what a job needs, and a probe cannot tell a degree from what goes
 * with it. Failure does not show that it is absent: it may lie in a form that this classifier does not read (try
 * `model: "mlp"`), or these people may be too few; the upper end of the interval says how much may well be there.
 *
 * Intervals resample people, each group keeping its size, and p-values exchange groups within folds. Both hold the
 * predictions fixed and are then made √2 wider (`SPREAD` says why). Over 60 to 200 samples each of 120 to 300 people, 2
 * to 4 groups, 10 to 100 features, 95% intervals of accuracies, AUC and their changes contained the expected number in
 * 90 – 98% where there was nothing or something to find (75 – 92% with predictions fixed) and in 98 – 100% where
 * there was much; tests at 5% fired in 2 – 5% (6 – 17%) where there was nothing. Intervals of single recalls are too
 * narrow there: 67 – 91%, as which group is named is up to the fold.
 */
import { bootstrap, defined, SMALL_GROUP, strataOf, undefinedBecause, uniqueClusters } from "../../metrics/mod.ts";
import type { Estimate, Estimate as MeasuredEstimate, ExcludedGroup, GroupCount, Interval } from "../../metrics/mod.ts";
import type { Value } from "../../metrics/mod.ts";
import { Rng } from "../../random.ts";
import type { Evaluation } from "../evaluation.ts";
import { estimateOf } from "../row_weights.ts";
import { logisticOutOfFold } from "./logistic.ts";
import { mlpOutOfFold } from "./mlp.ts";
import { drawSample, embeddingMatrix, type Sample } from "./sample.ts";
import { probeStatistics, rankProbabilities, spreadPValues, widenInterval } from "./statistics.ts";
import type { RankedProbabilities } from "./statistics.ts";

/** Who is probed. */
export interface LeakageInput {
  /** `[n]` embeddings of one length, best one per person. */
  readonly embeddings: readonly ArrayLike<number>[];
  /** `[n]` group of the person. */
  readonly groups: readonly string[];
  /** `[n]` who the person is, where one has several rows: these are in one fold and are resampled together. */
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
  /** Of folds, resamples, permutations and the network. */
  readonly seed: number;
  /** `logistic`, if absent, finds what a straight line can; `mlp`, slower, also what it cannot. */
  readonly model?: ProbeModel;
  /** Resamples for the intervals; 1000 if absent. */
  readonly resamples?: number;
  /** Permutations for the p-values; 1000 if absent. */
  readonly permutations?: number;
  /** Confidence level of the intervals; 0.95 if absent. */
  readonly confidence?: number;
  /** Groups with fewer people are flagged; {@linkcode SMALL_GROUP} if absent. */
  readonly smallGroup?: number;
}

/** The numbers that say how well a probe does over all groups. */
export const LEAKAGE_METRICS = ["accuracy", "balancedAccuracy", "macroAuc"] as const;

/** A metric in {@linkcode LEAKAGE_METRICS}. */
export type LeakageMetric = typeof LEAKAGE_METRICS[number];

/** What a probe found; plain data, fit for JSON. */
export interface Leakage extends Readonly<Record<typeof LEAKAGE_METRICS[number], Estimate>> {
  /** The classifier. */
  readonly model: ProbeModel;
  /** People that took part. */
  readonly people: number;
  /** Parts of which each was predicted from the others. */
  readonly folds: number;
  /** Groups that took part, sorted by name, with their people and the share of these that the probe names rightly. */
  readonly groups: readonly (GroupCount & { readonly recall: Estimate })[];
  /** Groups with fewer people than folds. */
  readonly excluded: readonly ExcludedGroup[];
  /** People left out because their rows are of several groups. */
  readonly ambiguous: number;
  /** Accuracy of always naming the largest group. */
  readonly majorityAccuracy: Value;
  /** What balanced accuracy is on average for a probe that knows nothing: one over the number of groups. */
  readonly chanceBalancedAccuracy: Value;
  /** Share of permutations at least as high, groups being exchanged among the people of a fold; `null` if untested. */
  readonly pValues: Readonly<Record<"balancedAccuracy" | "macroAuc", number | null>>;
  /** What was chosen for each fold among the others: the inverse penalty C, or the network's passes over the data. */
  readonly chosen: readonly number[];
  /** Confidence level of the intervals. */
  readonly confidence: number;
  /** Behind each interval; 0 where there was nothing to probe. */
  readonly resamples: number;
  /** Behind each p-value; 0 where there was nothing to probe. */
  readonly permutations: number;
}

/** Two models probed in the same folds. */
export interface LeakageComparison {
  /** The base model's. */
  readonly base: Leakage;
  /** The tuned model's. */
  readonly tuned: Leakage;
  /** Tuned minus base, resampled together; below 0 where tuning has hidden the groups. */
  readonly change: Readonly<Record<typeof LEAKAGE_METRICS[number], Estimate>>;
}

/**
 * Measures how well a fresh classifier recovers people's group from their embeddings: each person is predicted from the
 * others by stratified cross-validation in 5 folds, groups weighted alike; undefined with fewer than two groups of
 * enough people.
 *
 * @throws {InputError} If a number is not finite or a name is missing.
 * @throws {RangeError} If lengths differ.
 */
export async function leakageProbe(input: LeakageInput, options: LeakageOptions): Promise<Leakage> {
  const settings = complete(options);
  const { sample, probed: [probed] } = await probe(input, { embeddings: input.embeddings }, settings);
  return measure(sample, probed!, settings);
}

/**
 * Probes two models in the same folds and resamples the same people for both, so that what both share cancels out;
 * throws as {@linkcode leakageProbe} does.
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
  const { sample, probed } = await probe(input, { base: input.base, tuned: input.tuned }, settings);
  const [base, tuned] = probed.map((own) => measure(sample, own, settings)) as [Leakage, Leakage];
  const [before, after] = probed as [Probed | null, Probed | null];
  if (before === null || after === null) return { base, tuned, change: byMetric(() => base.accuracy) };
  const change = estimates({ sample, settings, least: -1 }, (weights) => {
    const from = probeStatistics(before.ranked, sample.codes, weights);
    return probeStatistics(after.ranked, sample.codes, weights).map((value, s) => value - from[s]!);
  });
  return { base, tuned, change: byMetric((s) => change[s]!) };
}

const FOLDS = 5;
type Settings = Required<LeakageOptions>;

function complete(options: LeakageOptions): Settings {
  const defaults = { resamples: 1000, permutations: 1000, confidence: 0.95, smallGroup: SMALL_GROUP };
  return { model: "logistic", ...defaults, ...options };
}

/** What a probe predicted, and what it chose for each fold. */
interface Probed {
  readonly ranked: RankedProbabilities;
  readonly chosen: readonly number[];
}

/** Predictions of each model in the same folds; nothing where there is nothing to tell apart. */
async function probe(
  people: Omit<LeakageInput, "embeddings">,
  models: Readonly<Record<string, LeakageInput["embeddings"]>>,
  { seed, model: classifier }: Settings,
): Promise<{ sample: Sample; probed: (Probed | null)[] }> {
  for (const [name, { length }] of Object.entries(models)) {
    if (length === people.groups.length) continue;
    throw new RangeError(`${name}: expected ${people.groups.length} embeddings, one per group name, found ${length}`);
  }
  const outOfFold = { logistic: logisticOutOfFold, mlp: mlpOutOfFold }[classifier];
  if (!outOfFold) throw new RangeError(`Expected the probe "logistic" or "mlp", found ${JSON.stringify(classifier)}`);
  const sample = drawSample(people, FOLDS, new Rng(seed).derive("folds"));
  const { rows, names, codes, fold } = sample;
  const matrices = Object.entries(models).map(([name, embeddings]) => embeddingMatrix(embeddings, rows, name));
  const probed = matrices.map(async (x) => {
    if (names.length < 2) return null;
    const data = { x, codes, groups: names.length, fold, folds: FOLDS };
    const { probabilities, chosen } = await outOfFold(data, new Rng(seed).derive("mlp"));
    return { ranked: rankProbabilities(probabilities, fold), chosen };
  });
  return { sample, probed: await Promise.all(probed) };
}

function measure(sample: Sample, probed: Probed | null, settings: Settings): Leakage {
  const { names, people, codes, excluded, ambiguous, groupOf } = sample;
  const { model, confidence, resamples, permutations, smallGroup } = settings;
  const absent = undefinedBecause(`fewer than two groups of at least ${FOLDS} people`);
  const unknown = { low: null, high: null, bias: null };
  const nothing: Interval = { ...unknown, level: confidence, method: "widened", resamples: 0, undefinedResamples: 0 };
  const found = probed &&
    estimates({ sample, settings, least: 0 }, (weights) => probeStatistics(probed.ranked, codes, weights));
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
  return { accuracy: estimate(0), balancedAccuracy: estimate(1), macroAuc: estimate(2) };
}

/** Bootstraps a statistic of row weights, at least `least`, over people, each group keeping its number of people. */
function estimates(
  { sample: { codes, person, names }, settings, least }: { sample: Sample; settings: Settings; least: -1 | 0 },
  statistic: (weights: Float64Array) => Float64Array,
): Estimate[] {
  const counts = new Float64Array(codes.length).fill(1), strata = strataOf(codes, names.length);
  const clusters = uniqueClusters([...person], { kindOf: codes.map((_, i) => i), groupOf: codes });
  const rng = new Rng(settings.seed).derive("bootstrap");
  const { resamples, confidence: level } = settings;
  const { estimates, intervals } = bootstrap({ counts, strata, clusters }, statistic, { rng, resamples, level });
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
  const folds = [...Map.groupBy(person, (_, i) => fold[i]!).values()].map((people) => [...new Set(people)]);
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

type LeakageEvaluation = Evaluation["leakage"][number];

const numbers = (of: Readonly<Record<LeakageMetric, MeasuredEstimate>>) => ({
  balancedAccuracy: estimateOf(of.balancedAccuracy.estimate, of.balancedAccuracy.interval),
  macroAuc: estimateOf(of.macroAuc.estimate, of.macroAuc.interval),
  accuracy: estimateOf(of.accuracy.estimate, of.accuracy.interval),
});

function modelOf(name: string, leakage: Leakage): LeakageEvaluation["models"][number] {
  const { people, pValues, majorityAccuracy, groups } = leakage;
  return {
    name,
    ...numbers(leakage),
    people,
    pValues: { ...pValues },
    majorityAccuracy,
    groups: groups.map(({ group, count, recall }) => ({
      group,
      count,
      recall: estimateOf(recall.estimate, recall.interval),
    })),
  };
}

/** A comparison of two models' embeddings; they are called `base` and `tuned`. */
export function leakageEvaluation(attribute: string, { base, tuned, change }: LeakageComparison): LeakageEvaluation {
  return {
    attribute,
    expected: base.chanceBalancedAccuracy,
    models: [modelOf("base", base), modelOf("tuned", tuned)],
    changes: [{ from: "base", to: "tuned", ...numbers(change) }],
  };
}
