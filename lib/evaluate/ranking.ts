/** Rankings: who gets the top places and the exposure, and how good the order is. */
import {
  type Grouping,
  pairwiseAccuracy,
  rankingFairness,
  rankingFairnessIntervals,
  rankingQuality,
  rankingQualityIntervals,
} from "../metrics/mod.ts";
import type { Chance, DecidedModel, EvaluationContext } from "./evaluate.ts";
import type { AttributeEvaluation, ModelEvaluation } from "./evaluation.ts";
import { estimateOf, estimatesOf } from "./row_weights.ts";

/** Exposure and top-k places of the groups; `null` where nothing is ranked. */
export function rankingByGroup({ model, context: { table, topK }, groups, chance }: {
  readonly model: DecidedModel;
  readonly context: EvaluationContext;
  readonly groups: Grouping;
  readonly chance: Chance;
}): AttributeEvaluation["ranking"] {
  if (table.queries === null) return null;
  const relevance = table.labels ?? undefined;
  const columns = { queries: table.queries.groups, scores: model.scores, groups, relevance };
  const fairness = rankingFairness(columns, topK);
  const intervals = rankingFairnessIntervals(fairness, { ...chance, rng: chance.rng.derive("ranking") });
  return {
    topK,
    groups: fairness.groups.map(({ group, count, pooled, mean }, g) => {
      const { exposureToRelevance, ...metrics } = estimatesOf(pooled, intervals.groups[g]!);
      return {
        group,
        count,
        metrics: {
          ...metrics,
          ...(relevance ? { exposureToRelevance: exposureToRelevance! } : {}),
          meanTopKShare: estimateOf(mean.topKShare),
          meanExposure: estimateOf(mean.exposure),
          meanSkew: estimateOf(mean.skew),
        },
      };
    }),
    overall: {
      exposureRatio: estimateOf(fairness.exposureRatio, intervals.exposureRatio),
      selectionRatio: estimateOf(fairness.selectionRatio, intervals.selectionRatio),
      meanExposureRatio: estimateOf(fairness.meanExposureRatio),
      ...(relevance ? { exposureToRelevanceRatio: estimateOf(fairness.exposureToRelevanceRatio) } : {}),
      ndkl: estimateOf(fairness.ndkl, intervals.ndkl),
    },
    queries: fairness.queries.map(({ query, candidates, exposure, topK: top, ndkl }) => ({
      query,
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
    ...(relevance ? { pairwise: [...pairwiseAccuracy({ ...columns, relevance }).groups] } : {}),
  };
}

/** NDCG and the like; `null` where nothing is ranked or labelled. */
export function rankingQualityOf(
  model: DecidedModel,
  { table, topK, chance }: EvaluationContext,
): ModelEvaluation["overall"]["ranking"] {
  if (table.queries === null || table.labels === null) return null;
  const quality = rankingQuality(
    { queries: table.queries.groups, scores: model.scores, relevance: table.labels },
    topK,
  );
  const { queries, withoutRelevant, ndcg, map, mrr, hit, precision, recall } = quality;
  const intervals = quality.judged.length === 0
    ? {}
    : rankingQualityIntervals(quality, { ...chance, rng: chance.rng.derive("ranking quality") });
  return { metrics: estimatesOf({ ndcg, map, mrr, hit, precision, recall }, intervals), queries, withoutRelevant };
}
