import { InputError } from "../errors.ts";
import { Rng } from "../random.ts";
import { acceptanceThreshold, decide, SMALL_GROUP } from "../metrics/mod.ts";
import { auditAttribute } from "./audit_attribute.ts";
import type { AuditInput, AuditOptions } from "./audit_input.ts";
import { auditRankingQuality } from "./audit_ranking.ts";
import type { AuditResult } from "./result.ts";
import { verdictsOf } from "./verdicts.ts";

/** Disparities over more groups say nothing, and a column with more values is most often an identifier. */
const MAX_GROUPS = 300;

/**
 * Audits scores: quality, fairness, calibration, rankings and twins, for every attribute, with intervals and tests.
 *
 * Whatever the columns do not allow is left out and named in `unavailable` with its reason.
 *
 * @param input The columns, complete rows only.
 * @param options Threshold, confidence, randomness.
 * @returns Everything found, as plain data.
 * @throws {InputError} If there is no row or no attribute, an attribute has over 300 groups, or no threshold can be assumed.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../metrics/mod.ts";
 * import { audit } from "./audit.ts";
 *
 * const result = audit({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.4, 0.7) },
 *   groups: [{ name: "education", groups: groupRows(["none", "degree", "none", "degree"]) }],
 * }, { resamples: 20 });
 * assertEquals(result.attributes[0]!.disparities[0]!.value, 1);
 * assertEquals(result.overall.metrics.selectionRate!.value, 0.5);
 * ```
 */
export function audit(input: AuditInput, options: AuditOptions = {}): AuditResult {
  const { confidence = 0.95, resamples = 1000, seed = 42, topK = 10, intersections = false } = options;
  const scores = input.score.values;
  if (scores.length === 0) throw new InputError(`${input.source}: expected at least one complete row, found none`);
  if (input.groups.length === 0) throw new InputError("Expected at least one column of groups, found none");
  for (const { name, groups } of input.groups) checkGroupNumber(`Column "${name}"`, groups.names.length);
  if (intersections) {
    const combinations = input.groups.reduce((product, { groups }) => product * groups.names.length, 1);
    checkGroupNumber("The intersections", combinations);
  }
  const probabilities = scores.every((score) => score >= 0 && score <= 1);
  const { threshold, from } = thresholdOf(scores, probabilities, input.score.name, options);
  const chance = { rng: new Rng(seed), resamples, level: confidence };
  const context = {
    input,
    threshold,
    predictions: decide(scores, threshold),
    topK,
    chance,
    calibrated: probabilities && input.label !== undefined,
  };
  const outcomes = input.groups.map((attribute) => auditAttribute([attribute], context));
  const crossed = intersections && input.groups.length > 1 ? [auditAttribute(input.groups, context).audit] : [];
  const { metrics, calibration, reliability, counterfactual } = outcomes[0]!.overall;
  const result: Omit<AuditResult, "verdicts"> = {
    format: 1,
    data: {
      source: input.source,
      rows: scores.length,
      scores: {
        lowest: scores.reduce((least, score) => Math.min(least, score), Infinity),
        highest: scores.reduce((most, score) => Math.max(most, score), -Infinity),
      },
      dropped: input.dropped ?? 0,
      missing: input.missing ?? {},
      columns: {
        score: input.score.name,
        label: input.label?.name ?? null,
        groups: input.groups.map(({ name }) => name),
        weight: input.weight?.name ?? null,
        job: input.job?.name ?? null,
        counterfactualScore: input.counterfactualScore?.name ?? null,
        control: input.control?.name ?? null,
        cluster: input.cluster?.name ?? null,
      },
    },
    settings: {
      clusters: input.cluster?.groups.names.length ?? null,
      threshold,
      acceptanceRate: options.acceptanceRate ?? null,
      thresholdFrom: from,
      confidence,
      resamples,
      seed,
      topK: input.job === undefined ? null : topK,
      smallBelow: SMALL_GROUP,
    },
    overall: {
      metrics,
      calibration,
      reliability,
      rankingQuality: auditRankingQuality(input, topK, chance),
      counterfactual,
    },
    attributes: [...outcomes.map((outcome) => outcome.audit), ...crossed],
    unavailable: unavailableOf(input, probabilities),
  };
  return { ...result, verdicts: verdictsOf(result) };
}

function checkGroupNumber(what: string, found: number): void {
  if (found <= MAX_GROUPS) return;
  throw new InputError(`${what}: expected at most ${MAX_GROUPS} groups, found ${found}; is a column an identifier?`);
}

function thresholdOf(scores: Float64Array, probabilities: boolean, column: string, options: AuditOptions) {
  const { threshold, acceptanceRate } = options;
  if (threshold !== undefined && acceptanceRate !== undefined) {
    throw new InputError("Expected either a threshold or an acceptance rate, found both");
  }
  if (threshold !== undefined) return { threshold, from: "option" as const };
  if (acceptanceRate !== undefined) {
    return { threshold: acceptanceThreshold(scores, acceptanceRate), from: "acceptanceRate" as const };
  }
  if (!probabilities) {
    throw new InputError(
      `Column "${column}": expected scores in [0, 1], for which the threshold is 0.5, found others; ` +
        "give a threshold or an acceptance rate",
    );
  }
  return { threshold: 0.5, from: "default" as const };
}

function unavailableOf(input: AuditInput, probabilities: boolean): AuditResult["unavailable"] {
  const missing: { part: string; reason: string }[] = [];
  if (input.label === undefined) {
    missing.push({
      part: "quality, error rates and calibration",
      reason: "they compare decisions with what was right, and no column of labels was named",
    });
  } else if (!probabilities) {
    missing.push({
      part: "calibration, log loss and Brier score",
      reason: "the scores are not probabilities in [0, 1]",
    });
  }
  if (input.job === undefined) {
    missing.push({ part: "rankings", reason: "no column says for which job a row is ranked" });
  } else if (input.label === undefined) {
    missing.push({ part: "ranking quality and exposure to merit", reason: "no column of labels was named" });
  }
  if (input.counterfactualScore === undefined) {
    missing.push({ part: "counterfactuals", reason: "no column holds the scores of twins" });
  }
  if (input.weight !== undefined) {
    const parts = [
      ...(input.job === undefined ? [] : ["rankings"]),
      ...(input.counterfactualScore === undefined ? [] : ["counterfactuals"]),
    ];
    if (parts.length > 0) missing.push({ part: `weights in ${parts.join(" and ")}`, reason: "they count rows" });
    missing.push({ part: "tests of score distances", reason: "rows with different weights are not exchangeable" });
  }
  if (input.cluster !== undefined) {
    const parts = [
      ...(input.label !== undefined && probabilities ? ["calibration"] : []),
      ...(input.counterfactualScore === undefined ? [] : ["counterfactuals"]),
      "score distances",
    ];
    missing.push({
      part: `clusters in ${parts.join(", ").replace(/, ([^,]*)$/, " and $1")}`,
      reason: "their intervals and tests treat rows as independent",
    });
  }
  return missing;
}
