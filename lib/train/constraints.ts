/** Whether decisions keep the bounds of a configuration, and how sure one can be of it. */
import { type Example, labelClass, POSITIVE_LABEL } from "../data/mod.ts";
import { decideByGroup } from "../evaluate/mod.ts";
import { acceptanceThreshold, decide, designEffect, groupThresholds, rocAuc, searchThreshold } from "../metrics/mod.ts";
import { type ThresholdConstraint, wilsonInterval } from "../metrics/mod.ts";
import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import type { Config } from "./config.ts";
import { type Constraint, constraintName } from "./settings.ts";

/** Rows that somebody decided about. */
export interface DecidedRows {
  readonly labels: readonly number[];
  /** 0 or 1; NaN where it is not known. */
  readonly groundTruth: readonly number[];
  readonly scores: ArrayLike<number>;
  readonly decisions: ArrayLike<number>;
  /** Whether another education would have changed the decision, 0 or 1; NaN where none could be written. */
  readonly flips: ArrayLike<number>;
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly people: readonly string[];
}

/** What became of a bound. */
export interface ConstraintCheck {
  readonly name: string;
  /** The difference, ratio, rate, or smallest value of a group, as measured; null where it is undefined. */
  readonly value: number | null;
  /** The worst that the rows leave possible, with the confidence asked for. */
  readonly limit: number | null;
  readonly met: boolean;
}

/**
 * Measures each bound. `limit` is one-sided. That *all* bounds hold is claimed only if each limit keeps its bound: the
 * chance of a false claim is at most 1 − confidence, however many bounds and groups there are, since the one that is
 * broken would have to be missed (an intersection–union test; Berger 1982). For the same reason the limit of a largest
 * difference is the largest of the pairs' limits.
 */
export function checkConstraints(
  rows: DecidedRows,
  constraints: readonly Constraint[],
  confidence: number,
): ConstraintCheck[] {
  return constraints.map((constraint) => {
    const { value, limit } = measure(rows, constraint, confidence);
    const met = limit !== null &&
      (constraint.atMost === undefined ? limit >= constraint.atLeast! : limit <= constraint.atMost);
    return { name: constraintName(constraint), value, limit, met };
  });
}

/** By how much the worst limit breaks its bound; negative if all are kept, 1 where a limit is undefined. */
export function largestExcess(checks: readonly ConstraintCheck[], constraints: readonly Constraint[]): number {
  return Math.max(...checks.map(({ limit }, i) => {
    if (limit === null) return 1;
    const { atMost, atLeast } = constraints[i]!;
    return atMost === undefined ? atLeast! - limit : limit - atMost;
  }));
}

type Measure = Pick<ConstraintCheck, "value" | "limit">;
const UNKNOWN: Measure = { value: null, limit: null };

function measure(rows: DecidedRows, constraint: Constraint, confidence: number): Measure {
  const { metric, attribute, against } = constraint;
  const { decisions, flips, people } = rows;
  const groups = attribute === null ? people.map(() => "") : rows.groups[attribute]!;
  const truth = against === "label" ? rows.labels : rows.groundTruth;
  const share = (values: ArrayLike<number>, counts: (i: number) => boolean) =>
    shares({ values, groups, people }, { counts, confidence });
  const expected = new Set(groups).size;
  const difference = (counts: (i: number) => boolean) => largestDifference(share(decisions, counts), expected);
  switch (metric) {
    case "demographicParityDifference":
      return difference(() => true);
    case "equalOpportunityDifference":
      return difference((i) => truth[i] === 1);
    case "falsePositiveRateDifference":
      return difference((i) => truth[i] === 0);
    case "equalizedOddsDifference": {
      const parts = [1, 0].map((label) => difference((i) => truth[i] === label));
      const worst = (numbers: readonly (number | null)[]) =>
        numbers.includes(null) ? null : Math.max(...numbers as number[]);
      return { value: worst(parts.map(({ value }) => value)), limit: worst(parts.map(({ limit }) => limit)) };
    }
    case "demographicParityRatio":
      return smallestRatio(share(decisions, () => true));
    case "flipRate": {
      const [all] = share(flips, (i) => !Number.isNaN(flips[i]!));
      return all === undefined ? UNKNOWN : { value: all.share, limit: all.high };
    }
    case "tpr":
      return smallest(share(decisions, (i) => truth[i] === 1), expected);
    case "rocAuc":
      return smallest(aucs(rows, { groups, truth, confidence }), expected);
  }
}

