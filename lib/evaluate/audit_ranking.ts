import {
  type Grouping,
  pairwiseAccuracy,
  rankingFairness,
  rankingFairnessIntervals,
  rankingQuality,
  rankingQualityIntervals,
} from "../metrics/mod.ts";
import type { AuditInput, Chance } from "./audit_input.ts";
import { measureOf, measuresOf } from "./measure.ts";
import type { AuditResult, RankingAudit } from "./result.ts";

/**
 * Rankings by job, for one attribute.
 *
 * @param input The columns, with a job.
 * @param groups `[n]` groups of the attribute.
 * @param topK Places at the top of each job.
 * @param chance How to draw.
 * @returns Shares, exposure and skew, pooled and by job; `null` without a job column.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { groupRows } from "../metrics/mod.ts";
 * import { Rng } from "../random.ts";
 * import { auditRanking } from "./audit_ranking.ts";
 *
 * const groups = groupRows(["BA", "PhD", "BA", "PhD"]);
 * const ranking = auditRanking({
 *   source: "scored.csv",
 *   score: { name: "score", values: Float64Array.of(0.1, 0.9, 0.2, 0.8) },
 *   groups: [{ name: "education", groups }],
 *   job: { name: "job", groups: groupRows(["cook", "cook", "nurse", "nurse"]) },
 * }, groups, 1, { rng: new Rng(1), resamples: 20, level: 0.95 });
 * assertEquals(ranking!.groups.map(({ metrics }) => metrics.topKShare!.value), [0, 1]);
 * ```
 */
export function auditRanking(input: AuditInput, groups: Grouping, topK: number, chance: Chance): RankingAudit | null {
  if (input.job === undefined) return null;
  const columns = { queries: input.job.groups, scores: input.score.values, groups, relevance: input.label?.values };
  const fairness = rankingFairness(columns, topK);
  const intervals = rankingFairnessIntervals(fairness, { ...chance, rng: chance.rng.derive("ranking") });
  const merit = input.label !== undefined;
  return {
    topK,
    groups: fairness.groups.map(({ group, count, pooled, mean }, g) => {
      const names = (Object.keys(pooled) as (keyof typeof pooled)[]).filter((name) =>
        merit || name !== "exposureToMerit"
      );
      const metrics = measuresOf<keyof typeof pooled>(pooled, intervals.groups[g]!, names);
      return {
        group,
        count,
        metrics: {
          ...metrics,
          meanTopKShare: measureOf(mean.topKShare),
          meanExposure: measureOf(mean.exposure),
          meanSkew: measureOf(mean.skew),
        },
      };
    }),
    overall: {
      exposureRatio: measureOf(fairness.exposureRatio, intervals.exposureRatio),
      selectionRatio: measureOf(fairness.selectionRatio, intervals.selectionRatio),
      meanExposureRatio: measureOf(fairness.meanExposureRatio),
      ...(merit ? { meritRatio: measureOf(fairness.meritRatio) } : {}),
      ndkl: measureOf(fairness.ndkl, intervals.ndkl),
    },
    jobs: fairness.queries.map(({ query, candidates, exposure, topK: top, ndkl }) => ({
      job: query,
      candidates,
      places: top.places,
      exposureRatio: exposure.ratio,
      ndkl,
      minSkew: top.minSkew,
      maxSkew: top.maxSkew,
      groups: exposure.groups.map(({ group, mean }, j) => ({
        group,
        candidates: top.groups[j]!.candidates,
        selected: top.groups[j]!.selected,
        topKShare: top.groups[j]!.share,
        exposure: mean,
        skew: top.groups[j]!.skew,
      })),
    })),
    ...(columns.relevance === undefined
      ? {}
      : { pairwise: pairwiseAccuracy({ ...columns, relevance: columns.relevance }).groups }),
  };
}

/**
 * How well the scores rank the labelled candidates of each job.
 *
 * @param input The columns, with a job and labels.
 * @param topK Places at the top of each job.
 * @param chance How to draw.
 * @returns Mean NDCG, MAP, MRR, hit rate, precision and recall; `null` without jobs or labels.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { Rng } from "../random.ts";
 * import { auditRankingQuality } from "./audit_ranking.ts";
 *
 * const input = { source: "scored.csv", score: { name: "score", values: Float64Array.of(0.1) }, groups: [] };
 * assertEquals(auditRankingQuality(input, 10, { rng: new Rng(1), resamples: 20, level: 0.95 }), null);
 * ```
 */
export function auditRankingQuality(
  input: AuditInput,
  topK: number,
  chance: Chance,
): AuditResult["overall"]["rankingQuality"] {
  if (input.job === undefined || input.label === undefined) return null;
  const columns = { queries: input.job.groups, scores: input.score.values, relevance: input.label.values };
  const quality = rankingQuality(columns, topK);
  const { queries: jobs, withoutRelevant, ndcg, map, mrr, hit, precision, recall } = quality;
  const intervals = quality.judged.length === 0
    ? {}
    : rankingQualityIntervals(quality, { ...chance, rng: chance.rng.derive("ranking quality") });
  return { metrics: measuresOf({ ndcg, map, mrr, hit, precision, recall }, intervals), jobs, withoutRelevant };
}