/** A group's share with one-sided limits to both sides. */
interface GroupShare {
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** Wilson's limits, with as many rows as those of all people are worth. */
function shares(
  { values, groups, people }: { values: ArrayLike<number>; groups: readonly string[]; people: readonly string[] },
  { counts, confidence }: { counts: (i: number) => boolean; confidence: number },
): GroupShare[] {
  const rows = groups.flatMap((_, i) => counts(i) ? [i] : []);
  if (rows.length === 0) return [];
  const effect = designEffect({
    values: rows.map((i) => values[i]!),
    groups: rows.map((i) => groups[i]!),
    clusters: rows.map((i) => people[i]!),
  });
  return [...Map.groupBy(rows, (i) => groups[i]!).values()].map((own) => {
    const share = own.reduce((sum, i) => sum + values[i]!, 0) / own.length;
    return { share, ...wilsonInterval(share, own.length / effect, 2 * confidence - 1) };
  });
}

/** The distance of two shares with the worst of their limits (Newcombe 1998, method 10): a·p − b·q, from above. */
function upper(a: GroupShare, b: GroupShare, weight = 1): number {
  return weight * a.share - b.share + Math.hypot(weight * (a.high - a.share), b.share - b.low);
}

/** Nothing limits the difference of a group that has no rows to measure it on. */
function largestDifference(groups: readonly GroupShare[], expected: number): Measure {
  if (groups.length < 2) return UNKNOWN;
  const pairs = groups.flatMap((a) => groups.flatMap((b) => a === b ? [] : [[a, b] as const]));
  return {
    value: Math.max(...pairs.map(([a, b]) => a.share - b.share)),
    limit: groups.length < expected ? null : Math.min(1, Math.max(...pairs.map(([a, b]) => upper(a, b)))),
  };
}

/** The limit is the largest ratio r for which r·p_a − p_b may be said to be at most 0 for each pair. */
function smallestRatio(groups: readonly GroupShare[]): Measure {
  const largest = Math.max(...groups.map(({ share }) => share));
  if (groups.length < 2 || largest === 0) return UNKNOWN;
  let low = 0, high = 1;
  for (let i = 0; i < 40; i++) {
    const ratio = (low + high) / 2;
    const holds = groups.every((a) => groups.every((b) => a === b || upper(a, b, ratio) <= 0));
    if (holds) low = ratio;
    else high = ratio;
  }
  return { value: Math.min(...groups.map(({ share }) => share)) / largest, limit: low };
}

/** Undefined if a group has no rows that count: nobody can say that it reaches the floor. */
function smallest(groups: readonly GroupShare[], expected: number): Measure {
  if (groups.length < expected) return UNKNOWN;
  return { value: Math.min(...groups.map(({ share }) => share)), limit: Math.min(...groups.map(({ low }) => low)) };
}

/** The variance of an AUC is at most A (1 − A) / min(matches, failures) (Birnbaum & Klose 1957), as a share's. */
function aucs(
  { scores, people }: DecidedRows,
  { groups, truth, confidence }: { groups: readonly string[]; truth: readonly number[]; confidence: number },
): GroupShare[] {
  const known = groups.flatMap((_, i) => Number.isNaN(truth[i]) ? [] : [i]);
  return [...Map.groupBy(known, (i) => groups[i]!).values()].flatMap((own) => {
    const labels = own.map((i) => truth[i]!);
    const { value } = rocAuc({ labels, scores: own.map((i) => scores[i]!) });
    if (value === null) return [];
    const matches = labels.reduce((a, b) => a + b), rows = Math.min(matches, own.length - matches);
    const perPerson = own.length / new Set(own.map((i) => people[i]!)).size;
    return [{ share: value, ...wilsonInterval(value, rows / perPerson, 2 * confidence - 1) }];
  });
}

/** Selection rates that are tried, as multiples of the one at which F1 is highest. */
const SHIFTS = [1, 1.15, 1 / 1.15];

/** Rows before anybody decided, with the scores of their counterfactuals; NaN where there is none. */
export interface ScoredRows extends Omit<DecidedRows, "decisions" | "flips"> {
  readonly otherScores: ArrayLike<number>;
}

/** The rows of examples. */
export function scoredRows(
  examples: readonly Example[],
  { scores, otherScores }: Pick<ScoredRows, "scores" | "otherScores">,
): ScoredRows {
  const attributes = Object.keys(examples[0]?.groups ?? {});
  return {
    labels: examples.map(labelClass),
    groundTruth: examples.map(({ groundTruth }) => groundTruth === null ? NaN : Number(groundTruth >= POSITIVE_LABEL)),
    scores,
    otherScores,
    groups: Object.fromEntries(attributes.map((name) => [name, examples.map(({ groups }) => groups[name]!)])),
    people: examples.map(({ candidateId }) => candidateId),
  };
}

/** The parts of a configuration that say how bounds are kept by decisions. */
export type DecisionSettings = Pick<Config, "data" | "fairness" | "selection" | "training" | "evaluation">;

/** Where a model accepts, and what becomes of the bounds there. */
export interface DecisionRule {
  readonly threshold: number;
  readonly constraints: readonly ConstraintCheck[];
}

/**
 * The threshold with the highest F1; where that does not keep the bounds, one near it that does. Each threshold and each
 * epoch is a chance to be lucky, and so the error allowed is shared out among them (Bonferroni). With thresholds per
 * group the bounds are checked on decisions about people on whom the thresholds were not fitted.
 */
export function decisionRule(rows: ScoredRows, config: DecisionSettings): DecisionRule {
  const { fairness: { constraints }, evaluation } = config;
  const { labels, scores } = rows;
  const best = searchThreshold({ labels, scores }, "f1");
  if (constraints.length === 0) return { threshold: best.threshold, constraints: [] };
  if (evaluation.groupThresholds !== "none") {
    const decisions = crossFittedDecisions(rows, config);
    const checks = decisions === null
      ? constraints.map((constraint) => ({ name: constraintName(constraint), ...UNKNOWN, met: false }))
      : checkConstraints(decisions, constraints, confidenceOfEach(config, 1));
    return { threshold: best.threshold, constraints: checks };
  }
  const confidence = confidenceOfEach(config, SHIFTS.length);
  const tried = SHIFTS.map((shift) => {
    const rate = Math.min(1, best.selectionRate * shift);
    const threshold = shift === 1 ? best.threshold : acceptanceThreshold(scores, rate);
    return { threshold, constraints: checkConstraints(decided(rows, threshold), constraints, confidence) };
  });
  return tried.find(({ constraints }) => constraints.every(({ met }) => met)) ?? tried[0]!;
}

/** Decisions about each half of the people by the group thresholds of the other; null where a half has too few. */
function crossFittedDecisions(rows: ScoredRows, { data, evaluation, training }: DecisionSettings): DecidedRows | null {
  const { labels, people, otherScores } = rows;
  const scores = Float64Array.from(rows.scores), groups = rows.groups[data.groups[0]!.name]!;
  const half = halves(people, groups, new Rng(training.seed).derive("folds"));
  const decisions = new Float64Array(labels.length), others = new Float64Array(labels.length);
  const known = scores.map((score, i) => Number.isNaN(otherScores[i]!) ? score : otherScores[i]!);
  for (const fold of [0, 1]) {
    const inFold = people.map((person) => half.get(person) === fold);
    const of = <T>(values: ArrayLike<T>, held: boolean) => Array.from(values).filter((_, i) => inFold[i] === held);
    const fitted = { labels: of(labels, false), scores: of(scores, false), groups: of(groups, false) };
    const constraint = evaluation.groupThresholds as ThresholdConstraint;
    const rules = fittedThresholds(fitted, constraint);
    if (rules === null || groups.some((group) => !Object.hasOwn(rules.rules, group))) return null;
    const decide = (scores: Float64Array) => {
      const columns = { scores: Float64Array.from(of(scores, true)), groups: of(groups, true) };
      return decideByGroup(rules, columns, training.seed)[Symbol.iterator]();
    };
    const [own, other] = [decide(scores), decide(known)];
    inFold.forEach((held, i) => {
      if (held) [decisions[i], others[i]] = [own.next().value!, other.next().value!];
    });
  }
  const flips = decisions.map((decision, i) => Number.isNaN(otherScores[i]!) ? NaN : Number(decision !== others[i]));
  return { ...rows, decisions, flips };
}

function fittedThresholds(rows: Parameters<typeof groupThresholds>[0], constraint: ThresholdConstraint) {
  try {
    return groupThresholds(rows, { constraint, objective: "balancedAccuracy" });
  } catch (error) {
    if (error instanceof InputError) return null;
    throw error;
  }
}

/** The half, 0 or 1, that each person is drawn into, so that each has half of every group. */
function halves(people: readonly string[], groups: readonly string[], rng: Rng): Map<string, number> {
  const groupOf = new Map(people.map((person, i) => [person, groups[i]!]));
  return new Map(
    [...Map.groupBy(groupOf.keys(), (person) => groupOf.get(person)!).values()].flatMap((members) =>
      rng.shuffle(members).map((person, i) => [person, i % 2] as const)
    ),
  );
}

/** The confidence of one of several looks at the same rows. */
export function confidenceOfEach(
  { selection: { confidence, window }, training: { epochs } }: Pick<Config, "selection" | "training">,
  thresholds: number,
): number {
  const looks = thresholds * (window === null ? epochs : window[1] - window[0] + 1);
  return 1 - (1 - confidence) / looks;
}

export function decided({ otherScores, ...rows }: ScoredRows, threshold: number): DecidedRows {
  const decisions = decide(rows.scores as number[], threshold);
  const flips = Array.from(
    otherScores,
    (score, i) => Number.isNaN(score) ? NaN : Number((score >= threshold ? 1 : 0) !== decisions[i]),
  );
  return { ...rows, decisions, flips };
}
